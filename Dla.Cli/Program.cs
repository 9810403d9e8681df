using Dla.Cli;

return await DlaCommandLine.RunAsync(args);
