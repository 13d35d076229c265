namespace NceFast.Distribution;

/// <summary>Which ranks share a machine, and its cores.</summary>
/// <param name="LocalRank">Number of a rank among those of its machine, from 0.</param>
/// <param name="LocalSize">Ranks on its machine.</param>
/// <param name="Threads">Threads a rank should use: its part of the cores it may run on.</param>
public sealed record RankLayout(int LocalRank, int LocalSize, int Threads)
{
    private const string AllowedCores = "Cpus_allowed_list:", CpuInfo = "/proc/cpuinfo";

    /// <summary>Cores of this machine, whether or not this process may run on them.</summary>
    public static int CoresOfMachine { get; } = File.Exists(CpuInfo) ? Math.Max(1, File.ReadLines(CpuInfo).Count(l => l.StartsWith("processor", StringComparison.Ordinal))) : Environment.ProcessorCount;

    /// <summary>Asks all ranks, and makes sure that they run the same build; every rank must call it.</summary>
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

        // Ranks that a launcher bound to cores of their own have another list each, and keep what they have.
        return new RankLayout(before, machines.Count(m => m == own), Math.Max(1, Environment.ProcessorCount / sharing));
    }

    // A build's module has an id that follows from its code.
    private static string Build() => $"{typeof(RankLayout).Assembly.GetName().Version?.ToString(3)} {typeof(RankLayout).Module.ModuleVersionId:N}";

    private static string Cores()
    {
        const string status = "/proc/self/status";
        return File.Exists(status) ? File.ReadLines(status).FirstOrDefault(l => l.StartsWith(AllowedCores, StringComparison.Ordinal)) ?? "" : "";
    }
}
