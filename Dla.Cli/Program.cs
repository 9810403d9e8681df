using System.Text;
using Dla.Cli;

if (OperatingSystem.IsWindows())
{
    try
    {
        // Not the console's old code page: it has neither the bars nor most of the letters that class names and paths are written in.
        Console.OutputEncoding = Console.InputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
    }
    catch (IOException)
    {
        // There is no console.
    }
}
OpenMpWaiting.Shorten();
return await DlaCommandLine.RunAsync(args);
