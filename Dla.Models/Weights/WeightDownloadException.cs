namespace Dla.Models;

/// <summary>Published weights could not be had; the message gives the reason for every address and what to do instead.</summary>
public sealed class WeightDownloadException : IOException
{
    /// <summary>An error without details.</summary>
    public WeightDownloadException() : base("The weights could not be downloaded.")
    {
    }

    /// <summary>An error with its message.</summary>
    public WeightDownloadException(string message) : base(message)
    {
    }

    /// <summary>An error with its message and cause.</summary>
    public WeightDownloadException(string message, Exception? innerException) : base(message, innerException)
    {
    }
}
