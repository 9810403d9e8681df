namespace Dla.Finetune;

/// <summary>What happens when a training or validation image is missing, cut off, corrupt or no image.</summary>
public enum BadTrainingImage
{
    /// <summary>Training ends with an error that names the image.</summary>
    Error,

    /// <summary>The image is left out of its batch and counted; among the validation images it counts as wrong.</summary>
    Skip,
}
