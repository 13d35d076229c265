using Xunit;

namespace NceFast.Tests.Cli;

/// <summary>Ranks as processes that are killed, stopped or asked to end, and resume from a checkpoint.</summary>
public sealed class RankFaultTests : RankTestBase
{
    private const int Kill = 9, User2 = 12, Terminate = 15, Stop = 19;

    [Theory]
    [InlineData("openmpi")]
    [InlineData("mpich")]
    public void A_killed_rank_ends_all_ranks(string make)
    {
        CliResult result = Disturb(make, (launcher, _) => Signal(launcher.PidOf(1, Vectors), Kill));
        Assert.NotEqual(0, result.ExitCode);
        NothingIsWritten();
    }

    // The limit must be longer than a rank waits on a loaded machine.
    [Theory]
    [InlineData("openmpi")]
    [InlineData("mpich")]
    public void A_stopped_rank_is_detected_by_the_others(string make)
    {
        CliResult result = Disturb(make, (launcher, _) => Signal(launcher.PidOf(1, Vectors), Stop), "--sync-timeout", "12");
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("waited 12 s for the other ranks", result.Err);
        NothingIsWritten();
    }

    [Theory]
    [InlineData("openmpi")]
    [InlineData("mpich")]
    public void Ranks_resume_from_the_last_checkpoint_after_a_kill(string make)
    {
        string run = In("run");
        CliResult killed = Disturb(make, "checkpoint-00000002", (launcher, _) => Signal(launcher.PidOf(1, Vectors), Kill), "--checkpoint", run, "--checkpoint-every", "300000");
        Assert.NotEqual(0, killed.ExitCode);
        Assert.Contains($"start 2 processes with 'ncefast resume {run}'", killed.Err);
        NothingIsWritten();

        MpiLauncher launcher = MpiLauncher.Find(make);
        using (CliProcess.Running resumed = launcher.Start(["resume", run], ["resume", run]))
        {
            resumed.Await("Continuing from");
            resumed.Await("Checkpoint ");
            Signal(launcher.PidOf(0, run), Terminate);
            resumed.Wait().Expect(75, $"continue with 'ncefast resume {run}' in 2 processes");
        }

        CliProcess.Run("resume", run).Expect(2, "saved by 2 processes and cannot continue with 1 process");
        string[] end = ["resume", run, "--epochs", "1", "--force"]; // as if fewer epochs had been requested
        using CliProcess.Running ended = launcher.Start(end, end);
        ended.Wait().Expect(0);
        Assert.Equal(201, File.ReadAllLines(Vectors).Length);
        Assert.Empty(Directory.GetFiles(run, "*.tmp"));
    }

    [Theory]
    [InlineData("openmpi")]
    [InlineData("mpich")]
    public void A_rank_that_loses_its_text_ends_all_ranks_with_its_code_and_the_same_command_continues(string make)
    {
        MpiLauncher launcher = MpiLauncher.Find(make);
        string run = In("run");
        string[][] commands = [.. new[] { "a.txt", "b.txt" }.Select(text => (string[])["train", Corpus(text, 300_000), "--shards", "own", "--cache", "never", "--out", Vectors, "--epochs", "10000", "--dim", "16", "--verbose",
            "--checkpoint", run, "--checkpoint-every", "1h", "--resume-if-present"])];
        using (CliProcess.Running ranks = launcher.Start(commands))
        {
            ranks.Await("Epoch 1 of");
            File.Move(In("b.txt"), In("gone"));
            CliResult failed = ranks.Wait();
            Assert.Equal(3, failed.ExitCode);
            Assert.Contains("(rank 0): Rank 1 on ", failed.Err);
            Assert.Contains("(rank 1): Rank 1 on ", failed.Err);
            Assert.Contains($"the training is saved in {run}.", failed.Err);
            Assert.Contains($"start 2 processes with 'ncefast resume {run}'", failed.Err);
            NothingIsWritten();
        }

        File.Move(In("gone"), In("b.txt"));
        using CliProcess.Running again = launcher.Start(commands);
        again.Await("Continuing from");
        again.Await("Epoch ");
        Signal(launcher.PidOf(1, Vectors), Terminate);
        again.Wait().Expect(75);
    }

    // The exit code of MPICH's launcher after a signal depends on timing, so it is not checked. Rank 0 reports when all are done.
    [Fact]
    public void A_signal_to_the_launcher_stops_all_ranks_together()
    {
        CliResult result = Disturb("mpich", (_, running) => Signal(Child(running.Process.Id), Terminate));
        Assert.Contains("(rank 0): all processes stopped together", result.Err);
        NothingIsWritten();
    }

    [Theory]
    [InlineData("openmpi")]
    [InlineData("mpich")]
    public void A_signal_to_one_rank_stops_all_ranks_together(string make)
    {
        CliResult result = Disturb(make, (launcher, _) => Signal(launcher.PidOf(1, Vectors), Terminate));
        Assert.Equal(75, result.ExitCode);
        Assert.Contains("stopped together", result.Err);
        NothingIsWritten();
    }

    [Fact]
    public void A_signal_that_open_mpi_forwards_stops_all_ranks_together()
    {
        CliResult result = Disturb("openmpi", (_, running) => Signal(Child(running.Process.Id), User2));
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("stopped together", result.Err);
        NothingIsWritten();
    }

    // Open MPI kills its ranks a second later, so they may or may not end by themselves.
    [Fact]
    public void A_signal_to_the_launcher_of_open_mpi_ends_all_ranks()
    {
        CliResult result = Disturb("openmpi", (_, running) => Signal(Child(running.Process.Id), Terminate));
        Assert.NotEqual(0, result.ExitCode);
        NothingIsWritten();
    }

    // Two ranks that would train for ever are disturbed while they train.
    private CliResult Disturb(string make, Action<MpiLauncher, CliProcess.Running> disturb, params string[] more) => Disturb(make, "Epoch 1 of", disturb, more);

    private CliResult Disturb(string make, string when, Action<MpiLauncher, CliProcess.Running> disturb, params string[] more)
    {
        MpiLauncher launcher = MpiLauncher.Find(make);
        string[] train = ["train", Corpus(words: 300_000), "--out", Vectors, "--epochs", "10000", "--dim", "16", "--verbose", .. more];
        using CliProcess.Running ranks = launcher.Start(train, train);
        ranks.Await(when);
        disturb(launcher, ranks);
        return ranks.Wait();
    }

    // The launcher is a child of the program that limits its time.
    private static int Child(int pid) => int.Parse(File.ReadAllText($"/proc/{pid}/task/{pid}/children").Trim().Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);

    private static void Signal(int pid, int signal) => CliProcess.Shell($"kill -{signal} {pid}").Expect(0);
}
