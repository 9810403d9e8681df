namespace Dla.Finetune;

/// <summary>The part of a data set that is read.</summary>
public enum DatasetSplit
{
    /// <summary>The images to learn from: CIFAR-100's 50,000, or a folder's <c>train</c>.</summary>
    Train,

    /// <summary>The images to measure on: CIFAR-100's 10,000, or a folder's <c>test</c> or <c>val</c>.</summary>
    Test,
}
