using System.ComponentModel.DataAnnotations;
using Dla.WebApp;

try
{
    await using var app = ClassifierApp.Create(args);
    await app.StartAsync();
    await app.WaitForShutdownAsync();
    return 0;
}
catch (Exception e) when (e is ArgumentException or FormatException or InvalidOperationException or IOException or NotSupportedException
    or UnauthorizedAccessException or ValidationException)
{
    // The configuration, the model or the address: nothing that a stack trace explains better.
    await Console.Error.WriteLineAsync($"Dla.WebApp: {e.Message}");
    return 2;
}
