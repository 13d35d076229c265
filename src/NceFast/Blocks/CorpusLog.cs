using Microsoft.Extensions.Logging;

namespace NceFast.Blocks;

/// <summary>Log messages about preparing a corpus.</summary>
internal static partial class CorpusLog
{
    [LoggerMessage(1, LogLevel.Information, "The cache of token ids in {Folder} will take about {Bytes:N0} bytes.")]
    public static partial void CacheForecast(ILogger logger, string folder, long bytes);

    [LoggerMessage(2, LogLevel.Information, "The cache of token ids in {Folder} takes about four bytes per word; the size of the text is unknown.")]
    public static partial void CacheOfUnknownSize(ILogger logger, string folder);

    [LoggerMessage(3, LogLevel.Information, "No cache of token ids is kept, because it would take {Bytes:N0} of the {Free:N0} bytes free in {Folder}; each epoch reads the text again.")]
    public static partial void CacheTooLarge(ILogger logger, long bytes, long free, string folder);

    [LoggerMessage(12, LogLevel.Warning, "{Why} The training continues without the cache: each epoch reads the text again.{Then}")]
    public static partial void CacheGivenUp(ILogger logger, string why, string then);

    [LoggerMessage(4, LogLevel.Warning, "The memory for counting ({Bytes:N0} bytes with {Threads} threads) was not enough: {Words:N0} words of text were dropped, at least {Distinct:N0} distinct words, each seen {Threshold:N0} times or fewer until then. The count of a word may be too low by up to {Undercount:N0}. A word may be missing although it was seen up to {Undercount:N0} times more than the least count. Raise {Option}.")]
    public static partial void Pruned(ILogger logger, long bytes, int threads, long words, long distinct, long threshold, long undercount, Member option);

    [LoggerMessage(5, LogLevel.Warning, "{Tokens:N0} words of text ({Distinct:N0} distinct) are not valid UTF-8; they are kept unchanged.")]
    public static partial void InvalidUtf8(ILogger logger, long tokens, long distinct);

    [LoggerMessage(6, LogLevel.Warning, "{Count:N0} words longer than {Limit:N0} bytes were left out; the first begins at {Place}.")]
    public static partial void Overlong(ILogger logger, long count, int limit, string place);

    [LoggerMessage(7, LogLevel.Warning, "{Count:N0} NUL bytes were treated as separators; check that the input is text.")]
    public static partial void Nuls(ILogger logger, long count);

    [LoggerMessage(8, LogLevel.Information, "Read {Words:N0} words in {Sentences:N0} sentences, {Distinct:N0} distinct; the vocabulary has {Count:N0}.")]
    public static partial void Counted(ILogger logger, long words, long sentences, long distinct, int count);

    [LoggerMessage(9, LogLevel.Warning, "The vocabulary has {Known:N0} of the first {Words:N0} words of the text ({Share:P1}); the others are not learnt. Check that the vocabulary is of this language and that its words are written as in this text.")]
    public static partial void FewKnownSoFar(ILogger logger, long known, long words, double share);

    [LoggerMessage(10, LogLevel.Warning, "The vocabulary has {Known:N0} of the {Words:N0} words of the text ({Share:P1}); the others were not learnt. Give a vocabulary of this text, or give none, so that the words are counted.")]
    public static partial void FewKnown(ILogger logger, long known, long words, double share);

    [LoggerMessage(11, LogLevel.Warning, "The text is longer than the {Planned:N0} words for which the learning rate was planned; the lowest rate is used for the rest. Give the number of words of the text as {Option}, allow the cache, or store the text in a file.")]
    public static partial void LongerThanPlanned(ILogger logger, long planned, Member option);

    [LoggerMessage(13, LogLevel.Warning, "{Count:N0} malformed records were left out. The first is in {First}")]
    public static partial void BadRecords(ILogger logger, long count, string first);
}
