using NceFast.Vocab;

namespace NceFast.Training;

/// <summary>What is known of a model when its words are counted and its training has not begun.</summary>
/// <param name="Vocabulary">The words.</param>
/// <param name="CheckpointBytes">Bytes of one checkpoint, a little more than it will take.</param>
/// <param name="ModelFileBytes">Bytes of the file of a language model; 0 for word vectors, whose format the caller chooses.</param>
public sealed record ModelOutline(Vocabulary Vocabulary, long CheckpointBytes, long ModelFileBytes);
