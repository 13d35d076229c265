using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using NceFast.Corpus.Records;

namespace NceFast.Corpus;

/// <summary>Holds what the texts of one reading share: the options, the count of malformed records, the logger and the cancellation.</summary>
internal sealed record TextReading
{
    /// <summary>Gets where the text of a file is, and how its words are written.</summary>
    public TextOptions Options { get; init; } = new();

    /// <summary>Gets the count of malformed records.</summary>
    public RecordTally Records { get; init; } = new();

    /// <summary>Gets the index of the text in the list of texts.</summary>
    public int Item { get; init; }

    /// <summary>Gets the largest number of parts of a file that are decompressed at the same time.</summary>
    public int PartsAtOnce { get; init; } = 1;

    /// <summary>Gets the logger.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;

    /// <summary>Gets the token that cancels waiting for text.</summary>
    public CancellationToken Cancellation { get; init; }
}
