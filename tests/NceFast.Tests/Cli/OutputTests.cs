using Xunit;

namespace NceFast.Tests.Cli;

/// <summary>Outputs that cannot be written are found early, and an old output is never lost.</summary>
public sealed class OutputTests : CliTestBase
{
    private const int SigInt = 2;
    private const int SigTerm = 15;

    [Theory]
    [InlineData("--out")]
    [InlineData("--vocab-out")]
    public void Unwritable_output_is_found_before_the_text_is_read(string option)
    {
        string missing = Path.Combine(Folder, "absent", "v");
        using CliProcess.Running process = option == "--out"
            ? CliProcess.Start("train", "-", "--out", missing)
            : CliProcess.Start("train", "-", "--out", In("v"), "--vocab-out", missing);
        process.Wait().Expect(5, "absent does not exist"); // standard input never ended
    }

    [Fact]
    public void Output_may_not_be_an_input()
    {
        string corpus = Corpus();
        CliProcess.Run("train", corpus, "--out", corpus).Expect(2, "are the same file");
        Assert.Equal(Text(), File.ReadAllBytes(corpus));
    }

    [Fact]
    public void Full_device_is_an_output_error()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "this system has no /dev/full");
        CliProcess.Shell($"TMPDIR='{Folder}' '{CliProcess.Dotnet}' '{CliProcess.Dll}' train '{Corpus()}' --out /dev/full --epochs 1")
            .Expect(5, "/dev/full could not be written").Expect(5, $"The result is kept in {Folder}/ncefast-kept-");
    }

    [Fact]
    public void A_full_disk_leaves_the_old_output()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "a small file system is made by Linux's unshare and mount");
        string disk = Directory.CreateDirectory(In("disk")).FullName;
        CliResult trial = CliProcess.Shell($"unshare -rm mount -t tmpfs -o size=64k none '{disk}'");
        Assert.SkipWhen(trial.ExitCode != 0, $"no small file system could be mounted: {trial.Err.Trim()}");
        string vectors = In("v.bin");
        CliProcess.Run("train", Corpus(), "--out", vectors, "--format", "word2vec-binary", "--epochs", "1", "--dim", "200").Expect(0);

        CliResult result = CliProcess.Shell($"""
            unshare -rm bash -c "mount -t tmpfs -o size=64k none '{disk}' && echo old > '{disk}/v.txt' &&
              '{CliProcess.Dotnet}' '{CliProcess.Dll}' export '{vectors}' --out '{disk}/v.txt'; echo code=\$?; cat '{disk}/v.txt'; ls '{disk}'"
            """);
        Assert.Equal("code=5\nold\nv.txt\n", result.Out);
        Assert.Contains("could not be written", result.Err);
    }

    [Theory]
    [InlineData(SigInt)]
    [InlineData(SigTerm)]
    public void Signal_ends_training_and_leaves_the_old_output(int signal)
    {
        SkipWithout(signal);
        string output = Write("v", "old");
        using CliProcess.Running process = CliProcess.Start("train", Corpus(), "--out", output, "--epochs", "10000", "--verbose");
        process.Await("Epoch 1 of 10000");
        process.Signal(signal);
        process.Wait().Expect(130, "interrupted");
        Assert.Equal("old", File.ReadAllText(output));
        Assert.Equal(["corpus.txt", "v"], Directory.GetFiles(Folder).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void A_second_signal_ends_the_program_at_once()
    {
        SkipWithout(SigInt);
        SkipWithout(SigTerm);
        using CliProcess.Running process = CliProcess.Start("train", "-", "--out", In("v"), "--verbose");
        process.Await("cache of token ids"); // from now on it waits for its input
        process.Signal(SigInt);
        process.Signal(SigTerm); // a different signal, because two of the same kind may arrive as one
        process.Wait().Expect(130);
    }

    // A shell ignores an interrupt for what it runs in the background, and programs inherit that.
    private static void SkipWithout(int signal)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "signals are sent by kill");
        if (!OperatingSystem.IsLinux())
            return;
        string ignored = File.ReadLines("/proc/self/status").First(l => l.StartsWith("SigIgn:", StringComparison.Ordinal))[7..].Trim();
        Assert.SkipWhen((Convert.ToUInt64(ignored, 16) >> (signal - 1) & 1) == 1, $"signal {signal} is ignored by whoever started the tests");
    }

    [Fact]
    public void A_reader_that_closes_the_pipe_causes_no_message()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "bash is needed");
        CliResult result = CliProcess.Shell($"'{CliProcess.Dotnet}' '{CliProcess.Dll}' train --help | true; echo ${{PIPESTATUS[0]}}");
        Assert.Equal(("0\n", ""), (result.Out, result.Err));
    }
}
