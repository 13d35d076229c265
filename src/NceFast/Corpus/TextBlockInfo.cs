namespace NceFast.Corpus;

/// <summary>Describes a block apart from its words.</summary>
/// <param name="Number">The global number, see <see cref="TokenBlock.Number"/>.</param>
/// <param name="Words">The number of words of text.</param>
/// <param name="Fraction">
/// The fraction of the bytes of the source before the block; NaN when the size of the source is unknown.
/// </param>
/// <param name="WordsBefore">The number of words of the same sequential source before the block; -1 for a shard.</param>
internal readonly record struct TextBlockInfo(ulong Number, int Words, double Fraction, long WordsBefore);
