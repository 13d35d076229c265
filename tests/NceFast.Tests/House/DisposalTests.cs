using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using NceFast.Backends;
using NceFast.Backends.Host.LanguageModels;
using NceFast.Backends.Host.WordVectors;
using NceFast.Blocks;
using NceFast.Corpus;
using NceFast.Distribution;
using NceFast.Distribution.Mpi;
using NceFast.Evaluation;
using NceFast.Files;
using NceFast.Models;
using NceFast.Numerics;
using NceFast.Objectives;
using NceFast.Reporting;
using NceFast.Sampling;
using NceFast.Store;
using NceFast.Tests.Backends;
using NceFast.Training;
using NceFast.Vocab;
using Xunit;

namespace NceFast.Tests.House;

/// <summary>
/// Tests that every public member of a disposed object throws <see cref="ObjectDisposedException"/>, except for the listed properties,
/// which are plain managed data. Types are found by reflection, so the test fails for a new type that is not listed here.
/// </summary>
public sealed class DisposalTests : IDisposable
{
    /// <summary>Parts of the engine with memory or files of their own, which are checked as public types are.</summary>
    private static readonly Type[] Engine = [typeof(AtomicFile), typeof(WordVectorPlan), typeof(WordVectorBackend), typeof(LanguageModelBackend)];

    private static readonly Type[] Handed = [typeof(IBlockReader), typeof(IBlockSource), typeof(ICommunicator), typeof(IBackend)];

    /// <summary>The properties that remain valid: sizes, names and data on the managed heap.</summary>
    private static readonly Dictionary<string, string[]> Lasting = new()
    {
        ["AlignedMatrix"] = ["Rows", "Columns", "Stride", "ByteLength"],
        ["WordVectors"] = ["Words", "Count", "Dim"],
        ["LanguageModel"] = ["Vocabulary", "Shape"],
        ["TextGenerator"] = ["Temperature"],
        ["TrainedVectors"] = ["Vocabulary", "Report"],
        ["TrainedLanguageModel"] = ["Vocabulary", "Report"],
        ["LanguageModelParameters"] = ["Shape"],
        ["WordVectorPlan"] = ["Count", "Predictions", "SetCount"],
        ["TokenBlock"] = ["Number", "Words", "Progress", "Count", "SentenceCount"],
        ["SentenceReader"] = ["Words", "UnknownWords", "OverlongWords", "Lines", "Name", "IsLive"],
        ["PreparedCorpus"] = ["Vocabulary", "IsCached", "Statistics"],
        ["AtomicFile"] = ["Path"],
        ["RunLog"] = ["Seconds"],
        ["SoloCommunicator"] = ["Description", "Rank", "Size"],
        ["LocalCommunicator"] = ["Description", "Rank", "Size"],
        ["MpiCommunicator"] = ["Description", "Rank", "Size", "Timeout"],
        ["WordVectorBackend"] = ["Description", "DeviceBytes"],
        ["LanguageModelBackend"] = ["Description", "DeviceBytes"],
        ["CorpusBlocks"] = ["Words"],
        ["TrackedBlocks"] = ["Words"],
        ["BasketBlocks"] = ["Words"],
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("ncefast-disposal-").FullName;
    private readonly List<IDisposable> _others = [];

    public static TheoryData<string> Types() => [.. Found().Select(t => t.FullName!)];

    public void Dispose()
    {
        _others.ForEach(o => o.Dispose());
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Members_of_a_disposed_object_throw(string name)
    {
        Type type = typeof(AlignedMatrix).Assembly.GetType(name)!;
        IDisposable instance = Make(type);
        instance.Dispose();
        instance.Dispose();
        string[] lasting = Lasting.GetValueOrDefault(type.Name, []);
        var wrong = new List<string>();
        foreach (MethodInfo method in Members(type).Where(m => !lasting.Contains(m.Name.Replace("get_", "").Replace("set_", ""))))
        {
            Exception? thrown = Record.Exception(() => Call(instance, method));
            if (thrown is not ObjectDisposedException)
                wrong.Add($"{type.Name}.{method.Name}: {thrown?.GetType().Name ?? "no exception"} {thrown?.Message}");
        }

        Assert.Empty(wrong);
        foreach (string property in lasting.Where(p => type.GetProperty(p) is not null))
            type.GetProperty(property)!.GetValue(instance); // must not throw
    }

    [Fact]
    public void Workers_of_a_disposed_backend_throw()
    {
        foreach (IBackend backend in new[] { (IBackend)Make(typeof(WordVectorBackend)), (IBackend)Make(typeof(LanguageModelBackend)) })
        {
            IBlockWorker worker = backend.Workers[0];
            backend.Dispose();
            using TokenBlock block = TestSpecs.Block(20, [5]);
            Assert.Throws<ObjectDisposedException>(() => worker.Process(block, new BlockStep(0, 0.1f)));
            Assert.Throws<ObjectDisposedException>(worker.Flush);
        }
    }

    [Fact]
    public void Tables_and_scorers_throw_when_their_model_is_disposed()
    {
        LanguageModel model = Model();
        ParameterTable table = model.Parameters.Tables[0];
        using var scorer = new SentenceScorer(model);
        using var generator = new TextGenerator(model);
        using var vectors = new WordVectors(model.Vocabulary.Words, model.Parameters.Target);
        model.Dispose();
        Assert.Throws<ObjectDisposedException>(() => table.Row(0)[0]);
        Assert.Throws<ObjectDisposedException>(() => table.CopyFrom(table));
        Assert.Throws<ObjectDisposedException>(() => scorer.Score([1, 2]));
        Assert.Throws<ObjectDisposedException>(() => generator.Generate());
        Assert.Throws<ObjectDisposedException>(() => vectors.Matrix.Row(0)[0]);
        Assert.Throws<ObjectDisposedException>(() => Neighbours.Find(vectors, ["a"]));
    }

    // Concrete public types, the listed parts of the engine, and types that are handed out as a public interface.
    private static IEnumerable<Type> Found() => typeof(AlignedMatrix).Assembly.GetTypes().Where(t =>
        t is { IsClass: true, IsAbstract: false } && typeof(IDisposable).IsAssignableFrom(t) && (IsChecked(t) || Handed.Any(h => h.IsAssignableFrom(t))) && !typeof(Exception).IsAssignableFrom(t));

    private static bool IsChecked(Type type) => type.IsVisible || Engine.Contains(type);

    private static IEnumerable<MethodInfo> Members(Type type) => IsChecked(type)
        ? type.GetMethods(BindingFlags.Public | BindingFlags.Instance).Where(m => m.DeclaringType!.Assembly == type.Assembly && m.Name is not ("Dispose" or "ToString" or "GetHashCode" or "Equals"))
        : Handed.Where(h => h.IsAssignableFrom(type)).SelectMany(h => h.GetMethods());

    // MethodInfo.Invoke cannot pass spans, so the call is emitted: spans are empty, other arguments come from Argument.
    private void Call(object instance, MethodInfo method)
    {
        ParameterInfo[] parameters = method.GetParameters();
        var call = new DynamicMethod("call", null, [typeof(object), typeof(object?[])], typeof(DisposalTests).Module, skipVisibility: true);
        ILGenerator il = call.GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Castclass, method.DeclaringType!);
        for (int i = 0; i < parameters.Length; i++)
        {
            Type type = parameters[i].ParameterType;
            Type plain = type.IsByRef ? type.GetElementType()! : type;
            LocalBuilder local = il.DeclareLocal(plain);
            if (!plain.IsByRefLike)
            {
                il.Emit(OpCodes.Ldarg_1);
                il.Emit(OpCodes.Ldc_I4, i);
                il.Emit(OpCodes.Ldelem_Ref);
                il.Emit(OpCodes.Unbox_Any, plain);
                il.Emit(OpCodes.Stloc, local);
            }

            il.Emit(type.IsByRef ? OpCodes.Ldloca : OpCodes.Ldloc, local);
        }

        il.Emit(OpCodes.Callvirt, method);
        if (method.ReturnType != typeof(void))
            il.Emit(OpCodes.Pop);
        il.Emit(OpCodes.Ret);
        object?[] arguments = [.. parameters.Select(p => p.ParameterType.IsByRef ? p.ParameterType.GetElementType()! : p.ParameterType).Select(type => type.IsByRefLike ? null : Argument(type))];
        call.CreateDelegate<Action<object, object?[]>>()(instance, arguments);
    }

    private object Argument(Type type) => type switch
    {
        _ when type == typeof(string) => "a",
        _ when type == typeof(List<int>) => new List<int>(),
        _ when type == typeof(TokenBlock) => Keep(new TokenBlock()),
        _ when type == typeof(Stream) => new MemoryStream(),
        _ when type == typeof(RunSample) => new RunSample { Event = RunEvent.Message, Time = DateTimeOffset.UtcNow, Text = "a" },
        _ when type == typeof(ModelParameters) => Keep(new LanguageModelParameters(Shape())),
        _ when type == typeof(IReadOnlyList<int>) => new[] { 0 },
        _ when type == typeof(IReadOnlyList<string>) => new[] { "a" },
        _ when type.IsValueType => type == typeof(int) ? 1 : RuntimeHelpers.GetUninitializedObject(type),
        _ => throw new NotSupportedException($"No argument of type {type} is known here; add one."),
    };

    private IDisposable Make(Type type)
    {
        WordVectorSpec spec = TestSpecs.Create(20, 8);
        return type.Name switch
        {
            nameof(AlignedMatrix) => new AlignedMatrix(4, 5),
            nameof(WordVectors) => new WordVectors(Words().Words, new AlignedMatrix(3, 4)),
            nameof(LanguageModel) => Model(),
            nameof(LanguageModelParameters) => new LanguageModelParameters(Shape()),
            nameof(WordVectorParameters) => new WordVectorParameters(spec),
            nameof(TrainedVectors) => Trained(),
            nameof(TrainedLanguageModel) => TrainedLanguage(),
            nameof(WordVectorPlan) => new WordVectorPlan(spec),
            nameof(TokenBlock) => TestSpecs.Block(20, [5, 4]),
            nameof(SentenceReader) => new SentenceReader(new MemoryStream("a b\nc\n"u8.ToArray()), "text", Words(), -1),
            nameof(SentenceScorer) => new SentenceScorer(Keep(Model())),
            nameof(TextGenerator) => new TextGenerator(Keep(Model())),
            nameof(PreparedCorpus) => Prepared(),
            "CorpusBlocks" => Keep(Prepared()).Blocks,
            "VocabularyBlockReader" => Keep(Prepared()).Blocks.Open(0, 1)[0],
            "CachedBlockReader" => Keep(Prepared(CacheMode.Always)).Blocks.Open(0, 1)[0],
            "TrackedBlocks" => new TrackedBlocks(Prepared().Blocks, null),
            "Reader" when type.DeclaringType == typeof(TrackedBlocks) => new TrackedBlocks(Keep(Prepared()).Blocks, null).Open(0, 1)[0],
            "BasketBlocks" => new BasketBlocks(Prepared().Blocks, 1),
            "Reader" when type.DeclaringType == typeof(BasketBlocks) => new BasketBlocks(Keep(Prepared()).Blocks, 1).Open(0, 1)[0],
            nameof(AtomicFile) => AtomicFile.Create(Path.Combine(_folder, Guid.NewGuid().ToString("N"))),
            nameof(FilesInUse) => new FilesInUse(),
            nameof(RunLog) => new RunLog(RunFolder.Create(Path.Combine(_folder, "run"), false), _ => { }),
            nameof(SoloCommunicator) => new SoloCommunicator(),
            nameof(LocalCommunicator) => LocalCommunicator.CreateGroup(1, TimeSpan.FromSeconds(1))[0],
            nameof(MpiCommunicator) => Finished(),
            nameof(WordVectorBackend) => new WordVectorBackend(spec, Keep(new WordVectorParameters(spec)), 1, 0.1f),
            nameof(LanguageModelBackend) => LanguageBackend(),
            _ => throw new NotSupportedException($"{type} can be disposed, but no instance of it is made here; add one."),
        };
    }

    private T Keep<T>(T other)
        where T : IDisposable
    {
        _others.Add(other);
        return other;
    }

    private static Vocabulary Words()
    {
        var list = new WordList.Builder();
        foreach (string word in new[] { "a", "b", "</s>" })
            list.Add(word);
        return new Vocabulary(list.Build(), [5, 4, 3]);
    }

    private static LanguageModelShape Shape() => new(3, 4, 2, 0, PlaceWeightKind.Diagonal, false, 2, -1);

    private static LanguageModel Model() => new(Words(), new LanguageModelParameters(Shape()));

    private LanguageModelBackend LanguageBackend()
    {
        var spec = new LanguageModelSpec
        {
            Shape = Shape(),
            Objective = ObjectiveKind.Nce,
            K = 2,
            NoiseSetSize = 2,
            Sharing = 1,
            Noise = NoiseDistribution.Create(NoiseKind.Unigram, [5, 4, 3], 1),
            Batch = 8,
            PlaceRate = 0.01f,
            Seed = 1,
        };
        return new LanguageModelBackend(spec, Keep(new LanguageModelParameters(Shape())), 1);
    }

    private static TrainedVectors Trained() =>
        new WordVectorTrainer(new WordVectorOptions { Dim = 8, Epochs = 1, Threads = 1, Device = "host" }).Train(new SyntheticCorpus(classes: 4, wordsPerClass: 5, words: 2000).ToSource());

    private static TrainedLanguageModel TrainedLanguage() =>
        new LanguageModelTrainer(new LanguageModelOptions { Dim = 8, K = 3, Epochs = 1, Threads = 1, Device = "host" }).Train(new SyntheticCorpus(classes: 4, wordsPerClass: 5, words: 2000).ToSource());

    private PreparedCorpus Prepared(CacheMode cache = CacheMode.Never)
    {
        string text = Path.Combine(_folder, "text");
        File.WriteAllText(text, string.Concat(Enumerable.Repeat("a b c a b a\n", 20)));
        var options = new CorpusOptions { Vocabulary = new VocabularyOptions { MinCount = 1 }, Cache = cache };
        return PreparedCorpus.Prepare(CorpusSource.FromPaths(text), options, threads: 1, epochs: 2);
    }

    // The state after the last call of a group of processes; it needs no MPI library.
    private static MpiCommunicator Finished()
    {
        var ranks = (MpiCommunicator)RuntimeHelpers.GetUninitializedObject(typeof(MpiCommunicator));
        typeof(MpiCommunicator).GetField("_complete", BindingFlags.NonPublic | BindingFlags.Instance)!.SetValue(ranks, true);
        return ranks;
    }
}
