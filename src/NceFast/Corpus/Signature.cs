namespace NceFast.Corpus;

/// <summary>Represents the bytes with which a format begins.</summary>
/// <param name="bytes">The bytes; <see cref="AnyByte"/> matches every byte.</param>
/// <param name="offset">The position of the first of these bytes in the file.</param>
internal sealed class Signature(int[] bytes, int offset = 0)
{
    /// <summary>Stands for a byte with any value.</summary>
    public const int AnyByte = -1;

    /// <summary>Creates a signature of ASCII characters at the start of the file.</summary>
    public static Signature OfText(string text, int offset = 0) => new([.. text.Select(c => (int)c)], offset);

    /// <summary>Determines whether a file that begins with these bytes has the signature.</summary>
    public bool Matches(ReadOnlySpan<byte> head) => head.Length >= offset + bytes.Length && Fits(head);

    /// <summary>Determines whether these bytes are too few to decide, and a file that begins with them may have the signature.</summary>
    public bool MayFollow(ReadOnlySpan<byte> head) => offset == 0 && head.Length < bytes.Length && Fits(head);

    /// <summary>Searches a buffer for the signature.</summary>
    /// <returns>The index of its first byte; -1 when there is none.</returns>
    public int IndexIn(ReadOnlySpan<byte> buffer)
    {
        for (int start = 0; ;)
        {
            int found = buffer[start..].IndexOf((byte)bytes[0]);
            if (found < 0 || start + found + bytes.Length > buffer.Length)
                return -1;
            start += found;
            if (Matches(buffer[start..]))
                return start;
            start++;
        }
    }

    /// <summary>Gets the number of bytes.</summary>
    public int Length => bytes.Length;

    private bool Fits(ReadOnlySpan<byte> head)
    {
        int count = Math.Min(head.Length - offset, bytes.Length);
        for (int i = 0; i < count; i++)
        {
            if (bytes[i] != AnyByte && bytes[i] != head[offset + i])
                return false;
        }

        return true;
    }
}
