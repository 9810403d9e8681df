namespace Dla.MLNet;

/// <summary>A prefix code: a table that a few bits look up, and behind it tables for longer codes.</summary>
/// <param name="Offset">Where the table begins in the memory of all tables.</param>
/// <param name="Bits">Bits of the first table's index; 0 when there is one symbol only, which takes no bits.</param>
internal readonly record struct Vp8lCode(int Offset, int Bits);
