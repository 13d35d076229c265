namespace NceFast.Corpus;

/// <summary>What a reader knows of a block besides its words.</summary>
/// <param name="Number">Global number, see <see cref="TokenBlock.Number"/>.</param>
/// <param name="Words">Words of text.</param>
/// <param name="Fraction">Part of the source's bytes before the block; not a number when the source's size is unknown.</param>
/// <param name="WordsBefore">Words of the same sequential source before the block; -1 from shards.</param>
internal readonly record struct TextBlockInfo(ulong Number, int Words, double Fraction, long WordsBefore);
