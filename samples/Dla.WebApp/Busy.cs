using System.Globalization;

namespace Dla.WebApp;

/// <summary>The answer of a server that has no place or no memory for a request.</summary>
internal static class Busy
{
    /// <summary>503 with Retry-After.</summary>
    public static IResult Answer(HttpContext context, ClassifierSettings settings)
    {
        context.Response.Headers.RetryAfter = settings.RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
        return TypedResults.Problem(statusCode: StatusCodes.Status503ServiceUnavailable, title: "Too many photos at the same time",
            detail: $"There is no place or no memory for another photo at the moment. Try again in {settings.RetryAfterSeconds} s.");
    }
}
