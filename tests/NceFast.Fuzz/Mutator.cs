using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace NceFast.Fuzz;

/// <summary>Changes inputs: bits, ranges, binary and written numbers, tokens of the format, pieces of other inputs.</summary>
internal sealed class Mutator(Random random, IReadOnlyList<byte[]> tokens)
{
    public const int MaxBytes = 1 << 16;

    private static readonly long[] Numbers =
    [
        0, 1, -1, 2, 15, 16, 17, 64, 127, 128, 255, 256, 4096, 4097, 32767, 65535, 65536, 65537, 1 << 20, 1 << 24,
        int.MaxValue, int.MaxValue - 1L, int.MinValue, uint.MaxValue, 1L << 32, 1L << 40, 1_000_000_000_000, long.MaxValue, long.MaxValue / 4, long.MaxValue / 64, long.MinValue,
    ];

    private static readonly string[] Written =
    [
        "", "0", "-0", "1", "-1", "00", "+1", "1.5", "1e400", "-1e400", "1e-400", "NaN", "nan", "inf", "-Infinity", "0x10", "1,000", "1_0",
        "2147483647", "2147483648", "4294967296", "1000000000000", "9223372036854775807", "9223372036854775808", "99999999999999999999",
        "0.00000000000000000000000000000000000000000000000001", "3.4028236e38", "1.17549435e-38", "123456789012345678901234567890.123456789",
    ];

    /// <summary>A changed copy; one to four changes, now and then many.</summary>
    public byte[] Change(byte[] input, IReadOnlyList<byte[]> others)
    {
        byte[] changed = input;
        int changes = random.Next(20) == 0 ? random.Next(4, 40) : random.Next(1, 5);
        for (int i = 0; i < changes; i++)
            changed = Once(changed, others);
        return changed.Length <= MaxBytes ? changed : changed[..MaxBytes];
    }

    private byte[] Once(byte[] input, IReadOnlyList<byte[]> others) => random.Next(14) switch
    {
        0 => Flip(input),
        1 => SetByte(input),
        2 => SetNumber(input),
        3 or 4 => SetWritten(input),
        5 => Replace(input, []),
        6 => Insert(input, Range(input)),
        7 => Insert(input, Noise()),
        8 => tokens.Count == 0 ? Flip(input) : Insert(input, tokens[random.Next(tokens.Count)]),
        9 => tokens.Count == 0 ? SetByte(input) : Replace(input, tokens[random.Next(tokens.Count)]),
        10 => input[..random.Next(input.Length + 1)],
        11 => Splice(input, others[random.Next(others.Count)]),
        12 => Replace(input, Range(others[random.Next(others.Count)])),
        _ => Repeat(input),
    };

    private byte[] Flip(byte[] input)
    {
        if (input.Length == 0)
            return Noise();
        byte[] changed = [.. input];
        changed[random.Next(input.Length)] ^= (byte)(1 << random.Next(8));
        return changed;
    }

    private byte[] SetByte(byte[] input)
    {
        if (input.Length == 0)
            return Noise();
        byte[] changed = [.. input];
        ReadOnlySpan<byte> likely = [0, (byte)'\n', (byte)'\r', (byte)'\t', (byte)' ', (byte)'-', (byte)'"', (byte)'{', 0x7F, 0x80, 0xC0, 0xED, 0xF4, 0xFE, 0xFF];
        changed[random.Next(input.Length)] = random.Next(2) == 0 ? likely[random.Next(likely.Length)] : (byte)random.Next(256);
        return changed;
    }

    // A number of 2, 4 or 8 bytes at any place.
    private byte[] SetNumber(byte[] input)
    {
        byte[] changed = [.. input];
        int size = 2 << random.Next(3);
        if (input.Length < size)
            return changed;
        int at = random.Next(2) == 0 ? random.Next(input.Length - size + 1) : random.Next(Math.Min(64, input.Length - size + 1));
        Span<byte> bytes = stackalloc byte[8];
        long number = Numbers[random.Next(Numbers.Length)] + (random.Next(4) == 0 ? random.Next(-2, 3) : 0);
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        bytes[..size].CopyTo(changed.AsSpan(at));
        return changed;
    }

    // A run of digits becomes another number.
    private byte[] SetWritten(byte[] input)
    {
        int from = random.Next(input.Length + 1);
        int start = input.AsSpan(from).IndexOfAnyInRange((byte)'0', (byte)'9');
        if (start < 0)
            return Flip(input);
        start += from;
        int length = input.AsSpan(start).IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        int end = length < 0 ? input.Length : start + length;
        string number = random.Next(3) == 0 ? random.NextInt64(-1000, 1_000_000).ToString(CultureInfo.InvariantCulture) : Written[random.Next(Written.Length)];
        return [.. input.AsSpan(0, start), .. Encoding.ASCII.GetBytes(number), .. input.AsSpan(end)];
    }

    private byte[] Replace(byte[] input, ReadOnlySpan<byte> by)
    {
        (int start, int length) = Place(input);
        return [.. input.AsSpan(0, start), .. by, .. input.AsSpan(start + length)];
    }

    private byte[] Insert(byte[] input, ReadOnlySpan<byte> what)
    {
        int at = random.Next(input.Length + 1);
        return [.. input.AsSpan(0, at), .. what, .. input.AsSpan(at)];
    }

    private byte[] Splice(byte[] input, byte[] other) => [.. input.AsSpan(0, random.Next(input.Length + 1)), .. other.AsSpan(random.Next(other.Length + 1))];

    private byte[] Repeat(byte[] input)
    {
        byte[] piece = Range(input);
        if (piece.Length == 0)
            return Noise();
        int times = random.Next(200) == 0 ? MaxBytes / piece.Length : random.Next(2, 20);
        byte[] all = new byte[Math.Min(MaxBytes, piece.Length * times)];
        for (int at = 0; at < all.Length; at += piece.Length)
            piece.AsSpan(0, Math.Min(piece.Length, all.Length - at)).CopyTo(all.AsSpan(at));
        return Insert(input, all);
    }

    private byte[] Range(byte[] input)
    {
        (int start, int length) = Place(input);
        return input[start..(start + length)];
    }

    // Short ranges are likelier than long ones.
    private (int Start, int Length) Place(byte[] input)
    {
        int start = random.Next(input.Length + 1);
        int longest = random.Next(4) == 0 ? input.Length - start : Math.Min(12, input.Length - start);
        return (start, random.Next(longest + 1));
    }

    private byte[] Noise()
    {
        byte[] noise = new byte[random.Next(1, 24)];
        random.NextBytes(noise);
        return noise;
    }
}
