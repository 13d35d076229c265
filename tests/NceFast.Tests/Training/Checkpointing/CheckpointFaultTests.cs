using Microsoft.Extensions.Logging;
using NceFast.Blocks;
using NceFast.Store;
using NceFast.Training;
using NceFast.Vocab;
using Xunit;

namespace NceFast.Tests.Training.Checkpointing;

/// <summary>Faults of the checkpoint folder, the text and the clock are reported, and no saved checkpoint is lost.</summary>
public sealed class CheckpointFaultTests : IDisposable
{
    private readonly ResumeHarness _harness = new(20_000);

    private static readonly WordVectorOptions Small = new() { Dim = 5, Epochs = 2, Threads = 1, Corpus = new CorpusOptions { Vocabulary = new VocabularyOptions { MinCount = 2 }, Cache = CacheMode.Never } };

    public void Dispose() => _harness.Dispose();

    [Fact]
    public void Another_text_or_option_is_refused_by_name_unless_forced()
    {
        Train(Small);
        Refuses(Small with { Dim = 6 }, "TrainingOptions.Dim was 5 and is 6");
        Refuses(Small with { LearningRate = 0.1 }, "TrainingOptions.LearningRate was 0.04 and is 0.1");
        Refuses(Small with { Seed = 3, Epochs = 3 }, "TrainingOptions.Epochs was 2 and is 3; TrainingOptions.Seed was 1 and is 3");
        Refuses(Small with { Corpus = Small.Corpus with { Vocabulary = new VocabularyOptions { MinCount = 4 } } }, "VocabularyOptions.MinCount was 2 and is 4");
        Train(Small with { Threads = 2, HostKernels = "scalar", Corpus = Small.Corpus with { Cache = CacheMode.Always } }, resume: true);
        Train(Small with { Epochs = 3, LearningRate = 0.02 }, resume: true, insist: true);
        Assert.Contains("sizes cannot change", Assert.Throws<NceFastException>(() => Train(Small with { Dim = 6 }, resume: true, insist: true)).Message);
        File.AppendAllText(_harness.Text, "more");
        Refuses(Small with { Epochs = 3, LearningRate = 0.02 }, _harness.Text + " had ");
    }

    [Fact]
    public void A_folder_of_an_earlier_run_is_refused_unless_resumed() =>
        Assert.Contains("CheckpointOptions.Resume", Assert.Throws<NceFastException>(() =>
        {
            Train(Small);
            Train(Small);
        }).Message);

    [Fact]
    public void Damaged_checkpoints_are_passed_over_until_none_is_left()
    {
        string whole = Train(Small);
        string[] saved = [.. Directory.GetFiles(_harness.Folder, "checkpoint-*").OrderDescending(StringComparer.Ordinal)];
        foreach (string path in saved.Take(2))
            Flip(path, 200);
        var log = new WarningLog();
        Assert.Equal(whole, Train(Small, resume: true, log: log));
        Assert.Equal(2, log.Warnings.Count(w => w.Contains("An older one is used")));
        foreach (string path in Directory.GetFiles(_harness.Folder, "checkpoint-*"))
            File.WriteAllBytes(path, File.ReadAllBytes(path)[..^1]);
        Assert.Equal(ErrorKind.Input, Assert.Throws<NceFastException>(() => Train(Small, resume: true)).Kind);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void One_bit_of_any_section_is_found_and_the_section_named(bool language)
    {
        if (language)
            new LanguageModelTrainer(new LanguageModelOptions { Dim = 3, K = 2, Epochs = 1, Threads = 1, Schedule = RateSchedule.AdaGrad }).Train(_harness.Source(), _harness.Validation, checkpoints: _harness.Checkpoints()).Model.Dispose();
        else
            Train(Small);
        string path = Directory.GetFiles(_harness.Folder, "checkpoint-*").Max()!;
        byte[] whole = File.ReadAllBytes(path);
        List<(string Name, int Start, int Bytes)> sections = Sections(whole);
        Assert.Superset(new HashSet<string> { "run", "loop", "corpus", "vocabulary", "finished", language ? "part/context" : "table/input", "DONE" }, sections.Select(s => s.Name).ToHashSet());
        foreach ((string name, int start, int bytes) in sections.Where(s => s.Bytes > 0))
        {
            Flip(path, start + (bytes / 2));
            string message = Assert.Throws<NceFastException>(() => CheckpointFile.Open(path).Dispose()).Message;
            Assert.Contains($"section '{name}'", message);
            File.WriteAllBytes(path, whole);
        }

        CheckpointFile.Open(path).Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_text_that_shrinks_or_disappears_is_reported_and_the_training_is_saved(bool shrinks)
    {
        string whole = Train(Small, folder: _harness.Folder + "-other");
        byte[] text = File.ReadAllBytes(_harness.Text);
        var fault = new AtEpoch(1, () =>
        {
            if (shrinks)
                File.WriteAllBytes(_harness.Text, text[..(text.Length / 2)]);
            else
                File.Delete(_harness.Text);
        });
        NceFastException error = Assert.Throws<NceFastException>(() => new WordVectorTrainer(Small).Train(_harness.Source(), fault, checkpoints: _harness.Checkpoints() with { Words = null }));
        Assert.Equal(ErrorKind.Input, error.Kind);
        Assert.Contains(_harness.Text, error.Message);
        File.WriteAllBytes(_harness.Text, text);
        Assert.Equal(whole, Train(Small, resume: true));
    }

    [Fact]
    public void A_cancelled_training_is_saved_and_reports_it()
    {
        using var stop = new CancellationTokenSource();
        var stopped = Assert.Throws<TrainingStoppedException>(() => new WordVectorTrainer(Small with { Epochs = 1000 }).Train(_harness.Source(), new AtEpoch(1, stop.Cancel), stop.Token, _harness.Checkpoints()));
        Assert.Equal(_harness.Folder, stopped.Folder);
        Assert.True(CheckpointInfo.Newest(_harness.Folder).Folder == _harness.Folder);
    }

    [Fact]
    public void A_requested_checkpoint_is_written_and_intervals_do_not_depend_on_the_wall_clock()
    {
        var clock = new JumpingClock();
        var requests = new CheckpointRequests();
        var checkpoints = new CheckpointOptions { Folder = _harness.Folder, Interval = TimeSpan.FromMinutes(10), Keep = 100, Clock = clock, Requests = requests };
        var steps = new List<int>();
        var progress = new AtEpoch(0, () => { }) { Each = epoch => steps.Add(Count()) };

        // After the first epoch nothing happens; after the second, ten minutes pass and the clock jumps back a day; after the third, a checkpoint is requested.
        progress.Each = epoch =>
        {
            steps.Add(Count());
            clock.Jump(TimeSpan.FromDays(-1));
            if (epoch == 1)
                clock.Pass(TimeSpan.FromMinutes(10));
            if (epoch == 2)
                requests.Save();
        };
        using (new WordVectorTrainer(Small with { Epochs = 4 }).Train(_harness.Source(), progress, checkpoints: checkpoints))
        {
        }

        Assert.Equal([2, 2, 3, 4], steps); // the command and the first blocks; the interval; the request
        Assert.Equal(5, Count()); // and the end

        int Count() => Directory.GetFiles(_harness.Folder, "checkpoint-*.ncf").Length;
    }

    private string Train(WordVectorOptions options, bool resume = false, bool insist = false, WarningLog? log = null, string? folder = null)
    {
        CheckpointOptions checkpoints = _harness.Checkpoints(resume) with { Insist = insist, Folder = folder ?? _harness.Folder };
        using TrainedVectors model = new WordVectorTrainer(options, null, log).Train(_harness.Source(), checkpoints: checkpoints);
        return ResumeHarness.Fingerprint(model.Parameters.Tables, []);
    }

    private void Refuses(WordVectorOptions options, string message)
    {
        NceFastException error = Assert.Throws<NceFastException>(() => Train(options, resume: true));
        Assert.Equal(ErrorKind.Usage, error.Kind);
        Assert.Contains(message, error.Message);
        Assert.Contains("CheckpointOptions.Insist", error.Message);
    }

    // A section has the length of its name, its name, the length of its content (8 bytes), its content, and a checksum (16 bytes).
    private static List<(string Name, int Start, int Bytes)> Sections(byte[] file)
    {
        var sections = new List<(string Name, int Start, int Bytes)>();
        for (int at = CheckpointWriter.Magic.Length + sizeof(int); at < file.Length;)
        {
            int name = file[at], bytes = (int)BitConverter.ToInt64(file, at + 1 + name), start = at + 1 + name + sizeof(long);
            sections.Add((System.Text.Encoding.ASCII.GetString(file, at + 1, name), start, bytes));
            at = start + bytes + CheckpointWriter.HashBytes;
        }

        return sections;
    }

    private static void Flip(string path, int place)
    {
        byte[] bytes = File.ReadAllBytes(path);
        bytes[place] ^= 4;
        File.WriteAllBytes(path, bytes);
    }

    private sealed class AtEpoch(int epoch, Action act) : IProgress<TrainingProgress>
    {
        public Action<int>? Each { get; set; }

        public void Report(TrainingProgress value)
        {
            if (value.Ended is not { } ended)
                return;
            Each?.Invoke(ended.Epoch);
            if (ended.Epoch + 1 == epoch)
                act();
        }
    }

    private sealed class JumpingClock : TimeProvider
    {
        private TimeSpan _passed, _jumped;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Pass(TimeSpan time) => _passed += time;

        public void Jump(TimeSpan time) => _jumped += time;

        public override long GetTimestamp() => _passed.Ticks;

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddYears(50) + _passed + _jumped;
    }

    private sealed class WarningLog : ILogger
    {
        public List<string> Warnings { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel >= LogLevel.Warning)
                Warnings.Add(formatter(state, exception));
        }
    }
}
