namespace Dla.Models;

/// <summary>
/// A weight file is sound but not of the network it should be loaded into; the message lists what is missing, unexpected and of another shape.
/// </summary>
public sealed class CheckpointMismatchException : CheckpointException
{
    /// <summary>An error without details.</summary>
    public CheckpointMismatchException() : base("The weight file is of another network.")
    {
    }

    /// <summary>An error with its message.</summary>
    public CheckpointMismatchException(string message) : base(message)
    {
    }

    /// <summary>An error with its message and cause.</summary>
    public CheckpointMismatchException(string message, Exception? innerException) : base(message, innerException)
    {
    }
}
