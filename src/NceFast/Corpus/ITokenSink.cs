namespace NceFast.Corpus;

/// <summary>
/// Receives the words that a <see cref="TextScanner"/> finds. Implementations are structs, so that each of them compiles to its own
/// loop.
/// </summary>
internal interface ITokenSink
{
    /// <summary>
    /// Receives a word of 1 to 16 bytes, as its bytes in little-endian order, padded with zeros. Words contain no NUL byte, so
    /// the two numbers identify the word.
    /// </summary>
    void Short(ulong low, ulong high, int length);

    /// <summary>Receives a word of 17 to <see cref="TextScanner.MaxWordBytes"/> bytes.</summary>
    void Long(ReadOnlySpan<byte> word);

    /// <summary>Receives the end of a sentence that has at least one word.</summary>
    void EndSentence();
}
