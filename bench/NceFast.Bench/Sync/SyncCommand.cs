using System.CommandLine;
using System.Diagnostics;
using NceFast.Distribution;
using NceFast.Distribution.Mpi;
using NceFast.Merging;
using NceFast.Models;
using NceFast.Numerics;

namespace NceFast.Bench.Sync;

/// <summary>
/// Measures the cost of merging replicas: the all-reduce between processes (start the command with mpirun), the memory work of a
/// merge, and a whole cycle of merges. Prints both beside the formula, and a forecast of the formula for many hosts.
/// </summary>
internal static class SyncCommand
{
    private const double MiB = 1 << 20;

    public static Command Create()
    {
        var words = new Option<int[]>("--words") { Description = "Vocabulary sizes.", DefaultValueFactory = _ => [76_160, 2_000_000], AllowMultipleArgumentsPerToken = true };
        var dim = new Option<int>("--dim") { Description = "Floats per vector.", DefaultValueFactory = _ => 300 };
        var rate = new Option<double>("--rate") { Description = "Words per second that each host trains on.", DefaultValueFactory = _ => 4e6 };
        var bandwidth = new Option<double>("--network") { Description = "Bytes per second of the network in the forecast for hosts.", DefaultValueFactory = _ => 2.8e9 };
        var merge = new Option<bool>("--merge") { Description = "Also time the memory work and, between processes, a cycle of merges; each process needs twice the memory of the model." };
        var command = new Command("sync", "Prints what merging replicas costs: sums between processes (under mpirun), memory work, a cycle of merges, and forecasts for many hosts.") { words, dim, rate, bandwidth, merge };
        command.SetAction(parsed => Run(parsed.GetValue(words)!, parsed.GetValue(dim), parsed.GetValue(rate), parsed.GetValue(bandwidth), parsed.GetValue(merge)));
        return command;
    }

    private static void Run(int[] words, int dim, double rate, double network, bool merge)
    {
        using ICommunicator ranks = MpiCommunicator.Connect(TimeSpan.FromMinutes(5));
        Link link = ranks.Size > 1 ? AllReduce(ranks) : default;
        foreach (int count in words)
        {
            if (merge)
                Merges(ranks, link, count, dim, rate);
            if (ranks.Rank == 0)
                Forecast(count, dim, rate, network);
        }

        ranks.Complete();
    }

    // The start-up time of a message in seconds, and the bandwidth in bytes per second.
    private readonly record struct Link(double Latency, double Bandwidth);

    // Uses means instead of best times, because the forecast is a mean and the bandwidth between cores changes when they are moved.
    // Start-up and bandwidth come from the smallest and the largest size. The sizes between them show whether the formula holds.
    private static Link AllReduce(ICommunicator ranks)
    {
        double[] sizes = [1.0 / 256, 1, 16, 64, 256];
        double[] seconds = Array.ConvertAll(sizes, size => Time(ranks, (int)(size * MiB / sizeof(float))));
        double latency = seconds[0] / (2.0 * (ranks.Size - 1)), bandwidth = 2.0 * (ranks.Size - 1) / ranks.Size * sizes[^1] * MiB / seconds[^1];
        var link = new Link(latency, bandwidth);
        if (ranks.Rank != 0)
            return link;
        Console.WriteLine($"\nAll-reduce, {ranks.Description}: start-up {latency * 1e6:F0} us per message, {bandwidth / 1e9:F2} GB/s\n\n| MiB | measured, ms | formula, ms |\n|---|---|---|");
        for (int i = 0; i < sizes.Length; i++)
            Console.WriteLine(FormattableString.Invariant($"| {sizes[i]:G3} | {1000 * seconds[i]:F2} | {1000 * SyncForecast.AllReduceSeconds(sizes[i] * MiB, ranks.Size, latency, bandwidth):F2} |"));
        return link;
    }

    private static unsafe double Time(ICommunicator ranks, int floats)
    {
        using var buffer = new AlignedMatrix((floats + 15) / 16, 16);
        return Measure.Mean(20, () =>
        {
            int piece = ReplicaMerger.PieceFloats(ranks.Size, Environment.ProcessorCount);
            for (int first = 0; first < floats; first += piece)
                ranks.AllSum(new Span<float>(buffer.Pointer + first, Math.Min(piece, floats - first)));
        });
    }

    // Every row has changed, which is the most that a merge can cost. Measures the memory work for all rows; with several processes, also the merges of one whole cycle.
    private static void Merges(ICommunicator ranks, Link link, int words, int dim, double rate)
    {
        using var parameters = new LanguageModelParameters(new LanguageModelShape(words, dim, 1, 0, PlaceWeightKind.None, false, words - 1, -1));
        SyncSchedule schedule = Schedule(words);
        MergeRuler ruler = schedule.Ruler;
        using var merger = new ReplicaMerger([parameters.Tables], RowRanking.Create(Counts(words), new float[words + 1]), ruler, MergeRule.Adaptive, 2);
        using var round = new MergeRound(merger, ranks, overlaps: false);
        int run = 0;
        double work = Enumerable.Range(0, 3).Average(_ => Seconds(() => merger.MergeHere(ruler.Bands)));
        if (ranks.Rank == 0)
            Console.WriteLine(FormattableString.Invariant($"\nMemory work of a merge of all rows, {words:N0} words, dim {dim}, {ranks.Size} at once: {work:F3} s, {2.0 * words * dim * sizeof(float) / work / 1e9:F2} GB/s of parameters"));
        if (ranks.Size > 1)
            Cycle();

        void Cycle()
        {
            double measured = 0, formula = 0;
            int merges = 1 << (ruler.Bands - 1);
            for (int number = 1; number <= merges; number++)
            {
                int bands = ruler.BandsOf(number);
                double rows = ruler.Band(bands - 1).To;
                measured += Seconds(() => round.Now(bands));
                formula += (work * rows / words) + SyncForecast.AllReduceSeconds(2 * rows * dim * sizeof(float), ranks.Size, link.Latency, link.Bandwidth);
            }

            double trained = merges * schedule.Period / rate;
            if (ranks.Rank == 0)
                Console.WriteLine(FormattableString.Invariant($"A cycle of {merges} merges between {ranks.Size} processes: {measured:F2} s; by the formula, which knows no waiting, {formula:F2} s; {100 * measured / (measured + trained):F2} % of the time at {rate / 1e6:F1} million words/s and {schedule.Period:N0} words between merges, without overlap"));
        }

        double Seconds(Action mergeOnce)
        {
            for (int row = 0; row < words; row++)
                parameters.Context.Row(row)[run % dim] = parameters.Target.Row(row)[run % dim] = run + 1;
            merger.Begin([1000 * ++run], 0.5, 0.01);
            ranks.AllSum(new long[1]); // all processes begin at the same time
            var watch = Stopwatch.StartNew();
            mergeOnce();
            return watch.Elapsed.TotalSeconds;
        }
    }

    private static void Forecast(int words, int dim, double rate, double network)
    {
        var spec = new LanguageModelShape(words, dim, 1, 0, PlaceWeightKind.None, false, words - 1, -1);
        SyncSchedule schedule = Schedule(words);
        MergeRuler ruler = schedule.Ruler;
        double row = 2.0 * dim * sizeof(float), mean = 0, all = row * words;
        for (int band = 0; band < ruler.Bands; band++)
            mean += row * (ruler.Band(band).To - ruler.Band(band).From) / (1L << band);
        double period = schedule.Period / rate;
        Console.WriteLine(FormattableString.Invariant($"\nForecast, {spec.Words:N0} words, dim {dim}: {network * 8 / 1e9:F0} Gbit/s, 20 us, {rate / 1e6:F1} million words/s per host, a merge every {schedule.Period:N0} words ({period:F2} s)\n\n| hosts | all rows, s | mean merge, ms | of the time, %, without overlap |\n|---|---|---|---|"));
        for (int hosts = 2; hosts <= 64; hosts *= 2)
        {
            double once = SyncForecast.AllReduceSeconds(mean, hosts, 20e-6, network);
            Console.WriteLine(FormattableString.Invariant($"| {hosts} | {SyncForecast.AllReduceSeconds(all, hosts, 20e-6, network):F2} | {1000 * once:F0} | {100 * once / (once + period):F1} |"));
        }
    }

    // The schedule for a text of 10 billion words.
    private static SyncSchedule Schedule(int words) => new(new SyncOptions(), words, 10_000_000_000);

    private static long[] Counts(int words) => [.. Enumerable.Range(1, words).Select(rank => Math.Max(1, 10_000_000_000L / rank))];
}
