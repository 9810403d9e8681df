using System.Buffers.Binary;

namespace Dla.MLNet.Tests.Preprocessing;

/// <summary>What Pillow 9.4 reads out of an EXIF block.</summary>
public sealed class ExifOrientationTests
{
    [Theory]
    [InlineData(3, 1, "00060000", 6)]       // SHORT
    [InlineData(3, 2, "00020007", 2)]       // the first of two
    [InlineData(4, 1, "00000006", 6)]       // LONG
    [InlineData(6, 1, "06000000", 6)]       // SBYTE
    [InlineData(8, 1, "00060000", 6)]       // SSHORT
    [InlineData(9, 1, "00000006", 6)]       // SLONG
    [InlineData(11, 1, "40C00000", 6)]      // FLOAT
    [InlineData(11, 1, "40D00000", 1)]      // 6.5
    [InlineData(13, 1, "00000006", 6)]      // IFD
    [InlineData(1, 1, "06000000", 1)]       // BYTE is no number to Pillow
    [InlineData(2, 2, "36000000", 1)]       // ASCII
    [InlineData(7, 1, "06000000", 1)]       // UNDEFINED
    [InlineData(3, 1, "00090000", 1)]       // out of range
    [InlineData(3, 0, "00060000", null)]    // no value
    [InlineData(99, 1, "00060000", null)]   // no type
    public void A_value_of_any_type_of_number_counts(int type, int count, string value, int? expected)
    {
        var exif = Block(true, (0x0112, type, count, Convert.FromHexString(value)));
        Assert.Equal(expected, ExifOrientation.ReadTiff(exif));
    }

    [Theory]
    [InlineData(5, "0000000C00000002", 6)]    // RATIONAL 12 / 2
    [InlineData(5, "0000000D00000002", 1)]
    [InlineData(5, "0000000600000000", 1)]
    [InlineData(10, "FFFFFFFAFFFFFFFF", 6)]   // SRATIONAL -6 / -1
    [InlineData(12, "4018000000000000", 6)]   // DOUBLE
    [InlineData(16, "0000000000000006", 6)]   // LONG8
    public void A_value_elsewhere_in_the_block_counts(int type, string value, int expected)
    {
        byte[] exif = [.. Block(true, (0x0112, type, 1, [0, 0, 0, 26])), .. Convert.FromHexString(value)];
        Assert.Equal(expected, ExifOrientation.ReadTiff(exif));
        Assert.Null(ExifOrientation.ReadTiff(exif.AsSpan(..^1)));   // its last byte is outside
    }

    [Fact]
    public void An_entry_whose_data_are_outside_ends_the_directory()
    {
        (int, int, int, byte[]) turned = (0x0112, 3, 1, [0, 6, 0, 0]), outside = (0x010F, 2, 40, [0, 0, 0, 200]);
        Assert.Equal(6, ExifOrientation.ReadTiff(Block(true, turned, outside)));
        Assert.Null(ExifOrientation.ReadTiff(Block(true, outside, turned)));
    }

    [Fact]
    public void The_last_of_several_tags_counts() =>
        Assert.Equal(3, ExifOrientation.ReadTiff(Block(true, (0x0112, 3, 1, [0, 6, 0, 0]), (0x0112, 3, 1, [0, 3, 0, 0]))));

    [Theory]
    [InlineData("4D4D002A", true)]
    [InlineData("4D4D2A00", true)]
    [InlineData("4D4D002B", true)]
    [InlineData("49492A00", false)]
    [InlineData("4949002A", false)]
    [InlineData("49492B00", null)]
    [InlineData("4D4D002C", null)]
    [InlineData("45786966", null)]
    public void Headers_are_those_that_Pillow_knows(string magic, bool? big)
    {
        var exif = Block(big != false, (0x0112, 4, 1, big != false ? [0, 0, 0, 6] : [6, 0, 0, 0]));
        Convert.FromHexString(magic).CopyTo(exif, 0);
        Assert.Equal(big is null ? null : 6, ExifOrientation.ReadTiff(exif));
    }

    [Fact]
    public void A_prefix_is_passed_over_where_formats_have_one()
    {
        byte[] exif = [.. "Exif\0\0"u8, .. Block(true, (0x0112, 3, 1, [0, 6, 0, 0]))];
        Assert.Equal(6, ExifOrientation.Read(exif));
        Assert.Equal(6, ExifOrientation.Read(exif.AsSpan(6..)));
        Assert.Null(ExifOrientation.ReadTiff(exif));
    }

    private static byte[] Block(bool big, params (int Tag, int Type, int Count, byte[] Value)[] entries)
    {
        var block = new byte[10 + 12 * entries.Length + 4];
        (big ? "MM\0*"u8 : "II*\0"u8).CopyTo(block);
        Long(4, 8);
        Short(8, entries.Length);
        for (var i = 0; i < entries.Length; i++)
        {
            var at = 10 + 12 * i;
            Short(at, entries[i].Tag);
            Short(at + 2, entries[i].Type);
            Long(at + 4, entries[i].Count);
            entries[i].Value.CopyTo(block, at + 8);
        }
        return block;

        void Short(int at, int value)
        {
            if (big) BinaryPrimitives.WriteUInt16BigEndian(block.AsSpan(at), (ushort)value);
            else BinaryPrimitives.WriteUInt16LittleEndian(block.AsSpan(at), (ushort)value);
        }

        void Long(int at, int value)
        {
            if (big) BinaryPrimitives.WriteInt32BigEndian(block.AsSpan(at), value);
            else BinaryPrimitives.WriteInt32LittleEndian(block.AsSpan(at), value);
        }
    }
}
