using System.Globalization;
using NceFast.Files;
using NceFast.Reporting;
using NceFast.Reporting.Internals;
using NceFast.Tests.Cli;
using NceFast.Training;
using Xunit;

namespace NceFast.Tests.Files;

/// <summary>
/// Tests every point at which the machine may crash while a training writes its checkpoints, outputs and run folder, with the
/// states that POSIX allows for what was not flushed. What is found after the crash must be complete: the newest state or the one before it.
/// </summary>
public sealed class CrashPointTests : CliTestBase
{
    private const UnixFileMode OldMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;
    private const int Samples = 100, Resumes = 6;

    private string Root => In("work");

    private string Outputs => Path.Combine(Root, "out");

    private string Checkpoints => Path.Combine(Root, "saved", "checkpoints");

    private string Record => Path.Combine(Root, "run");

    [Theory]
    [InlineData("vectors", 2)]
    [InlineData("vectors", 1)]
    [InlineData("language", 2)]
    public void Every_crash_leaves_a_complete_state(string family, int keep)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the states are those of POSIX");
        IReadOnlyList<DiskAction> actions = Train(family, keep);
        Dictionary<string, byte[]> final = Directory.GetFiles(Outputs).ToDictionary(f => f, File.ReadAllBytes);
        var crashes = new Crashes(this, actions, final);
        List<string> violations = crashes.Find();
        Assert.True(violations.Count == 0, string.Join('\n', violations.Take(10)));
        Assert.InRange(crashes.States, actions.Count * 3, int.MaxValue);
        foreach (CrashedFolder state in crashes.Chosen(Resumes))
            Continue(state, final, family, keep);
        TestContext.Current.TestOutputHelper!.WriteLine($"{family}: {actions.Count} actions, {crashes.States:N0} states, {crashes.Distinct:N0} of them distinct");
    }

    [Theory]
    [InlineData(nameof(FileActionKind.Flush))]
    [InlineData(nameof(FileActionKind.FlushFolder))]
    public void Without_a_flush_a_state_is_lost(string left)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the states are those of POSIX");
        IReadOnlyList<DiskAction> actions = [.. Train("vectors", 1).Where(a => a.Kind.ToString() != left)];
        Dictionary<string, byte[]> final = Directory.GetFiles(Outputs).ToDictionary(f => f, File.ReadAllBytes);
        Assert.NotEmpty(new Crashes(this, actions, final).Find());
    }

    private string[] Command(string family, int keep) =>
    [
        "train", In("corpus.txt"), "--out", Path.Combine(Outputs, "model"), "--vocab-out", Path.Combine(Outputs, "words"), "--epochs", "4", "--dim", "4", "--threads", "1", "--cache", "never",
        "--checkpoint", Checkpoints, "--checkpoint-every", "1000", "--keep", keep.ToString(CultureInfo.InvariantCulture), "--run", Record, "--quiet", .. family == "language" ? ["--model", "lbl", "--k", "2"] : Array.Empty<string>(),
    ];

    private IReadOnlyList<DiskAction> Train(string family, int keep)
    {
        Corpus(words: 3000);
        WriteOld();
        var recorder = new ActionRecorder(Root);
        recorder.Record(() => Expect(0, Command(family, keep)));
        return recorder.Actions;
    }

    private void WriteOld()
    {
        Directory.CreateDirectory(Outputs);
        foreach (string name in (string[])["model", "words"])
        {
            File.WriteAllText(Path.Combine(Outputs, name), "old");
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(Path.Combine(Outputs, name), OldMode);
        }
    }

    private static void Expect(int code, params string[] args)
    {
        (int found, string messages) = InProcess.Run(args);
        Assert.True(code == found, $"{string.Join(' ', args)} ended with {found}: {messages}");
    }

    // After the crash, the user continues from the checkpoint, or starts again if none was written.
    private void Continue(CrashedFolder state, Dictionary<string, byte[]> final, string family, int keep)
    {
        Restore(state);
        bool isSaved = Directory.Exists(Checkpoints) && Directory.EnumerateFiles(Checkpoints, "checkpoint-*.ncf").Any();
        if (!isSaved && Directory.Exists(Record))
            Directory.Delete(Record, recursive: true); // a new training does not extend a run
        Expect(0, isSaved ? ["resume", Checkpoints, "--quiet"] : Command(family, keep));
        foreach ((string path, byte[] content) in final)
            Assert.Equal(content, File.ReadAllBytes(path));
        Assert.DoesNotContain(Directory.GetFiles(Checkpoints), f => Path.GetExtension(f) == ".tmp");
        RunReport.Read(RunFolder.Open(Record), null, TestContext.Current.CancellationToken);
    }

    private void Restore(CrashedFolder state)
    {
        Directory.Delete(Root, recursive: true);
        Directory.CreateDirectory(Outputs);
        foreach ((string path, CrashedFile file) in state.Files!)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, file.Bytes);
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(path, file.Mode);
        }
    }

    /// <summary>Enumerates the crashes of a recorded training and checks what they leave.</summary>
    private sealed class Crashes(CrashPointTests test, IReadOnlyList<DiskAction> actions, Dictionary<string, byte[]> final)
    {
        private readonly Dictionary<string, HashSet<string>> _versions = [];
        private readonly Dictionary<string, string?> _runs = [];
        private readonly Dictionary<string, (long Number, string? Wrong)> _opened = [];
        private readonly List<string> _violations = [];
        private readonly List<CrashedFolder> _whole = [];
        private readonly Random _random = new(1);
        private long _saved = -1;
        private bool _hasRecord;

        /// <summary>Gets the number of states that were checked.</summary>
        public int States { get; private set; }

        /// <summary>Gets the number of different states among them.</summary>
        public int Distinct => _runs.Count + _opened.Count;

        /// <summary>Checks all crashes and returns what is wrong.</summary>
        public List<string> Find()
        {
            CrashDisk disk = NewDisk();
            Check(disk, 0);
            for (int i = 0; i < actions.Count && _violations.Count < 10; i++)
            {
                disk.Apply(actions[i]);
                if (actions[i] is { Kind: FileActionKind.Rename, Target: { } target })
                    Keep(target, disk.Live(target)!);
                _hasRecord |= actions[i].Kind == FileActionKind.FlushFolder && actions[i].Path == test.Record && disk.Live(Path.Combine(test.Record, RunFolder.RecordFile)) is not null;
                Check(disk, i + 1);
                _whole.AddRange(disk.States(test.Root, _random, 1).Skip(_random.Next(4)).Take(1).Where(s => s.Files is not null));
            }

            return _violations;
        }

        /// <summary>Returns states of all files, spread over the training.</summary>
        public IEnumerable<CrashedFolder> Chosen(int count) => Enumerable.Range(0, count).Select(i => _whole[(int)(((i + _random.NextDouble()) * _whole.Count) / count)]);

        private CrashDisk NewDisk()
        {
            var disk = new CrashDisk();
            disk.Add(Path.Combine(test.Root, "mark"), [], OldMode); // the folder is there
            foreach (string path in final.Keys)
            {
                disk.Add(path, "old"u8.ToArray(), OldMode);
                Keep(path, "old"u8.ToArray());
            }

            return disk;
        }

        private void Keep(string path, byte[] content)
        {
            if (!_versions.TryGetValue(path, out HashSet<string>? versions))
                _versions[path] = versions = [];
            versions.Add(Convert.ToHexString(content));
            if (Path.GetDirectoryName(path) == test.Checkpoints)
                _saved = Math.Max(_saved, NumberOf(path));
        }

        private static long NumberOf(string path) => long.Parse(Path.GetFileNameWithoutExtension(path)["checkpoint-".Length..], CultureInfo.InvariantCulture);

        private void Check(CrashDisk disk, int done)
        {
            foreach (CrashedFolder state in disk.States(test.Outputs, _random, Samples))
                Count(done, Outputs(state, done == actions.Count));
            foreach (CrashedFolder state in disk.States(test.Checkpoints, _random, Samples))
                Count(done, Saved(state, done == actions.Count));
            foreach (CrashedFolder state in disk.States(test.Record, _random, Samples))
                Count(done, Run(state, done == actions.Count));
        }

        private void Count(int done, string? wrong)
        {
            States++;
            if (wrong is not null)
                _violations.Add($"after {done} of {actions.Count} actions ({(done == 0 ? "none" : $"{actions[done - 1].Kind} {actions[done - 1].Path}")}): {wrong}");
        }

        private string? Outputs(CrashedFolder state, bool isOver)
        {
            foreach ((string path, byte[] content) in final)
            {
                if (state.Files is null || !state.Files.TryGetValue(path, out CrashedFile? file))
                    return $"{path} is lost";
                if (!_versions[path].Contains(Convert.ToHexString(file.Bytes)))
                    return $"{path} is neither old nor new";
                if (file.Mode != OldMode)
                    return $"{path} has the permissions {file.Mode}";
                if (isOver && !file.Bytes.AsSpan().SequenceEqual(content))
                    return $"{path} is old after the end";
            }

            return null;
        }

        private string? Saved(CrashedFolder state, bool isOver)
        {
            string key = state.Key(IsCheckpoint);
            if (!_opened.TryGetValue(key, out (long Number, string? Wrong) opened))
                _opened[key] = opened = Open(state);
            long least = isOver ? _saved : _saved - 1;
            return opened.Wrong ?? (opened.Number < least ? $"the newest complete checkpoint is {opened.Number}, and {_saved} was written" : null);
        }

        private static bool IsCheckpoint(string path) => Path.GetExtension(path) == ".ncf";

        private (long Number, string? Wrong) Open(CrashedFolder state)
        {
            using var folder = new Copy(state, IsCheckpoint);
            try
            {
                using SavedTraining? saved = SavedTraining.Newest(folder.Path, _ => { }, TestContext.Current.CancellationToken);
                if (saved is null)
                    return (-1, null);
                string original = Path.Combine(test.Checkpoints, Path.GetFileName(saved.Path));
                return _versions[original].Contains(Convert.ToHexString(File.ReadAllBytes(saved.Path))) ? (NumberOf(saved.Path), null) : (-1, $"{original} is damaged, which was not noticed");
            }
            catch (NceFastException e)
            {
                return (-1, e.Message);
            }
        }

        private string? Run(CrashedFolder state, bool isOver)
        {
            string record = Path.Combine(test.Record, RunFolder.RecordFile);
            if (state.Files is null || !state.Files.TryGetValue(record, out CrashedFile? file))
                return _hasRecord ? "the run is lost" : null;
            if (!_versions[record].Contains(Convert.ToHexString(file.Bytes)))
                return "the record of the run is damaged";
            if (isOver && !file.Bytes.AsSpan().SequenceEqual(File.ReadAllBytes(record)))
                return "the record of the run is old after the end";
            string key = state.Key(path => Path.GetExtension(path) is ".json" or ".jsonl" or ".safetensors");
            if (!_runs.TryGetValue(key, out string? wrong))
                _runs[key] = wrong = ReadRun(state);
            return wrong;
        }

        private static string? ReadRun(CrashedFolder state)
        {
            using var folder = new Copy(state, _ => true);
            try
            {
                RunFolder run = RunFolder.Create(folder.Path, goesOn: true);
                using (var log = new RunLog(run, _ => { }))
                    log.Add(new RunSample { Event = RunEvent.Message, Time = DateTimeOffset.UnixEpoch, Text = "after the crash" });
                ReportRun page = RunReport.Read(run, null, TestContext.Current.CancellationToken);
                return page.Messages.Count > 0 && page.Messages[^1].Text == "after the crash" ? null : "a line that is added after the crash is lost";
            }
            catch (NceFastException e)
            {
                return e.Message;
            }
        }
    }

    /// <summary>Represents a folder with the files of a state.</summary>
    private sealed class Copy : IDisposable
    {
        public Copy(CrashedFolder state, Func<string, bool> matches)
        {
            foreach ((string path, CrashedFile file) in state.Files ?? [])
            {
                if (matches(path))
                    File.WriteAllBytes(System.IO.Path.Combine(Path, System.IO.Path.GetFileName(path)), file.Bytes);
            }
        }

        public string Path { get; } = Directory.CreateTempSubdirectory("ncefast-crash-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
