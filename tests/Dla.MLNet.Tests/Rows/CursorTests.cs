using System.Runtime.CompilerServices;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dla.MLNet.Tests;

public sealed class CursorTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly ImageFolder _images = new(20);

    public void Dispose() => _images.Dispose();

    [Fact]
    public void Columns_that_nobody_asks_for_cost_nothing()
    {
        var gone = _ml.Data.LoadFromEnumerable(Enumerable.Range(0, 5).Select(i => new PathRow { ImagePath = "nowhere.png", Number = i }).ToList());
        var scored = _ml.Transforms.ClassifyImages(TinyModel.Path).Fit(gone).Transform(gone);
        Assert.Equal(Enumerable.Range(0, 5), scored.GetColumn<int>("Number"));
        Assert.Equal(5, scored.GetRowCount());
        using var cursor = scored.GetRowCursor([scored.Schema["Number"]]);
        Assert.False(cursor.IsColumnActive(scored.Schema["Score"]));
        _ = Assert.Throws<InvalidOperationException>(() => cursor.GetGetter<VBuffer<float>>(scored.Schema["Score"]));
        _ = Assert.Throws<InvalidOperationException>(() => cursor.GetGetter<ReadOnlyMemory<char>>(scored.Schema["ImagePath"]));
    }

    [Fact]
    public void A_source_without_rows_gives_no_rows()
    {
        var empty = _ml.Data.LoadFromEnumerable(new List<PathRow>());
        var scored = _ml.Transforms.ClassifyImages(TinyModel.Path).Fit(empty).Transform(empty);
        Assert.Empty(scored.GetColumn<uint>("PredictedLabel"));
        Assert.Equal(0, scored.GetRowCount());
        using var cursor = scored.GetRowCursor(scored.Schema);
        Assert.False(cursor.MoveNext());
        Assert.False(cursor.MoveNext());
        Assert.Equal(-1, cursor.Position);
    }

    [Fact]
    public void Nothing_is_read_before_the_first_row_is_asked_for_and_little_ahead_afterwards()
    {
        var read = 0;
        IEnumerable<PathRow> Rows()
        {
            for (var i = 0; i < 500; i++)
            {
                read = i + 1;
                yield return new PathRow { ImagePath = _images.Files[i % 20], Number = i };
            }
        }
        var data = _ml.Data.LoadFromEnumerable(Rows());
        var scored = _ml.Transforms.ClassifyImages(new DlaClassifierOptions { ModelPath = TinyModel.Path, Parallelism = 2 }).Fit(data).Transform(data);
        using (var cursor = scored.GetRowCursor(scored.Schema))
        {
            var getter = cursor.GetGetter<uint>(scored.Schema["PredictedLabel"]);
            Assert.Equal(0, read);
            Assert.Equal(-1, cursor.Position);
            _ = Assert.Throws<InvalidOperationException>(() => Value(getter));
            Assert.True(cursor.MoveNext());
            Assert.InRange(Value(getter), 1u, 5u);
            Assert.Equal(0, cursor.Position);
        }
        Assert.InRange(read, 1, 5);   // 2 · Parallelism + 1
        var afterwards = read;
        Thread.Sleep(50);
        Assert.Equal(afterwards, read);
    }

    [Fact]
    public void Shuffled_rows_keep_their_scores_and_ids()
    {
        var data = _ml.Data.Cache(Data());
        var scored = _ml.Transforms.ClassifyImages(TinyModel.Path).Fit(data).Transform(data);
        Assert.True(scored.CanShuffle);
        var plain = Rows(scored.GetRowCursor(scored.Schema), scored.Schema);
        var shuffled = Rows(scored.GetRowCursor(scored.Schema, new Random(5)), scored.Schema);
        Assert.NotEqual(plain.Select(r => r.Number), shuffled.Select(r => r.Number));
        Assert.Equal(plain, shuffled.OrderBy(r => r.Number));
        Assert.Equal(20, plain.Select(r => r.Id).Distinct().Count());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void A_cursor_set_holds_every_row_once(int wanted)
    {
        var data = Data();
        var scored = _ml.Transforms.ClassifyImages(TinyModel.Path).Fit(data).Transform(data);
        foreach (var columns in (DataViewSchema.Column[][])[[.. scored.Schema], [scored.Schema["Number"]]])
        {
            var numbers = new List<int>();
            foreach (var cursor in scored.GetRowCursorSet(columns, wanted))
            {
                using (cursor)
                {
                    var number = cursor.GetGetter<int>(scored.Schema["Number"]);
                    while (cursor.MoveNext()) numbers.Add(Value(number));
                }
            }
            Assert.Equal(Enumerable.Range(0, 20), numbers.Order());
        }
    }

    [Fact]
    public void Cursors_at_the_same_time_do_not_disturb_each_other()
    {
        var data = Data();
        var scored = _ml.Transforms.ClassifyImages(TinyModel.Path).Fit(data).Transform(data);
        var expected = Rows(scored.GetRowCursor(scored.Schema), scored.Schema);
        Parallel.For(0, 6, _ => Assert.Equal(expected, Rows(scored.GetRowCursor(scored.Schema), scored.Schema)));
    }

    [Fact]
    public void What_the_source_throws_arrives_as_it_was_thrown_in_its_place()
    {
        IEnumerable<PathRow> Rows()
        {
            foreach (var row in _images.Rows)
                yield return row.Number < 9 ? row : throw new IOException("the disk is gone");
        }
        var data = _ml.Data.LoadFromEnumerable(Rows());
        var scored = _ml.Transforms.ClassifyImages(TinyModel.Path).Fit(data).Transform(data);
        var seen = 0;
        using var cursor = scored.GetRowCursor(scored.Schema);
        var error = Assert.Throws<IOException>(() => { while (cursor.MoveNext()) seen++; });
        Assert.Equal((9, "the disk is gone"), (seen, error.Message));
        _ = Assert.Throws<IOException>(() => cursor.MoveNext());
    }

    [Fact]
    public void The_token_of_the_options_ends_reading()
    {
        using var stop = new CancellationTokenSource();
        IEnumerable<PathRow> Endless()
        {
            for (var i = 0; ; i++) yield return new PathRow { ImagePath = _images.Files[i % 20], Number = i };
        }
        var data = _ml.Data.LoadFromEnumerable(Endless());
        var scored = _ml.Transforms.ClassifyImages(new DlaClassifierOptions { ModelPath = TinyModel.Path, CancellationToken = stop.Token }).Fit(data)
            .Transform(data);
        using var cursor = scored.GetRowCursor(scored.Schema);
        var seen = 0;
        var error = Assert.ThrowsAny<OperationCanceledException>(() => { while (cursor.MoveNext()) if (++seen == 10) stop.Cancel(); });
        Assert.Equal(10, seen);
        Assert.Equal(stop.Token, error.CancellationToken);
    }

    [Fact]
    public void A_stop_is_obeyed_while_the_source_has_nothing_to_give()
    {
        using var stop = new CancellationTokenSource();
        using var never = new ManualResetEventSlim();
        IEnumerable<PathRow> Slow()
        {
            yield return _images.Rows[0];
            never.Wait();
        }
        var data = _ml.Data.LoadFromEnumerable(Slow());
        var scored = _ml.Transforms.ClassifyImages(new DlaClassifierOptions { ModelPath = TinyModel.Path, CancellationToken = stop.Token }).Fit(data)
            .Transform(data);
        using (var cursor = scored.GetRowCursor(scored.Schema))
        {
            Assert.True(cursor.MoveNext());
            stop.CancelAfter(20);
            Assert.ThrowsAny<OperationCanceledException>(() => cursor.MoveNext());
        }
        never.Set();   // disposal has not waited for the source
    }

    [Fact]
    public async Task Views_of_one_row_are_scored_by_many_threads_at_a_time()
    {
        var rows = _images.Rows.Take(8).ToList();
        var data = _ml.Data.LoadFromEnumerable(rows);
        using var model = _ml.Transforms.ClassifyImages(TinyModel.Path).Fit(data);
        var expected = model.Transform(data).GetColumn<float[]>("Score").ToList();
        using var barrier = new Barrier(rows.Count);
        var scored = await Task.WhenAll(rows.Select(row => Task.Factory.StartNew(() =>
        {
            barrier.SignalAndWait();
            return Enumerable.Range(0, 5).Select(_ => model.Transform(_ml.Data.LoadFromEnumerable([row])).GetColumn<float[]>("Score").Single()).ToList();
        }, TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        Assert.All(scored.Zip(expected), r => Assert.All(r.First, one =>
            Assert.All(one.Zip(r.Second), v => Assert.Equal(v.Second, v.First, 1e-5f))));
    }

    [Fact]
    public void The_threads_of_a_cursor_that_nobody_disposed_end()
    {
        var abandoned = Enumerable.Range(0, 20).Select(_ => Abandon()).ToList();
        for (var i = 0; i < 100 && abandoned.Any(r => r.IsAlive); i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            Thread.Sleep(20);
        }
        Assert.DoesNotContain(abandoned, r => r.IsAlive);

        [MethodImpl(MethodImplOptions.NoInlining)]
        WeakReference Abandon()
        {
            var data = Data();
            var cursor = _ml.Transforms.ClassifyImages(TinyModel.Path).Fit(data).Transform(data)
                .GetRowCursor(_ml.Transforms.ClassifyImages(TinyModel.Path).Fit(data).GetOutputSchema(data.Schema));
            cursor.MoveNext();
            return new WeakReference(cursor);
        }
    }

    [Fact]
    public void An_open_cursor_outlives_its_transformer()
    {
        var data = Data();
        var model = _ml.Transforms.ClassifyImages(TinyModel.Path).Fit(data);
        var scored = model.Transform(data);
        using var cursor = scored.GetRowCursor(scored.Schema);
        Assert.True(cursor.MoveNext());
        model.Dispose();
        var rows = 1;
        while (cursor.MoveNext()) rows++;
        Assert.Equal(20, rows);
        _ = Assert.Throws<ObjectDisposedException>(() => scored.GetRowCursor(scored.Schema));
    }

    private IDataView Data() => _ml.Data.LoadFromEnumerable(_images.Rows);

    private static List<(int Number, DataViewRowId Id, uint Label, string Scores)> Rows(DataViewRowCursor cursor, DataViewSchema schema)
    {
        using var _ = cursor;
        var (number, label, score, id) = (cursor.GetGetter<int>(schema["Number"]), cursor.GetGetter<uint>(schema["PredictedLabel"]),
            cursor.GetGetter<VBuffer<float>>(schema["Score"]), cursor.GetIdGetter());
        var rows = new List<(int, DataViewRowId, uint, string)>();
        while (cursor.MoveNext()) rows.Add((Value(number), Value(id), Value(label), string.Join(' ', Value(score).DenseValues())));
        return rows;
    }

    private static T Value<T>(ValueGetter<T> getter)
    {
        T value = default!;
        getter(ref value);
        return value;
    }
}
