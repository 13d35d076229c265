using NceFast.Blocks;
using NceFast.Numerics;

namespace NceFast.NGrams;

/// <summary>Options for counting an n-gram model.</summary>
public sealed record NgramOptions
{
    /// <summary>The highest order that can be counted.</summary>
    public const int MaxOrder = Internals.Gram.Columns;

    /// <summary>The least memory in bytes.</summary>
    public const long MinMemory = 1 << 20;

    /// <summary>Gets the number of words of the longest n-grams, 1 to <see cref="MaxOrder"/>.</summary>
    public int Order { get; init; } = MaxOrder;

    /// <summary>Gets the memory for n-grams in bytes; 0 for a quarter of the memory there is. More n-grams than fit are sorted on disk.</summary>
    public long MemoryBytes { get; init; }

    /// <summary>Gets the folder for n-grams that exceed the memory; null for the temporary folder of the system.</summary>
    public string? SortFolder { get; init; }

    /// <summary>Gets how the text is prepared. Its words are those of a language model: &lt;/s&gt; and, in a closed vocabulary, &lt;unk&gt; are added.</summary>
    public CorpusOptions Corpus { get; init; } = new() { SpecialWords = SpecialWordsMode.Closed };

    internal void Validate()
    {
        Throw.UnlessInRange(nameof(NgramOptions.Order), Order, 1, MaxOrder);
        if (MemoryBytes != 0)
            Throw.UnlessInRange(nameof(NgramOptions.MemoryBytes), MemoryBytes, MinMemory, long.MaxValue);
        if (Corpus.SpecialWords == SpecialWordsMode.None)
            Throw.Usage($"{Member.Of(nameof(CorpusOptions.SpecialWords))} is {Corpus.SpecialWords}; an n-gram model predicts the end of a sentence, so use {SpecialWordsMode.Closed} or {SpecialWordsMode.Open}.");
    }
}
