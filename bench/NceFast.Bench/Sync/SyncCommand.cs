using System.CommandLine;
using System.Diagnostics;
using NceFast.Distribution;
using NceFast.Distribution.Mpi;
using NceFast.Models;
using NceFast.Numerics;

namespace NceFast.Bench.Sync;

/// <summary>
/// What merging costs: the sums between processes (start it by mpirun), the memory work of a merge, the formula beside
/// the measurement, and what the formula says of many hosts.
/// </summary>
internal static class SyncCommand
{
    private const double MiB = 1 << 20;

    public static Command Create()
    {
        var words = new Option<int[]>("--words") { Description = "Vocabulary sizes.", DefaultValueFactory = _ => [76_160, 2_000_000], AllowMultipleArgumentsPerToken = true };
        var dim = new Option<int>("--dim") { Description = "Floats a vector.", DefaultValueFactory = _ => 300 };
        var rate = new Option<double>("--rate") { Description = "Words/s a host trains on.", DefaultValueFactory = _ => 4e6 };
        var bandwidth = new Option<double>("--network") { Description = "Bytes/s of the network that hosts are forecast for.", DefaultValueFactory = _ => 2.8e9 };
        var merge = new Option<bool>("--merge") { Description = "Also time the memory work; needs twice the model's memory." };
        var command = new Command("sync", "Prints what merging replicas costs: sums between processes (under mpirun), memory work, and forecasts for many hosts.") { words, dim, rate, bandwidth, merge };
        command.SetAction(parsed => Run(parsed.GetValue(words)!, parsed.GetValue(dim), parsed.GetValue(rate), parsed.GetValue(bandwidth), parsed.GetValue(merge)));
        return command;
    }

    private static void Run(int[] words, int dim, double rate, double network, bool merge)
    {
        using ICommunicator ranks = MpiCommunicator.Connect(TimeSpan.FromMinutes(5));
        if (ranks.Size > 1)
            AllReduce(ranks);
        if (ranks.Rank == 0)
        {
            foreach (int count in words)
            {
                if (merge)
                    Memory(count, dim);
                Forecast(count, dim, rate, network);
            }
        }

        ranks.Complete();
    }

    // Start-up and bandwidth from the smallest and the largest size; the sizes between show whether the formula holds.
    private static void AllReduce(ICommunicator ranks)
    {
        double[] sizes = [1.0 / 256, 1, 16, 64, 256];
        double[] seconds = Array.ConvertAll(sizes, size => Time(ranks, (int)(size * MiB / sizeof(float))));
        if (ranks.Rank != 0)
            return;
        double latency = seconds[0] / (2.0 * (ranks.Size - 1)), bandwidth = 2.0 * (ranks.Size - 1) / ranks.Size * sizes[^1] * MiB / seconds[^1];
        Console.WriteLine($"\nAll-reduce, {ranks.Description}: start-up {latency * 1e6:F0} us a message, {bandwidth / 1e9:F2} GB/s\n\n| MiB | measured, ms | formula, ms |\n|---|---|---|");
        for (int i = 0; i < sizes.Length; i++)
            Console.WriteLine(FormattableString.Invariant($"| {sizes[i]:G3} | {1000 * seconds[i]:F2} | {1000 * SyncForecast.AllReduceSeconds(sizes[i] * MiB, ranks.Size, latency, bandwidth):F2} |"));
    }

    private static unsafe double Time(ICommunicator ranks, int floats)
    {
        using var buffer = new AlignedMatrix((floats + 15) / 16, 16);
        return Measure.Best(5, () =>
        {
            for (int first = 0; first < floats; first += ReplicaMerger.PieceFloats)
                ranks.AllSum(new Span<float>(buffer.Pointer + first, Math.Min(ReplicaMerger.PieceFloats, floats - first)));
        });
    }

    // Gathering and applying as between processes, all rows, every row changed.
    private static void Memory(int words, int dim)
    {
        using var parameters = new LogBilinearParameters(new LogBilinearShape(words, dim, 1, 0, PositionKind.None, false, words - 1, -1));
        SyncSchedule schedule = Schedule(words);
        using var merger = new ReplicaMerger([parameters.Tables], RowRanking.Create(Counts(words), new float[words + 1]), schedule, MergeRule.Adaptive, 2);
        double best = double.MaxValue;
        for (int run = 0; run < 3; run++)
        {
            for (int row = 0; row < words; row++)
                parameters.Context.Row(row)[run] = parameters.Target.Row(row)[run] = 1;
            merger.Begin([1000 * (run + 1)], 0.5, 0.01);
            var watch = Stopwatch.StartNew();
            Merge(merger, schedule.Bands);
            best = Math.Min(best, watch.Elapsed.TotalSeconds);
        }

        Console.WriteLine(FormattableString.Invariant($"\nMemory work of a merge of all rows, {words:N0} words, dim {dim}: {best:F3} s, {2.0 * words * dim * sizeof(float) / best / 1e9:F2} GB/s of parameters"));
    }

    private static unsafe void Merge(ReplicaMerger merger, int bands)
    {
        using var sums = new AlignedMatrix((ReplicaMerger.PieceFloats / 16) + 1, 16);
        foreach (MergePiece piece in merger.Pieces(bands))
        {
            merger.Gather(piece, sums.Pointer, null);
            merger.Apply(piece, sums.Pointer, null);
        }
    }

    private static void Forecast(int words, int dim, double rate, double network)
    {
        var spec = new LogBilinearShape(words, dim, 1, 0, PositionKind.None, false, words - 1, -1);
        SyncSchedule schedule = Schedule(words);
        double row = 2 * (dim + 1.0) * sizeof(float), mean = 0, all = row * words;
        for (int band = 0; band < schedule.Bands; band++)
            mean += row * (schedule.Band(band).To - schedule.Band(band).From) / (1L << band);
        double period = schedule.Period / rate;
        Console.WriteLine(FormattableString.Invariant($"\nForecast, {spec.Words:N0} words, dim {dim}: {network * 8 / 1e9:F0} Gbit/s, 20 us, {rate / 1e6:F1} million words/s a host, a merge every {schedule.Period:N0} words ({period:F2} s)\n\n| hosts | all rows, s | mean merge, ms | of the time, %, without overlap |\n|---|---|---|---|"));
        for (int hosts = 2; hosts <= 64; hosts *= 2)
        {
            double once = SyncForecast.AllReduceSeconds(mean, hosts, 20e-6, network);
            Console.WriteLine(FormattableString.Invariant($"| {hosts} | {SyncForecast.AllReduceSeconds(all, hosts, 20e-6, network):F2} | {1000 * once:F0} | {100 * once / (once + period):F1} |"));
        }
    }

    // As for a text of ten milliards of words.
    private static SyncSchedule Schedule(int words) => new(new SyncOptions(), words, 10_000_000_000);

    private static long[] Counts(int words) => [.. Enumerable.Range(1, words).Select(rank => Math.Max(1, 10_000_000_000L / rank))];
}
