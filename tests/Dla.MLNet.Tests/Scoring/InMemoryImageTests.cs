using Microsoft.ML;
using Microsoft.ML.Data;
using SkiaSharp;

namespace Dla.MLNet.Tests;

/// <summary>What the documentation says of MLImage: ML.NET, not this library, drops the orientation.</summary>
public sealed class InMemoryImageTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly ImageFolder _images = new(1);

    public void Dispose() => _images.Dispose();

    [Fact]
    public void Paths_and_bytes_of_a_turned_photo_are_upright_and_an_MLImage_of_it_is_not()
    {
        using var bitmap = SKBitmap.Decode(_images.Files[0]);
        using var jpeg = bitmap.Encode(SKEncodedImageFormat.Jpeg, 90);
        var turned = _images.Write("turned.jpg", TestImages.WithOrientation(jpeg.ToArray(), 6));
        var plain = _images.Write("plain.jpg", jpeg.ToArray());
        Assert.Equal(Path(turned), Bytes(turned));
        Assert.NotEqual(Path(turned), Image(turned));
        Assert.Equal(Image(plain), Image(turned));
    }

    private float[] Path(string file) => Pixels([new PathRow { ImagePath = file }], nameof(PathRow.ImagePath));

    private float[] Bytes(string file) => Pixels([new BytesRow { Image = File.ReadAllBytes(file) }], nameof(BytesRow.Image));

    private float[] Image(string file)
    {
        using var image = MLImage.CreateFromFile(file);
        return Pixels([new ImageRow { Image = image }], nameof(ImageRow.Image));
    }

    private float[] Pixels<T>(T[] rows, string column) where T : class
    {
        var data = _ml.Data.LoadFromEnumerable(rows);
        using var model = _ml.Transforms.PreprocessImages("Pixels", column, new ImagePreprocessing { ResizeShortSide = 40, CropSize = 32 }).Fit(data);
        return model.Transform(data).GetColumn<float[]>("Pixels").Single();
    }
}
