using System.Diagnostics;
using Dla.MLNet;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.OpenApi;

namespace Dla.WebApp;

/// <summary><c>POST /classify</c>.</summary>
internal static partial class ClassifyEndpoint
{
    private const int MostClasses = 100, MostMaps = 5;

    public static RouteHandlerBuilder MapClassify(this IEndpointRouteBuilder app) => app.MapPost("/classify", ClassifyAsync)
        .WithName("Classify")
        .WithTags("Photos")
        .WithSummary("Says what a photo shows.")
        .WithDescription("The body is the image file itself (JPEG, PNG, WebP, GIF, BMP), or a form with one file. With maps=true, up to five classes " +
            "come with a picture of the places that speak for them, where the model can tell.")
        .Produces<ClassificationResult>()
        .ProducesProblem(StatusCodes.Status400BadRequest)
        .ProducesProblem(StatusCodes.Status408RequestTimeout)
        .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
        .ProducesProblem(StatusCodes.Status415UnsupportedMediaType)
        .ProducesProblem(StatusCodes.Status500InternalServerError)
        .ProducesProblem(StatusCodes.Status503ServiceUnavailable)
        .AddOpenApiOperationTransformer((operation, _, _) =>
        {
            operation.RequestBody = Body();
            var top = (OpenApiParameter)operation.Parameters!.Single(p => p.Name == "top");
            top.Description = $"How many classes: 1 to {MostClasses}, with maps 1 to {MostMaps}.";
            ((OpenApiSchema)top.Schema!).Minimum = "1";
            ((OpenApiSchema)top.Schema!).Maximum = $"{MostClasses}";
            operation.Parameters!.Single(p => p.Name == "maps").Description = "Whether classes come with their activation maps.";
            var busy = (OpenApiResponse)operation.Responses![$"{StatusCodes.Status503ServiceUnavailable}"];
            busy.Headers = new Dictionary<string, IOpenApiHeader>
            {
                ["Retry-After"] = new OpenApiHeader { Description = "Seconds to wait.", Schema = new OpenApiSchema { Type = JsonSchemaType.Integer } },
            };
            return Task.CompletedTask;
        });

    private static async Task<IResult> ClassifyAsync(
        HttpContext context, DlaClassifier classifier, PhotoMaps drawn, UploadMemory uploads, ClassificationQueue queue, MemoryShortage shortage,
        ClassifierSettings settings, ClassifierMetrics metrics, ILogger<UploadMemory> log,
        [FromQuery] int top = 5, [FromQuery] bool maps = false, CancellationToken cancel = default)
    {
        var most = maps ? MostMaps : MostClasses;
        if (top < 1 || top > most) return Problem(StatusCodes.Status400BadRequest, $"top is {top}; it must " +
            $"be between 1 and {most}{(maps ? " with maps" : "")}.");
        var (outcome, start) = ("failed", Stopwatch.GetTimestamp());
        try
        {
            using var upload = new Upload(uploads, context.Abort);
            await ImageUpload.ReadAsync(context.Request, upload, settings.MaxUploadBytes);
            uploads.Keep(upload);
            start = Stopwatch.GetTimestamp();
            using var place = await queue.EnterAsync(cancel);
            if (place is null)
            {
                outcome = "busy";
                return Busy.Answer(context, settings);
            }
            var classes = await Task.Run(() =>
            {
                var image = upload.ToArray();   // in one piece only now, so that no more of them exist than are classified
                return maps ? drawn.Predict(image, top, cancel) : PhotoMaps.Plain(classifier.Predict(image, top, cancel));
            }, cancel);
            outcome = "done";
            shortage.End();
            return TypedResults.Ok(new ClassificationResult(classes[0].Label, classes[0].Probability, classes,
                Stopwatch.GetElapsedTime(start).TotalMilliseconds));
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            outcome = "client left";
            return TypedResults.StatusCode(StatusCodes.Status499ClientClosedRequest);
        }
        catch (OutOfMemoryException e)
        {
            outcome = "no memory";
            shortage.Begin();
            NoMemory(log, e.Message);
            return Busy.Answer(context, settings);
        }
        catch (ImageDecodeException e)
        {
            outcome = "bad image";
            return Problem(StatusCodes.Status400BadRequest, e.IsTooLarge
                ? $"The image is too large: more than the {settings.MaxPixels:n0} pixels that are allowed, or more than there is memory for. " +
                    "Send a smaller one." : e.Message);
        }
        catch (BadHttpRequestException e) when (e.StatusCode == StatusCodes.Status499ClientClosedRequest)
        {
            outcome = "client left";
            ClientLeft(log, e.InnerException?.Message);
            context.Abort();   // else the server tries to read the rest, and logs an error
            return TypedResults.StatusCode(StatusCodes.Status499ClientClosedRequest);
        }
        catch (BadHttpRequestException e) when (e.StatusCode == StatusCodes.Status503ServiceUnavailable)
        {
            outcome = "refused";
            metrics.Refused();
            return Busy.Answer(context, settings);
        }
        catch (BadHttpRequestException e)
        {
            outcome = "bad request";
            return Problem(e.StatusCode, e.Message);
        }
        finally
        {
            metrics.Answered(outcome, Stopwatch.GetElapsedTime(start));
        }
    }

    [LoggerMessage(1, LogLevel.Information, "A client left before its upload was complete: {Reason}")]
    private static partial void ClientLeft(ILogger log, string? reason);

    [LoggerMessage(2, LogLevel.Warning, "There was no memory for a photo: {Reason}")]
    private static partial void NoMemory(ILogger log, string reason);

    private static ProblemHttpResult Problem(int status, string detail) => TypedResults.Problem(detail, statusCode: status, title: status switch
    {
        StatusCodes.Status413PayloadTooLarge => "The image file is too large",
        StatusCodes.Status415UnsupportedMediaType => "Not an image by its content type",
        _ => "The image cannot be classified",
    });

    private static OpenApiRequestBody Body()
    {
        var file = new OpenApiSchema { Type = JsonSchemaType.String, Format = "binary" };
        var form = new OpenApiSchema { Type = JsonSchemaType.Object, Properties = new Dictionary<string, IOpenApiSchema> { ["image"] = file },
            Required = new HashSet<string> { "image" } };
        return new OpenApiRequestBody
        {
            Required = true,
            Content = new Dictionary<string, OpenApiMediaType>
            {
                ["image/*"] = new() { Schema = file },
                [ImageUpload.Anything] = new() { Schema = file },
                [ImageUpload.Form] = new() { Schema = form },
            },
        };
    }
}
