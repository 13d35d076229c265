using NceFast.Corpus;
using NceFast.Numerics;

namespace NceFast.Blocks;

/// <summary>Brings the sentences of a block into a random order.</summary>
internal sealed class SentenceShuffle
{
    private int[] _ids = [], _order = [], _ends = [];

    /// <summary>Shuffles a block in place.</summary>
    /// <param name="block">The block.</param>
    /// <param name="stream">The random numbers that decide the order.</param>
    public void Run(TokenBlock block, in PhiloxStream stream)
    {
        Take(block);
        for (int i = block.SentenceCount - 1; i > 0; i--)
        {
            int other = (int)(((ulong)Philox4x32.Draw(stream, (uint)i) * (uint)(i + 1)) >> 32);
            (_order[i], _order[other]) = (_order[other], _order[i]);
        }

        int sentences = block.SentenceCount, count = 0;
        (long words, ulong number, double progress) = (block.Words, block.Number, block.Progress);
        block.Clear();
        for (int i = 0; i < sentences; i++)
        {
            int start = _order[i] == 0 ? 0 : _ends[_order[i] - 1], length = _ends[_order[i]] - start;
            _ids.AsSpan(start, length).CopyTo(block.IdStorage.AsSpan(count));
            count += length;
            block.EndSentenceAt(count);
        }

        (block.Words, block.Number, block.Progress) = (words, number, progress);
    }

    private void Take(TokenBlock block)
    {
        if (_ids.Length < block.Count)
            _ids = new int[block.Count];
        if (_order.Length < block.SentenceCount)
            (_order, _ends) = (new int[2 * block.SentenceCount], new int[2 * block.SentenceCount]);
        block.Ids.CopyTo(_ids);
        block.SentenceEnds.CopyTo(_ends);
        for (int i = 0; i < block.SentenceCount; i++)
            _order[i] = i;
    }
}
