using System.Text.RegularExpressions;

namespace Dla.Models;

/// <summary>Addresses as messages and progress may show them: without a user's name and password.</summary>
internal static partial class PublicAddress
{
    public static Uri Of(Uri address) => address.UserInfo.Length == 0 ? address : new UriBuilder(address) { UserName = "", Password = "" }.Uri;

    /// <summary>A text with addresses in it, such as the message of an error below.</summary>
    public static string Of(string text) => UserInfo().Replace(text, "$1");

    /// <summary>A password may hold an @ itself; up to the last one it is none of the address's business.</summary>
    [GeneratedRegex(@"(://)[^/\s'""]*@")]
    private static partial Regex UserInfo();
}
