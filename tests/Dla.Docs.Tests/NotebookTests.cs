using System.Text.Json.Nodes;
using Dla.Tests;

namespace Dla.Docs.Tests;

/// <summary>Each notebook is its program's twin, runs from top to bottom, and shows what its code gave.</summary>
/// <remarks>After a change to a program, <c>DLA_NOTEBOOKS=write dotnet test --project tests/Dla.Docs.Tests</c> runs it and writes the notebook anew.</remarks>
[Collection("current folder and console, of which a process has one")]
public sealed class NotebookTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "notebooks");

    private static bool Writes => Environment.GetEnvironmentVariable("DLA_NOTEBOOKS") == "write";

    public static TheoryData<string> Names => new(Directory.EnumerateFiles(Folder, "*.cs").Select(f => Path.GetFileNameWithoutExtension(f)!).Order());

    private static string Program(string name) => Path.Combine(Folder, name + ".cs");

    private static string Notebook(string name) => Path.Combine(Folder, name + ".ipynb");

    [Theory, MemberData(nameof(Names))]
    public void The_notebook_has_the_cells_of_its_program(string name)
    {
        Assert.SkipWhen(Writes, "the notebooks are being written");
        Assert.Equal(NotebookProgram.Read(Program(name)), NotebookFile.Read(Notebook(name)).Cells);
    }

    /// <summary>What stands before the cells, and the rules for programs, are not seen by the notebook's run.</summary>
    [Theory, MemberData(nameof(Names))]
    public async Task The_program_builds_as_dotnet_run_builds_it(string name)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        // The projects are built, and in use.
        await DotNet.DoAsync(Folder, "dotnet", ["build", Program(name), "--configuration", configuration, "--property:BuildProjectReferences=false",
            "--nologo"]);
    }

    [Theory, MemberData(nameof(Names))]
    public void The_stored_outputs_are_of_this_code(string name)
    {
        Assert.SkipWhen(Writes, "the notebooks are being written");
        var (cells, runs) = NotebookFile.Read(Notebook(name));
        Assert.Equal(NotebookCell.Hashes(cells), runs.Select(r => r.Hash));
        foreach (var (cell, run) in cells.Where(c => c.IsCode).Zip(runs))
        {
            if (cell.Source.Contains("display(", StringComparison.Ordinal) || cell.Source.Contains("Console.Write", StringComparison.Ordinal))
                Assert.NotEmpty(run.Outputs);
            Assert.DoesNotContain(run.Outputs, o => (string?)o!["output_type"] == "error");
        }
    }

    [Theory, MemberData(nameof(Names))]
    public async Task It_runs_from_top_to_bottom(string name)
    {
        Environment.SetEnvironmentVariable("DLA_DATA", SharedData.Path("data"));
        var cells = Writes ? NotebookProgram.Read(Program(name)) : NotebookFile.Read(Notebook(name)).Cells;
        var runner = new NotebookRunner();
        var outputs = new List<JsonArray>();
        var folder = Environment.CurrentDirectory;
        Environment.CurrentDirectory = Repository.Root;
        try
        {
            foreach (var cell in cells.Where(c => c.IsCode)) outputs.Add(await runner.RunAsync(cell.Source, TestContext.Current.CancellationToken));
        }
        finally
        {
            Environment.CurrentDirectory = folder;
        }
        if (Writes) NotebookFile.Write(Notebook(name), cells, outputs);
        Assert.Contains(outputs, o => o.Count > 0);
    }

    [Fact]
    public async Task A_package_that_is_not_there_is_named()
    {
        var error = await Assert.ThrowsAsync<FileNotFoundException>(() => new NotebookRunner()
            .RunAsync("#r \"nuget: No.Such, 1.0.0\"", TestContext.Current.CancellationToken));
        Assert.Contains("No.Such", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_exception_in_a_cell_is_not_swallowed()
    {
        var runner = new NotebookRunner();
        var cancel = TestContext.Current.CancellationToken;
        Assert.Equal("3\n", (string)(await runner.RunAsync("var three = 1 + 2; Console.WriteLine(three);", cancel))[0]!["text"]![0]!);
        await Assert.ThrowsAsync<InvalidOperationException>(() => runner.RunAsync("throw new InvalidOperationException(three.ToString());", cancel));
    }
}
