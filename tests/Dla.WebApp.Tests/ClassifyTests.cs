using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Dla.MLNet;

namespace Dla.WebApp.Tests;

public sealed class ClassifyTests
{
    [Fact]
    public async Task A_photo_gets_what_the_library_says_as_a_body_in_pieces_and_as_a_form()
    {
        await using var app = await RunningApp.StartAsync();
        using var classifier = DlaClassifier.Open(new ClassifierSettings().FindModel());
        var expected = classifier.Predict(Photo.Jpeg);
        foreach (var content in (HttpContent[])[Photo.Body(Photo.Jpeg), Photo.Body(Photo.Jpeg, "application/octet-stream"), Photo.Chunked(Photo.Jpeg),
            Photo.Form(Photo.Jpeg)])
        {
            using var answer = await app.Client.PostAsync(new Uri("classify", UriKind.Relative), content);
            var result = await answer.Content.ReadFromJsonAsync<ClassificationResult>();
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal(expected.Label, result!.Label);
            Assert.Equal(expected.Top.Select(c => c.Label), result.Top.Select(c => c.Label));
            for (var i = 0; i < expected.Top.Count; i++) Assert.Equal(expected.Top[i].Probability, result.Top[i].Probability, 1e-4f);
            Assert.All(result.Top, c => Assert.Null(c.Map));
        }
    }

    [Theory]
    [InlineData(1), InlineData(3), InlineData(100)]
    public async Task As_many_classes_come_back_as_were_asked_for(int top)
    {
        await using var app = await RunningApp.StartAsync();
        using var answer = await app.Client.PostAsync(new Uri($"classify?top={top}", UriKind.Relative), Photo.Body(Photo.Png, "image/png"));
        var result = await answer.Content.ReadFromJsonAsync<ClassificationResult>();
        Assert.Equal(top, result!.Top.Count);
        Assert.Equal(result.Top.OrderByDescending(c => c.Probability), result.Top);
    }

    /// <param name="setting">Another model than the one that comes with the application.</param>
    [Theory]
    [InlineData]
    [InlineData(RunningApp.ModelWithMaps)]
    public async Task Maps_come_with_each_class_when_asked_for_and_when_the_model_has_features(params string[] setting)
    {
        await using var app = await RunningApp.StartAsync(setting);
        using var answer = await app.Client.PostAsync(new Uri("classify?maps=true&top=3", UriKind.Relative), Photo.Body(Photo.Jpeg));
        var result = await answer.Content.ReadFromJsonAsync<ClassificationResult>();
        Assert.Equal(3, result!.Top.Count);
        foreach (var map in result.Top.Select(c => c.Map!))
        {
            using var picture = SkiaSharp.SKBitmap.Decode(Convert.FromBase64String(map["data:image/png;base64,".Length..]));
            Assert.Equal((448, 336), (picture.Width, picture.Height));
        }
        Assert.Equal(3, result.Top.Select(c => c.Map).Distinct().Count());
        using var tooMany = await app.Client.PostAsync(new Uri("classify?maps=true&top=6", UriKind.Relative), Photo.Body(Photo.Jpeg));
        Assert.Equal(HttpStatusCode.BadRequest, tooMany.StatusCode);
    }

    [Fact]
    public async Task A_model_without_features_answers_without_maps()
    {
        var model = Path.Combine(AppContext.BaseDirectory, "golden", "tiny.onnx");
        await using var app = await RunningApp.StartAsync($"ModelPath={model}");
        for (var i = 0; i < 2; i++)
        {
            using var answer = await app.Client.PostAsync(new Uri("classify?maps=true", UriKind.Relative), Photo.Body(Photo.Jpeg));
            var result = await answer.Content.ReadFromJsonAsync<ClassificationResult>();
            Assert.Equal(5, result!.Top.Count);
            Assert.All(result.Top, c => Assert.Null(c.Map));
        }
    }

    [Fact]
    public async Task Many_clients_at_a_time_all_get_their_own_answer()
    {
        await using var app = await RunningApp.StartAsync("Queue=100");
        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(async i =>
        {
            using var answer = await app.Client.PostAsync(new Uri("classify", UriKind.Relative), Photo.Body(i % 2 == 0 ? Photo.Jpeg : Photo.Png));
            return (i % 2, (await answer.Content.ReadFromJsonAsync<ClassificationResult>())!);
        }));
        foreach (var same in answers.GroupBy(a => a.Item1, a => a.Item2))
            Assert.All(same, r => Assert.Equal((same.First().Label, same.First().Probability), (r.Label, r.Probability),
                (a, b) => a.Item1 == b.Item1 && Math.Abs(a.Item2 - b.Item2) < 1e-4));
    }

    [Fact]
    public async Task What_is_not_a_whole_image_is_told_in_a_problem_description_and_the_next_photo_is_classified()
    {
        await using var app = await RunningApp.StartAsync("MaxUploadBytes=50000", "MaxPixels=100000");
        (HttpContent Content, string Query, HttpStatusCode Status, string Says)[] cases =
        [
            (Photo.Body([]), "", HttpStatusCode.BadRequest, "0 bytes"),
            (Photo.Body("hello, I am no image"u8.ToArray()), "", HttpStatusCode.BadRequest, "image"),
            (Photo.Body(Photo.Jpeg[..(Photo.Jpeg.Length / 2)]), "", HttpStatusCode.BadRequest, "truncated"),
            (Photo.Body(BigPicture()), "", HttpStatusCode.BadRequest, "pixels"),
            (Photo.Body(Photo.Jpeg), "?top=0", HttpStatusCode.BadRequest, "between 1 and"),
            (Photo.Body(Photo.Jpeg), "?top=x", HttpStatusCode.BadRequest, "top"),
            (Photo.Body(Photo.Jpeg), "?top=99999999999", HttpStatusCode.BadRequest, "top"),
            (Photo.Body(Photo.Jpeg), "?maps=perhaps", HttpStatusCode.BadRequest, "maps"),
            (Photo.Body(Photo.Jpeg, "text/plain"), "", HttpStatusCode.UnsupportedMediaType, "text/plain"),
            (Photo.Body(Photo.Jpeg, type: null), "", HttpStatusCode.UnsupportedMediaType, "not given"),
            (JsonContent.Create(new { image = "…" }), "", HttpStatusCode.UnsupportedMediaType, "application/json"),
            (Photo.Form(), "", HttpStatusCode.BadRequest, "0 files"),
            (Photo.Form(Photo.Jpeg, Photo.Png), "", HttpStatusCode.BadRequest, "2 files"),
            (Photo.Body("no parts"u8.ToArray(), "multipart/form-data; boundary=x"), "", HttpStatusCode.BadRequest, "form"),
            (Photo.Body("no parts"u8.ToArray(), "multipart/form-data"), "", HttpStatusCode.BadRequest, "form"),
            (Photo.Body("no parts"u8.ToArray(), $"multipart/form-data; boundary={new string('x', 71)}"), "", HttpStatusCode.BadRequest, "boundary"),
            (Photo.Form([.. Enumerable.Repeat(Photo.Png[..1], 20)]), "", HttpStatusCode.BadRequest, "parts"),
            (Photo.Body(new byte[50_001]), "", HttpStatusCode.RequestEntityTooLarge, "50,000"),
            (Photo.Form(new byte[50_001]), "", HttpStatusCode.RequestEntityTooLarge, "50,000"),
            (Photo.Chunked(new byte[50_001]), "", HttpStatusCode.RequestEntityTooLarge, "50,000"),
            (Photo.Body(new byte[300_000]), "", HttpStatusCode.RequestEntityTooLarge, "50,000"),
            (Photo.Form(new byte[300_000]), "", HttpStatusCode.RequestEntityTooLarge, "50,000"),
            (Photo.Chunked(new byte[300_000]), "", HttpStatusCode.RequestEntityTooLarge, "50,000"),
        ];
        foreach (var (content, query, status, says) in cases)
        {
            using var answer = await app.Client.PostAsync(new Uri("classify" + query, UriKind.Relative), content);
            var problem = await answer.Content.ReadFromJsonAsync<JsonElement>();
            Assert.Equal((status, "application/problem+json"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
            Assert.Equal((int)status, problem.GetProperty("status").GetInt32());
            Assert.Contains(says, problem.GetProperty("detail").GetString(), StringComparison.OrdinalIgnoreCase);
            Assert.NotEmpty(problem.GetProperty("title").GetString()!);
            Assert.DoesNotContain("maxPixels", problem.GetProperty("detail").GetString(), StringComparison.OrdinalIgnoreCase);   // the operator's word
        }
        using var good = await app.Client.PostAsync(new Uri("classify", UriKind.Relative), Photo.Body(Photo.Jpeg));
        Assert.Equal(HttpStatusCode.OK, good.StatusCode);
    }

    [Theory]
    [InlineData("GET", "classify", HttpStatusCode.MethodNotAllowed)]
    [InlineData("GET", "nowhere", HttpStatusCode.NotFound)]
    public async Task Other_addresses_and_methods_are_answered_with_a_problem_description_too(string method, string path, HttpStatusCode status)
    {
        await using var app = await RunningApp.StartAsync();
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(path, UriKind.Relative)) { Headers = { { "Accept", "application/json" } } };
        using var answer = await app.Client.SendAsync(request);
        Assert.Equal((status, "application/problem+json"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
    }

    /// <summary>400 × 300 = 120,000 pixels in few bytes.</summary>
    private static byte[] BigPicture()
    {
        using var bitmap = new SkiaSharp.SKBitmap(400, 300);
        using var data = bitmap.Encode(SkiaSharp.SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }
}
