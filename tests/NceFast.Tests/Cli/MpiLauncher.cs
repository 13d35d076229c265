using Xunit;

namespace NceFast.Tests.Cli;

/// <summary>Starts the program as ranks by an MPI launcher.</summary>
internal sealed class MpiLauncher
{
    // A launch takes seconds; the limit is long enough for a slow machine.
    private const int Seconds = 240;
    private readonly string[] _launch;
    private readonly string _rankVariable;

    private MpiLauncher(string[] launch, string rankVariable) => (_launch, _rankVariable) = (launch, rankVariable);

    /// <summary>Finds openmpi or mpich; skips the test where it is absent.</summary>
    public static MpiLauncher Find(string make)
    {
        string program = make == "openmpi" ? "mpirun.openmpi" : "mpiexec.hydra";
        string? path = Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator).Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
        Assert.SkipWhen(path is null, $"{program} is not installed (package {(make == "openmpi" ? "openmpi-bin" : "mpich")})");
        string[] limit = ["timeout", "-k", "1", $"{Seconds}", path!];
        return make == "openmpi"
            ? new MpiLauncher([.. limit, "--allow-run-as-root", "--oversubscribe", "--bind-to", "none", "-x", "TERM=dumb"], "OMPI_COMM_WORLD_RANK")
            : new MpiLauncher(limit, "PMI_RANK");
    }

    /// <summary>Starts ranks; each line of arguments is one more rank.</summary>
    public CliProcess.Running Start(params string[][] ranks) => Start(CliProcess.Dll, ranks);

    /// <summary>Starts ranks with one more environment variable, <c>NAME=value</c>.</summary>
    public CliProcess.Running StartWith(string variable, params string[][] ranks) => new MpiLauncher([.. _launch[..4], "env", variable, .. _launch[4..]], _rankVariable).Start(ranks);

    /// <summary>Starts ranks, the last of which runs another program file.</summary>
    public CliProcess.Running Start(string lastDll, string[][] ranks)
    {
        List<string> command = [.. _launch];
        for (int r = 0; r < ranks.Length; r++)
        {
            if (r > 0)
                command.Add(":");
            command.AddRange(["-np", "1", CliProcess.Dotnet, r == ranks.Length - 1 ? lastDll : CliProcess.Dll, .. ranks[r]]);
        }

        var running = new CliProcess.Running(command);
        running.Process.StandardInput.Close();
        return running;
    }

    /// <summary>Finds the process id of a rank by its environment and a path on its command line.</summary>
    public int PidOf(int rank, string path)
    {
        foreach (string folder in Directory.EnumerateDirectories("/proc").Where(f => char.IsAsciiDigit(Path.GetFileName(f)[0])))
        {
            try
            {
                string command = File.ReadAllText(Path.Combine(folder, "cmdline")), variables = File.ReadAllText(Path.Combine(folder, "environ"));
                if (command.Contains(path, StringComparison.Ordinal) && $"\0{variables}".Contains($"\0{_rankVariable}={rank}\0", StringComparison.Ordinal))
                    return int.Parse(Path.GetFileName(folder), System.Globalization.CultureInfo.InvariantCulture);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // a process that has ended, or one of another user
            }
        }

        throw new InvalidOperationException($"Rank {rank} of {path} does not run.");
    }
}
