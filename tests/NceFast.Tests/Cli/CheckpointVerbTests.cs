using System.Text.Json;
using Xunit;

namespace NceFast.Tests.Cli;

/// <summary>Processes that are stopped, are killed or run out of disk space, and resume.</summary>
public sealed class CheckpointVerbTests(ITestOutputHelper output) : CliTestBase
{
    private const int SigKill = 9, SigTerm = 15, SigUsr1 = 10;
    private const string Dim = "24";

    // Set NCEFAST_KILLS for the long mode.
    private static readonly int Kills = int.TryParse(Environment.GetEnvironmentVariable("NCEFAST_KILLS"), out int kills) ? kills : 4;

    private string _epochs = "20";

    private string[] Train(string output, params string[] more) =>
        ["train", In("corpus.txt"), "--out", In(output), "--format", "word2vec-binary", "--dim", Dim, "--epochs", _epochs, "--threads", "1", "--min-count", "1", "--verbose", .. more];

    [Fact]
    public void Signals_save_the_training_and_it_resumes_to_the_same_bytes()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "signals are sent by kill, with Linux's numbers");
        Corpus(words: 300_000);
        _epochs = "80"; // the training must be long enough that a late signal still comes before its end
        CliProcess.Run(Train("whole")).Expect(0);
        using (CliProcess.Running process = CliProcess.Start(Train("v", "--checkpoint", In("run"))))
        {
            process.Await("checkpoint-00000001");
            process.Signal(SigUsr1);
            process.Await("checkpoint-00000002");
            process.Signal(SigTerm);
            process.Wait().Expect(75, "ncefast resume");
        }

        Assert.False(File.Exists(In("v")));
        CliProcess.Run("resume", In("run"), "--lr", "0.2").Expect(2, "--lr was 0.04 and is 0.2");
        CliProcess.Run("resume", In("run")).Expect(0, "Continuing from");
        Assert.Equal(File.ReadAllBytes(In("whole")), File.ReadAllBytes(In("v")));
        File.Delete(In("v"));
        CliProcess.Run("resume", In("run"), "--quiet").Expect(0); // a finished training only writes its outputs again
        Assert.Equal(File.ReadAllBytes(In("whole")), File.ReadAllBytes(In("v")));

        Directory.Move(In("run"), In("moved"));
        CliProcess.Run("resume", In("moved")).Expect(2, "Name them again with --out");
        CliProcess.Run("resume", In("moved"), "--out", In("elsewhere")).Expect(0);
        Assert.Equal(File.ReadAllBytes(In("whole")), File.ReadAllBytes(In("elsewhere")));
    }

    [Theory]
    [InlineData("--dim", Dim)]
    [InlineData("--model", "lbl")]
    public void The_same_command_begins_continues_and_writes_missing_outputs(string option, string value)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "signals are sent by kill, with Linux's numbers");
        Corpus(words: 300_000);
        bool isLanguage = value == "lbl";
        string[] command = ["train", In("corpus.txt"), "--out", In("v"), "--epochs", isLanguage ? "6" : "80", "--threads", "1", "--min-count", "1", "--verbose", "--quiet",
            "--checkpoint", In("run"), "--checkpoint-every", "1h", "--run", In("log"), "--resume-if-present", option, value, .. isLanguage ? (string[])["--dim", "8", "--k", "5"] : []];
        using (CliProcess.Running process = CliProcess.Start(command))
        {
            process.Await("checkpoint-00000001");
            process.Signal(SigTerm);
            process.Wait().Expect(75, "ncefast resume");
        }

        Assert.False(File.Exists(In("v")));
        CliProcess.Run([.. command, "--lr", "0.2"]).Expect(2, "is 0.2. To continue in spite of that, set --force of 'ncefast resume'");
        CliProcess.Run([.. command.Where(a => a != "--resume-if-present")]).Expect(2); // without it, the folder belongs to an earlier training
        JsonElement ended = CliProcess.Run([.. command, "--json"]).Expect(0, "Continuing from").Json;
        Assert.Equal(3, ended.GetProperty("checkpoints").GetInt32()); // first blocks, signal, end
        byte[] written = File.ReadAllBytes(In("v"));
        File.Delete(In("v"));
        ended = CliProcess.Run([.. command, "--json"]).Expect(0, "Continuing from").Json;
        Assert.Equal(3, ended.GetProperty("checkpoints").GetInt32());
        Assert.Equal(written, File.ReadAllBytes(In("v")));
        File.Delete(In("v"));
        CliProcess.Run("resume", In("run"), "--quiet").Expect(0);
        Assert.Equal(written, File.ReadAllBytes(In("v")));
    }

    [Fact]
    public void A_command_that_was_killed_before_it_saved_anything_begins_again()
    {
        Corpus();
        string[] command = ["train", In("corpus.txt"), "--out", In("v"), "--epochs", "1", "--dim", "4", "--run", In("log"), "--checkpoint", In("run")];
        CliProcess.Run([.. command[..^2], "--resume-if-present"]).Expect(2, "--resume-if-present needs the folder of the checkpoints; name it with --checkpoint DIR.");
        Directory.CreateDirectory(In("run"));
        Directory.CreateDirectory(In("log"));
        Write("log/run.json", """{"version":"0.1.0","title":"Word vectors","started":"2026-01-02T03:04:05+00:00","state":"Running","options":[],"machine":[],"results":[]}""");
        CliProcess.Run(command).Expect(2, "already contains a run");
        CliProcess.Run([.. command, "--resume-if-present"]).Expect(0);
        Assert.Contains("\"Done\"", File.ReadAllText(In("log/run.json")), StringComparison.OrdinalIgnoreCase);
        Directory.Delete(In("run"), recursive: true);
        CliProcess.Run([.. command, "--resume-if-present"]).Expect(2, "already contains a run"); // of another training, which is finished
    }

    [Fact]
    public void A_second_signal_ends_the_program_at_once_and_loses_no_checkpoint()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "signals are sent by kill, with Linux's numbers");
        Corpus(words: 300_000);
        _epochs = "10000";
        using (CliProcess.Running process = CliProcess.Start(Train("v", "--checkpoint", In("run"), "--resume-if-present")))
        {
            process.Await("checkpoint-00000001");
            process.Signal(SigTerm);
            process.Signal(SigTerm);
            Assert.Contains(process.Wait().ExitCode, (int[])[75, 130]); // the first may have saved before the second came
        }

        CliProcess.Run("resume", In("run"), "--epochs", "1", "--force").Expect(0, "Continuing from");
    }

    [Theory]
    [InlineData("chmod o+w", "may be written by other users")]
    [InlineData("chown 65534", "belongs to another user")]
    public void A_folder_that_others_may_have_changed_does_not_decide_where_files_are_written(string change, string reason)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "owners are asked for on Linux");
        _epochs = "1";
        Corpus(words: 20_000);
        CliProcess.Run(Train("v", "--checkpoint", In("run"))).Expect(0);
        File.Delete(In("v"));
        CliProcess.Run("resume", In("run")).Expect(0);
        Assert.True(File.Exists(In("v"))); // its own user's
        File.Delete(In("v"));
        Assert.SkipWhen(CliProcess.Shell($"{change} '{In("run")}'").ExitCode != 0, "only root may give a folder away");
        CliProcess.Run("resume", In("run")).Expect(2, reason);
        Assert.False(File.Exists(In("v")));
        CliProcess.Run("resume", In("run"), "--out", In("w")).Expect(0);
        Assert.True(File.Exists(In("w")));
    }

    [Fact]
    public void A_training_killed_at_random_moments_ends_in_the_same_bytes()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "SIGKILL is sent by kill");
        Corpus(words: 300_000);
        _epochs = $"{5 * Kills}"; // 15 checkpoints per kill, so that the training does not end before the last kill
        CliProcess.Run(Train("whole")).Expect(0);
        var random = new Random(5);
        int writing = 0, saved = 0;
        string[] command = Train("v", "--checkpoint", In("run"), "--checkpoint-every", "100000");
        for (int kill = 0; kill < Kills; kill++)
        {
            using CliProcess.Running process = CliProcess.Start(command);
            process.Await(kill == 0 ? "checkpoint-00000001" : "Continuing from", orEnd: true);
            long begun = Newest();
            AwaitMoment(process, begun, random);
            process.Signal(SigKill);
            CliResult result = process.Wait();
            Assert.DoesNotContain("damaged", result.Err);
            writing += Directory.GetFiles(In("run"), "*.tmp").Length;
            saved += Newest() > begun ? 1 : 0;
            command = ["resume", In("run")];
        }

        CliResult last = CliProcess.Run(command).Expect(0);
        output.WriteLine($"{Kills} kills, {writing} while a checkpoint was written; {saved} of these processes had saved since they began to train");
        Assert.DoesNotContain("An older one", last.Err);
        Assert.Equal(File.ReadAllBytes(In("whole")), File.ReadAllBytes(In("v")));
        Assert.Empty(Directory.GetFiles(In("run"), "*.tmp"));
    }

    [Fact]
    public void Two_runs_cannot_use_the_same_folder()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "signals are sent by kill");
        Corpus(words: 300_000);
        _epochs = "10000";
        using CliProcess.Running process = CliProcess.Start(Train("v", "--checkpoint", In("run")));
        process.Await("checkpoint-00000001");
        CliProcess.Run("resume", In("run")).Expect(5, "is being written by another process");
        CliProcess.Run(Train("w", "--checkpoint", In("run"))).Expect(5, "used by another training");
        process.Signal(SigTerm);
        process.Wait().Expect(75);
    }

    [Theory]
    [InlineData("48k", 5, "needs")] // not even the first checkpoint
    [InlineData("140k", 0, "A checkpoint failed")] // no space for all the kept checkpoints and one more
    public void A_full_disk_is_a_warning_and_loses_one_checkpoint_at_most(string size, int code, string message)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "a small file system is made by Linux's unshare and mount");
        string disk = Directory.CreateDirectory(In("disk")).FullName;
        CliResult trial = CliProcess.Shell($"unshare -rm mount -t tmpfs -o size=64k none '{disk}'");
        Assert.SkipWhen(trial.ExitCode != 0, $"no small file system could be mounted: {trial.Err.Trim()}");
        Corpus(words: 200_000);
        string command = string.Join(' ', Train("v", "--checkpoint", $"{disk}/run", "--checkpoint-every", "100000", "--keep", "9").Select(a => $"'{a}'"));
        CliResult result = CliProcess.Shell($"""
            unshare -rm bash -c "mount -t tmpfs -o size={size} none '{disk}' && '{CliProcess.Dotnet}' '{CliProcess.Dll}' {command}; echo code=\$?; ls '{disk}/run'"
            """);
        Assert.Contains($"code={code}\n", result.Out);
        Assert.Contains(message, result.Err);
        Assert.DoesNotContain(".tmp", result.Out);
        Assert.Equal(code == 0, File.Exists(In("v")));
    }

    [Fact]
    public void A_folder_that_accepts_no_files_is_reported_before_the_text_is_read()
    {
        Assert.SkipUnless(Directory.Exists("/proc/self"), "needs /proc, a folder that takes files from nobody");
        Corpus();
        CliProcess.Run(Train("v", "--checkpoint", "/proc/run")).Expect(5, "/proc/run");
        CliProcess.Run("resume", In("absent")).Expect(3, "holds no checkpoint");
    }

    [Fact]
    public void A_dry_run_reports_its_forecast_and_writes_nothing()
    {
        Corpus(words: 100_000);
        string[] before = Directory.GetFileSystemEntries(Folder);
        string text = CliProcess.Run(Train("v", "--checkpoint", In("run"), "--dry-run")).Expect(0).Out;
        foreach (string line in (string[])["vocabulary  200 words", "steps       20 epochs over 100,000 words", "input (host)", "working memory of the workers (host)", "disk        up to", "time        about", $"would write {In("v")}", "checkpoint-*.ncf"])
            Assert.Contains(line, text);
        var json = CliProcess.Run(Train("v", "--dry-run", "--json")).Expect(0).Json;
        Assert.Equal(100_000, json.GetProperty("words").GetInt64());
        Assert.True(json.GetProperty("wordsPerSecond").GetDouble() > 0);
        Assert.Equal(200 * 32 * 4, json.GetProperty("memory")[0].GetProperty("bytes").GetInt64()); // rows are padded to 16 floats
        Assert.Equal(before, Directory.GetFileSystemEntries(Folder));
        string language = CliProcess.Run("train", In("corpus.txt"), "--model", "lbl", "--out", In("m"), "--dim", "8", "--k", "5", "--valid", In("corpus.txt"), "--dry-run").Expect(0).Out;
        Assert.Contains("copy of the tables that did best", language);
        Assert.Contains("(language model)", language);
    }

    // Kills up to two checkpoints later, at a random time or as soon as the next one is being written.
    private void AwaitMoment(CliProcess.Running process, long begun, Random random)
    {
        process.Await($"checkpoint-{begun + random.Next(3):D8}", orEnd: true);
        if (random.Next(2) == 0)
            Thread.Sleep(random.Next(100));
        else
            SpinWait.SpinUntil(() => process.Process.HasExited || Directory.GetFiles(In("run"), "*.tmp").Length > 0);
    }

    private long Newest() => Directory.GetFiles(In("run"), "checkpoint-*.ncf").Max(path => long.Parse(Path.GetFileNameWithoutExtension(path)[^8..]));
}
