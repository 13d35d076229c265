using System.CommandLine;
using NceFast.Blocks;
using NceFast.Training;
using NceFast.Vocab;

namespace NceFast.Cli;

/// <summary>The options of <c>train</c> for devices, threads and the cache.</summary>
/// <param name="defaultThreads">Threads when neither the user nor a launcher specifies them.</param>
internal sealed class MachineArguments(int defaultThreads)
{
    private const string Group = "Machine";

    private readonly Opt<int> _threads = Opt.Number("--threads", Group, "Number of worker threads, 1 to 1,024; the default is the number of cores", defaultThreads)
        .Fills<TrainingOptions>(nameof(TrainingOptions.Threads)).Also(Opt.Workers);
    private readonly Opt<string?> _device = Opt.Text("--device", Group, "ID", "A device of 'ncefast devices'; several, separated by commas, train one replica each", "auto")
        .Fills<TrainingOptions>(nameof(TrainingOptions.Device));
    private static readonly string[] Widths = ["scalar", "vector128", "vector256", "vector512"];

    private readonly Opt<string?> _kernels = Opt.Choice<string?>("--host-kernels", Group, "Vector width of the processor", null, [("auto", null), .. Widths.Select(w => (w, (string?)w))])
        .Fills<TrainingOptions>(nameof(TrainingOptions.HostKernels));
    private readonly Opt<CacheMode> _cache = Opt.Choice("--cache", Group, "Keep the text as word ids on disk for later epochs", CacheMode.Auto, ("auto", CacheMode.Auto), ("always", CacheMode.Always), ("never", CacheMode.Never)).Fills<CorpusOptions>(nameof(CorpusOptions.Cache));
    private readonly Opt<string?> _cacheDir = Opt.Path("--cache-dir", Group, "FOLDER", "Folder of the cache; the default is the temporary folder of the system", PathUse.Output).Fills<CorpusOptions>(nameof(CorpusOptions.CacheDirectory));

    private readonly Opt<long> _streamWords = Opt.Number("--stream-words", Group, "Number of words in standard input or a pipe, which the learning rate needs if --vocab-in is specified; 0 reads the input into the cache first", 0L).Fills<CorpusOptions>(nameof(CorpusOptions.StreamWords));

    public IEnumerable<Option> All => [_threads, _device, _kernels, _cache, _cacheDir, _streamWords];

    /// <summary>Gets the worker threads.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="share">The cores of this process, if it is one of several; null for one alone.</param>
    public int Threads(ParseResult parsed, int? share) => Opt.Given(parsed, _threads, share);

    public string Device(ParseResult parsed) => parsed.GetValue(_device)!;

    /// <summary>Gets the vector width in the description of a device; null when there is none.</summary>
    public static string? KernelsOf(string device) => device.Split(' ', ',').FirstOrDefault(Widths.Contains);

    public string? HostKernels(ParseResult parsed) => parsed.GetValue(_kernels);

    /// <summary>Reads how a text is prepared, with these limits of the vocabulary.</summary>
    public CorpusOptions Corpus(ParseResult parsed, VocabularyOptions limits) => new()
    {
        Vocabulary = limits,
        Cache = parsed.GetValue(_cache),
        CacheDirectory = parsed.GetValue(_cacheDir),
        StreamWords = parsed.GetValue(_streamWords),
    };
}
