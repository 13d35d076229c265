using System.Text.Json;
using NceFast.Corpus;

namespace NceFast.Cli;

/// <summary>Reports the statistics of a text, as text and as JSON.</summary>
internal static class CorpusReport
{
    public static string Line(CorpusStatistics s)
    {
        string line = $"{s.Words:N0} words in {s.Sentences:N0} sentences";
        line += s.DistinctWords >= 0 ? $", {s.DistinctWords:N0} distinct" : "";
        line += s.KnownWords >= 0 && s.Words > 0 ? $"; the vocabulary has {s.KnownWords:N0} of the words ({100 * s.KnownShare:F1} %)" : "";
        line += s.UnplannedWords > 0 ? $"; the last {s.UnplannedWords:N0} words were trained on at the lowest rate, because the text is longer than planned (--stream-words)" : "";
        line += s.SplitSentences > 0 ? $"; {s.SplitSentences:N0} splits of long lines" : "";
        line += s.NulBytes > 0 ? $"; {s.NulBytes:N0} NUL bytes" : "";
        line += s.OverlongWords > 0 ? $"; {s.OverlongWords:N0} over-long words left out" : "";
        line += s.BadRecords > 0 ? $"; {s.BadRecords:N0} malformed records left out" : "";
        line += s.InvalidUtf8Words > 0 ? $"; {s.InvalidUtf8Words:N0} words not valid UTF-8, kept" : "";
        return line + (s.PrunedWords > 0 ? $"; {s.PrunedWords:N0} words dropped while counting in {Units.Size(s.CountingBudgetBytes)}, counts may be too low by up to {s.MaxUndercount:N0}" : "");
    }

    public static void Write(Utf8JsonWriter json, CorpusStatistics s) => json.Object("corpus", () =>
    {
        json.WriteNumber("bytes", s.Bytes);
        json.WriteNumber("words", s.Words);
        json.WriteNumber("sentences", s.Sentences);
        json.WriteNumber("splitSentences", s.SplitSentences);
        json.WriteNumber("nulBytes", s.NulBytes);
        json.WriteNumber("overlongWords", s.OverlongWords);
        json.WriteString("firstOverlongWord", s.FirstOverlongWord);
        json.WriteNumber("badRecords", s.BadRecords);
        json.WriteString("firstBadRecord", s.FirstBadRecord);
        Known(json, "invalidUtf8Words", s.InvalidUtf8Words);
        Known(json, "invalidUtf8DistinctWords", s.InvalidUtf8DistinctWords);
        Known(json, "distinctWords", s.DistinctWords);
        Known(json, "knownWords", s.KnownWords);
        json.Figure("knownShare", s.KnownShare);
        json.WriteNumber("unplannedWords", s.UnplannedWords);
        json.WriteNumber("prunedWords", s.PrunedWords);
        json.WriteNumber("prunedDistinctWords", s.PrunedDistinctWords);
        json.WriteNumber("pruneThreshold", s.PruneThreshold);
        json.WriteNumber("maxUndercount", s.MaxUndercount);
        json.WriteNumber("countingBudgetBytes", s.CountingBudgetBytes);
        json.WriteNumber("countingPeakBytes", s.CountingPeakBytes);
    });

    private static void Known(Utf8JsonWriter json, string name, long value) => json.Figure(name, value < 0 ? double.NaN : value);
}
