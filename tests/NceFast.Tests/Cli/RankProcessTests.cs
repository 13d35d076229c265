using System.Text.Json;
using NceFast.Training;
using Xunit;

namespace NceFast.Tests.Cli;

/// <summary>Ranks as real processes: what they make, and how they end when one of them fails.</summary>
public sealed class RankProcessTests : CliTestBase
{
    private const int Kill = 9, Terminate = 15, Stop = 19;

    [SkippableTheory]
    [InlineData("openmpi")]
    [InlineData("mpich")]
    public void TwoRanks_DivideAText_AndWriteOneModel(string make)
    {
        string text = Corpus(words: 200_000), vectors = In("v.txt");
        string[] train = ["train", text, "--out", vectors, "--dim", "8", "--epochs", "2", "--json", "--min-count", "1", "--sync-rows", "64"];
        using CliProcess.Running ranks = MpiLauncher.Find(make).Start(train, train);
        CliResult result = ranks.Wait().Expect(0);
        JsonElement json = JsonDocument.Parse(result.Out[result.Out.IndexOf('{')..(result.Out.LastIndexOf('}') + 1)]).RootElement;
        Assert.Equal(200_000, json.GetProperty("corpus").GetProperty("words").GetInt64());
        Assert.All(json.GetProperty("epochs").EnumerateArray(), e => Assert.Equal(200_000, e.GetProperty("words").GetInt64()));
        Assert.Contains("2 ranks by", json.GetProperty("device").GetString());
        Assert.Equal(201, File.ReadAllLines(vectors).Length);
        Assert.DoesNotContain("\e[K", result.Err); // launchers give a terminal where there is none
        Assert.Equal([vectors, text], Directory.GetFiles(Folder).OrderDescending());
    }

    [SkippableTheory]
    [InlineData("openmpi")]
    [InlineData("mpich")]
    public void AKilledRank_EndsAll(string make)
    {
        CliResult result = Disturb(make, (launcher, _) => Signal(launcher.PidOf(1, Vectors), Kill));
        Assert.NotEqual(0, result.ExitCode);
        NothingIsWritten();
    }

    [SkippableFact]
    public void AStoppedRank_IsFoundByTheOthers()
    {
        CliResult result = Disturb("mpich", (launcher, _) => Signal(launcher.PidOf(1, Vectors), Stop), "--sync-timeout", "3");
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("waited 3 s for the other ranks", result.Err);
        NothingIsWritten();
    }

    // MPICH's launcher, itself signalled, ends with 0 or not as it happens to see the codes of its ranks: its code says nothing.
    [SkippableFact]
    public void ASignalToTheLauncher_StopsAllTogether()
    {
        CliResult result = Disturb("mpich", (_, running) => Signal(Child(running.Process.Id), Terminate));
        Assert.Contains("(rank 0): all processes stopped together", result.Err);
        Assert.Contains("(rank 1): all processes stopped together", result.Err);
        NothingIsWritten();
    }

    // Open MPI kills its ranks a second later: they may or may not come to an end of their own.
    [SkippableFact]
    public void ASignalToTheLauncherOfOpenMpi_EndsAll()
    {
        CliResult result = Disturb("openmpi", (_, running) => Signal(Child(running.Process.Id), Terminate));
        Assert.NotEqual(0, result.ExitCode);
        NothingIsWritten();
    }

    [SkippableTheory]
    [InlineData("openmpi")]
    [InlineData("mpich")]
    public void ARankWithoutItsFile_EndsAll(string make)
    {
        string[] train = ["train", Corpus(), "--out", Vectors], missing = ["train", In("missing.txt"), "--out", Vectors];
        using CliProcess.Running ranks = MpiLauncher.Find(make).Start(train, missing);
        CliResult result = ranks.Wait();
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("(rank 1)", result.Err);
        Assert.Contains("missing.txt does not exist", result.Err);
        NothingIsWritten();
    }

    [SkippableFact]
    public void ARankOfAnotherBuild_IsRefused()
    {
        MpiLauncher launcher = MpiLauncher.Find("openmpi");
        string other = Directory.CreateDirectory(In("other")).FullName;
        foreach (string file in Directory.EnumerateFiles(AppContext.BaseDirectory).Where(f => Path.GetExtension(f) is ".dll" or ".json"))
            File.Copy(file, Path.Combine(other, Path.GetFileName(file)));
        Rename(Path.Combine(other, "NceFast.dll"), typeof(Trainer).Module.ModuleVersionId);
        string[] train = ["train", Corpus(), "--out", Vectors];
        using CliProcess.Running ranks = launcher.Start(Path.Combine(other, "NceFast.Cli.dll"), [train, train]);
        CliResult result = ranks.Wait();
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("The build of NceFast differs between ranks", result.Err);
        NothingIsWritten();
    }

    [SkippableFact]
    public void LauncherAndLibraryOfDifferentMakes_AreToldApart()
    {
        _ = MpiLauncher.Find("mpich");
        MpiLauncher launcher = MpiLauncher.Find("openmpi");
        string[] train = ["train", Corpus(), "--out", Vectors];
        Environment.SetEnvironmentVariable("NCEFAST_MPI", "libmpich.so.12");
        try
        {
            using CliProcess.Running ranks = launcher.Start(train, train);
            CliResult result = ranks.Wait();
            Assert.NotEqual(0, result.ExitCode);
            Assert.Contains("are of different makes", result.Err);
        }
        finally
        {
            Environment.SetEnvironmentVariable("NCEFAST_MPI", null);
        }

        NothingIsWritten();
    }

    private string Vectors => In("vectors.txt");

    // Two ranks that would train for ever, disturbed once they train.
    private CliResult Disturb(string make, Action<MpiLauncher, CliProcess.Running> disturb, params string[] more)
    {
        MpiLauncher launcher = MpiLauncher.Find(make);
        string[] train = ["train", Corpus(words: 300_000), "--out", Vectors, "--epochs", "10000", "--dim", "16", "--verbose", .. more];
        using CliProcess.Running ranks = launcher.Start(train, train);
        ranks.Await("Epoch 1 of");
        disturb(launcher, ranks);
        return ranks.Wait();
    }

    private void NothingIsWritten() => Assert.DoesNotContain(Directory.GetFiles(Folder), f => Path.GetFileName(f).StartsWith("vectors", StringComparison.Ordinal));

    // The launcher runs below the program that limits its time.
    private static int Child(int pid) => int.Parse(File.ReadAllText($"/proc/{pid}/task/{pid}/children").Trim().Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);

    private static void Signal(int pid, int signal) => CliProcess.Shell($"kill -{signal} {pid}").Expect(0);

    // Gives a module another id, as other code would.
    private static void Rename(string module, Guid id)
    {
        byte[] bytes = File.ReadAllBytes(module);
        int place = bytes.AsSpan().IndexOf(id.ToByteArray());
        Assert.True(place > 0);
        bytes[place] ^= 0xFF;
        File.WriteAllBytes(module, bytes);
    }
}
