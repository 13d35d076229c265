namespace NceFast.Distribution;

/// <summary>Describes which ranks share a machine and its cores.</summary>
/// <param name="LocalRank">Number of the rank among those of its machine, from 0.</param>
/// <param name="LocalSize">Ranks on its machine.</param>
/// <param name="Threads">Threads that the rank should use: its part of the cores on which it may run.</param>
public sealed record RankLayout(int LocalRank, int LocalSize, int Threads)
{
    private const string AllowedCores = "Cpus_allowed_list:", CpuInfo = "/proc/cpuinfo";

    /// <summary>Gets the cores of this machine, including those on which this process may not run.</summary>
    public static int CoresOfMachine { get; } = File.Exists(CpuInfo) ? Math.Max(1, File.ReadLines(CpuInfo).Count(l => l.StartsWith("processor", StringComparison.Ordinal))) : Environment.ProcessorCount;

    /// <summary>Exchanges the layout of all ranks and checks that they run the same build. Every rank must call it.</summary>
    /// <param name="ranks">The ranks.</param>
    /// <exception cref="NceFastException">A rank runs another build (<see cref="ErrorKind.Ranks"/>).</exception>
    public static RankLayout Of(ICommunicator ranks)
    {
        ArgumentNullException.ThrowIfNull(ranks);
        if (ranks.Size == 1)
            return new RankLayout(0, 1, Environment.ProcessorCount);
        ranks.EnsureAlike("The build of NceFast", Build(), "Install the same one on all machines.");
        string[] machines = ranks.Gather(Environment.MachineName), cores = ranks.Gather($"{Environment.MachineName} {Cores()}");
        string own = machines[ranks.Rank];
        int before = machines.Take(ranks.Rank).Count(m => m == own), sharing = cores.Count(c => c == cores[ranks.Rank]);

        // If a launcher bound ranks to separate cores, their lists differ, and each rank keeps its own cores.
        return new RankLayout(before, machines.Count(m => m == own), Math.Max(1, Environment.ProcessorCount / sharing));
    }

    // The compiler derives the module's id from the code.
    private static string Build() => $"{typeof(RankLayout).Assembly.GetName().Version?.ToString(3)} {typeof(RankLayout).Module.ModuleVersionId:N}";

    private static string Cores()
    {
        const string Status = "/proc/self/status";
        return File.Exists(Status) ? File.ReadLines(Status).FirstOrDefault(l => l.StartsWith(AllowedCores, StringComparison.Ordinal)) ?? "" : "";
    }
}
