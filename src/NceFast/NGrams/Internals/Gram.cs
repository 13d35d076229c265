using System.Runtime.CompilerServices;

namespace NceFast.NGrams.Internals;

/// <summary>
/// Represents up to five words with a value, 32 bytes. A word is stored as its id plus one, and 0 stands for none. Grams are compared by
/// their words from the first column on, and not by their values.
/// </summary>
internal struct Gram : IComparable<Gram>
{
    /// <summary>The largest number of words.</summary>
    public const int Columns = 5;

    private ulong _first, _second;
    private uint _third;

    /// <summary>The value: a count, the bits of a double, or those of two floats.</summary>
    public ulong Value;

    /// <summary>Gets the number in a column, from 0.</summary>
    public readonly uint this[int column] => column switch
    {
        0 => (uint)(_first >> 32),
        1 => (uint)_first,
        2 => (uint)(_second >> 32),
        3 => (uint)_second,
        _ => _third,
    };

    /// <summary>Gets or sets the value as a double.</summary>
    public double Number
    {
        readonly get => BitConverter.UInt64BitsToDouble(Value);
        set => Value = BitConverter.DoubleToUInt64Bits(value);
    }

    /// <summary>Gets the value as two floats.</summary>
    public readonly (float Low, float High) Pair => (BitConverter.UInt32BitsToSingle((uint)Value), BitConverter.UInt32BitsToSingle((uint)(Value >> 32)));

    /// <summary>Makes a gram of up to five columns.</summary>
    public static Gram Of(ReadOnlySpan<uint> columns, ulong value)
    {
        Gram gram = default;
        gram._first = ((ulong)columns[0] << 32) | At(columns, 1);
        gram._second = ((ulong)At(columns, 2) << 32) | At(columns, 3);
        gram._third = At(columns, 4);
        gram.Value = value;
        return gram;
    }

    /// <summary>Packs two floats into a value.</summary>
    public static ulong Pack(float low, float high) => BitConverter.SingleToUInt32Bits(low) | ((ulong)BitConverter.SingleToUInt32Bits(high) << 32);

    /// <summary>Returns the first columns in the reverse order, with another value.</summary>
    public readonly Gram Reversed(int columns, ulong value)
    {
        Span<uint> reversed = stackalloc uint[Columns];
        for (int i = 0; i < columns; i++)
            reversed[i] = this[columns - 1 - i];
        return Of(reversed[..columns], value);
    }

    /// <summary>Returns the first columns, with another value.</summary>
    public readonly Gram Start(int columns, ulong value)
    {
        Span<uint> kept = stackalloc uint[Columns];
        for (int i = 0; i < columns; i++)
            kept[i] = this[i];
        return Of(kept, value);
    }

    /// <summary>Returns the first column in which two grams differ, or <see cref="Columns"/>.</summary>
    public readonly int FirstDifference(in Gram other)
    {
        if (_first != other._first)
            return (_first ^ other._first) >> 32 != 0 ? 0 : 1;
        if (_second != other._second)
            return (_second ^ other._second) >> 32 != 0 ? 2 : 3;
        return _third != other._third ? 4 : Columns;
    }

    /// <summary>Returns whether two grams have the same words.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool HasWordsOf(in Gram other) => _first == other._first && _second == other._second && _third == other._third;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int CompareTo(Gram other)
    {
        if (_first != other._first)
            return _first < other._first ? -1 : 1;
        if (_second != other._second)
            return _second < other._second ? -1 : 1;
        return _third.CompareTo(other._third);
    }

    private static uint At(ReadOnlySpan<uint> columns, int index) => index < columns.Length ? columns[index] : 0;
}
