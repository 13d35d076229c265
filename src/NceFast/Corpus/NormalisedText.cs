using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using NceFast.Numerics;

namespace NceFast.Corpus;

/// <summary>
/// Holds a copy of the text of one block, with one separator after each word. A reader makes the copy under the lock of a
/// sequential source and looks up the words after it has released the lock. Scanning the copy gives the same block.
/// </summary>
internal sealed unsafe class NormalisedText : IDisposable
{
    private nuint _capacity = 256 * 1024;
    private byte* _data = (byte*)AlignedMemory.AllocateUncounted(256 * 1024);

    ~NormalisedText() => Free();

    public int Length { get; private set; }

    public byte* Data => _data;

    public void Clear() => Length = 0;

    /// <inheritdoc/>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private byte* Reserve(int bytes)
    {
        // Space for a full 16-byte store and the separator.
        if ((nuint)(uint)(Length + bytes + ShortWord.MaxBytes + 1) > _capacity)
            Grow(bytes);
        return _data + Length;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grow(int bytes)
    {
        nuint capacity = Math.Max(_capacity * 2, (nuint)(uint)(Length + bytes + 64));
        byte* data = (byte*)AlignedMemory.AllocateUncounted(capacity);
        NativeMemory.Copy(_data, data, (nuint)Length);
        NativeMemory.AlignedFree(_data);
        _data = data;
        _capacity = capacity;
    }

    private void Free()
    {
        NativeMemory.AlignedFree(_data);
        _data = null;
    }

    /// <summary>Appends the words it receives to a text.</summary>
    public struct Sink(NormalisedText text) : ITokenSink
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Short(ulong low, ulong high, int length)
        {
            byte* p = text.Reserve(length);
            Unsafe.WriteUnaligned(p, low);
            Unsafe.WriteUnaligned(p + 8, high);
            p[length] = (byte)' ';
            text.Length += length + 1;
        }

        public readonly void Long(ReadOnlySpan<byte> word)
        {
            byte* p = text.Reserve(word.Length);
            word.CopyTo(new Span<byte>(p, word.Length));
            p[word.Length] = (byte)' ';
            text.Length += word.Length + 1;
        }

        public readonly void EndSentence() => text._data[text.Length - 1] = (byte)'\n';
    }
}
