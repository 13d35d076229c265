using System.Text;
using NceFast.Corpus;
using Xunit;

namespace NceFast.Tests.Corpus;

public sealed class FileListTests : IDisposable
{
    private readonly TextFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Files_folders_and_globs_are_read_in_the_order_of_the_list()
    {
        string a = _files.Write("a.txt", "a"), b = _files.Write("folder/b.txt", "b"), c = _files.Write("folder/c.txt", "c"), d = _files.Write("d.text", "d");
        FileList list = Read($"# a list\n\n{d}\r\n  \n{_files.Folder}/folder\n{_files.Folder}/*.txt");
        Assert.Equal([d, $"{_files.Folder}/folder", $"{_files.Folder}/*.txt"], list.Paths);
        Assert.Equal([d, b, c, a], CorpusSource.FromPaths([], list).Names);
        Assert.Equal([a, d, b, c, a], CorpusSource.FromPaths([a], list).Names);
    }

    [Fact]
    public void A_list_may_be_compressed_and_begin_with_a_byte_order_mark()
    {
        string a = _files.Write("a.txt", "a");
        Assert.Equal([a], FileList.Read(_files.Write("list.gz", TextFiles.Gzip([0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(a)]))).Paths);
    }

    [Fact]
    public void Relative_paths_are_relative_to_the_current_folder()
    {
        string a = _files.Write("a.txt", "a");
        Assert.Equal("a", TextFiles.ShowAll(CorpusSource.FromPaths([], Read(Path.GetRelativePath(Directory.GetCurrentDirectory(), a)))));
    }

    [Theory]
    [InlineData("missing.txt", "the list, line 3 names 'missing.txt', which does not exist")]
    [InlineData("-", "the list, line 3 names standard input")]
    [InlineData("a\0b", "the list, line 3 is not a path in UTF-8")]
    [InlineData("none/*.txt", "the list, line 3: The glob none/*.txt matches no file")]
    public void A_wrong_entry_is_reported_with_its_line(string entry, string message)
    {
        string a = _files.Write("a.txt", "a");
        Assert.Contains(message, Error($"{a}\n#\n{entry}\n{a}\n"));
    }

    [Fact]
    public void A_file_in_another_format_is_reported_with_the_line_that_names_it()
    {
        string a = _files.Write("a.txt", "a"), zip = _files.Write("b", [0x50, 0x4B, 3, 4, 0, 0, 0, 0, 0, 0]);
        Assert.Contains($"the list, line 2: {zip} looks like a zip archive", Error($"{a}\n{zip}\n{a}\n"));
    }

    [Fact]
    public void A_text_in_place_of_a_list_and_an_empty_list_are_refused()
    {
        Assert.Contains("line 1 has more than 32,767 bytes", Error(new string('w', 50_000)));
        Assert.Contains("line 1 has more than 32,767 bytes", Error(new string('w', 40_000) + "\n"));
        Assert.Contains("line 1 names 'the quick brown fox'", Error("the quick brown fox\njumps\n"));
        Assert.Contains("the list names no file", Error("# nothing\n\n"));
        Assert.Contains("does not exist", Assert.Throws<NceFastException>(() => FileList.Read(Path.Combine(_files.Folder, "none.lst"))).Message);
    }

    private static FileList Read(string text) => FileList.Read(new MemoryStream(Encoding.UTF8.GetBytes(text)), "the list");

    private static string Error(string text)
    {
        var error = Assert.Throws<NceFastException>(() => CorpusSource.FromPaths([], Read(text)));
        Assert.Equal(ErrorKind.Input, error.Kind);
        return error.Message;
    }
}
