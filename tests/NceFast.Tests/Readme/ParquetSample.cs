using NceFast.Corpus;
using NceFast.Parquet;

public static class ParquetSample
{
    public static CorpusSource Open(string path) =>
        CorpusSource.FromPaths([path], new TextOptions { Fields = ["text"], RecordFiles = [new ParquetRecords()] });
}
