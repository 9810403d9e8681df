namespace Dla.Models;

/// <summary>The opcodes of pickle protocols 2 to 5 that data needs. Those that call by name (INST, OBJ, EXT…, NEWOBJ_EX) are absent on purpose.</summary>
internal enum PickleOpcode : byte
{
    Mark = (byte)'(', Stop = (byte)'.', Pop = (byte)'0', PopMark = (byte)'1', Dup = (byte)'2',
    None = (byte)'N', NewTrue = 0x88, NewFalse = 0x89,
    BinInt = (byte)'J', BinInt1 = (byte)'K', BinInt2 = (byte)'M', Long1 = 0x8A, BinFloat = (byte)'G',
    ShortBinString = (byte)'U', BinString = (byte)'T',
    ShortBinUnicode = 0x8C, BinUnicode = (byte)'X', BinUnicode8 = 0x8D,
    ShortBinBytes = (byte)'C', BinBytes = (byte)'B', BinBytes8 = 0x8E, ByteArray8 = 0x96,
    EmptyDictionary = (byte)'}', Dictionary = (byte)'d', SetItem = (byte)'s', SetItems = (byte)'u',
    EmptyList = (byte)']', List = (byte)'l', Append = (byte)'a', Appends = (byte)'e',
    EmptyTuple = (byte)')', Tuple1 = 0x85, Tuple2 = 0x86, Tuple3 = 0x87, Tuple = (byte)'t',
    EmptySet = 0x8F, AddItems = 0x90, FrozenSet = 0x91,
    BinPut = (byte)'q', LongBinPut = (byte)'r', Memoize = 0x94, BinGet = (byte)'h', LongBinGet = (byte)'j',
    Global = (byte)'c', StackGlobal = 0x93, BinPersistentId = (byte)'Q', Reduce = (byte)'R', NewObject = 0x81, Build = (byte)'b',
    Protocol = 0x80, Frame = 0x95,
}
