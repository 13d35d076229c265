using NceFast.Tests.Corpus.Records;
using ParquetSharp;
using Xunit;

namespace NceFast.Tests.Cli;

/// <summary>Parquet files as texts of the program.</summary>
public sealed class ParquetVerbTests : CliTestBase
{
    [Fact]
    public void Parquet_and_plain_text_train_to_the_same_bytes()
    {
        string[] lines = System.Text.Encoding.UTF8.GetString(Text(60_000)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string plain = Write("plain.txt", string.Concat(lines.Select(line => line + "\n")));
        Write("web/part.parquet", ParquetFiles.Write([ParquetFiles.Number("id"), ParquetFiles.Text("text")], [.. lines.Chunk(40).Select(rows => (Array[])[new long[rows.Length], rows])], b => b.Compression(Compression.Zstd)));
        Assert.Equal(Train(plain), Train(In("web/*.parquet"), "--field", "text"));
        Assert.Equal(Vocabulary(plain), Vocabulary(In("web"), "--field", "text", "--threads", "3"));

        string Train(params string[] input)
        {
            CliProcess.Run(["train", .. input, "--out", In("v"), "--dim", "8", "--epochs", "1", "--threads", "1", "--quiet"]).Expect(0);
            return File.ReadAllText(In("v"));
        }

        string Vocabulary(params string[] input)
        {
            CliProcess.Run(["vocab", .. input, "--out", In("w"), "--quiet"]).Expect(0);
            return File.ReadAllText(In("w"));
        }
    }

    [Fact]
    public void Parquet_is_a_text_of_language_models_too()
    {
        string[] lines = [.. Enumerable.Range(0, 300).Select(i => $"{(char)('a' + (i % 3))} b c {(char)('a' + (i % 5))}")];
        string parquet = Write("t.parquet", ParquetFiles.Write([ParquetFiles.Text("text")], [[lines]])), plain = Write("t.txt", string.Concat(lines.Select(line => line + "\n")));
        CliProcess.Run("train", parquet, "--field", "text", "--model", "lbl", "--valid", parquet, "--out", In("m"), "--dim", "4", "--k", "3", "--epochs", "1", "--min-count", "1", "--quiet").Expect(0);
        string expected = CliProcess.Run("eval", "perplexity", In("m"), plain, "--json").Expect(0).Json.GetProperty("perplexity").GetRawText();
        Assert.Equal(expected, CliProcess.Run("eval", "perplexity", In("m"), parquet, "--field", "text", "--json").Expect(0).Json.GetProperty("perplexity").GetRawText());
    }

    [Fact]
    public void Parquet_is_refused_without_a_column_and_with_a_wrong_or_damaged_one()
    {
        byte[] file = ParquetFiles.Write(1, 100);
        string path = Write("t.parquet", file), cut = Write("cut.parquet", file[..(file.Length / 2)]);
        CliProcess.Run("vocab", path, "--out", In("w")).Expect(3, "looks like a Parquet file");
        CliProcess.Run("vocab", path, "--field", "body", "--out", In("w")).Expect(3, "has no column 'body'; its columns are 'text', 'tags', 'id'. Name the column that contains the text in --field");
        CliProcess.Run("vocab", path, "--field", "id", "--out", In("w")).Expect(3, "the type Int64");
        CliProcess.Run("vocab", cut, "--field", "text", "--out", In("w")).Expect(3, $"{cut} cannot be read as a Parquet file");
        Assert.False(File.Exists(In("w")));
    }
}
