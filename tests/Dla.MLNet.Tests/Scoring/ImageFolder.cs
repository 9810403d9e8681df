namespace Dla.MLNet.Tests;

/// <summary>A temporary folder of pictures, removed afterwards.</summary>
internal sealed class ImageFolder : IDisposable
{
    public ImageFolder(int count)
    {
        Path = Directory.CreateTempSubdirectory("dla-scoring-").FullName;
        Files = [.. Enumerable.Range(0, count).Select(i => Write($"{i}.png", TestImages.Png(i)))];
    }

    public string Path { get; }

    public IReadOnlyList<string> Files { get; }

    public PathRow[] Rows => [.. Files.Select((f, i) => new PathRow { ImagePath = f, Number = i, Label = TinyModel.ClassNames[i % TinyModel.Classes] })];

    public string Write(string name, byte[] bytes)
    {
        var path = System.IO.Path.Combine(Path, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
