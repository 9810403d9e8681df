using System.Buffers.Binary;

namespace Dla.MLNet.Tests.Preprocessing;

/// <summary>A JPEG file taken apart, so that tests can leave out, add and exchange its segments.</summary>
internal sealed class JpegParts
{
    public const int Frame = 0xC0, Huffman = 0xC4, Scan = 0xDA, End = 0xD9;

    /// <summary>Markers, their segments without the length, and the data after them: those of a scan.</summary>
    public List<(int Marker, byte[] Segment, byte[] Data)> All { get; } = [];

    /// <summary>A gray-blue pattern of 40 × 24 pixels, its chroma halved both ways, with the tables of T.81 K.3. Made by Pillow.</summary>
    public static JpegParts Baseline => Of(Convert.FromBase64String(
        "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+MzZGNywtQFdBRkxOUlNSMj5aYVpQYEpRUk//2wBDAQ4ODhMREyYVFSZP" +
        "NS01T09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT0//wAARCAAYACgDASIAAhEBAxEB/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL" +
        "/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1" +
        "dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/8QAHwEAAwEBAQEBAQEBAQAAAAAAAAECAwQF" +
        "BgcICQoL/8QAtREAAgECBAQDBAcFBAQAAQJ3AAECAxEEBSExBhJBUQdhcRMiMoEIFEKRobHBCSMzUvAVYnLRChYkNOEl8RcYGRomJygpKjU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVm" +
        "Z2hpanN0dXZ3eHl6goOEhYaHiImKkpOUlZaXmJmaoqOkpaanqKmqsrO0tba3uLm6wsPExcbHyMnK0tPU1dbX2Nna4uPk5ebn6Onq8vP09fb3+Pn6/9oADAMBAAIRAxEAPwDqNEul8ta0" +
        "r66XyT9K5nRN/lrWlfb/ACT9Kqm48xNWMuU5TXrpdzVzaXS+d171oa9v3NXNpv8AO/Guqu4+zIwUZc53+i3S/LRWXou/5aK+YqOPMz6GUZHa6JCPLWtK+hHkn6UUV6sF7x4dWpLlOB16" +
        "EbmrmkhHnfjRRXVXXuEYKrLnOr0WEfLRRRXy9Re8z6GVSR//2Q=="));

    /// <summary>24 × 20 pixels of red, green and blue, one scan each. Made by libjpeg-turbo's cjpeg.</summary>
    public static JpegParts ThreeScans => Of(Convert.FromBase64String(
        "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwANCQoLCggNCwoLDg4NDxMgFRMSEhMnHB4XIC4pMTAuKS0sMzpKPjM2RjcsLUBXQUZMTlJTUjI+WmFaUGBKUVJP/8AAEQgAFAAYA1IRAEcRAEIR" +
        "AP/EAB8AAAEFAQEBAQEBAAAAAAAAAAABAgMEBQYHCAkKC//EALUQAAIBAwMCBAMFBQQEAAABfQECAwAEEQUSITFBBhNRYQcicRQygZGhCCNCscEVUtHwJDNicoIJChYXGBkaJSYnKCkq" +
        "NDU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6g4SFhoeIiYqSk5SVlpeYmZqio6Slpqeoqaqys7S1tre4ubrCw8TFxsfIycrS09TV1tfY2drh4uPk5ebn6Onq8fLz" +
        "9PX29/j5+v/aAAgBUgAAPwDqNCvV8pal1m9XyT9K8x1u9Xzmru9Ctn8pal1m2fyT16V5jrds/nN1617DoSr5S8dqm1lV8k8dq8w1xV85uO9f/9oACAFHAAA/AOo0S5XYta13cr5J57Vw" +
        "niC5XLVe0R32LWtdu3kmuE8QO2WrsdEiTYvFa13EnkniuD8QRJluK//aAAgBQgAAPwDp9HmG1a3mmHl1zOtTDa1UdHnO1ea3mnPl9a5rWpztan6Oo2rW8wHl1zWtKNrV/9k="));

    /// <summary>A JPEG file without junk between its segments.</summary>
    public static JpegParts Of(byte[] file)
    {
        var parts = new JpegParts();
        for (var at = 2; at < file.Length;)
        {
            var marker = file[at + 1];
            at += 2;
            if (marker == End)
            {
                parts.All.Add((End, [], []));
                break;
            }
            var segment = file.AsSpan(at + 2, BinaryPrimitives.ReadUInt16BigEndian(file.AsSpan(at)) - 2).ToArray();
            at += 2 + segment.Length;
            var data = at;
            if (marker == Scan)
            {
                while (file[at] != 0xFF || file[at + 1] is 0 or (>= 0xD0 and <= 0xD7)) at++;
            }
            parts.All.Add((marker, segment, file[data..at]));
        }
        return parts;
    }

    /// <summary>Where the part of a marker is.</summary>
    public int IndexOf(int marker, int from = 0) => All.FindIndex(from, part => part.Marker == marker);

    /// <summary>Adds a segment before the part with an index.</summary>
    public JpegParts Insert(int index, int marker, params byte[] segment)
    {
        All.Insert(index, (marker, segment, []));
        return this;
    }

    /// <summary>Leaves out all segments of a marker.</summary>
    public JpegParts Without(int marker)
    {
        All.RemoveAll(part => part.Marker == marker);
        return this;
    }

    /// <summary>Leaves out what follows a number of scans but for the end marker.</summary>
    public JpegParts WithScans(int scans)
    {
        var last = All.Select((part, index) => (part.Marker, index)).Where(part => part.Marker == Scan).ElementAt(scans - 1).index;
        All.RemoveRange(last + 1, All.Count - last - 1);
        All.Add((End, [], []));
        return this;
    }

    /// <summary>Keeps a part of the last scan's data.</summary>
    public JpegParts Cut(double part)
    {
        var scan = All.FindLastIndex(p => p.Marker == Scan);
        var (marker, segment, data) = All[scan];
        All[scan] = (marker, segment, data[..(int)(part * data.Length)]);
        return this;
    }

    /// <summary>The file.</summary>
    public byte[] ToArray() => [0xFF, 0xD8, .. All.SelectMany(part => ToBytes(part.Marker, part.Segment).Concat(part.Data))];

    /// <summary>A marker with its segment; those that have none get none.</summary>
    public static byte[] ToBytes(int marker, params byte[] segment) => marker is 1 or (>= 0xD0 and <= 0xD9)
        ? [0xFF, (byte)marker]
        : [0xFF, (byte)marker, (byte)((segment.Length + 2) >> 8), (byte)(segment.Length + 2), .. segment];
}
