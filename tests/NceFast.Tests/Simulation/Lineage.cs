using NceFast.Store;
using NceFast.Training;

namespace NceFast.Tests.Simulation;

/// <summary>
/// Follows the blocks of text through the starts of a job: those that a checkpoint says are done must have been trained on before it was
/// written, and together with those of the start that continues it, each block of each epoch is trained on once.
/// </summary>
/// <param name="blocks">All blocks of the text.</param>
internal sealed class Lineage(IReadOnlySet<ulong> blocks)
{
    private readonly Dictionary<string, HashSet<(int Epoch, ulong Number)>> _known = [];
    private HashSet<(int Epoch, ulong Number)> _base = [];

    /// <summary>Reads the newest checkpoint, from which the next start will continue; it must load.</summary>
    public void Resume(string folder)
    {
        _base = [];
        using SavedTraining? saved = SavedTraining.Newest(folder, message => throw new SeedFailure($"A checkpoint does not load: {message}"), default);
        if (saved?.Loop is not { } loop)
            return;
        HashSet<(int Epoch, ulong Number)> before = _known[saved.Path];
        for (int done = 0; done < loop.Pass.Epoch; done++)
            _base.UnionWith(blocks.Select(number => (done, number)));
        using CheckpointFile file = CheckpointFile.Open(saved.Path, default);
        int epoch = loop.Pass.Epoch;
        IEnumerable<ulong> earlier = file.Has(CheckpointContent.Earlier) ? EarlierBlocks.FromBytes(epoch, file.Read(CheckpointContent.Earlier)).Blocks.Numbers.ToArray() : [];
        IEnumerable<ulong> finished = Enumerable.Range(0, saved.Header.Ranks).SelectMany(rank => EarlierBlocks.Numbers(file.Read(RankPart.NameOf(rank, CheckpointContent.Finished))));
        foreach (ulong number in earlier.Concat(finished))
        {
            if (!_base.Add((epoch, number)))
                throw new SeedFailure($"{saved.Path} has block {number} of epoch {epoch} twice.");
        }

        if (_base.Except(before).FirstOrDefault() is var wrong && !_base.IsSubsetOf(before))
            throw new SeedFailure($"{saved.Path} says that block {wrong.Number} of epoch {wrong.Epoch} is done, and nobody trained on it.");
    }

    /// <summary>Adds what a start trained on.</summary>
    public void Add(SimulatedRun run, string folder)
    {
        var all = new HashSet<(int Epoch, ulong Number)>(_base);
        foreach (TrainedBlock block in run.Trained)
        {
            if (!all.Add((block.Epoch, block.Number)))
                throw new SeedFailure($"Rank {block.Rank} trained on block {block.Number} of epoch {block.Epoch}, which was done already.");
            if (!blocks.Contains(block.Number))
                throw new SeedFailure($"Rank {block.Rank} trained on block {block.Number}, which the undisturbed training does not have.");
        }

        foreach ((_, string path) in CheckpointFolder.List(folder))
            _known.TryAdd(path, all);
        if (!run.IsDone)
            return;
        foreach (IGrouping<int, (int Epoch, ulong Number)> epoch in all.GroupBy(b => b.Epoch))
        {
            if (epoch.Count() != blocks.Count)
                throw new SeedFailure($"Epoch {epoch.Key} was trained on {epoch.Count()} of {blocks.Count} blocks.");
        }
    }
}

/// <summary>A seed breaks a rule.</summary>
internal sealed class SeedFailure(string message) : Exception(message);
