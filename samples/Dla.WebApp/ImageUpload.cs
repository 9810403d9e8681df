using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace Dla.WebApp;

/// <summary>Reads the image file of a request, sent as the body itself or as the one file of a form.</summary>
internal static class ImageUpload
{
    /// <summary>Room for what a form puts around its file.</summary>
    private const int FormOverhead = 64 << 10;

    public const string Form = "multipart/form-data", Anything = "application/octet-stream";

    /// <summary>The file's bytes.</summary>
    /// <exception cref="BadHttpRequestException">
    /// With the status to answer: 400 for no or several files and broken forms, 413 for too many bytes, 415 for other content.
    /// </exception>
    public static Task<byte[]> ReadAsync(HttpRequest request, int maxBytes, CancellationToken cancel)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type)) type = null;
        if (type is not null && type.MediaType.Equals(Form, StringComparison.OrdinalIgnoreCase)) return ReadFormAsync(request, maxBytes, cancel);
        if (type is not null && (type.Type.Equals("image", StringComparison.OrdinalIgnoreCase)
            || type.MediaType.Equals(Anything, StringComparison.OrdinalIgnoreCase)))
            return ReadBodyAsync(request, maxBytes, cancel);
        throw new BadHttpRequestException(
            $"The content type is '{request.ContentType ?? "not given"}'. " +
                $"Send the image file as the body with image/jpeg, image/png or {Anything}, or as the file of {Form}.",
            StatusCodes.Status415UnsupportedMediaType);
    }

    private static async Task<byte[]> ReadBodyAsync(HttpRequest request, int maxBytes, CancellationToken cancel)
    {
        if (request.ContentLength > maxBytes) throw TooLarge(maxBytes);
        if (request.ContentLength is { } length)
        {
            var whole = GC.AllocateUninitializedArray<byte>((int)length);
            await request.Body.ReadExactlyAsync(whole, cancel);   // the server itself refuses a body that ends before its length
            return NotEmpty(whole);
        }
        using var bytes = new MemoryStream();
        var part = new byte[Math.Min(maxBytes, 64 << 10)];
        for (int read; (read = await request.Body.ReadAsync(part, cancel)) > 0;)
        {
            if (bytes.Length + read > maxBytes) throw TooLarge(maxBytes);
            bytes.Write(part, 0, read);
        }
        return NotEmpty(bytes.ToArray());
    }

    private static async Task<byte[]> ReadFormAsync(HttpRequest request, int maxBytes, CancellationToken cancel)
    {
        var wholeForm = maxBytes + FormOverhead;
        if (request.ContentLength > wholeForm) throw TooLarge(maxBytes);
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = wholeForm;
        IFormCollection form;
        try
        {
            // In memory, where the limit above bounds it; nothing goes to disk.
            var inMemory = new FormOptions { MemoryBufferThreshold = int.MaxValue, MultipartBodyLengthLimit = long.MaxValue, ValueCountLimit = 16 };
            request.HttpContext.Features.Set<IFormFeature>(new FormFeature(request, inMemory));
            form = await request.ReadFormAsync(cancel);
        }
        catch (Exception e) when (e is InvalidDataException || (e is IOException and not BadHttpRequestException && !cancel.IsCancellationRequested))
        {
            throw new BadHttpRequestException("The form cannot be read: " +
                $"{(e is IOException ? "it ends before its last part." : e.Message)}", StatusCodes.Status400BadRequest, e);
        }
        if (form.Files.Count != 1)
            throw new BadHttpRequestException($"The form holds {form.Files.Count} files; send exactly one image.", StatusCodes.Status400BadRequest);
        if (form.Files[0].Length > maxBytes) throw TooLarge(maxBytes);
        var file = GC.AllocateUninitializedArray<byte>((int)form.Files[0].Length);
        await using var content = form.Files[0].OpenReadStream();
        await content.ReadExactlyAsync(file, cancel);
        return NotEmpty(file);
    }

    private static byte[] NotEmpty(byte[] image) => image.Length > 0 ? image
        : throw new BadHttpRequestException("The image is empty: 0 bytes came. Send the bytes of an image file.", StatusCodes.Status400BadRequest);

    private static BadHttpRequestException TooLarge(int maxBytes) =>
        new($"The image file is larger than the {maxBytes:n0} bytes that are allowed. Send a smaller one.", StatusCodes.Status413PayloadTooLarge);
}
