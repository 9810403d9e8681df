using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dla.MLNet;

/// <summary>A row whose image is worked on when one of the output columns is read, once for each position of the input.</summary>
internal sealed class ImageRow : DataViewRow
{
    private readonly ImageBinding _binding;
    private readonly DataViewRow _input;
    private readonly bool[] _active;
    private readonly ImageResult _result;
    private readonly Action? _work;
    private readonly Delegate[] _outputs;
    private readonly ScoringModel.RowHold? _hold;
    private readonly BadImageLog _badImages;
    private long _position = -1;

    /// <exception cref="ObjectDisposedException">The model was disposed. A row that was made before goes on until it is disposed itself.</exception>
    public ImageRow(ImageBinding binding, DataViewRow input, bool[] active)
    {
        (_binding, _input, _active, _result) = (binding, input, active, new ImageResult(binding.Task.Length));
        if (active.AsSpan(binding.Input.Count).Contains(true)) _work = Work(input, input.Schema[binding.ImageColumnIndex]);
        _outputs = [.. binding.Outputs.Getters(Current)];
        _badImages = new BadImageLog(binding.Options.Context, binding.Step);
        _hold = binding.Task.Hold();
    }

    public override DataViewSchema Schema => _binding.Output;

    public override long Position => _input.Position;

    public override long Batch => _input.Batch;

    public override ValueGetter<DataViewRowId> GetIdGetter() => _input.GetIdGetter();

    public override bool IsColumnActive(DataViewSchema.Column column) => _active[RowContract.IndexOf(column, _binding.Output)];

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        if (!IsColumnActive(column)) throw new InvalidOperationException($"The column '{column.Name}' was not asked for when the row was made.");
        if (column.Index < _binding.Input.Count) return _input.GetGetter<TValue>(_input.Schema[column.Index]);
        return _outputs[column.Index - _binding.Input.Count] as ValueGetter<TValue>
            ?? throw new InvalidOperationException($"The column '{column.Name}' holds {column.Type}, " +
                $"{column.Type.RawType.Name} in C#; it was asked for as {typeof(TValue).Name}.");
    }

    private ImageResult Current()
    {
        if (_position == _input.Position && _position >= 0) return _result;
        _position = -1;
        _result.Clear();
        try
        {
            _work!();
        }
        catch (ImageDecodeException e) when (_binding.Options.OnBadImage == BadImageHandling.Missing)
        {
            _result.Fail(e);
            _badImages.Add(row: null, path: null, e);
        }
        _position = _input.Position;
        return _result;
    }

    /// <summary>Reads the input's image and works on it.</summary>
    private Action Work(DataViewRow input, DataViewSchema.Column column)
    {
        var cancel = _binding.Options.CancellationToken;
        if (column.Type is TextDataViewType)
        {
            var (getPath, path) = (input.GetGetter<ReadOnlyMemory<char>>(column), default(ReadOnlyMemory<char>));
            return () =>
            {
                getPath(ref path);
                Run(ImageInput.Of(path.ToString(), cancel), cancel);
            };
        }
        if (column.Type is VectorDataViewType)
        {
            var (getFile, file) = (input.GetGetter<VBuffer<byte>>(column), default(VBuffer<byte>));
            return () =>
            {
                getFile(ref file);
                Run(ImageInput.Of(file.IsDense ? file.GetValues() : file.DenseValues().ToArray(), cancel), cancel);
            };
        }
        var (getImage, image) = (input.GetGetter<MLImage>(column), default(MLImage)!);
        return () =>
        {
            getImage(ref image);
            Run(ImageInput.Of(image ?? throw new ImageDecodeException("The image is missing. Give one.")), cancel);
        };
    }

    private void Run(ImageInput input, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        using var lease = _hold?.Use();
        _binding.Singles.RunLeased(input, _result.Values, cancel);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _input.Dispose();
            _hold?.Dispose();
            _badImages.Dispose();
        }
        base.Dispose(disposing);
    }
}
