using System.Diagnostics;
using NceFast.Corpus;

namespace NceFast.Blocks;

/// <summary>Adds the words of all workers and reports the progress a few times per second.</summary>
internal sealed class ProgressGate(IProgress<CorpusProgress>? progress)
{
    private static readonly long Interval = Stopwatch.Frequency / 5;
    private long _words;
    private int _file;
    private long _last = Stopwatch.GetTimestamp();

    /// <summary>Gets or sets the number of files; 0 when it is not known.</summary>
    public int Files { get; set; }

    /// <summary>Adds a block.</summary>
    /// <param name="blockWords">The number of its words of text.</param>
    /// <param name="fraction">The fraction of the text before it.</param>
    /// <param name="number">Its number, which contains the file.</param>
    public void Add(long blockWords, double fraction, ulong number)
    {
        long words = Interlocked.Add(ref _words, blockWords);
        long last = Volatile.Read(ref _last), now = Stopwatch.GetTimestamp();
        if (progress is null || now - last <= Interval || Interlocked.CompareExchange(ref _last, now, last) != last)
            return;
        _file = Math.Max(_file, BlockNumber.ItemOf(number) + 1);
        progress.Report(new CorpusProgress(words, fraction) { File = Math.Min(_file, Files), Files = Files });
    }
}
