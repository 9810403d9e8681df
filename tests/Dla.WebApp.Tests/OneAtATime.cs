using Xunit.Sdk;
using Xunit.v3;

// The tests watch queues and counters of whole applications, on as few processors as there are.
[assembly: Parallelization(Mode = ParallelMode.None)]
