using NceFast.Vocab;

namespace NceFast.Training;

/// <summary>Represents what is known of a model when its words are counted and its training has not begun.</summary>
/// <param name="Vocabulary">The words.</param>
/// <param name="CheckpointBytes">Bytes of one checkpoint, slightly overestimated.</param>
/// <param name="ModelFileBytes">Bytes of the file of a language model; 0 for word vectors, whose format the caller chooses.</param>
public sealed record ModelOutline(Vocabulary Vocabulary, long CheckpointBytes, long ModelFileBytes);
