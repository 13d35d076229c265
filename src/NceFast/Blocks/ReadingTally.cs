using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using NceFast.Corpus;

namespace NceFast.Blocks;

/// <summary>
/// The words of one reading with a vocabulary that was given: how many of them the vocabulary has, and how far the reading
/// is where the length of the text is not known. All readers of a pass share it.
/// </summary>
/// <param name="planned">Words that a text of unknown length is expected to have.</param>
/// <param name="warns">Whether a vocabulary that fits the text badly deserves a warning.</param>
/// <param name="logger">Takes the warnings.</param>
internal sealed class ReadingTally(long planned, bool warns, ILogger? logger)
{
    private const long EarlyWords = 1_000_000;
    private const double LeastShare = 0.5;
    private readonly ILogger _logger = logger ?? NullLogger.Instance;
    private long _words, _known;
    private int _toldShare, _toldLength;
    private volatile bool _isPlanned;

    /// <summary>Adds a block.</summary>
    /// <param name="words">Words of text.</param>
    /// <param name="known">Those that the vocabulary has.</param>
    /// <returns>Words of text before the block.</returns>
    public long Add(int words, int known)
    {
        long knownNow = Interlocked.Add(ref _known, known), wordsNow = Interlocked.Add(ref _words, words);
        if (wordsNow >= EarlyWords && Volatile.Read(ref _toldShare) == 0 && Interlocked.Exchange(ref _toldShare, 1) == 0 && IsBad(knownNow, wordsNow))
            CorpusLog.FewKnownSoFar(_logger, knownNow, wordsNow, knownNow / (double)wordsNow);
        return wordsNow - words;
    }

    /// <summary>Part of a text of unknown length before a block, as planned; warns once where the text is longer.</summary>
    /// <param name="before">What <see cref="Add"/> returned for the block.</param>
    public double Progress(long before)
    {
        _isPlanned = true;
        if (before >= planned && Interlocked.Exchange(ref _toldLength, 1) == 0)
            CorpusLog.LongerThanPlanned(_logger, planned, Member.Of(nameof(CorpusOptions.StreamWords)));
        return Math.Min(1, before / (double)Math.Max(1, planned));
    }

    /// <summary>The statistics of the whole text with what was found here.</summary>
    public CorpusStatistics Finish(CorpusStatistics seen)
    {
        seen = seen with { KnownWords = _known, UnplannedWords = _isPlanned ? Math.Max(0, _words - planned) : 0 };
        if (_words > 0 && IsBad(_known, _words))
            CorpusLog.FewKnown(_logger, _known, _words, _known / (double)_words);
        return seen;
    }

    private bool IsBad(long known, long words) => warns && known < LeastShare * words;
}
