using Xunit;

namespace NceFast.Tests.Cli;

/// <summary>Losing a log, a cache, a terminal or a disk does not lose the training.</summary>
public sealed class LostOutputTests : CliTestBase
{
    private const int SigHup = 1;
    private static readonly string Program = $"'{CliProcess.Dotnet}' '{CliProcess.Dll}'";

    [Theory]
    [InlineData("2>/dev/full", 0)]
    [InlineData("2>&-", 0)]
    [InlineData("--verbose 2>/dev/full", 0)]
    [InlineData("--log json 2>/dev/full", 0)]
    [InlineData("--json >/dev/full", 5)]
    [InlineData("--json >&-", 5)]
    [InlineData("--json >/dev/full 2>/dev/full", 5)]
    public void A_training_continues_when_its_log_cannot_be_written(string ending, int code)
    {
        SkipWithoutFull();
        CliProcess.Shell($"{Program} train '{Corpus()}' --out '{In("v")}' --epochs 1 --dim 4 --run '{In("run")}' {ending}").Expect(code);
        Assert.StartsWith("200 4\n", File.ReadAllText(In("v")), StringComparison.Ordinal);
        Assert.Contains("\"Done\"", File.ReadAllText(In("run/run.json")), StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("train nofile --out v 2>/dev/full", 3)]
    [InlineData("train nofile --out v 2>&-", 3)]
    [InlineData("train --absent 2>/dev/full", 2)]
    [InlineData("trian 2>/dev/full", 2)]
    [InlineData("export nofile --out v 2>/dev/full", 3)]
    [InlineData("report nofolder 2>/dev/full", 3)]
    [InlineData("--help >/dev/full", 5)]
    [InlineData("--version >/dev/full", 5)]
    [InlineData("devices >/dev/full", 5)]
    [InlineData("devices --json >/dev/full", 5)]
    [InlineData("neighbours V w1 >/dev/full", 5)]
    [InlineData("neighbours V w1 --json >/dev/full", 5)]
    [InlineData("export V --out x --quiet --json >/dev/full", 5)]
    [InlineData("neighbours V w1 | true; exit ${PIPESTATUS[0]}", 0)]
    [InlineData("neighbours V w1 --json | true; exit ${PIPESTATUS[0]}", 0)]
    public void Exit_codes_survive_a_closed_output(string command, int code)
    {
        SkipWithoutFull();
        Write("V", "2 1\nw1 1\nw2 0.5\n");
        CliProcess.Shell($"cd '{Folder}'; {Program} {command}").Expect(code);
    }

    [Fact]
    public void A_closed_pipe_ends_the_verb()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "bash is needed");
        CliProcess.Run("train", Corpus(), "--model", "lbl", "--out", In("m"), "--epochs", "1", "--dim", "4", "--quiet").Expect(0);
        CliResult result = CliProcess.Shell($"{Program} generate '{In("m")}' --sentences 2000000000 | head -1; echo ${{PIPESTATUS[0]}}");
        Assert.EndsWith("\n0\n", result.Out, StringComparison.Ordinal);
        Assert.Empty(result.Err);
    }

    [Theory]
    [InlineData(true, 75)]
    [InlineData(false, 130)]
    public void A_lost_terminal_ends_the_training_in_order(bool saves, int code)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "signals are sent by kill");
        using CliProcess.Running process = CliProcess.Start(["train", Corpus(), "--out", In("v"), "--epochs", "10000", "--verbose", .. saves ? ["--checkpoint", In("run")] : Array.Empty<string>()]);
        process.Await("Epoch 1 of 10000");
        process.Signal(SigHup);
        process.Signal(SigHup); // the system and the shell both send it
        process.Wait().Expect(code);
        Assert.Equal(["corpus.txt"], Directory.GetFiles(Folder).Select(Path.GetFileName));
    }

    [Fact]
    public void A_hangup_that_was_ignored_at_the_start_stays_ignored()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "signals are sent by kill");
        using var process = new CliProcess.Running(["bash", "-c", $"trap '' HUP; exec {Program} train - --out '{In("v")}' --epochs 1 --verbose"]);
        process.Await("cache of token ids"); // from now on it waits for its input
        process.Signal(SigHup);
        process.Process.StandardInput.BaseStream.Write(Text());
        process.Process.StandardInput.Close();
        process.Wait().Expect(0);
        Assert.True(File.Exists(In("v")));
    }

    [Fact]
    public void An_output_that_cannot_fit_is_found_before_the_training()
    {
        SmallDisk("64k", $"""
            {Program} train '{Corpus()}' --out disk/v.bin --format word2vec-binary --dim 200 --epochs 1 --min-count 1 --verbose; echo vectors=$?
            {Program} train corpus.txt --out disk/v.npy --format npy --dim 200 --epochs 1 --min-count 1 --quiet; echo npy=$?
            {Program} train corpus.txt --out disk/v.txt --dim 200 --epochs 1 --min-count 1 --quiet; echo text=$?
            {Program} train corpus.txt --out disk/m.lbl --model lbl --dim 200 --epochs 1 --quiet; echo model=$?
            {Program} train corpus.txt --out v --dim 60 --epochs 1 --min-count 1 --checkpoint disk/run --quiet; echo checkpoint=$?
            ls -A disk
            """, out CliResult result);
        Assert.Equal("vectors=5\nnpy=5\ntext=5\nmodel=5\ncheckpoint=5\nrun\n", result.Out);
        Assert.DoesNotContain("Epoch 1 of 1", result.Err);
        Assert.Equal(5, result.Err.Split('\n').Count(l => l.Contains("bytes, but the disk has ", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_model_that_does_not_fit_on_the_disk_is_saved_elsewhere_and_the_message_says_where()
    {
        string places = Directory.CreateDirectory(In("tmp")).FullName;
        string filled = "dd if=/dev/zero of=disk/fill bs=1k 2>/dev/null";
        SmallDisk("64k", $$"""
            export TMPDIR='{{places}}'
            run() { "$@" --verbose 2> >(while read -r l; do echo "$l" >> err; case "$l" in *"Epoch 1 of 9"*) {{filled}};; esac; done); echo code=$?; rm disk/fill; }
            run {{Program}} train '{{Corpus(words: 200_000)}}' --out disk/v.bin --format word2vec-binary --dim 20 --epochs 9
            run {{Program}} train corpus.txt --out disk/v.bin --format word2vec-binary --dim 20 --epochs 9 --checkpoint run
            {{Program}} resume run --out v2.bin --quiet; echo resumed=$?
            {{Program}} export tmp/ncefast-kept-*.safetensors --out v.bin --format word2vec-binary --quiet; echo exported=$?
            """, out CliResult result);
        Assert.Equal("code=5\ncode=5\nresumed=0\nexported=0\n", result.Out);
        string log = File.ReadAllText(In("err"));
        Assert.Contains($"The result is kept in {places}/ncefast-kept-", log, StringComparison.Ordinal);
        Assert.Contains("'ncefast resume run --out PATH' writes its outputs", log, StringComparison.Ordinal);
        Assert.StartsWith("200 20\n", File.ReadAllText(In("v.bin")), StringComparison.Ordinal);
        Assert.Equal(new FileInfo(In("v.bin")).Length, new FileInfo(In("v2.bin")).Length);
    }

    [Fact]
    public void A_full_run_folder_is_a_warning()
    {
        SmallDisk("256k", $$"""
            {{Program}} train '{{Corpus(words: 200_000)}}' --out v --epochs 9 --dim 50 --min-count 1 --run disk/run --verbose 2> >(while read -r l; do echo "$l" >> err; case "$l" in *"Epoch 1 of 9"*) dd if=/dev/zero of=disk/fill bs=1k 2>/dev/null;; esac; done); echo code=$?
            """, out CliResult result);
        Assert.Equal("code=0\n", result.Out);
        Assert.Contains("warning: the run folder is not complete", File.ReadAllText(In("err")), StringComparison.Ordinal);
        Assert.StartsWith("200 50\n", File.ReadAllText(In("v")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_cache_that_does_not_fit_on_the_disk_does_not_change_the_result()
    {
        string text = Corpus(words: 200_000);
        CliProcess.Shell($"gzip '{text}'").Expect(0);
        string train = $"{Program} train corpus.txt.gz --epochs 2 --dim 4 --threads 1 --quiet --out";
        SmallDisk("600k", $"""
            {train} never --cache never; echo $?
            {train} full --cache-dir disk; echo $?
            {train} missing --cache-dir nowhere; echo $?
            {train} always --cache-dir disk --cache always; echo $?
            cmp never full; cmp never missing; ls -A disk
            """, out CliResult result);
        Assert.Equal("0\n0\n0\n5\n", result.Out);
        Assert.Equal(2, result.Err.Split('\n').Count(l => l.Contains("each epoch reads the text again", StringComparison.Ordinal)));
    }

    private static void SkipWithoutFull() => Assert.SkipUnless(File.Exists("/dev/full"), "this system has no /dev/full");

    private void SmallDisk(string size, string script, out CliResult result)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "a small file system is made by Linux's unshare and mount");
        string disk = Directory.CreateDirectory(In("disk")).FullName;
        CliResult trial = CliProcess.Shell($"unshare -rm mount -t tmpfs -o size={size} none '{disk}'");
        Assert.SkipWhen(trial.ExitCode != 0, $"no small file system could be mounted: {trial.Err.Trim()}");
        string path = Write("script", $"cd '{Folder}'\nmount -t tmpfs -o size={size} none '{disk}'\n{script}\n");
        result = CliProcess.Shell($"unshare -rm bash '{path}'");
    }
}
