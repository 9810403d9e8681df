using System.Net.Http.Headers;
using SkiaSharp;

namespace Dla.WebApp.Tests;

/// <summary>A drawn photo, and ways to send one.</summary>
internal static class Photo
{
    public static readonly byte[] Jpeg = Draw(320, 240, SKEncodedImageFormat.Jpeg);

    public static readonly byte[] Png = Draw(40, 30, SKEncodedImageFormat.Png);

    public static ByteArrayContent Body(byte[] bytes, string? type = "image/jpeg")
    {
        var content = new ByteArrayContent(bytes);
        if (type is not null) content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        return content;
    }

    public static MultipartFormDataContent Form(params byte[][] files)
    {
        var form = new MultipartFormDataContent();
        form.Add(new StringContent("a text beside the files"), "note");
        foreach (var file in files) form.Add(Body(file), "image", "photo.jpg");
        return form;
    }

    /// <summary>A body whose length is not told beforehand.</summary>
    public static StreamContent Chunked(byte[] bytes) =>
        new(new UnseekableStream(bytes)) { Headers = { ContentType = new MediaTypeHeaderValue("image/jpeg") } };

    private static byte[] Draw(int width, int height, SKEncodedImageFormat format)
    {
        using var bitmap = new SKBitmap(width, height);
        using var canvas = new SKCanvas(bitmap);
        canvas.Clear(SKColors.SkyBlue);
        using var paint = new SKPaint { Color = SKColors.Firebrick, IsAntialias = true };
        canvas.DrawCircle(width / 2f, height / 2f, height / 3f, paint);
        using var data = bitmap.Encode(format, 90);
        return data.ToArray();
    }

    private sealed class UnseekableStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
