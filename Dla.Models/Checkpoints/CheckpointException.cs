namespace Dla.Models;

/// <summary>A weight file is missing, damaged, unsafe, of an unknown format, or does not fit; the message says what was found and what to do.</summary>
/// <remarks>The only exception that reading a weight file gives for the file's content, however hostile it is.</remarks>
public class CheckpointException : IOException
{
    /// <summary>An error without details.</summary>
    public CheckpointException() : base("The weight file cannot be read.")
    {
    }

    /// <summary>An error with its message.</summary>
    public CheckpointException(string message) : base(message)
    {
    }

    /// <summary>An error with its message and cause.</summary>
    public CheckpointException(string message, Exception? innerException) : base(message, innerException)
    {
    }
}
