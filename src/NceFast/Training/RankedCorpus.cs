using System.IO.Hashing;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using NceFast.Blocks;
using NceFast.Corpus;
using NceFast.Distribution;
using NceFast.Numerics;
using NceFast.Vocab;

namespace NceFast.Training;

/// <summary>Prepares a rank's part of a text, with the vocabulary of the whole.</summary>
internal static class RankedCorpus
{
    /// <summary>Reads the part of this rank as far as training needs it. Every rank must call it.</summary>
    /// <param name="source">The text, whole or this rank's own.</param>
    /// <param name="options">Vocabulary and cache.</param>
    /// <param name="shards">Whether the text is divided.</param>
    /// <param name="workers">Readers at most.</param>
    /// <param name="epochs">Times the blocks will be read.</param>
    /// <param name="progress">Receives the progress of the counting.</param>
    /// <param name="logger">Receives warnings and forecasts.</param>
    /// <param name="ranks">The processes.</param>
    /// <param name="cancellation">Ends the counting. Several ranks end the training itself together.</param>
    public static PreparedCorpus Prepare(
        CorpusSource source, CorpusOptions options, ShardMode shards, int workers, int epochs, IProgress<CorpusProgress>? progress, ILogger logger, ICommunicator ranks, CancellationToken cancellation)
    {
        if (ranks.Size == 1)
            return PreparedCorpus.Prepare(source, options, workers, epochs, progress, logger, cancellation);
        source = PartOf(source, shards, ranks);
        if (options.VocabularyIn is Vocabulary given)
            ranks.EnsureAlike("The vocabulary given", Fingerprint(given), "Give all ranks the same file.");
        var reading = new CancellationTokenSource();
        using (cancellation.Register(reading.Cancel))
        {
            options = options with { Ranks = new CountingTogether(ranks, ranks.Gather(Environment.MachineName).Count(name => name == Environment.MachineName)) };
            return PreparedCorpus.Prepare(source, options, workers, epochs, progress, logger, reading.Token);
        }
    }

    /// <summary>Prepares a rank's part of a text that an earlier process with its number counted; every rank must call it.</summary>
    /// <param name="source">The text, whole or this rank's own.</param>
    /// <param name="options">Vocabulary and cache.</param>
    /// <param name="known">What is known of this part.</param>
    /// <param name="shards">Whether the text is divided.</param>
    /// <param name="workers">Readers at most.</param>
    /// <param name="epochs">Times the blocks will still be read.</param>
    /// <param name="logger">Receives warnings and forecasts.</param>
    /// <param name="ranks">The processes.</param>
    /// <param name="cancellation">Ends the filling of a cache. Several ranks end the training itself together.</param>
    public static PreparedCorpus Restore(
        CorpusSource source, CorpusOptions options, CorpusState known, ShardMode shards, int workers, int epochs, ILogger logger, ICommunicator ranks, CancellationToken cancellation)
    {
        if (ranks.Size == 1)
            return PreparedCorpus.Restore(source, options, known, workers, epochs, logger, cancellation);
        source = PartOf(source, shards, ranks);
        PreparedCorpus? corpus = null;
        var reading = new CancellationTokenSource();
        using (cancellation.Register(reading.Cancel))
            ranks.Together(() => corpus = PreparedCorpus.Restore(source, options, known, workers, epochs, logger, reading.Token));
        return corpus!;
    }

    /// <summary>Gets the statistics of the whole text, from the counting or from the first epoch; every rank must call it.</summary>
    public static CorpusStatistics Statistics(CorpusStatistics own, bool wasCounted, ICommunicator ranks) =>
        wasCounted || ranks.Size == 1 ? own : CountingTogether.Sum(ranks, own);

    private static CorpusSource PartOf(CorpusSource source, ShardMode shards, ICommunicator ranks)
    {
        if (shards == ShardMode.Own)
            return source;
        source = source.TakePart(ranks.Rank, ranks.Size);
        EnsureSameFiles(source, ranks);
        return source;
    }

    // Sizes alone would accept an old copy, and times of change would refuse good ones.
    private static void EnsureSameFiles(CorpusSource source, ICommunicator ranks)
    {
        IReadOnlyList<InputFingerprint> files = [];
        ranks.Together(() => files = source.Fingerprints());
        string contents = string.Join('\n', files.Select(file => file.Content));
        string[] digests = ranks.Gather(Convert.ToHexStringLower(XxHash128.Hash(Encoding.UTF8.GetBytes(contents))));
        if (digests.All(digest => digest == digests[0]))
            return;
        InputFingerprint[][] all = Array.ConvertAll(
            ranks.Gather(JsonSerializer.SerializeToUtf8Bytes([.. files], CheckpointJson.Default.InputFingerprintArray)), bytes => JsonSerializer.Deserialize(bytes, CheckpointJson.Default.InputFingerprintArray)!);
        int rank = Array.FindIndex(digests, digest => digest != digests[0]);
        Throw.Ranks($"{Difference(all[0], all[rank], rank)} All ranks must see the same files in the same order. Where each has its own, take {Member.Of(nameof(ShardMode.Own))}.");
    }

    private static string Difference(InputFingerprint[] first, InputFingerprint[] other, int rank)
    {
        // Hashes can be compared only if the numbers of files are the same.
        bool isSameCount = first.Length == other.Length;
        int file = 0;
        while (file < first.Length && file < other.Length && (isSameCount ? first[file].Content == other[file].Content : first[file].Bytes == other[file].Bytes))
            file++;
        if (!isSameCount)
            return FormattableString.Invariant($"The number of text files differs between ranks: {first.Length:N0} on rank 0, {other.Length:N0} on rank {rank}. The first that is not alike is file {file + 1:N0}: {NameOf(first, file)} on rank 0, {NameOf(other, file)} on rank {rank}.");
        string there = first[file].Name == other[file].Name ? "" : $" (there {other[file].Name})";
        return FormattableString.Invariant($"The text {first[file].Name} differs between ranks: {first[file].Content} on rank 0, {other[file].Content} on rank {rank}{there}; it is file {file + 1:N0} of {first.Length:N0}. Copy it again to the machine that has an old one.");
    }

    private static string NameOf(InputFingerprint[] files, int file) =>
        file < files.Length ? FormattableString.Invariant($"{files[file].Name} with {files[file].Bytes:N0} bytes") : "none";

    private static string Fingerprint(Vocabulary vocabulary)
    {
        ulong hash = 14695981039346656037;
        for (int id = 0; id < vocabulary.Count; id++)
        {
            Add((ulong)vocabulary.Counts[id]);
            foreach (byte b in vocabulary.Words[id])
                Add(b);
        }

        return FormattableString.Invariant($"{vocabulary.Count} words, {hash:x16}");

        void Add(ulong value) => hash = (hash ^ value) * 1099511628211;
    }
}
