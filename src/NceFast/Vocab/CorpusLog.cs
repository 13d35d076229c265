using Microsoft.Extensions.Logging;

namespace NceFast.Vocab;

/// <summary>Log messages of preparing a corpus.</summary>
internal static partial class CorpusLog
{
    [LoggerMessage(1, LogLevel.Information, "Cache of token ids in {Folder}: expected to take {Bytes:N0} bytes.")]
    public static partial void CacheForecast(ILogger logger, string folder, long bytes);

    [LoggerMessage(2, LogLevel.Information, "Cache of token ids in {Folder}: the text's size is unknown; it takes about four bytes a word.")]
    public static partial void CacheOfUnknownSize(ILogger logger, string folder);

    [LoggerMessage(3, LogLevel.Information, "No cache of token ids: it would take {Bytes:N0} bytes of {Free:N0} free in {Folder}; each epoch reads the text again.")]
    public static partial void CacheTooLarge(ILogger logger, long bytes, long free, string folder);

    [LoggerMessage(9, LogLevel.Warning, "{Why} The training goes on without the cache: each epoch reads the text again.{Then}")]
    public static partial void CacheGivenUp(ILogger logger, string why, string then);

    [LoggerMessage(4, LogLevel.Warning, "Counting passed its memory limit: words seen {Threshold} times or fewer so far were dropped, {Words:N0} words of text in this worker; raise the limit if counts must be exact.")]
    public static partial void Pruned(ILogger logger, long threshold, long words);

    [LoggerMessage(5, LogLevel.Warning, "{Tokens:N0} words of text ({Distinct:N0} distinct) are not valid UTF-8; they are kept as they are.")]
    public static partial void InvalidUtf8(ILogger logger, long tokens, long distinct);

    [LoggerMessage(6, LogLevel.Warning, "{Count:N0} words longer than {Limit:N0} bytes were left out; the first begins at {Place}.")]
    public static partial void Overlong(ILogger logger, long count, int limit, string place);

    [LoggerMessage(7, LogLevel.Warning, "{Count:N0} NUL bytes were taken as separators; is the input text?")]
    public static partial void Nuls(ILogger logger, long count);

    [LoggerMessage(8, LogLevel.Information, "Read {Words:N0} words in {Sentences:N0} sentences, {Distinct:N0} distinct; the vocabulary has {Count:N0}.")]
    public static partial void Counted(ILogger logger, long words, long sentences, long distinct, int count);
}
