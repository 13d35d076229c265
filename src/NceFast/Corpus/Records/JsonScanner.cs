using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace NceFast.Corpus.Records;

/// <summary>
/// Reads one JSON value token by token, and checks its grammar (RFC 8259). It is used like <see cref="Utf8JsonReader"/>, which checks a string byte
/// by byte from its first escape on. Texts have an escape in nearly every line, and this reader searches for the next one with vector
/// instructions.
/// </summary>
/// <param name="json">The bytes of the value.</param>
internal ref struct JsonScanner(ReadOnlySpan<byte> json)
{
    /// <summary>The deepest nesting of objects and lists.</summary>
    public const int MaxDepth = 1000;

    private const int BitsPerPart = 64;
    private static readonly SearchValues<byte> EndsRun = SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(b => (byte)b), (byte)'"', (byte)'\\']);
    private static readonly SearchValues<byte> NotBlank = SearchValues.Create([.. Enumerable.Range(0, 256).Select(b => (byte)b).Except(" \t\r\n"u8.ToArray())]);

    private readonly ReadOnlySpan<byte> _json = json;
    private int _at, _depth;
    private Next _next = Next.Value;
    private Parents _parents;

    private enum Next
    {
        Value,
        FirstItem,
        FirstName,
        Name,
        Comma,
    }

    /// <summary>Gets the type of the token that was read.</summary>
    public JsonTokenType TokenType { get; private set; }

    /// <summary>Gets the bytes between the quotation marks of a string or a name.</summary>
    public ReadOnlySpan<byte> ValueSpan { get; private set; }

    /// <summary>Gets whether the string or name contains escapes.</summary>
    public bool ValueIsEscaped { get; private set; }

    /// <summary>Reads the next token.</summary>
    /// <returns>False at the end of the value.</returns>
    /// <exception cref="JsonException">The bytes are not JSON, or other bytes follow the value.</exception>
    public bool Read()
    {
        SkipBlanks();
        if (_depth == 0 && _next == Next.Comma)
            return _at == _json.Length ? false : throw Wrong("something follows the value");
        byte c = Peek();
        if (_next == Next.Comma && c == (byte)',')
        {
            _at++;
            SkipBlanks();
            c = Peek();
            _next = IsInObject ? Next.Name : Next.Value;
        }
        else if (c is (byte)'}' or (byte)']' && _next is Next.Comma or Next.FirstItem or Next.FirstName)
        {
            return End(c);
        }
        else if (_next == Next.Comma)
        {
            throw Wrong("a comma or the end of an object or a list is missing");
        }

        if (_next is Next.Name or Next.FirstName)
            ReadName(c);
        else
            ReadValue(c);
        return true;
    }

    /// <summary>Skips the value of a name, or the rest of an object or a list that begins.</summary>
    public void Skip()
    {
        if (TokenType == JsonTokenType.PropertyName)
            Read();
        if (TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray))
            return;
        int outside = _depth - 1;
        while (_depth > outside)
            Read();
    }

    private readonly bool IsInObject => (_parents[(_depth - 1) / BitsPerPart] >> ((_depth - 1) % BitsPerPart) & 1) != 0;

    private readonly byte Peek() => _at < _json.Length ? _json[_at] : throw Wrong("the line ends too early");

    private readonly JsonException Wrong(string what) => new(what, null, 0, _at);

    private void SkipBlanks()
    {
        if (_at < _json.Length && _json[_at] > (byte)' ')
            return;
        int found = _json[_at..].IndexOfAny(NotBlank);
        _at = found < 0 ? _json.Length : _at + found;
    }

    private bool End(byte c)
    {
        if (IsInObject != (c == (byte)'}'))
            throw Wrong("the end of an object or a list does not match its start");
        _at++;
        _depth--;
        (TokenType, _next) = (c == (byte)'}' ? JsonTokenType.EndObject : JsonTokenType.EndArray, Next.Comma);
        return true;
    }

    private void ReadName(byte c)
    {
        if (c != (byte)'"')
            throw Wrong("a name in quotation marks is missing");
        ReadString();
        SkipBlanks();
        if (Peek() != (byte)':')
            throw Wrong("a colon is missing");
        _at++;
        (TokenType, _next) = (JsonTokenType.PropertyName, Next.Value);
    }

    private void ReadValue(byte c)
    {
        _next = Next.Comma;
        switch (c)
        {
            case (byte)'"':
                ReadString();
                TokenType = JsonTokenType.String;
                break;
            case (byte)'{':
                Begin(JsonTokenType.StartObject, Next.FirstName);
                break;
            case (byte)'[':
                Begin(JsonTokenType.StartArray, Next.FirstItem);
                break;
            case (byte)'t':
                ReadWord("true"u8, JsonTokenType.True);
                break;
            case (byte)'f':
                ReadWord("false"u8, JsonTokenType.False);
                break;
            case (byte)'n':
                ReadWord("null"u8, JsonTokenType.Null);
                break;
            default:
                ReadNumber();
                break;
        }
    }

    private void Begin(JsonTokenType type, Next next)
    {
        if (_depth == MaxDepth)
            throw Wrong($"objects and lists are nested more than {MaxDepth:N0} levels deep");
        ref ulong part = ref _parents[_depth / BitsPerPart];
        ulong bit = 1ul << (_depth % BitsPerPart);
        part = type == JsonTokenType.StartObject ? part | bit : part & ~bit;
        _depth++;
        _at++;
        (TokenType, _next) = (type, next);
    }

    private void ReadWord(ReadOnlySpan<byte> word, JsonTokenType type)
    {
        if (!_json[_at..].StartsWith(word))
            throw Wrong("a value is missing");
        _at += word.Length;
        TokenType = type;
    }

    private void ReadString()
    {
        int start = ++_at;
        ValueIsEscaped = false;
        while (true)
        {
            int run = _json[_at..].IndexOfAny(EndsRun);
            _at = run < 0 ? _json.Length : _at + run;
            byte c = Peek();
            if (c == (byte)'"')
                break;
            if (c != (byte)'\\')
                throw Wrong("a string contains a control character, which must be an escape");
            ValueIsEscaped = true;
            _at++;
            SkipEscape();
        }

        ValueSpan = _json[start.._at];
        _at++;
    }

    private void SkipEscape()
    {
        const int Digits = 4;
        byte kind = Peek();
        if (kind == (byte)'u')
        {
            for (int i = 1; i <= Digits; i++)
            {
                if (_at + i >= _json.Length || !char.IsAsciiHexDigit((char)_json[_at + i]))
                    throw Wrong("\\u is not followed by four hexadecimal digits");
            }

            _at += 1 + Digits;
        }
        else if (kind is (byte)'"' or (byte)'\\' or (byte)'/' or (byte)'b' or (byte)'f' or (byte)'n' or (byte)'r' or (byte)'t')
        {
            _at++;
        }
        else
        {
            throw Wrong("a string contains an invalid escape");
        }
    }

    private void ReadNumber()
    {
        if (_json[_at] == (byte)'-')
            _at++;
        if (_at < _json.Length && _json[_at] == (byte)'0')
            _at++;
        else
            ReadDigits();
        if (_at < _json.Length && _json[_at] == (byte)'.')
        {
            _at++;
            ReadDigits();
        }

        if (_at < _json.Length && _json[_at] is (byte)'e' or (byte)'E')
        {
            _at++;
            if (_at < _json.Length && _json[_at] is (byte)'+' or (byte)'-')
                _at++;
            ReadDigits();
        }

        TokenType = JsonTokenType.Number;
    }

    private void ReadDigits()
    {
        int digits = _json[_at..].IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        digits = digits < 0 ? _json.Length - _at : digits;
        if (digits == 0)
            throw Wrong("a value is missing or a number is not complete");
        _at += digits;
    }

    /// <summary>A bit for each level of nesting: 1 for an object, 0 for a list.</summary>
    [InlineArray((MaxDepth + BitsPerPart - 1) / BitsPerPart)]
    private struct Parents
    {
        private ulong _first;
    }
}
