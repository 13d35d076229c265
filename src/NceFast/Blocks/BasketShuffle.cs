using NceFast.Corpus;
using NceFast.Numerics;

namespace NceFast.Blocks;

/// <summary>Brings the words of each sentence of a block into a random order (Fisher and Yates).</summary>
/// <param name="seed">The seed of the training.</param>
/// <param name="epoch">The epoch, from 0.</param>
internal sealed class BasketShuffle(ulong seed, int epoch)
{
    private uint[] _draws = [];

    /// <summary>Shuffles a block in place. The draw of a word has the number of its place in the block.</summary>
    /// <param name="block">The block.</param>
    public void Run(TokenBlock block)
    {
        ReadOnlySpan<uint> draws = Draw(block);
        Span<int> ids = block.IdStorage.AsSpan(0, block.Count);
        int start = 0;
        foreach (int end in block.SentenceEnds)
        {
            for (int i = end - 1; i > start; i--)
            {
                int other = start + (int)(((ulong)draws[i] * (uint)(i - start + 1)) >> 32);
                (ids[i], ids[other]) = (ids[other], ids[i]);
            }

            start = end;
        }
    }

    private ReadOnlySpan<uint> Draw(TokenBlock block)
    {
        int padded = (block.Count + Philox4x32.Tile - 1) / Philox4x32.Tile * Philox4x32.Tile;
        if (_draws.Length < padded)
            _draws = new uint[padded];
        Philox4x32.Fill(PhiloxStream.For(seed, DrawPurpose.Basket, epoch, block.Number), _draws.AsSpan(0, padded));
        return _draws.AsSpan(0, block.Count);
    }
}
