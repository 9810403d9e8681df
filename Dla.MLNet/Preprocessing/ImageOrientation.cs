namespace Dla.MLNet;

/// <summary>What is done with the orientation that a camera wrote into the file.</summary>
public enum ImageOrientation
{
    /// <summary>Turn and mirror the image by its EXIF orientation, so that it is seen as it was taken.</summary>
    Upright,

    /// <summary>Take the pixels as they lie in the file (what torchvision's loader does).</summary>
    AsStored,
}
