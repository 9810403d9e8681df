namespace Dla.MLNet.Tests.Preprocessing;

/// <summary>Tests that count the memory of the process run while no others do.</summary>
[CollectionDefinition("memory of the process", DisableParallelization = true)]
public sealed class MemoryTests;
