using System.Diagnostics;
using NceFast.Corpus;

namespace NceFast.Blocks;

/// <summary>Adds the words of all workers and reports the progress a few times per second.</summary>
internal sealed class ProgressGate(IProgress<CorpusProgress>? progress)
{
    private static readonly long Interval = Stopwatch.Frequency / 5;
    private long _words;
    private long _last = Stopwatch.GetTimestamp();

    public void Add(long blockWords, double fraction)
    {
        long words = Interlocked.Add(ref _words, blockWords);
        long last = Volatile.Read(ref _last), now = Stopwatch.GetTimestamp();
        if (progress is not null && now - last > Interval && Interlocked.CompareExchange(ref _last, now, last) == last)
            progress.Report(new CorpusProgress(words, fraction));
    }
}
