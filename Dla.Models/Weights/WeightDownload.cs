using System.Net;
using System.Net.Http.Headers;

namespace Dla.Models;

/// <summary>Fetches one file from one address into a part-file: resumes, retries what may pass, and tells what will not.</summary>
internal sealed class WeightDownload(HttpClient client, WeightStoreOptions options, IProgress<DownloadProgress>? progress)
{
    /// <summary>Four times the largest published file; no server may fill the disk.</summary>
    private const long MaxBytes = 1L << 30;

    /// <summary>Bytes that count as progress: a server that sends one at a time must not keep a download alive for ever.</summary>
    private const int Progress = 64 << 10;

    /// <param name="address">Where the file is.</param>
    /// <param name="part">The part-file; what it holds already is kept where <paramref name="resume"/> allows.</param>
    /// <param name="expected">The file's size, where it is known.</param>
    /// <param name="resume">Whether a hash will tell if old and new bytes are of one file.</param>
    /// <param name="cancel">Stops; the part-file stays.</param>
    /// <returns>Whether bytes of an earlier run are in the file.</returns>
    /// <exception cref="WeightDownloadException">The address does not give the file.</exception>
    /// <exception cref="IOException">The part-file cannot be written.</exception>
    public async Task<bool> RunAsync(Uri address, string part, long? expected, bool resume, CancellationToken cancel)
    {
        DeleteLink(part);
        for (var attempt = 1; ; attempt++)
        {
            if (!resume) File.Delete(part);   // also what an attempt before has left: it may be of a file that was replaced since
            var had = SizeOf(part);
            try
            {
                return await ReceiveAsync(address, part, expected, cancel).ConfigureAwait(false);
            }
            catch (Exception e) when (e is HttpRequestException or HttpIOException or TimeoutException)
            {
                var problem = e is TimeoutException ? e.Message : Reason(e);
                if (e is HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError }) throw new WeightDownloadException(problem, e);
                if (resume && SizeOf(part) - had >= Progress) attempt = 0;
                if (attempt >= options.Attempts) throw new WeightDownloadException($"{problem} ({attempt} attempts)", e);
                progress?.Report(new DownloadProgress(PublicAddress.Of(address), SizeOf(part), expected, $"{problem}; trying again"));
                await Task.Delay(options.RetryDelay * (1 << Math.Clamp(attempt - 1, 0, 4)), cancel).ConfigureAwait(false);
            }
        }
    }

    private async Task<bool> ReceiveAsync(Uri address, string part, long? expected, CancellationToken cancel)
    {
        var had = SizeOf(part);
        var isOpen = false;
        using var stall = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        stall.CancelAfter(options.StallTimeout);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            if (had > 0) request.Headers.Range = new RangeHeaderValue(had, null);
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stall.Token).ConfigureAwait(false);
            if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable && had > 0)
            {
                File.Delete(part);   // longer than the file, or all of it: the hash has not been checked, so begin again
                return await ReceiveAsync(address, part, expected, cancel).ConfigureAwait(false);
            }
            Check(response);
            var resumed = response.StatusCode == HttpStatusCode.PartialContent && response.Content.Headers.ContentRange?.From == had;
            if (response.StatusCode == HttpStatusCode.PartialContent && !resumed) throw new WeightDownloadException("the server sent another " +
                "part of the file than it was asked for");
            var start = resumed ? had : 0;
            var total = response.Content.Headers.ContentLength + start;
            if (total > MaxBytes || (expected is not null && total is not null && total != expected))
                throw new WeightDownloadException($"the file has {total:N0} bytes, " +
                    $"{(expected is null ? $"at most {MaxBytes:N0}" : $"{expected:N0}")} were expected");
            total ??= expected;

            await using var source = await response.Content.ReadAsStreamAsync(stall.Token).ConfigureAwait(false);
            await using var target = new FileStream(part, resumed ? FileMode.Append : FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
            isOpen = true;
            progress?.Report(new DownloadProgress(PublicAddress.Of(address), start, total, resumed ? $"resumed after {start:N0} bytes" : null));
            await CopyAsync(source, target, address, start, total, stall, cancel).ConfigureAwait(false);
            return resumed;
        }
        catch (WeightDownloadException) when (isOpen)
        {
            File.Delete(part);   // a page, or more than the file can have: no further bytes make it right
            throw;
        }
        catch (OperationCanceledException e) when (!cancel.IsCancellationRequested && !stall.IsCancellationRequested)
        {
            throw new WeightDownloadException($"there was no connection within {options.ConnectTimeout.TotalSeconds:0.#} seconds", e);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new TimeoutException($"nothing came for {options.StallTimeout.TotalSeconds:0.#} seconds");
        }
    }

    private async Task CopyAsync(Stream source, FileStream target, Uri address, long start, long? total, CancellationTokenSource stall,
        CancellationToken cancel)
    {
        var buffer = new byte[1 << 17];
        var received = start;
        while (true)
        {
            stall.CancelAfter(options.StallTimeout);
            var read = await ReadAsync(source, buffer, stall.Token).ConfigureAwait(false);
            if (read == 0) break;
            if (start == 0 && received == 0) CheckBeginning(buffer.AsSpan(0, read));
            received += read;
            if (received > (total ?? MaxBytes)) throw new WeightDownloadException($"the server sends more than the {total ?? MaxBytes:N0} bytes of the file");
            await target.WriteAsync(buffer.AsMemory(0, read), cancel).ConfigureAwait(false);
            progress?.Report(new DownloadProgress(PublicAddress.Of(address), received, total));
        }
        if (total is not null && received < total) throw new HttpIOException(HttpRequestError.ResponseEnded, "the connection ended " +
            $"after {received:N0} of {total:N0} bytes");
    }

    /// <summary>Tells a broken connection, which may pass, from a disk that cannot be written.</summary>
    private static async Task<int> ReadAsync(Stream source, byte[] buffer, CancellationToken cancel)
    {
        try
        {
            return await source.ReadAsync(buffer, cancel).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            throw new HttpIOException(HttpRequestError.ResponseEnded, $"the connection broke: {(e.InnerException ?? e).Message}", e);
        }
    }

    private static void Check(HttpResponseMessage response)
    {
        var status = (int)response.StatusCode;
        var answer = $"the server answered {status} {CheckpointFile.Printable(response.ReasonPhrase ?? "")}".TrimEnd();
        if (status is 408 or 429 or >= 500) throw new HttpRequestException(answer);
        if (!response.IsSuccessStatusCode) throw new WeightDownloadException(answer);
        if (response.Content.Headers.ContentType?.MediaType is "text/html" or "application/xhtml+xml")
            throw new WeightDownloadException("the server sent a web page instead of the file");
    }

    /// <summary>No weight file begins with markup; a page that says otherwise than its type does.</summary>
    private static void CheckBeginning(ReadOnlySpan<byte> bytes)
    {
        if (bytes.TrimStart(" \t\r\n"u8).StartsWith("<"u8)) throw new WeightDownloadException("the server sent a web page instead of the file");
    }

    /// <summary>Others may write to the cache too. A link must not lead the download to a file elsewhere.</summary>
    public static void DeleteLink(string path)
    {
        if (new FileInfo(path).LinkTarget is not null) File.Delete(path);
    }

    private static long SizeOf(string path) => new FileInfo(path) is { Exists: true } file ? file.Length : 0;

    private static string Reason(Exception e) => (e is HttpRequestException { InnerException: { } inner } ? inner.Message : e.Message).TrimEnd('.');
}
