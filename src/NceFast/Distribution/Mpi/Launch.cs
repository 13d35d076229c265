using System.Globalization;

namespace NceFast.Distribution.Mpi;

/// <summary>Describes how this process was started together with others, from the variables that launchers set.</summary>
/// <param name="Launcher">Name for people.</param>
/// <param name="Size">Processes started; -1 if the launcher does not say.</param>
/// <param name="Libraries">Libraries that work with this launcher, in the order in which they are tried.</param>
internal sealed record Launch(string Launcher, int Size, string[] Libraries)
{
    /// <summary>The environment variable that names another library.</summary>
    public const string LibraryVariable = "NCEFAST_MPI";

    private static readonly string[] OpenMpi = ["libmpi.so.40"], Mpich = ["libmpich.so.12", "libmpi.so.12"], Standard = ["libmpi_abi.so.0", "libmpi_abi.so"];

    /// <summary>Finds the launcher of this process; null if the process was started alone.</summary>
    /// <param name="variable">Reads an environment variable.</param>
    public static Launch? Find(Func<string, string?> variable)
    {
        Launch? launch = FindLauncher(variable);
        return launch is not null && variable(LibraryVariable) is { Length: > 0 } named ? launch with { Libraries = [named] } : launch;
    }

    private static Launch? FindLauncher(Func<string, string?> variable)
    {
        if (Number("OMPI_COMM_WORLD_SIZE") is int open)
            return new Launch("mpirun of Open MPI", open, [.. OpenMpi, .. Standard]);
        if (variable("PMI_RANK") is not null && Number("PMI_SIZE") is int hydra)
            return new Launch("mpiexec of MPICH", hydra, [.. Mpich, .. Standard]);

        // The shell of a job has the job's variables too; only a step has an id.
        if (variable("SLURM_PROCID") is not null && variable("SLURM_STEP_ID") is not null)
            return new Launch("srun", Number("SLURM_STEP_NUM_TASKS") ?? Number("SLURM_NTASKS") ?? -1, [.. OpenMpi, .. Mpich, .. Standard]);
        return variable("PMIX_RANK") is not null ? new Launch("a PMIx launcher", -1, [.. OpenMpi, .. Mpich, .. Standard]) : null;

        int? Number(string name) => int.TryParse(variable(name), NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : null;
    }
}
