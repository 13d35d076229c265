using NceFast.Files;
using NceFast.Models;
using NceFast.Numerics;
using NceFast.Store;
using NceFast.Tests.Exports;
using Xunit;

namespace NceFast.Tests.Store;

public sealed class CheckpointFileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Sections_and_tables_are_read_back()
    {
        string path = Write();
        using CheckpointFile file = CheckpointFile.Open(path);
        Assert.Equal(["run", "empty", "table/input", "DONE"], file.Sections);
        Assert.Equal("hello"u8.ToArray(), file.Read("run"));
        Assert.Empty(file.Read("empty"));
        using var matrix = new AlignedMatrix(7, 3);
        file.Read("table/input", ParameterTable.Of("input", TableRows.Words, matrix));
        Assert.Equal([18f, 19, 20], matrix.Row(6).ToArray());
        Assert.Equal((7L, 3), file.TableSize("table/input"));
    }

    [Fact]
    public void Any_flipped_bit_is_found()
    {
        byte[] whole = File.ReadAllBytes(Write());
        string path = _folder["flipped"];
        for (int bit = 0; bit < 8 * whole.Length; bit += 3) // 3 and 8 have no common factor, so every bit of a byte is tested
        {
            byte[] bytes = [.. whole];
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            File.WriteAllBytes(path, bytes);
            NceFastException error = Assert.Throws<NceFastException>(() => CheckpointFile.Open(path).Dispose());
            Assert.Equal(ErrorKind.Input, error.Kind);
            Assert.Contains(path, error.Message);
        }
    }

    [Fact]
    public void A_section_that_is_damaged_is_named()
    {
        string path = Write();
        byte[] bytes = File.ReadAllBytes(path);
        bytes[bytes.AsSpan().IndexOf("hello"u8)]++;
        File.WriteAllBytes(path, bytes);
        Assert.Contains("section 'run' at byte 12", Assert.Throws<NceFastException>(() => CheckpointFile.Open(path).Dispose()).Message);
    }

    [Fact]
    public void A_file_that_was_cut_short_or_grew_is_found()
    {
        byte[] whole = File.ReadAllBytes(Write());
        string path = _folder["cut"];
        for (int length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(path, whole[..length]);
            Assert.Equal(ErrorKind.Input, Assert.Throws<NceFastException>(() => CheckpointFile.Open(path).Dispose()).Kind);
        }

        File.WriteAllBytes(path, [.. whole, 0]);
        Assert.Contains("is longer than its sections", Assert.Throws<NceFastException>(() => CheckpointFile.Open(path).Dispose()).Message);
    }

    [Fact]
    public void A_length_beyond_the_file_allocates_no_memory()
    {
        byte[] bytes = File.ReadAllBytes(Write());
        BitConverter.TryWriteBytes(bytes.AsSpan(12 + 4), 1L << 60); // the length of 'run'
        string path = _folder.Write("huge", bytes);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("would end after the file", Assert.Throws<NceFastException>(() => CheckpointFile.Open(path).Dispose()).Message);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 3 << 20);
    }

    [Fact]
    public void Another_version_or_kind_of_file_is_named()
    {
        byte[] bytes = File.ReadAllBytes(Write());
        bytes[8] = 1; // the version before
        Assert.Contains("has version 1 of the format", Assert.Throws<NceFastException>(() => CheckpointFile.Open(_folder.Write("v", bytes)).Dispose()).Message);
        Assert.Contains("not a checkpoint of this program", Assert.Throws<NceFastException>(() => CheckpointFile.Open(_folder.Write("t", "some text, long enough")).Dispose()).Message);
        Assert.Contains("cannot be read", Assert.Throws<NceFastException>(() => CheckpointFile.Open(_folder["absent"]).Dispose()).Message);
    }

    [Fact]
    public void A_section_with_another_length_than_announced_is_an_internal_error()
    {
        var writer = new CheckpointWriter(new MemoryStream());
        Assert.Throws<InvalidOperationException>(() => writer.Section("s", 3, stream => stream.Write("four"u8)));
        Assert.Throws<InvalidOperationException>(() => writer.Section("s", 5, stream => stream.Write("four"u8)));
    }

    private string Write()
    {
        using var matrix = new AlignedMatrix(7, 3);
        for (int row = 0; row < 7; row++)
        {
            for (int column = 0; column < 3; column++)
                matrix.Row(row)[column] = (3 * row) + column;
        }

        string path = _folder["checkpoint"];
        AtomicFile.Write(path, 0, stream =>
        {
            var writer = new CheckpointWriter(stream);
            writer.Section("run", "hello"u8);
            writer.Section("empty", []);
            writer.Table("table/input", ParameterTable.Of("input", TableRows.Words, matrix));
            writer.Finish();
        });
        return path;
    }
}
