namespace Dla.Cli.Help;

/// <summary>What <c>dla</c> alone says.</summary>
internal static class Welcome
{
    public const string Text = """
        Deep Layer Aggregation image classifiers.

        Try first:
          dla classify PHOTO.jpg     what it shows, of 100 classes
          dla evaluate cifar100      how good the model is
          dla models                 the networks there are

        With photos of your own, in FOLDER/train/CLASS and
        FOLDER/test/CLASS:
          dla finetune FOLDER --weights dla34 -o my.onnx
          dla evaluate FOLDER -m my.onnx --report report.html

        'dla --help' lists all commands, 'dla COMMAND --help'
        explains one, with examples.
        """;
}
