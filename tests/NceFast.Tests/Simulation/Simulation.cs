using NceFast.Distribution;
using NceFast.Tests.Corpus;
using NceFast.Training;

namespace NceFast.Tests.Simulation;

/// <summary>
/// The life of a job that a seed determines: an undisturbed start for comparison, then starts that end in faults, each of which
/// continues from the newest checkpoint, and at last one without faults.
/// </summary>
internal sealed class Simulation : IDisposable
{
    private const int MostFaultyStarts = 3;
    private readonly SimulatedTexts _texts;
    private readonly TextFiles _files = new();
    private readonly Draws _draws;
    private readonly ulong _seed;
    private bool _mayDiffer;

    public Simulation(int seed, SimulatedTexts texts)
    {
        _texts = texts;
        _seed = (ulong)seed * 1_000_003;
        _draws = new Draws(_seed);
        Job = SimulatedJob.Draw(_draws);
    }

    public SimulatedJob Job { get; private set; }

    /// <summary>Gets what happened, for people.</summary>
    public List<string> Log { get; } = [];

    public ulong Trace { get; private set; }

    /// <summary>Gets how often a start had another number of ranks than the one before.</summary>
    public int RankChanges { get; private set; }

    /// <summary>Gets how the ranks ended, with the number of ranks.</summary>
    public Dictionary<string, int> Outcomes { get; } = [];

    private string Folder => Path.Combine(_files.Folder, "run");

    /// <summary>Runs a seed.</summary>
    /// <exception cref="SeedFailure">A rule is broken.</exception>
    public void Run()
    {
        SimulatedRun whole = Start(Path.Combine(_files.Folder, "whole"), resumes: false, 0, []);
        if (!whole.IsDone)
            throw new SeedFailure($"The undisturbed training does not end well: {whole}");
        EnsureAlike(whole);
        var lineage = new Lineage(whole.Trained.Select(b => b.Number).ToHashSet());
        int faulty = 1 + _draws.Next(MostFaultyStarts);
        for (int start = 1; start <= faulty + 1; start++)
        {
            List<Fault> faults = start > faulty ? [] : Faults(whole.Points);
            if (start > 1)
            {
                lineage.Resume(Folder);
                ChangeRanks();
            }

            SimulatedRun run = Start(Folder, resumes: start > 1, start, faults);
            lineage.Add(run, Folder);
            Judge(run, faults);
            if (!run.IsDone)
                continue;
            EnsureAlike(run);
            Compare(whole, run);
            return;
        }
    }

    public void Dispose() => _files.Dispose();

    // A job that loses machines often comes back with fewer or more.
    private void ChangeRanks()
    {
        int ranks = _draws.OneIn(2) ? _draws.Of(1, 2, 3, 4) : Job.Ranks;
        if (ranks == Job.Ranks)
            return;
        Log.Add($"{ranks} ranks instead of {Job.Ranks}");
        Job = Job with { Ranks = ranks };
        _mayDiffer = true;
        RankChanges++;
    }

    private SimulatedRun Start(string folder, bool resumes, int number, List<Fault> faults)
    {
        Log.Add($"start {number}: {(faults.Count == 0 ? "no fault" : string.Join(", ", faults))}");
        SimulatedRun run = SimulatedRun.Start(Job, _texts, folder, resumes, _seed + (ulong)number, faults);
        Log.Add($"  {run.Turns} turns, {run.Trained.Count} blocks, {run}");
        Trace = (Trace * 31) + run.Trace;
        foreach (Exception? error in run.Errors)
            Outcomes[NameOf(error)] = Outcomes.GetValueOrDefault(NameOf(error)) + 1;
        if (run.Violations.Count > 0)
            throw new SeedFailure(string.Join(" ", run.Violations));
        return run;
    }

    private List<Fault> Faults(int[] points)
    {
        var faults = new List<Fault>();
        for (int i = _draws.OneIn(3) ? 2 : 1; i > 0; i--)
        {
            int rank = _draws.Next(Job.Ranks), at = 1 + _draws.Next(points[Math.Min(rank, points.Length - 1)]);
            faults.Add(_draws.Next(10) switch
            {
                0 or 1 or 2 => new Fault(FaultKind.Kill, rank, at, 0),
                3 or 4 or 5 => new Fault(FaultKind.Signal, rank, at, 0),
                6 or 7 => new Fault(FaultKind.FullDisk, 0, 1 + _draws.Next(points[0]), _draws.Of(20, 100, 100_000)),
                8 => new Fault(_draws.Of(FaultKind.Late, FaultKind.Stall), rank, at, _draws.Of(60, 1000)),
                _ => new Fault(FaultKind.Slow, rank, 0, 1 + _draws.Next(5)),
            });
        }

        return faults;
    }

    // A rank may only end in a way that is documented, and only for a reason.
    private void Judge(SimulatedRun run, List<Fault> faults)
    {
        bool kills = faults.Any(f => f.Kind == FaultKind.Kill), signals = faults.Any(f => f.Kind == FaultKind.Signal);
        bool waits = faults.Any(f => f.Kind is FaultKind.Late or FaultKind.Stall && f.Length > 600), fills = faults.Any(f => f.Kind == FaultKind.FullDisk);
        bool ends = kills || waits || fills || signals;
        foreach (Exception? error in run.Errors)
        {
            bool isGood = error switch
            {
                null => true,
                TrainingStoppedException => signals,
                StoppedTogetherException => signals && run.Trained.Count == 0, // after that, the training is saved
                OperationCanceledException => signals && Job.Ranks == 1,
                RankKilledException => ends,
                RankFailedException e => e.Kind == ErrorKind.Output && fills,
                NceFastException e => (e.Kind == ErrorKind.Ranks && ends) || (e.Kind == ErrorKind.Output && fills),
                _ => false,
            };
            if (!isGood)
                throw new SeedFailure($"A rank ends in a way that nothing explains: {error}");
        }

        if (!kills && !waits && !fills && run.Errors.Select(e => e?.GetType()).Distinct().Count() > 1)
            throw new SeedFailure($"The ranks end in different ways: {run}");
        if (run.Trained.Count > 0 && run.Errors.Any(e => e is OperationCanceledException and not TrainingStoppedException))
            throw new SeedFailure($"A stop in the middle of the training did not save it: {run}");
        _mayDiffer |= Job.Ranks > 1 && (signals || Job.SaveWords is null);
    }

    // All ranks end with one model and the same totals.
    private static void EnsureAlike(SimulatedRun run)
    {
        if (!run.Results.All(r => r!.IsFinite))
            throw new SeedFailure("A parameter is not finite.");
        if (run.Results.FirstOrDefault(r => r!.Parameters != run.Results[0]!.Parameters || r.Totals != run.Results[0]!.Totals) is { } other)
            throw new SeedFailure($"The ranks end with different results: {run.Results[0]}, {other}");
    }

    private void Compare(SimulatedRun whole, SimulatedRun run)
    {
        if (!Job.IsValidated && whole.Results[0]!.Totals != run.Results[0]!.Totals)
            throw new SeedFailure($"The totals differ from the undisturbed ones: {whole.Results[0]!.Totals} became {run.Results[0]!.Totals}");
        if (!_mayDiffer && !(Job.Overlaps && Job.Ranks > 1) && whole.Results[0] != run.Results[0])
            throw new SeedFailure($"The bytes differ from the undisturbed ones: {whole.Results[0]} became {run.Results[0]}");
    }

    private static string NameOf(Exception? error) => error switch
    {
        null => "done",
        NceFastException e => $"error {e.Kind}",
        _ => error.GetType().Name,
    };
}
