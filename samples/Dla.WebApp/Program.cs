using Dla.WebApp;

await using var app = ClassifierApp.Create(args);
await app.RunAsync();
