using System.Numerics;
using static Dla.Models.PickleOpcode;

namespace Dla.Models;

/// <summary>
/// Runs one pickle as data: values, containers, and <see cref="PickleGlobal"/> tokens of an allow-list. It cannot make a type or call anything by name.
/// </summary>
/// <remarks>Stack, memo, opcodes and the memory of all values are bounded; anything else in the file ends in a <see cref="CheckpointException"/>.</remarks>
internal sealed class PickleMachine(PickleReader reader, PickleConstructors constructors)
{
    /// <summary>Estimates of what the runtime takes for a value, and for a reference to one in a growing container.</summary>
    private const int ValueBytes = 64, ReferenceBytes = 32;

    private static readonly object MarkValue = new();
    private static readonly object True = true, False = false;

    private readonly List<object?> _stack = [];
    private readonly PickleMemo _memo = new();
    private long _bytes;

    /// <summary>Runs up to STOP and returns the value on top.</summary>
    public object? Run()
    {
        for (var count = 0; count < CheckpointLimits.PickleOpcodes; count++)
        {
            var opcode = (PickleOpcode)reader.ReadByte();
            if (opcode == Stop) return Pop();
            Step(opcode);
            if (_stack.Count > CheckpointLimits.PickleStack) throw Error($"puts more than {CheckpointLimits.PickleStack:N0} values on the stack");
            if (_bytes > CheckpointLimits.PickleBytes) throw Error($"holds more than {CheckpointLimits.PickleBytes >> 20} MB of values beside the tensors");
        }
        throw Error($"has more than {CheckpointLimits.PickleOpcodes:N0} opcodes");
    }

    private void Step(PickleOpcode opcode)
    {
        switch (opcode)
        {
            case Protocol: CheckProtocol(reader.ReadByte()); break;
            case Frame: CheckFrame(reader.ReadUInt64()); break;
            case Mark: _stack.Add(MarkValue); break;
            case PickleOpcode.Pop: Pop(); break;
            case PickleOpcode.PopMark: PopToMark(); break;
            case Dup: _stack.Add(Top()); break;

            case None: _stack.Add(null); break;
            case NewTrue: _stack.Add(True); break;
            case NewFalse: _stack.Add(False); break;
            case BinInt: Push((long)reader.ReadInt32()); break;
            case BinInt1: Push((long)reader.ReadByte()); break;
            case BinInt2: Push((long)reader.ReadUInt16()); break;
            case Long1: PushLong(new BigInteger(reader.Take(reader.ReadByte()))); break;
            case BinFloat: Push(reader.ReadDoubleBigEndian()); break;

            case ShortBinString: PushText(reader.ReadByte(), isByteString: true); break;
            case BinString: PushText(reader.ReadUInt32(), isByteString: true); break;
            case ShortBinUnicode: PushText(reader.ReadByte(), isByteString: false); break;
            case BinUnicode: PushText(reader.ReadUInt32(), isByteString: false); break;
            case BinUnicode8: PushText(reader.ReadUInt64(), isByteString: false); break;
            case ShortBinBytes: Push(reader.Skip(reader.ReadByte())); break;
            case BinBytes: Push(reader.Skip(reader.ReadUInt32())); break;
            case BinBytes8 or ByteArray8: Push(reader.Skip(reader.ReadUInt64())); break;

            case EmptyDictionary: Push(new PickleDictionary()); break;
            case PickleOpcode.Dictionary: { var items = PopToMark(); Push(new PickleDictionary()); SetItems(items); break; }
            case PickleOpcode.SetItem: { var value = Pop(); SetItem(Pop(), value); break; }
            case PickleOpcode.SetItems: SetItems(PopToMark()); break;
            case EmptyList: Push(new List<object?>()); break;
            case PickleOpcode.List: Push(PopToMark()); break;
            case PickleOpcode.Append: Append(Pop()); break;
            case Appends: foreach (var item in PopToMark()) Append(item); break;
            case EmptyTuple: _stack.Add(Array.Empty<object?>()); break;
            case Tuple1: PushTuple(1); break;
            case Tuple2: PushTuple(2); break;
            case Tuple3: PushTuple(3); break;
            case PickleOpcode.Tuple: Push(PopToMark().ToArray()); break;
            case EmptySet: _stack.Add(PickleInert.Instance); break;
            case AddItems: PopToMark(); break;
            case FrozenSet: PopToMark(); _stack.Add(PickleInert.Instance); break;

            case BinPut: Remember(reader.ReadByte()); break;
            case LongBinPut: Remember(reader.ReadUInt32()); break;
            case Memoize: Remember((uint)_memo.Count); break;
            case BinGet: _stack.Add(Recall(reader.ReadByte())); break;
            case LongBinGet: _stack.Add(Recall(reader.ReadUInt32())); break;

            case Global: PushGlobal(); break;
            case StackGlobal: { var name = Pop(); PushGlobal(Pop() as PickleText, name as PickleText); break; }
            case BinPersistentId: Push(constructors.PersistentLoad(Pop())); break;
            case PickleOpcode.Reduce or NewObject: Apply(Pop()); break;
            case Build: { var state = Pop(); constructors.Build(Top(), state); break; }
            default: throw Error($"has opcode 0x{(byte)opcode:X2}, which data does not need");
        }
    }

    private void CheckProtocol(byte version)
    {
        if (version > 5) throw Error($"is of protocol {version}; read are protocols 2 to 5");
    }

    private void CheckFrame(ulong length)
    {
        if (length > (ulong)reader.File.Length) throw Error($"has a frame of {length:N0} bytes, more than the file");
    }

    /// <summary>A whole number of up to 255 bytes: a long where it fits.</summary>
    private void PushLong(BigInteger value)
    {
        if (value < long.MinValue || value > long.MaxValue) Push(value);
        else Push((long)value);
    }

    private void Push(object? value)
    {
        _bytes += ValueBytes;
        _stack.Add(value);
    }

    private void PushText(ulong length, bool isByteString)
    {
        var text = reader.ReadText(length, isByteString);
        _bytes += ValueBytes + 2 * (text.Value?.Length ?? 0);
        Push(text);
    }

    private void PushTuple(int count)
    {
        var tuple = new object?[count];
        for (var i = count - 1; i >= 0; i--) tuple[i] = Pop();
        _bytes += ReferenceBytes * count;
        Push(tuple);
    }

    private void PushGlobal()
    {
        Span<char> text = stackalloc char[2 * PickleReader.LineLength + 1];
        var length = reader.ReadLine(text);
        text[length++] = '.';
        length += reader.ReadLine(text[length..]);
        PushGlobal(text[..length]);
    }

    private void PushGlobal(PickleText? module, PickleText? name)
    {
        if (module?.Value is null || name?.Value is null) throw Error("names something with a value that is not text");
        PushGlobal($"{module.Value}.{name.Value}");
        _bytes += ValueBytes + 2 * (module.Value.Length + name.Value.Length);
    }

    /// <param name="name">Module and name, with a dot between them. Looked up as it is: a text for each would take more memory than the file.</param>
    private void PushGlobal(ReadOnlySpan<char> name)
    {
        _bytes += ReferenceBytes;
        _stack.Add(PickleGlobal.Find(name)
            ?? throw reader.File.Error($"is refused: at byte {reader.Position:N0} its pickle asks for '{name}', which weights do not " +
                "need and which could run code. Nothing was executed. If you trust the file, save it again as safetensors where it was made."));
    }

    private object? Top() => _stack.Count > 0 && _stack[^1] != MarkValue ? _stack[^1] : throw Error("takes a value from an empty stack");

    private object? Pop()
    {
        var value = Top();
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    private List<object?> PopToMark()
    {
        var mark = _stack.LastIndexOf(MarkValue);
        if (mark < 0) throw Error("lacks the mark before a list of values");
        var values = _stack.GetRange(mark + 1, _stack.Count - mark - 1);
        _stack.RemoveRange(mark, _stack.Count - mark);
        _bytes += ValueBytes + ReferenceBytes * values.Count;
        return values;
    }

    private void Apply(object? arguments)
    {
        if (arguments is object?[] items)   // a dictionary or tuple made of a list is as long as the list
            foreach (var item in items) _bytes += ReferenceBytes * ((item as List<object?>)?.Count ?? 1);
        Push(constructors.Apply(Pop(), arguments));
    }

    private void SetItems(List<object?> items)
    {
        if (items.Count % 2 != 0) throw Error("sets dictionary entries without values");
        for (var i = 0; i < items.Count; i += 2) SetItem(items[i], items[i + 1]);
    }

    private void SetItem(object? key, object? value)
    {
        _bytes += 2 * ReferenceBytes;
        if (Top() is PickleDictionary dictionary) dictionary.Set(key, value);
        else if (Top() is not PickleInert) throw Error("sets entries of something that is not a dictionary");
    }

    private void Append(object? item)
    {
        _bytes += ReferenceBytes;
        if (Top() is List<object?> list) list.Add(item);
        else if (Top() is not PickleInert) throw Error("appends to something that is not a list");
    }

    private void Remember(uint index)
    {
        _bytes += ValueBytes;
        _memo.Set(index, Top());
    }

    private object? Recall(uint index) =>
        _memo.TryGet(index, out var value) ? value : throw Error($"recalls value {index}, which it has not remembered");

    private CheckpointException Error(string problem) => reader.File.Error($"is refused: its pickle {problem} (at byte {reader.Position:N0}).");
}
