using System.Text.Json.Serialization;
using Dla.MLNet;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;
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

    /// <summary>Clients slower than that are sent away: each takes one of the places for uploads meanwhile.</summary>
    private const int SlowestBytesPerSecond = 20_000;

    private const string UploadLimit = "uploads", Ready = "ready";

    /// <summary>The application, ready to run.</summary>
    /// <param name="args">Command line: <c>--urls</c>, <c>--Classifier:ModelPath</c> and so on.</param>
    public static WebApplication Create(params string[] args)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        var settings = builder.Configuration.GetSection(ClassifierSettings.Section).Get<ClassifierSettings>() ?? new ClassifierSettings();
        AddServices(builder, settings);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MinRequestBodyDataRate = new Microsoft.AspNetCore.Server.Kestrel.Core.MinDataRate(SlowestBytesPerSecond, TimeSpan.FromSeconds(10));
            kestrel.Limits.MaxRequestBodySize = (long)settings.MaxUploadBytes * Patience;
        });
        var app = builder.Build();
        app.Use(SecureAsync);
        app.UseExceptionHandler(new ExceptionHandlerOptions { StatusCodeSelector = e => e is BadHttpRequestException bad ? bad.StatusCode : 500 });
        app.UseStatusCodePages();
        app.UseDefaultFiles();
        app.UseStaticFiles();
        app.UseRouting();
        app.UseRateLimiter();
        app.MapClassify().RequireRateLimiting(UploadLimit);
        app.MapOpenApi();
        app.MapMetrics(registry: app.Services.GetRequiredService<MetricsExport>().Registry);
        app.MapHealthChecks("/health");
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false });
        app.MapHealthChecks("/health/ready", new HealthCheckOptions { Predicate = check => check.Tags.Contains(Ready) });
        return app;
    }

    private static void AddServices(WebApplicationBuilder builder, ClassifierSettings settings)
    {
        var services = builder.Services;
        services.AddOptions<ClassifierSettings>().BindConfiguration(ClassifierSettings.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<ClassifierSettings>>().Value);
        services.AddSingleton(provider => Open(provider.GetRequiredService<ClassifierSettings>()));
        services.AddSingleton<ClassifierMetrics>();
        services.AddSingleton<MetricsExport>();
        services.AddSingleton<ClassificationQueue>();
        services.AddSingleton<PhotoMaps>();
        services.AddHostedService<WarmUp>();
        services.AddProblemDetails();
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
        services.AddRateLimiter(limits =>
        {
            limits.AddConcurrencyLimiter(UploadLimit, uploads => (uploads.PermitLimit, uploads.QueueLimit) = (settings.UploadPlaces, 0));
            limits.OnRejected = async (rejected, _) =>
            {
                rejected.HttpContext.RequestServices.GetRequiredService<ClassifierMetrics>().Refused();
                await Busy.Answer(rejected.HttpContext, settings).ExecuteAsync(rejected.HttpContext);
            };
        });
    }

    private static DlaClassifier Open(ClassifierSettings settings)
    {
        var path = settings.FindModel();
        return DlaClassifier.Open(path, new DlaClassifierOptions { ModelPath = path, MaxPixels = settings.MaxPixels, Mode = settings.Mode,
            Parallelism = settings.Concurrency, Device = settings.Device });
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
