namespace NceFast.Evaluation.Internals;

/// <summary>Represents the predictions of a part of a text, in the order of the text.</summary>
/// <param name="words">The ids of the predicted words.</param>
/// <param name="logs">The logarithms of their probabilities, nats.</param>
/// <param name="logParts">The logarithms of their probabilities in the parts of a mixture: <c>[words, parts]</c>; empty if nothing is mixed.</param>
/// <param name="ends">For each sentence, the index after its last prediction.</param>
internal readonly ref struct ChunkPredictions(ReadOnlySpan<int> words, ReadOnlySpan<double> logs, ReadOnlySpan<double> logParts, ReadOnlySpan<int> ends)
{
    public ReadOnlySpan<int> Words { get; } = words;

    public ReadOnlySpan<double> Logs { get; } = logs;

    public ReadOnlySpan<double> LogParts { get; } = logParts;

    public ReadOnlySpan<int> Ends { get; } = ends;
}

/// <summary>Receives predictions.</summary>
internal interface IPredictionSink
{
    /// <summary>Receives the predictions that follow those of the last call. One thread calls it at a time.</summary>
    void Add(in ChunkPredictions chunk);
}
