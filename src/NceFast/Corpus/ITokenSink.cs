namespace NceFast.Corpus;

/// <summary>Takes the words a <see cref="TextScanner"/> finds; a struct, so that each use compiles to its own loop.</summary>
internal interface ITokenSink
{
    /// <summary>A word of 1 to 16 bytes as its zero-padded bytes, little-endian; words hold no NUL, so the pair is the word.</summary>
    void Short(ulong low, ulong high, int length);

    /// <summary>A word of 17 to <see cref="TextScanner.MaxWordBytes"/> bytes.</summary>
    void Long(ReadOnlySpan<byte> word);

    /// <summary>End of a sentence that held at least one word.</summary>
    void EndSentence();
}
