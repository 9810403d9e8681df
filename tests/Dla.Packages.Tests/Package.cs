using System.IO.Compression;
using System.Xml.Linq;

namespace Dla.Packages.Tests;

/// <summary>Looks into packages.</summary>
internal static class Package
{
    public static string[] Files(string package)
    {
        using var zip = ZipFile.OpenRead(package);
        return [.. zip.Entries.Select(e => e.FullName)];
    }

    /// <summary>The bytes of the one file whose name fits.</summary>
    public static byte[] Read(string package, Func<string, bool> name)
    {
        using var zip = ZipFile.OpenRead(package);
        using var file = zip.Entries.Single(e => name(e.FullName)).Open();
        using var bytes = new MemoryStream();
        file.CopyTo(bytes);
        return bytes.ToArray();
    }

    /// <summary>The package's description of itself, without namespaces.</summary>
    public static XElement Description(string package)
    {
        using var bytes = new MemoryStream(Read(package, n => n.EndsWith(".nuspec", StringComparison.Ordinal)));
        var root = XDocument.Load(bytes).Root!;
        foreach (var element in root.DescendantsAndSelf()) element.Name = element.Name.LocalName;
        return root.Element("metadata")!;
    }
}
