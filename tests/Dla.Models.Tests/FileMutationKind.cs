namespace Dla.Models.Tests;

public enum FileMutationKind
{
    Overwrite,
    Insert,
    Delete,
    Duplicate,
    Truncate,
}
