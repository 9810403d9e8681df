using System.Text.Json.Serialization;
using Dla.MLNet;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Prometheus;

namespace Dla.WebApp;

/// <summary>Builds the web application: services, limits, endpoints.</summary>
internal static class ClassifierApp
{
    /// <summary>
    /// Of a body that is larger than an image may be, so many times the limit are read and dropped, so that the client hears the answer instead of a
    /// broken connection.
    /// </summary>
    private const int Patience = 8;

    /// <summary>Clients slower than that are sent away: each holds a connection and the memory of what it has sent.</summary>
    private const int SlowestBytesPerSecond = 20_000;

    private const string Ready = "ready";

    /// <summary>The application, ready to run.</summary>
    /// <param name="args">Command line: <c>--urls</c>, <c>--Classifier:ModelPath</c> and so on.</param>
    /// <exception cref="Exception">The message says what is wrong with the settings or the model.</exception>
    public static WebApplication Create(params string[] args)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        var settings = ClassifierSettings.Read(builder.Configuration);
        AddServices(builder.Services, settings);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = settings.Connections;
            kestrel.Limits.MinRequestBodyDataRate = new Microsoft.AspNetCore.Server.Kestrel.Core.MinDataRate(SlowestBytesPerSecond, TimeSpan.FromSeconds(10));
            kestrel.Limits.MaxRequestBodySize = (long)settings.MaxUploadBytes * Patience;
        });
        var app = builder.Build();
        app.Use(SecureAsync);
        app.UseExceptionHandler(new ExceptionHandlerOptions
        {
            StatusCodeSelector = e => e is BadHttpRequestException bad ? bad.StatusCode : StatusCodes.Status500InternalServerError,
            SuppressDiagnosticsCallback = handled => handled.Exception is BadHttpRequestException,
        });
        app.UseStatusCodePages();
        app.UseDefaultFiles();
        app.UseStaticFiles();
        app.UseRouting();
        app.MapClassify();
        app.MapOpenApi();
        app.MapMetrics(registry: app.Services.GetRequiredService<MetricsExport>().Registry);
        app.MapHealthChecks("/health");
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false });
        app.MapHealthChecks("/health/ready", new HealthCheckOptions { Predicate = check => check.Tags.Contains(Ready) });
        return app;
    }

    private static void AddServices(IServiceCollection services, ClassifierSettings settings)
    {
        var memory = settings.ImageBytes is { } bytes ? new ImageMemoryBudget(bytes) { MaxWait = settings.LongestWait }
            : new ImageMemoryBudget { MaxWait = settings.LongestWait };
        var classifier = Open(settings, memory);   // before the server starts: a wrong path is a wrong setting
        services.AddSingleton(settings);
        services.AddSingleton(memory);
        services.AddSingleton(_ => classifier);    // made by the provider, which disposes of what it makes
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<MemoryShortage>();
        services.AddSingleton<UploadMemory>();
        services.AddSingleton<ClassifierMetrics>();
        services.AddSingleton<MetricsExport>();
        services.AddSingleton<ClassificationQueue>();
        services.AddSingleton<PhotoMaps>();
        services.AddHostedService<WarmUp>();
        services.Configure<RouteHandlerOptions>(handlers => handlers.ThrowOnBadRequest = true);   // the answer names the parameter
        services.AddProblemDetails(problems => problems.CustomizeProblemDetails = told =>
        {
            if (told.Exception is BadHttpRequestException bad)
                told.ProblemDetails.Detail = $"{bad.Message} /openapi/v1.json describes what is expected.";
        });
        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
            json.SerializerOptions.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        });
        services.AddOpenApi(api => api.AddDocumentTransformer((document, _, _) =>
        {
            document.Info.Title = "What is in this photo?";
            return Task.CompletedTask;
        }));
        services.AddHealthChecks().AddCheck<ReadyCheck>("model", tags: [Ready]);
    }

    private static DlaClassifier Open(ClassifierSettings settings, ImageMemoryBudget memory)
    {
        var path = settings.FindModel();
        return DlaClassifier.Open(path, new DlaClassifierOptions { ModelPath = path, MaxPixels = settings.MaxPixels, Mode = settings.Mode,
            Parallelism = settings.Concurrency, Device = settings.Device, Memory = memory });
    }

    /// <summary>The page loads nothing from elsewhere, and nobody may put it into a frame. Errors clear the headers, so that these are set last.</summary>
    private static Task SecureAsync(HttpContext context, RequestDelegate next)
    {
        context.Response.OnStarting(static response =>
        {
            var headers = ((HttpResponse)response).Headers;
            headers.ContentSecurityPolicy = "default-src 'self'; img-src 'self' blob: data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";
            headers.XContentTypeOptions = "nosniff";
            headers["Referrer-Policy"] = "no-referrer";
            return Task.CompletedTask;
        }, context.Response);
        return next(context);
    }
}
