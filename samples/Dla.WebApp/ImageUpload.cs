using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace Dla.WebApp;

/// <summary>Reads the image file of a request, sent as the body itself or as the one file of a form.</summary>
internal static class ImageUpload
{
    /// <summary>Room for what a form puts around its file.</summary>
    private const int FormOverhead = 64 << 10;

    private const int MostParts = 16, LongestBoundary = 70;   // RFC 2046, 5.1.1

    public const string Form = "multipart/form-data", Anything = "application/octet-stream";

    /// <summary>Reads the file's bytes into an upload.</summary>
    /// <exception cref="BadHttpRequestException">
    /// With the status to answer: 400 for no or several files, broken bodies and broken forms, 413 for too many bytes, 415 for
    /// other content, 499 for a client that has left, 503 for no memory.
    /// </exception>
    public static async Task ReadAsync(HttpRequest request, Upload upload, int maxBytes)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type)) type = null;
        var isForm = type is not null && type.MediaType.Equals(Form, StringComparison.OrdinalIgnoreCase);
        var isImage = type is not null && (type.Type.Equals("image", StringComparison.OrdinalIgnoreCase)
            || type.MediaType.Equals(Anything, StringComparison.OrdinalIgnoreCase));
        if (!isForm && !isImage)
            throw new BadHttpRequestException($"The content type is '{request.ContentType ?? "not given"}'. " +
                $"Send the image file as the body with image/jpeg, image/png or {Anything}, or as the file of {Form}.",
                StatusCodes.Status415UnsupportedMediaType);
        if (request.ContentLength > maxBytes + (isForm ? FormOverhead : 0)) throw TooLarge(maxBytes);
        try
        {
            if (isForm) await ReadFormAsync(request, HeaderUtilities.RemoveQuotes(type!.Boundary).ToString(), upload, maxBytes);
            else if (!await upload.ReceiveAsync(request.Body, maxBytes)) throw TooLarge(maxBytes);
        }
        catch (Exception) when (upload.IsStopped)
        {
            throw UploadMemory.Full();
        }
        catch (Exception e) when (e is OperationCanceledException or ConnectionResetException
            || request.HttpContext.RequestAborted.IsCancellationRequested)
        {
            throw new BadHttpRequestException("The client has left.", StatusCodes.Status499ClientClosedRequest, e);
        }
        catch (Exception e) when (e is InvalidDataException or IOException and not BadHttpRequestException)
        {
            var reason = isForm && e is IOException { InnerException: null } ? "it ends before its last part." : e.Message;
            throw new BadHttpRequestException($"The {(isForm ? "form" : "body")} cannot be read: {reason}",
                StatusCodes.Status400BadRequest, e);
        }
        if (upload.Length == 0)
            throw new BadHttpRequestException("The image is empty: 0 bytes came. Send the bytes of an image file.", StatusCodes.Status400BadRequest);
    }

    /// <summary>Reads the parts as they come; nothing but the first file is kept.</summary>
    private static async Task ReadFormAsync(HttpRequest request, string boundary, Upload upload, int maxBytes)
    {
        if (boundary.Length is 0 or > LongestBoundary)
            throw new InvalidDataException($"its boundary has {boundary.Length} characters, expected 1 to {LongestBoundary}.");
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = maxBytes + FormOverhead;
        var reader = new MultipartReader(boundary, request.Body);
        var (parts, files) = (0, 0);
        while (await reader.ReadNextSectionAsync() is { } part)
        {
            if (++parts > MostParts) throw new InvalidDataException($"it has more than {MostParts} parts.");
            if (part.GetContentDispositionHeader() is not { } disposition || !disposition.IsFileDisposition() || ++files > 1) continue;
            if (!await upload.ReceiveAsync(part.Body, maxBytes)) throw TooLarge(maxBytes);
        }
        if (files != 1)
            throw new BadHttpRequestException($"The form holds {files} files; send exactly one image.", StatusCodes.Status400BadRequest);
    }

    private static BadHttpRequestException TooLarge(int maxBytes) =>
        new($"The image file is larger than the {maxBytes:n0} bytes that are allowed. Send a smaller one.", StatusCodes.Status413PayloadTooLarge);
}
