using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using NceFast.Corpus;

namespace NceFast.Blocks;

/// <summary>
/// Counts the words of one pass with a given vocabulary: how many of them the vocabulary contains, and how far the pass has
/// proceeded when the length of the text is unknown. All readers of the pass share it.
/// </summary>
/// <param name="planned">The expected number of words in a text of unknown length.</param>
/// <param name="warns">Whether a vocabulary that lacks most words of the text causes a warning.</param>
/// <param name="logger">Receives the warnings.</param>
internal sealed class ReadingTally(long planned, bool warns, ILogger? logger)
{
    private const long EarlyWords = 1_000_000;
    private const double LeastShare = 0.5;
    private readonly ILogger _logger = logger ?? NullLogger.Instance;
    private long _words, _known;
    private int _warnedOfShare, _warnedOfLength;
    private volatile bool _isPlanned;

    /// <summary>Adds the words of a block.</summary>
    /// <param name="words">The number of words of text.</param>
    /// <param name="known">The number of words that are in the vocabulary.</param>
    /// <returns>The number of words of text before the block.</returns>
    public long Add(int words, int known)
    {
        long knownNow = Interlocked.Add(ref _known, known), wordsNow = Interlocked.Add(ref _words, words);
        if (wordsNow >= EarlyWords && Volatile.Read(ref _warnedOfShare) == 0 && Interlocked.Exchange(ref _warnedOfShare, 1) == 0 && IsBad(knownNow, wordsNow))
            CorpusLog.FewKnownSoFar(_logger, knownNow, wordsNow, knownNow / (double)wordsNow);
        return wordsNow - words;
    }

    /// <summary>
    /// Returns the fraction of the planned words before a block. Warns once when the text is longer than planned.
    /// </summary>
    /// <param name="before">The result of <see cref="Add"/> for the block.</param>
    public double Progress(long before)
    {
        _isPlanned = true;
        if (before >= planned && Interlocked.Exchange(ref _warnedOfLength, 1) == 0)
            CorpusLog.LongerThanPlanned(_logger, planned, Member.Of(nameof(CorpusOptions.StreamWords)));
        return Math.Min(1, before / (double)Math.Max(1, planned));
    }

    /// <summary>Completes the statistics of the text with the counts of this pass.</summary>
    public CorpusStatistics Finish(CorpusStatistics seen)
    {
        seen = seen with { KnownWords = _known, UnplannedWords = _isPlanned ? Math.Max(0, _words - planned) : 0 };
        if (_words > 0 && IsBad(_known, _words))
            CorpusLog.FewKnown(_logger, _known, _words, _known / (double)_words);
        return seen;
    }

    private bool IsBad(long known, long words) => warns && known < LeastShare * words;
}
