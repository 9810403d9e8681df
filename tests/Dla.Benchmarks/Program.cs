using BenchmarkDotNet.Running;
using Dla.Benchmarks;

// Comparisons of whole programs have a runner of their own; everything else is BenchmarkDotNet.
if (args is ["scoring", ..]) return ScoringComparison.Run(args[1..]);
if (args is ["scoring-child", var what, var model, var photos, var count])
    return ScoringChild.Run(what, model, photos, int.Parse(count, System.Globalization.CultureInfo.InvariantCulture));
if (args is ["training", ..]) return TrainingComparison.Run(args[1..]);
if (args is ["webapp", ..]) return WebAppLoad.Run(args[1..]);
if (args is ["webapp-memory", ..]) return await WebAppMemory.RunAsync(args[1..]);
if (args is ["pillow", var folder]) return PillowComparison.Run(folder);
if (args is ["mutate-images", ..]) return MutateImages.Run(args[1..]);
if (args is ["mutate-checkpoints", ..]) return MutateCheckpoints.Run(args[1..]);
if (args is ["mutate-models", ..]) return MutateModels.Run(args[1..]);
if (args is ["mutate-saved-models", ..]) return MutateSavedModels.Run(args[1..]);
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
