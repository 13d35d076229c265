using Xunit;

namespace NceFast.Tests.Cli;

/// <summary>Processes that continue a training of another number of processes.</summary>
public sealed class RankElasticTests : RankTestBase
{
    private const int Terminate = 15;

    [Theory]
    [InlineData("openmpi")]
    [InlineData("mpich")]
    public void A_training_goes_on_with_more_processes_and_then_with_one(string make)
    {
        string run = In("run");
        MpiLauncher launcher = MpiLauncher.Find(make);
        string[] train = ["train", Corpus(words: 300_000), "--out", Vectors, "--epochs", "10000", "--dim", "16", "--verbose", "--checkpoint", run, "--checkpoint-every", "200000"], resume = ["resume", run];
        using (CliProcess.Running two = launcher.Start(train, train))
        {
            two.Await("checkpoint-00000002");
            Signal(launcher.PidOf(1, run), Terminate);
            two.Wait().Expect(75);
        }

        using (CliProcess.Running four = launcher.Start(resume, resume, resume, resume))
        {
            four.Await("saved by 2 processes and continues with 4 processes");
            four.Await("Checkpoint ");
            Signal(launcher.PidOf(0, run), Terminate);
            four.Wait().Expect(75, $"continue with 'ncefast resume {run}' in 4 processes");
        }

        NothingIsWritten();
        using (var one = new CliProcess.Running([CliProcess.Dotnet, CliProcess.Dll, .. resume]))
        {
            one.Process.StandardInput.Close();
            one.Await("saved by 4 processes and continues with 1 process");
            one.Await("Checkpoint ");
            Signal(one.Process.Id, Terminate);
            one.Wait().Expect(75);
        }

        string[] end = [.. resume, "--epochs", "1", "--force"]; // as if fewer epochs had been requested
        CliProcess.Run(end).Expect(0);
        Assert.Equal(201, File.ReadAllLines(Vectors).Length);
        Assert.Empty(Directory.GetFiles(run, "*.tmp"));
    }

    [Fact]
    public void Files_of_their_own_need_the_same_number_of_processes()
    {
        string run = In("run");
        MpiLauncher launcher = MpiLauncher.Find("openmpi");
        string[] train = ["train", Corpus(words: 20_000), "--out", Vectors, "--epochs", "1", "--dim", "16", "--shards", "own", "--checkpoint", run];
        using (CliProcess.Running two = launcher.Start(train, train))
            two.Wait().Expect(0);
        CliProcess.Run("resume", run).Expect(2, "saved by 2 processes with --shards own and cannot continue with 1 process");
    }

    private static void Signal(int pid, int signal) => CliProcess.Shell($"kill -{signal} {pid}").Expect(0);
}
