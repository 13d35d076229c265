using System.Text;
using System.Text.Json;

namespace NceFast.Corpus.Records;

/// <summary>Takes the text out of JSON Lines: one JSON object per line.</summary>
/// <param name="source">The lines, which this stream disposes.</param>
/// <param name="stored">The stream that knows the position in the stored bytes; null if <paramref name="source"/> is not decoded.</param>
/// <param name="name">The name of the file in messages.</param>
/// <param name="reading">The options and the count of malformed records.</param>
internal sealed class JsonLinesStream(Stream source, DecodingStream? stored, string name, TextReading reading) : RecordStream(source, stored, name, reading)
{
    private readonly FieldPath[] _paths = [.. reading.Options.Fields.Select(field => new FieldPath(field))];
    private readonly TextBuffer[] _texts = [.. reading.Options.Fields.Select(_ => new TextBuffer())];
    private readonly TextBuffer _name = new();
    private readonly bool[] _seen = new bool[reading.Options.Fields.Count];

    /// <summary>Throws when the first bytes of a file are not those of JSON Lines.</summary>
    /// <exception cref="NceFastException">The file is in another format (<see cref="ErrorKind.Input"/>).</exception>
    public static void EnsureLines(string name, ReadOnlySpan<byte> head)
    {
        ReadOnlySpan<byte> text = head[ContentKind.Utf8Mark(head)..].TrimStart(" \t\r\n"u8);
        if (text.IsEmpty || text[0] == (byte)'{')
            return;
        if (text[0] == (byte)'[')
            throw new NceFastException(ErrorKind.Input, $"{name} is one JSON list, but fields are read from JSON Lines, which has one object per line; convert it with 'jq -c .[]'.");
        string begin = Encoding.UTF8.GetString(text[..Math.Min(20, text.Length)]).Split('\n')[0];
        throw new NceFastException(ErrorKind.Input, $"{name} begins with '{begin}', but fields are read from JSON Lines, whose lines begin with '{{'; leave {Member.Of(nameof(TextOptions.Fields))} out for plain text, or name only files of JSON Lines.");
    }

    /// <inheritdoc/>
    protected override int FindEnd(ReadOnlySpan<byte> bytes, int searched)
    {
        int found = bytes[searched..].IndexOf((byte)'\n');
        return found < 0 ? -1 : searched + found;
    }

    /// <inheritdoc/>
    protected override string? Extract(ReadOnlySpan<byte> record, TextBuffer text)
    {
        Array.Clear(_seen);
        var json = new JsonScanner(record);
        try
        {
            json.Read();
            if (json.TokenType != JsonTokenType.StartObject)
                return "the line is not a JSON object.";
            string? wrong = ReadObject(ref json, 0, ulong.MaxValue, text);
            if (wrong is not null)
                return wrong;
            json.Read(); // throws when anything follows the object
        }
        catch (JsonException e)
        {
            return $"the line is not valid JSON ({e.Message}, at byte {e.BytePositionInLine}).";
        }

        int missing = Array.IndexOf(_seen, false);
        if (missing >= 0)
            return $"the record has no field '{_paths[missing].Name}'.";
        for (int i = 0; _paths.Length > 1 && i < _paths.Length; i++)
        {
            text.Append(_texts[i].Bytes);
            _texts[i].Clear();
        }

        return null;
    }

    // The set has a bit for each path that begins with the names of the objects around.
    private string? ReadObject(ref JsonScanner json, int depth, ulong set, TextBuffer text)
    {
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            ulong matching = 0;
            for (int i = 0; i < _paths.Length; i++)
            {
                if ((set >> i & 1) != 0 && depth < _paths[i].Length && IsName(in json, _paths[i].Part(depth)))
                    matching |= 1ul << i;
            }

            if (matching == 0)
            {
                json.Skip();
                continue;
            }

            json.Read();
            string? wrong = ReadValue(ref json, depth, matching, text);
            if (wrong is not null)
                return wrong;
        }

        return null;
    }

    private bool IsName(in JsonScanner json, ReadOnlySpan<byte> name)
    {
        if (!json.ValueIsEscaped)
            return json.ValueSpan.SequenceEqual(name);
        _name.Clear();
        return JsonString.TryAppend(json.ValueSpan, _name) && _name.Bytes.SequenceEqual(name);
    }

    private string? ReadValue(ref JsonScanner json, int depth, ulong matching, TextBuffer text)
    {
        bool isInner = false;
        for (int i = 0; i < _paths.Length; i++)
        {
            if ((matching >> i & 1) == 0)
                continue;
            if (_paths[i].Length > depth + 1)
                isInner = true;
            else if (ReadText(ref json, i, text) is { } wrong)
                return wrong;
        }

        if (!isInner)
            return null;
        if (json.TokenType == JsonTokenType.StartObject)
            return ReadObject(ref json, depth + 1, matching, text);
        json.Skip(); // the missing field is reported at the end
        return null;
    }

    private string? ReadText(ref JsonScanner json, int path, TextBuffer text)
    {
        if (_seen[path])
            return $"the record has the field '{_paths[path].Name}' twice.";
        _seen[path] = true;
        TextBuffer target = text;
        if (_paths.Length > 1)
        {
            target = _texts[path];
            target.Clear();
        }

        switch (json.TokenType)
        {
            case JsonTokenType.String:
                return AppendLine(in json, path, target);
            case JsonTokenType.Null:
                target.Append((byte)'\n');
                return null;
            case JsonTokenType.StartArray:
                while (json.Read() && json.TokenType != JsonTokenType.EndArray)
                {
                    if (json.TokenType != JsonTokenType.String)
                        return $"the list '{_paths[path].Name}' contains {Describe(json.TokenType)}; strings are allowed.";
                    if (AppendLine(in json, path, target) is { } wrong)
                        return wrong;
                }

                return null;
            default:
                return $"the field '{_paths[path].Name}' is {Describe(json.TokenType)}; a string or a list of strings is allowed.";
        }
    }

    private string? AppendLine(in JsonScanner json, int path, TextBuffer target)
    {
        if (!json.ValueIsEscaped)
            target.Append(json.ValueSpan);
        else if (!JsonString.TryAppend(json.ValueSpan, target))
            return $"the field '{_paths[path].Name}' contains half of a surrogate pair (an escape from \\ud800 to \\udfff without its partner).";
        target.Append((byte)'\n');
        return null;
    }

    private static string Describe(JsonTokenType type) => type switch
    {
        JsonTokenType.Number => "a number",
        JsonTokenType.True or JsonTokenType.False => "true or false",
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "a list",
        _ => "null",
    };

    /// <summary>The names of nested fields.</summary>
    private readonly struct FieldPath
    {
        private readonly byte[][] _parts;

        public FieldPath(string name)
        {
            Name = name;
            _parts = [.. FieldName.Split(name).Select(Encoding.UTF8.GetBytes)];
        }

        public string Name { get; }

        public int Length => _parts.Length;

        public ReadOnlySpan<byte> Part(int depth) => _parts[depth];
    }
}
