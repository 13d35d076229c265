using NceFast.Corpus;
using NceFast.Vocab;

namespace NceFast.Blocks;

/// <summary>The results of preparing a text, with which a later process can continue without counting again.</summary>
/// <param name="Vocabulary">The words that have an id, including the special words.</param>
/// <param name="Blocks">The blocks; null when they are not known yet.</param>
/// <param name="Statistics">The statistics of the text.</param>
/// <param name="IsCached">Whether token ids are cached on disk.</param>
/// <param name="BlockWords">
/// The number of words of text after which a block ends. Block numbers are valid only for this size.
/// </param>
/// <param name="IsWhole">Whether the statistics are those of the whole text, although this process reads only a part and no words were counted.</param>
internal sealed record CorpusState(Vocabulary Vocabulary, BlockIndex? Blocks, CorpusStatistics Statistics, bool IsCached, int BlockWords, bool IsWhole = false);
