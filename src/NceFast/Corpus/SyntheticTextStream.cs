using System.Text;
using NceFast.Files;
using NceFast.Numerics;

namespace NceFast.Corpus;

/// <summary>Generates the text of a synthetic corpus sentence by sentence. Sentence s depends only on the seed and s.</summary>
internal sealed class SyntheticTextStream : ReadOnlyStream
{
    private const int DrawsPerWord = 2;
    private readonly SyntheticCorpus _corpus;
    private readonly uint[] _start;
    private readonly uint[][] _transitions;
    private readonly uint[] _emission;
    private readonly byte[][] _words;
    private readonly uint[] _draws = new uint[(SyntheticCorpus.SentenceWords * DrawsPerWord + Philox4x32.Tile - 1) / Philox4x32.Tile * Philox4x32.Tile];
    private readonly byte[] _line;
    private long _sentence;
    private int _at;
    private int _end;

    /// <param name="corpus">The corpus.</param>
    /// <param name="start">The cumulative limits of the stationary distribution: <c>[classes]</c>.</param>
    /// <param name="transitions">The cumulative limits of the next class for each class: <c>[classes][classes]</c>.</param>
    /// <param name="emission">The cumulative limits of the words of a class: <c>[words per class]</c>.</param>
    public SyntheticTextStream(SyntheticCorpus corpus, uint[] start, uint[][] transitions, uint[] emission)
    {
        (_corpus, _start, _transitions, _emission) = (corpus, start, transitions, emission);
        _words = [.. Enumerable.Range(0, corpus.DistinctWords).Select(w => Encoding.UTF8.GetBytes(corpus.TextOf(w)))];
        _line = new byte[SyntheticCorpus.SentenceWords * (_words.Max(w => w.Length) + 1)];
    }

    public override int Read(Span<byte> buffer)
    {
        int read = 0;
        while (read < buffer.Length && (_at < _end || NextSentence()))
        {
            int part = Math.Min(buffer.Length - read, _end - _at);
            _line.AsSpan(_at, part).CopyTo(buffer[read..]);
            _at += part;
            read += part;
        }

        return read;
    }

    private bool NextSentence()
    {
        long left = _corpus.Words - (_sentence * SyntheticCorpus.SentenceWords);
        if (left <= 0)
            return false;
        Philox4x32.Fill(PhiloxStream.For(_corpus.Seed, DrawPurpose.Synthetic, 0, (ulong)_sentence++), _draws);
        _at = _end = 0;
        uint[] limits = _start;
        for (int i = 0; i < Math.Min(left, SyntheticCorpus.SentenceWords); i++)
        {
            int z = Draw(limits, _draws[DrawsPerWord * i]);
            byte[] word = _words[(z * _corpus.WordsPerClass) + Draw(_emission, _draws[(DrawsPerWord * i) + 1])];
            word.CopyTo(_line, _end);
            _end += word.Length;
            _line[_end++] = (byte)' ';
            limits = _transitions[z];
        }

        _line[_end - 1] = (byte)'\n';
        return true;
    }

    private static int Draw(uint[] limits, uint draw)
    {
        int low = 0, high = limits.Length - 1;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (draw < limits[middle])
                high = middle;
            else
                low = middle + 1;
        }

        return low;
    }
}
