namespace Dla.Finetune.Tests;

/// <summary>Tests that compute with libtorch run one after another: its threads, random numbers and tensor count are the process's.</summary>
[CollectionDefinition("torch", DisableParallelization = true)]
public static class TorchTests;
