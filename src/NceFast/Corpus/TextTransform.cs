using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace NceFast.Corpus;

/// <summary>
/// Changes words between decoding and scanning: lower case, normalisation, other separators. Text arrives in segments; a word that is cut
/// by the end of a segment waits for the next one. It is not thread-safe.
/// </summary>
/// <remarks>
/// Block numbers and the borders of shards are positions in the text before these changes. Therefore they do not depend on the options,
/// and the shards of plain files are still read independently of each other.
/// </remarks>
internal sealed class TextTransform
{
    private static readonly SearchValues<char> Blanks = SearchValues.Create("\u0085\u00A0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200A\u2028\u2029\u202F\u205F\u3000");
    private const byte Blank = (byte)' ';

    // A part of a word that is longer than this is changed by itself, because the scanner leaves such a word out.
    private const int LongestWait = 4 * TextScanner.MaxWordBytes;
    private readonly TextOptions _options;
    private readonly byte _separator;
    private readonly byte[] _waiting = new byte[LongestWait];
    private int _waits;
    private byte[] _output = new byte[2 * TextInput.ReadBytes];
    private int _length;
    private bool _isInWord, _hasBlank;

    private TextTransform(TextOptions options)
    {
        _options = options;
        _separator = (byte)(options.Separator ?? ' ');
    }

    /// <summary>Creates the transform of options; null when they change no words.</summary>
    public static TextTransform? Create(TextOptions options) => options.ChangesWords ? new TextTransform(options) : null;

    /// <summary>Forgets a text that was not read to its end, and starts a new one.</summary>
    public void Reset() => (_waits, _isInWord, _hasBlank) = (0, false, false);

    /// <summary>Changes the next segment.</summary>
    /// <param name="segment">The bytes of the text.</param>
    /// <param name="isLast">Whether the text or the line ends with the segment.</param>
    /// <returns>The changed bytes of all complete words. They are valid until the next call.</returns>
    public ReadOnlyMemory<byte> Apply(ReadOnlySpan<byte> segment, bool isLast)
    {
        _length = 0;
        int last = isLast ? segment.Length : segment.LastIndexOfAnyInRange((byte)0, Blank) + 1;
        if (last == 0 && !isLast)
        {
            Wait(segment);
            return _output.AsMemory(0, _length);
        }

        if (_waits > 0)
        {
            int end = segment.IndexOfAnyInRange((byte)0, Blank);
            end = end < 0 ? segment.Length : end;
            Wait(segment[..end]);
            segment = segment[end..];
            last -= end;
            Change(_waiting.AsSpan(0, _waits));
            _waits = 0;
        }

        Change(segment[..last]);
        Wait(segment[last..]);
        if (isLast)
            (_isInWord, _hasBlank) = (false, false);
        return _output.AsMemory(0, _length);
    }

    private void Wait(ReadOnlySpan<byte> part)
    {
        while (part.Length > LongestWait - _waits)
        {
            int taken = LongestWait - _waits;
            part[..taken].CopyTo(_waiting.AsSpan(_waits));
            Change(_waiting);
            part = part[taken..];
            _waits = 0;
        }

        part.CopyTo(_waiting.AsSpan(_waits));
        _waits += part.Length;
    }

    private void Change(ReadOnlySpan<byte> text)
    {
        while (!text.IsEmpty)
        {
            int special = text.IndexOfAnyInRange((byte)0x80, byte.MaxValue);
            if (special < 0)
            {
                AppendAscii(text);
                return;
            }

            // A word with other characters begins after the last separator before them, and ends at the next one.
            int start = text[..special].LastIndexOfAnyInRange((byte)0, Blank) + 1;
            int length = text[special..].IndexOfAnyInRange((byte)0, Blank);
            int end = length < 0 ? text.Length : special + length;
            AppendAscii(text[..start]);
            AppendWord(text[start..end]);
            text = text[end..];
        }
    }

    private void AppendWord(ReadOnlySpan<byte> word)
    {
        if (Utf8.IsValid(word))
        {
            string text = Encoding.UTF8.GetString(word);
            if (_options.Normalize is { } normalize)
                text = normalize(text);
            if (_options.Lowercase)
                text = text.ToLowerInvariant();
            if (_options.UnicodeBlanks)
                text = WithBlanks(text);
            byte[] bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
            AppendBytes(bytes.AsSpan(0, Encoding.UTF8.GetBytes(text, bytes)));
            ArrayPool<byte>.Shared.Return(bytes);
        }
        else
        {
            AppendBytes(word); // words that are not valid UTF-8 are kept unchanged
        }
    }

    private static string WithBlanks(string text) => text.AsSpan().IndexOfAny(Blanks) < 0 ? text : string.Create(text.Length, text, (chars, from) =>
    {
        from.CopyTo(chars);
        for (int at; (at = chars.IndexOfAny(Blanks)) >= 0; chars = chars[(at + 1)..])
            chars[at] = ' ';
    });

    private void AppendAscii(ReadOnlySpan<byte> text)
    {
        int before = _length;
        AppendBytes(text);
        if (_options.Lowercase)
            Ascii.ToLowerInPlace(_output.AsSpan(before, _length - before), out _);
    }

    private void AppendBytes(ReadOnlySpan<byte> text)
    {
        // One more byte, because a blank may wait since the text before.
        if (_output.Length - _length <= text.Length)
            Array.Resize(ref _output, Math.Max(2 * _output.Length, _length + text.Length + 1));
        Span<byte> target = _output.AsSpan(_length);
        if (_options.Separator is null)
            text.CopyTo(target);
        _length += _options.Separator is null ? text.Length : Separate(text, target);
    }

    // Returns the number of bytes written.
    private int Separate(ReadOnlySpan<byte> text, Span<byte> target)
    {
        int count = 0;
        foreach (byte b in text)
        {
            if (b == _separator || b == (byte)'\n')
            {
                target[count++] = b == _separator ? Blank : b;
                (_isInWord, _hasBlank) = (false, false);
            }
            else if (b <= Blank)
            {
                _hasBlank = _isInWord;
            }
            else
            {
                if (_hasBlank)
                    target[count++] = (byte)'_';
                target[count++] = b;
                (_isInWord, _hasBlank) = (true, false);
            }
        }

        return count;
    }
}
