using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Dla.Finetune;

/// <summary>Tells whether a run that goes on learns from, and is measured on, the images it began with.</summary>
internal static class DatasetIdentity
{
    /// <summary>A hash of the images' names (of those without one, their bytes) and labels, in their order; it stays when files are moved or copied.</summary>
    /// <returns>64 hex digits.</returns>
    public static string Of(ImageDataset train, ImageDataset? validation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var data in validation is null ? [train] : (ImageDataset[])[train, validation])
        {
            hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{data.Count} images\n")));
            for (var i = 0; i < data.Count; i++)
            {
                data.AppendName(hash, i);
                hash.AppendData(BitConverter.GetBytes(data.Label(i)));
            }
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
