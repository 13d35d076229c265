using System.Text;
using System.Text.Json;
using NceFast.Corpus.Records;
using Xunit;

namespace NceFast.Tests.Corpus.Records;

/// <summary>The scanner of JSON beside the reader of .NET.</summary>
public sealed class JsonScannerTests
{
    private static readonly string[] Pieces =
    [
        "{", "}", "[", "]", ",", ":", "\"a\"", "\"\"", "\"b\\n\\u00e9\"", "\"\\ud83d\\ude00\"", "\"\\x\"", "\"\\u12\"", "\"\t\"", "0", "-1", "01", "1.5e+3", "1.", "-", "1e400", "true", "false", "null",
        "nul", " ", "\t", "\r", "\n", "\"", "\\", "{\"a\":", "[1,2]", "{\"a\":{\"b\":[]}}", "\u00A0", "é",
    ];

    [Fact]
    public void Exactly_the_values_that_the_reader_of_dotnet_accepts_are_accepted_with_the_same_tokens()
    {
        var random = new Random(7);
        int valid = 0;
        for (int i = 0; i < 200_000; i++)
        {
            byte[] json = Encoding.UTF8.GetBytes(i % 2 == 0 ? Joined(random) : Value(random, 0));
            if (i % 4 == 3)
                json[random.Next(json.Length)] = (byte)random.Next(128);
            string? expected = Reference(json), actual = Tokens(json);
            Assert.True(expected == actual, $"{Encoding.UTF8.GetString(json)}: {expected ?? "invalid"}, {actual ?? "invalid"}");
            valid += expected is null ? 0 : 1;
        }

        Assert.InRange(valid, 50_000, 190_000);
    }

    [Fact]
    public void Values_are_skipped_with_all_that_they_contain()
    {
        var json = new JsonScanner("{\"a\":{\"b\":[1,{\"c\":[]}]},\"d\":[[],{}],\"e\":\"x\"}"u8);
        json.Read();
        var names = new List<string>();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            names.Add(Encoding.UTF8.GetString(json.ValueSpan));
            json.Skip();
        }

        Assert.Equal(["a", "d", "e"], names);
        Assert.False(json.Read());
    }

    private static string Joined(Random random) => string.Concat(Enumerable.Range(0, random.Next(1, 9)).Select(_ => Pieces[random.Next(Pieces.Length)]));

    private static string Value(Random random, int depth) => random.Next(depth > 4 ? 4 : 6) switch
    {
        0 => "\"" + string.Concat(Enumerable.Range(0, random.Next(40)).Select(_ => random.Next(12) switch { 0 => "\\n", 1 => "\\\"", 2 => "\\u20ac", 3 => "é", var n => ((char)('a' + n)).ToString() })) + "\"",
        1 => (random.Next(2000) - 1000).ToString(System.Globalization.CultureInfo.InvariantCulture),
        2 => (random.NextDouble() * 1e9).ToString("R", System.Globalization.CultureInfo.InvariantCulture),
        3 => random.Next(3) switch { 0 => "true", 1 => "false", _ => "null" },
        4 => "[" + string.Join(random.Next(2) == 0 ? "," : " , ", Enumerable.Range(0, random.Next(4)).Select(_ => Value(random, depth + 1))) + "]",
        _ => "{" + string.Join(",", Enumerable.Range(0, random.Next(4)).Select(i => $"\"k{i}\" : {Value(random, depth + 1)}")) + "}",
    };

    private static string? Reference(byte[] json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = JsonScanner.MaxDepth });
        var tokens = new StringBuilder();
        try
        {
            while (reader.Read())
                tokens.Append((int)reader.TokenType).Append(reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName ? Encoding.UTF8.GetString(reader.ValueSpan) : "").Append(' ');
            return tokens.ToString();
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? Tokens(byte[] json)
    {
        var scanner = new JsonScanner(json);
        var tokens = new StringBuilder();
        try
        {
            while (scanner.Read())
                tokens.Append((int)scanner.TokenType).Append(scanner.TokenType is JsonTokenType.String or JsonTokenType.PropertyName ? Encoding.UTF8.GetString(scanner.ValueSpan) : "").Append(' ');
            return tokens.ToString();
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
