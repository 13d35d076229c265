using System.Globalization;
using NceFast.Backends;
using NceFast.Distribution;
using NceFast.Files;
using NceFast.Models;
using NceFast.Store;
using NceFast.Tests.Training.Checkpointing;
using NceFast.Training;

namespace NceFast.Tests.Simulation;

/// <summary>One start of a simulated job: the processes from their first call until all have ended.</summary>
internal sealed class SimulatedRun
{
    private SimulatedRun(int ranks) => (Errors, Results, Points) = (new Exception?[ranks], new Result?[ranks], new int[ranks]);

    /// <summary>Gets what each rank threw; null for a rank that finished.</summary>
    public Exception?[] Errors { get; }

    public Result?[] Results { get; }

    public int[] Points { get; }

    public List<TrainedBlock> Trained { get; } = [];

    public IReadOnlyList<string> Violations { get; private set; } = [];

    public ulong Trace { get; private set; }

    public int Turns { get; private set; }

    public bool IsDone => Errors.All(e => e is null);

    /// <summary>Starts all ranks and waits for their ends.</summary>
    public static SimulatedRun Start(SimulatedJob job, SimulatedTexts texts, string folder, bool resumes, ulong seed, IReadOnlyList<Fault> faults)
    {
        var run = new SimulatedRun(job.Ranks);
        ClusterSpec spec = ClusterSpec.Draw(new Draws(seed ^ 0xC1));
        var turns = new Turns(seed, spec.Disorder);
        var cluster = new SimulatedCluster(turns, job.Ranks, spec, faults);
        var disk = new SimulatedDisk(folder);
        cluster.Ranks[0].Disk = isFull => disk.IsFull = isFull;
        foreach (SimulatedRank rank in cluster.Ranks)
        {
            rank.Begin(() =>
            {
                FileActions.Hook.Value = rank.Rank == 0 ? disk.Before : null;
                run.Live(rank, job, texts, folder, resumes, new SimulatedClock(turns));
            });
        }

        turns.Run();
        foreach (SimulatedRank rank in cluster.Ranks)
            run.Points[rank.Rank] = rank.Points;
        (run.Violations, run.Trace, run.Turns) = (cluster.Violations, turns.Trace, turns.Count);
        return run;
    }

    /// <summary>Describes the ends of the ranks.</summary>
    public override string ToString() => string.Join("; ", Errors.Select((e, r) => $"rank {r}: {(e is null ? "done" : $"{e.GetType().Name} {(e as NceFastException)?.Kind} {e.Message}")}"));

    private void Live(SimulatedRank rank, SimulatedJob job, SimulatedTexts texts, string folder, bool resumes, TimeProvider clock)
    {
        using (rank)
        {
            try
            {
                Results[rank.Rank] = Train(rank, job, texts, new CheckpointOptions
                {
                    Folder = rank.Rank == 0 ? folder : Path.Combine(texts.Folder, "elsewhere"),
                    Words = job.SaveWords,
                    Interval = job.SaveEvery,
                    Keep = job.Keep,
                    Resume = resumes,
                    Clock = clock,
                });
                rank.Complete();
            }
            catch (Exception e)
            {
                Errors[rank.Rank] = e;
                if (e is TrainingStoppedException or StoppedTogetherException)
                    Complete(rank);
            }
        }
    }

    // As the program does when all stop in good order.
    private static void Complete(SimulatedRank rank)
    {
        try
        {
            rank.Complete();
        }
        catch (Exception e) when (e is NceFastException or RankKilledException)
        {
            // Another rank died after the training was saved.
        }
    }

    private Result Train(SimulatedRank rank, SimulatedJob job, SimulatedTexts texts, CheckpointOptions checkpoints)
    {
        var catalog = new BackendCatalog(new RecordingProvider(rank, Trained));
        if (job.Options is LanguageModelOptions language)
        {
            if (job.ProbeWords > 0)
                language = language with { Probes = new ProbeOptions { Every = job.ProbeWords, HeldOut = texts.Validation } };
            using TrainedLanguageModel trained = new LanguageModelTrainer(language, catalog, ranks: rank)
                .Train(texts.Source(job), job.IsValidated ? texts.Validation : null, null, rank.Stop, checkpoints);
            using LanguageModel model = trained.Model;
            return Result.Of(model.Parameters.Tables, trained.Report);
        }

        using TrainedVectors vectors = new WordVectorTrainer((WordVectorOptions)job.Options, catalog, ranks: rank).Train(texts.Source(job), null, rank.Stop, checkpoints);
        return Result.Of(vectors.Parameters.Tables, vectors.Report);
    }

    /// <summary>Represents the result of a finished rank.</summary>
    /// <param name="Parameters">A hash of all tables.</param>
    /// <param name="IsFinite">Whether every parameter is finite.</param>
    /// <param name="Totals">Words, tokens and predictions of each epoch.</param>
    /// <param name="Losses">The losses of the epochs.</param>
    internal sealed record Result(string Parameters, bool IsFinite, string Totals, string Losses)
    {
        public static Result Of(IReadOnlyList<ParameterTable> tables, TrainingReport report)
        {
            bool isFinite = true;
            foreach (ParameterTable table in tables)
            {
                for (long row = 0; row < table.Rows; row++)
                {
                    foreach (float value in table.Row(row))
                        isFinite &= float.IsFinite(value);
                }
            }

            return new Result(
                ResumeHarness.Fingerprint(tables, []),
                isFinite,
                string.Join(' ', report.Epochs.Select(e => $"{e.Words}/{e.Tokens}/{e.Predictions}")),
                string.Join(' ', report.Epochs.Select(e => e.Loss.ToString("R", CultureInfo.InvariantCulture))));
        }
    }

    // Full for the folder of the checkpoints. What it has can be read and deleted.
    private sealed class SimulatedDisk(string folder)
    {
        public bool IsFull { get; set; }

        public void Before(in FileAction action, ReadOnlySpan<byte> data)
        {
            if (IsFull && $"{action.Path}/".StartsWith($"{folder}/", StringComparison.Ordinal) && action.Kind is FileActionKind.CreateFolder or FileActionKind.Create or FileActionKind.Write)
                throw new IOException($"No space left on device (simulated, {data.Length} bytes)");
        }
    }

    private sealed class SimulatedClock(Turns turns) : TimeProvider
    {
        public override long TimestampFrequency => 1_000_000;

        public override long GetTimestamp() => turns.Now;
    }
}
