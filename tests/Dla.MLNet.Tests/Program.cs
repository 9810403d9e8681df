using Dla.MLNet.Tests;
using Dla.MLNet.Tests.Preprocessing;
using Xunit.MicrosoftTestingPlatform;
using Xunit.Runner.InProc.SystemConsole;

// The test program, which some tests also start as another process.
if (SavedModelProcess.Run(args) || DecodingProcess.Run(args)) return 0;
return args.Any(a => a is "--server" or "--internal-msbuild-node")
    ? await TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions)
    : await ConsoleRunner.Run(args);
