using System.CommandLine;
using NceFast.Blocks;
using NceFast.Training;
using NceFast.Vocab;

namespace NceFast.Cli;

/// <summary>The options of <c>train</c> that say where and with what a training runs.</summary>
/// <param name="defaultThreads">Threads where neither the user nor a launcher says how many.</param>
internal sealed class MachineArguments(int defaultThreads)
{
    private const string Group = "Machine";

    private readonly Opt<int> _threads = Opt.Number("--threads", Group, "Worker threads, 1 to 1,024; the default is the number of cores", defaultThreads)
        .Fills<TrainingOptions>(nameof(TrainingOptions.Threads));
    private readonly Opt<string?> _device = Opt.Text("--device", Group, "ID", "Device, one of 'ncefast devices'; several separated by commas train a replica each", "auto")
        .Fills<TrainingOptions>(nameof(TrainingOptions.Device));
    private static readonly string[] Widths = ["scalar", "vector128", "vector256", "vector512"];

    private readonly Opt<string?> _kernels = Opt.Choice<string?>("--host-kernels", Group, "Vector width of the processor", null, [("auto", null), .. Widths.Select(w => (w, (string?)w))])
        .Fills<TrainingOptions>(nameof(TrainingOptions.HostKernels));
    private readonly Opt<CacheMode> _cache = Opt.Choice("--cache", Group, "Keep the text as word ids on disk for later epochs", CacheMode.Auto, ("auto", CacheMode.Auto), ("always", CacheMode.Always), ("never", CacheMode.Never)).Fills<CorpusOptions>(nameof(CorpusOptions.Cache));
    private readonly Opt<string?> _cacheDir = Opt.Path("--cache-dir", Group, "FOLDER", "Folder of that cache; the system's temporary folder unless given", PathUse.Output).Fills<CorpusOptions>(nameof(CorpusOptions.CacheDirectory));

    private readonly Opt<long> _streamWords = Opt.Number("--stream-words", Group, "Words that standard input or a pipe has, for the learning rate where --vocab-in is given; 0 reads it into the cache first", 0L).Fills<CorpusOptions>(nameof(CorpusOptions.StreamWords));

    public IEnumerable<Option> All => [_threads, _device, _kernels, _cache, _cacheDir, _streamWords];

    /// <summary>Worker threads.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="share">This process's share of the cores, where it is one of several; null for one alone.</param>
    public int Threads(ParseResult parsed, int? share) => Opt.Given(parsed, _threads, share);

    public string Device(ParseResult parsed) => parsed.GetValue(_device)!;

    /// <summary>The vector width that the description of a device names; null where it names none.</summary>
    public static string? KernelsOf(string device) => device.Split(' ', ',').FirstOrDefault(Widths.Contains);

    public string? HostKernels(ParseResult parsed) => parsed.GetValue(_kernels);

    /// <summary>The preparation of a text with these limits of the vocabulary.</summary>
    public CorpusOptions Corpus(ParseResult parsed, VocabularyOptions limits) => new()
    {
        Vocabulary = limits,
        Cache = parsed.GetValue(_cache),
        CacheDirectory = parsed.GetValue(_cacheDir),
        StreamWords = parsed.GetValue(_streamWords),
    };
}
