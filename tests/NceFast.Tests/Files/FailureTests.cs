using System.Globalization;
using NceFast.Cli;
using NceFast.Files;
using NceFast.Numerics;
using NceFast.Reporting;
using NceFast.Tests.Cli;
using NceFast.Training;
using Xunit;

namespace NceFast.Tests.Files;

/// <summary>
/// Lets the n-th operation of a small training fail, for n = 1, 2, 3 and so on until the training ends before that: each
/// allocation of native memory, each start of a thread, each action on a file.
/// </summary>
public sealed class FailureTests : CliTestBase
{
    private const int EachUpTo = 200, Stride = 10, ResumeEvery = 8;
    private const int Done = 0;

    private Dictionary<string, byte[]>? _saved;
    private int _threads = 1;

    private string Root => In("work");

    private string Output => Path.Combine(Root, "out", "model");

    private string Words => Path.Combine(Root, "out", "words");

    private string Checkpoints => Path.Combine(Root, "checkpoints");

    [Theory]
    [InlineData("vectors", "memory", false)]
    [InlineData("vectors", "threads", false)]
    [InlineData("vectors", "files", false)]
    [InlineData("vectors", "full disk", false)]
    [InlineData("language", "memory", false)]
    [InlineData("language", "threads", false)]
    [InlineData("language", "files", false)]
    [InlineData("language", "full disk", false)]
    [InlineData("vectors", "memory", true)]
    [InlineData("vectors", "files", true)]
    [InlineData("vectors", "full disk", true)]
    [InlineData("language", "memory", true)]
    [InlineData("language", "files", true)]
    public void Every_failure_is_reported_and_loses_nothing(string family, string what, bool resumes)
    {
        // One thread gives the same bytes each time, and several with several blocks show that no thread waits for ever.
        (_threads, int length) = what == "threads" || (what == "memory" && !resumes) ? (3, 40_000) : (1, 3000);
        Corpus(words: length);
        Corpus("valid.txt", words: 500);
        string[] command = resumes ? ["resume", Checkpoints, "--quiet"] : Command(family);
        Reset(resumes ? Saved(family) : []);
        (int code, string messages) = InProcess.Run(command);
        Assert.True(code == Done, messages);
        byte[] model = File.ReadAllBytes(Output), words = File.ReadAllBytes(Words);
        Dictionary<string, byte[]> saved = resumes ? Saved(family) : [];
        var wrong = new List<string>();
        int injected = 0;
        for (int n = 1; ; n += n < EachUpTo ? 1 : Stride)
        {
            Reset(saved);
            var failure = new Failure(what, n);
            (code, messages) = failure.During(() => InProcess.Run(command));
            if (!failure.Happened)
                break;
            injected++;
            string found = Judge(failure, code, model, words, resumes) ?? (n % ResumeEvery == 0 ? Continue(family, model, words) : null) ?? "";
            if (found.Length > 0)
                wrong.Add($"{failure}: {found} (code {code}: {messages})");
        }

        Assert.True(wrong.Count == 0, $"{wrong.Count} of {injected} failures:\n" + string.Join('\n', wrong.Take(12)));
        Assert.InRange(injected, what == "threads" ? 2 : 10, 2000);
        TestContext.Current.TestOutputHelper!.WriteLine($"{family}, {what}, {(resumes ? "resume" : "train")}: {injected} failures");
    }

    private string[] Command(string family, int keep = 2) =>
    [
        "train", In("corpus.txt"), "--out", Output, "--vocab-out", Words, "--epochs", "2", "--dim", "4", "--threads", _threads.ToString(CultureInfo.InvariantCulture), "--cache", "always", "--cache-dir", Path.Combine(Root, "cache"),
        "--checkpoint", Checkpoints, "--checkpoint-every", "1000", "--keep", keep.ToString(CultureInfo.InvariantCulture), "--run", Path.Combine(Root, "run"), "--quiet", .. family == "language" ? ["--model", "lbl", "--k", "2", .. _threads > 1 ? (string[])["--valid", In("valid.txt")] : []] : Array.Empty<string>(),
    ];

    private void Reset(Dictionary<string, byte[]> saved)
    {
        if (Directory.Exists(Root))
            Directory.Delete(Root, recursive: true);
        Directory.CreateDirectory(Path.Combine(Root, "cache"));
        foreach (string path in (string[])[Output, Words])
            Write(Path.GetRelativePath(Folder, path), "old");
        foreach ((string path, byte[] content) in saved)
            Write(Path.GetRelativePath(Folder, path), content);
    }

    // The second checkpoint of a training, which is before its end.
    private Dictionary<string, byte[]> Saved(string family)
    {
        if (_saved is not null)
            return _saved;
        Reset([]);
        (int code, string messages) = InProcess.Run(Command(family, keep: 100));
        Assert.True(code == Done, messages);
        string path = Directory.GetFiles(Checkpoints, "checkpoint-*").Order(StringComparer.Ordinal).ElementAt(1);
        return _saved = new Dictionary<string, byte[]> { [path] = File.ReadAllBytes(path) };
    }

    private string? Judge(Failure failure, int code, byte[] model, byte[] words, bool resumes)
    {
        if (code != failure.Code && !(code == Done && failure.MayBeTolerated))
            return $"the exit code is {code}, not {failure.Code}";
        bool isOver = code == Done;
        if (Wrong(Output, model, isOver) is { } first)
            return first;
        if (Wrong(Words, words, isOver) is { } second)
            return second;
        string[] left = [.. Directory.GetFiles(Root, "*", SearchOption.AllDirectories).Where(f => f.EndsWith(".tmp", StringComparison.Ordinal) || f.EndsWith(".ids", StringComparison.Ordinal))];
        if (left.Length > 0 && !failure.HitsDeletion)
            return $"{left[0]} is left";
        try
        {
            using SavedTraining? saved = SavedTraining.Newest(Checkpoints, _ => { }, TestContext.Current.CancellationToken);
            return saved is null && (resumes || isOver) ? "the checkpoint is lost" : null;
        }
        catch (NceFastException e)
        {
            return e.Message;
        }
    }

    private string? Wrong(string path, byte[] complete, bool isOver)
    {
        if (!File.Exists(path))
            return $"{path} is lost";
        byte[] found = File.ReadAllBytes(path);
        bool isOld = found.AsSpan().SequenceEqual("old"u8);
        if (isOver && isOld)
            return $"{path} is old although the training succeeded";
        return isOld || found.AsSpan().SequenceEqual(complete) || (_threads > 1 && found.Length > complete.Length / 2) ? null : $"{path} is neither old nor complete";
    }

    private string? Continue(string family, byte[] model, byte[] words)
    {
        bool isSaved = Directory.Exists(Checkpoints) && Directory.EnumerateFiles(Checkpoints, "checkpoint-*.ncf").Any();
        string run = Path.Combine(Root, "run");
        if (!isSaved && Directory.Exists(run))
            Directory.Delete(run, recursive: true);
        (int code, string messages) = InProcess.Run(isSaved ? ["resume", Checkpoints, "--quiet"] : Command(family));
        if (code != Done)
            return $"afterwards the training ends with {code}: {messages}";
        RunReport.Read(RunFolder.Open(run), null, TestContext.Current.CancellationToken);
        return Wrong(Output, model, isOver: true) ?? Wrong(Words, words, isOver: true);
    }

    /// <summary>Lets one operation fail, or all writing from one on.</summary>
    private sealed class Failure(string what, int at)
    {
        private readonly Lock _lock = new();
        private int _count;
        private string _subject = "";

        /// <summary>Gets whether the operation was reached.</summary>
        public bool Happened { get; private set; }

        /// <summary>Gets the exit code of a run that cannot continue.</summary>
        public int Code { get; private set; } = ExitCode.Of(ErrorKind.Memory);

        /// <summary>Gets whether the program may continue, for example without its log.</summary>
        public bool MayBeTolerated => what is "files" or "full disk";

        /// <summary>Gets whether a file remains because it could not be deleted.</summary>
        public bool HitsDeletion { get; private set; }

        public T During<T>(Func<T> run)
        {
            try
            {
                (AlignedMemory.Hook.Value, NamedThread.Hook.Value, FileActions.Hook.Value) = (
                    what == "memory" ? bytes => Memory($"{bytes} bytes") : null,
                    what == "threads" ? Memory : null,
                    MayBeTolerated ? Disk : null);
                return run();
            }
            finally
            {
                (AlignedMemory.Hook.Value, NamedThread.Hook.Value, FileActions.Hook.Value) = (null, null, null);
            }
        }

        public override string ToString() => $"{what} {at} ({_subject})";

        private bool Hits(string subject)
        {
            lock (_lock)
            {
                bool hits = ++_count == at || (what == "full disk" && _count > at);
                if (_count == at)
                    (Happened, _subject) = (true, subject);
                return hits;
            }
        }

        private void Memory(string subject)
        {
            if (Hits(subject))
                throw new OutOfMemoryException("a test");
        }

        private void Disk(in FileAction action, ReadOnlySpan<byte> data)
        {
            bool writes = action.Kind is FileActionKind.Create or FileActionKind.CreateFolder or FileActionKind.Write or FileActionKind.Flush or FileActionKind.Rename;
            if ((what == "full disk" && !writes) || !Hits($"{action.Kind} {action.Path}"))
                return;
            HitsDeletion |= action.Kind == FileActionKind.Delete;
            Code = ExitCode.Of(action.Kind == FileActionKind.Read ? ErrorKind.Input : ErrorKind.Output);
            if (action.Kind == FileActionKind.Write)
                RandomAccess.Write(action.Handle!, data[..(data.Length / 2)], action.Position); // a full disk takes a part
            throw new IOException("No space left on device (a test)");
        }
    }
}
