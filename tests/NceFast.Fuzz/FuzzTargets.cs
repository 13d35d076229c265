using NceFast.Fuzz.Targets;

namespace NceFast.Fuzz;

/// <summary>Every parser that takes bytes from outside.</summary>
internal static class FuzzTargets
{
    public static readonly (string Name, Func<FuzzTarget> Create)[] All =
    [
        ("corpus", () => new CorpusTarget()),
        ("gzip", () => new GzipTarget()),
        ("compression", () => new CompressionTarget()),
        ("json-lines", () => new JsonLinesTarget()),
        ("table", () => new TableTarget()),
        ("parquet", () => new ParquetTarget()),
        ("transform", () => new TransformTarget()),
        ("vocabulary", () => new VocabularyTarget()),
        ("word2vec-text", () => new Word2VecTextTarget()),
        ("glove-text", () => new GloVeTarget()),
        ("compressed-vectors", () => new CompressedVectorTarget()),
        ("word2vec-binary", () => new Word2VecBinaryTarget()),
        ("npy", () => new NpyTarget()),
        ("safetensors", () => new SafetensorsTarget()),
        ("language-model", () => new LanguageModelTarget()),
        ("similarity-table", () => new SimilarityTarget()),
        ("analogy-table", () => new AnalogyTarget()),
        ("completion-table", () => new CompletionTarget()),
        ("arpa", () => new ArpaTarget()),
        ("checkpoint", () => new CheckpointTarget()),
        ("run-folder", () => new RunFolderTarget()),
        ("options", () => new OptionsTarget()),
    ];

    /// <summary>Inputs kept from earlier campaigns: one for each answer, and those that once failed.</summary>
    public static IEnumerable<byte[]> Kept(string target)
    {
        string folder = Path.Combine(AppContext.BaseDirectory, "Kept", target);
        return Directory.Exists(folder) ? Directory.GetFiles(folder).Order(StringComparer.Ordinal).Select(File.ReadAllBytes) : [];
    }
}
