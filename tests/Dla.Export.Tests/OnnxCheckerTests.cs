using System.Diagnostics;
using Dla.Models;

namespace Dla.Export.Tests;

/// <summary>The files before ONNX's own checker, with types and shapes inferred. Wants Debian's python3-onnx; skipped without it.</summary>
public sealed class OnnxCheckerTests : IDisposable
{
    private const string Python = "/usr/bin/python3";

    private const string Check = """
        import onnx, sys
        from onnx import shape_inference
        for path in sys.argv[1:]:
            model = onnx.load(path)
            onnx.checker.check_model(model, full_check=True)
            known = {v.name: [d.dim_value or d.dim_param for d in v.type.tensor_type.shape.dim] for v in model.graph.value_info}
            del model.graph.value_info[:]
            for v in shape_inference.infer_shapes(model, strict_mode=True).graph.value_info:
                found = [d.dim_value for d in v.type.tensor_type.shape.dim]
                for a, b in zip(known.get(v.name, found), found):
                    assert not b or not isinstance(a, int) or a == b, (path, v.name, known[v.name], found)
        print("ok")
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Exported_and_quantized_files_pass_the_full_check()
    {
        if (!File.Exists(Python) || Run("-c", "import onnx") is not (0, _)) Assert.Skip("needs Debian's python3-onnx");
        var files = new List<string>();
        foreach (var variant in (DlaVariant[])[DlaVariant.Dla34, DlaVariant.Dla46XC, DlaVariant.Dla60Res2Net])
            files.Add(CompactModel.Export(variant, _folder.File($"{variant.Name}.onnx")));
        var outputs = DlaOutputs.Logits | DlaOutputs.Probabilities | DlaOutputs.Embedding | DlaOutputs.Features;
        files.Add(CompactModel.Export(DlaVariant.Dla46C, _folder.File("all.onnx"),
            new DlaExportOptions { Outputs = outputs, EmbedPreprocessing = true, DynamicSize = true, Precision = DlaPrecision.Float16 }));
        files.Add(CompactModel.Export(DlaVariant.Dla46C, _folder.File("fixed.onnx"), new DlaExportOptions { BatchSize = 2 }));
        foreach (var model in files.Take(2).ToList())
            files.Add(DlaQuantizer.Quantize(model, model.Replace(".onnx", ".int8.onnx", StringComparison.Ordinal), CalibrationImages.Take(2),
                new DlaQuantizationOptions { Method = DlaCalibrationMethod.MinMax }).Path);
        var (status, text) = Run(["-c", Check, .. files]);
        Assert.True(status == 0 && text.Contains("ok", StringComparison.Ordinal), text);
    }

    private static (int Status, string Text) Run(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(Python, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var error = process.StandardError.ReadToEndAsync();
        var text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, text + error.Result);
    }
}
