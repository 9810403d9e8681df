namespace Dla.MLNet;

/// <summary>Receives the rows of a decoded image as they are stored, from top to bottom.</summary>
/// <remarks>If a decoder throws, the rows stop. A sink's result is valid only after the decoder has returned.</remarks>
internal interface IPixelSink
{
    /// <summary>
    /// Announces the image. Called once, before the first row and after the checks of the header:
    /// sizes, pixel limit, budget of work.
    /// </summary>
    /// <param name="width">Width of the stored image in pixels.</param>
    /// <param name="height">Height of the stored image in pixels.</param>
    /// <param name="orientation">The EXIF orientation, 2 … 8. Any other number leaves the image as stored.</param>
    public void Begin(int width, int height, int orientation);

    /// <summary>Takes the next row.</summary>
    /// <param name="row">
    /// One pixel for each column, as <see cref="DecodedImage.Color"/> makes them.
    /// The decoder reuses the memory: the sink copies what it keeps.
    /// </param>
    public void Write(ReadOnlySpan<uint> row);
}
