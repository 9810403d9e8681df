using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace Dla.MLNet.Tests;

/// <summary>A row with an image in memory.</summary>
public sealed class ImageRow
{
    [ImageType(70, 90)]
    public MLImage? Image { get; set; }

    public int Number { get; set; }
}
