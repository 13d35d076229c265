using NceFast.Corpus;
using NceFast.Vocab;

namespace NceFast.Blocks;

/// <summary>What a preparation found out about a text, so that a later process need not count it again.</summary>
/// <param name="Vocabulary">The words with an id, special ones included.</param>
/// <param name="Blocks">Its blocks; null when they are not known yet.</param>
/// <param name="Statistics">What was found.</param>
/// <param name="IsCached">Whether token ids are kept on disk.</param>
/// <param name="BlockWords">Words of a block, without which the numbers of blocks mean nothing.</param>
internal sealed record CorpusState(Vocabulary Vocabulary, BlockIndex? Blocks, CorpusStatistics Statistics, bool IsCached, int BlockWords);
