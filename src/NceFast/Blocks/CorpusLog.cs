using Microsoft.Extensions.Logging;

namespace NceFast.Blocks;

/// <summary>Log messages of preparing a corpus.</summary>
internal static partial class CorpusLog
{
    [LoggerMessage(1, LogLevel.Information, "Cache of token ids in {Folder}: expected to take {Bytes:N0} bytes.")]
    public static partial void CacheForecast(ILogger logger, string folder, long bytes);

    [LoggerMessage(2, LogLevel.Information, "Cache of token ids in {Folder}: the text's size is unknown; it takes about four bytes a word.")]
    public static partial void CacheOfUnknownSize(ILogger logger, string folder);

    [LoggerMessage(3, LogLevel.Information, "No cache of token ids: it would take {Bytes:N0} bytes of {Free:N0} free in {Folder}; each epoch reads the text again.")]
    public static partial void CacheTooLarge(ILogger logger, long bytes, long free, string folder);

    [LoggerMessage(12, LogLevel.Warning, "{Why} The training goes on without the cache: each epoch reads the text again.{Then}")]
    public static partial void CacheGivenUp(ILogger logger, string why, string then);

    [LoggerMessage(4, LogLevel.Warning, "The {Bytes:N0} bytes of memory for counting (with {Threads} threads) did not suffice: {Words:N0} words of text were dropped, at least {Distinct:N0} distinct words, each seen {Threshold:N0} times or fewer by then. The count of a word may be too low by up to {Undercount:N0}, and words may be missing that were seen {Undercount:N0} times more than the least count. Raise {Option}.")]
    public static partial void Pruned(ILogger logger, long bytes, int threads, long words, long distinct, long threshold, long undercount, Member option);

    [LoggerMessage(5, LogLevel.Warning, "{Tokens:N0} words of text ({Distinct:N0} distinct) are not valid UTF-8; they are kept as they are.")]
    public static partial void InvalidUtf8(ILogger logger, long tokens, long distinct);

    [LoggerMessage(6, LogLevel.Warning, "{Count:N0} words longer than {Limit:N0} bytes were left out; the first begins at {Place}.")]
    public static partial void Overlong(ILogger logger, long count, int limit, string place);

    [LoggerMessage(7, LogLevel.Warning, "{Count:N0} NUL bytes were taken as separators; is the input text?")]
    public static partial void Nuls(ILogger logger, long count);

    [LoggerMessage(8, LogLevel.Information, "Read {Words:N0} words in {Sentences:N0} sentences, {Distinct:N0} distinct; the vocabulary has {Count:N0}.")]
    public static partial void Counted(ILogger logger, long words, long sentences, long distinct, int count);

    [LoggerMessage(9, LogLevel.Warning, "The vocabulary has {Known:N0} of the first {Words:N0} words of the text ({Share:P1}); the others are not learnt. Is it a vocabulary of this language, with words written as in this text?")]
    public static partial void FewKnownSoFar(ILogger logger, long known, long words, double share);

    [LoggerMessage(10, LogLevel.Warning, "The vocabulary has {Known:N0} of the {Words:N0} words of the text ({Share:P1}); the others were not learnt. Give a vocabulary of this text, or none, so that the words are counted.")]
    public static partial void FewKnown(ILogger logger, long known, long words, double share);

    [LoggerMessage(11, LogLevel.Warning, "The text goes on after the {Planned:N0} words that the learning rate was planned for; from here on the rate is the lowest. Give the number of its words as {Option}, allow the cache, or store the text in a file.")]
    public static partial void LongerThanPlanned(ILogger logger, long planned, Member option);
}
