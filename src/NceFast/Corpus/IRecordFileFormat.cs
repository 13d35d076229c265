namespace NceFast.Corpus;

/// <summary>Represents a format of files whose records have named fields and can be read only from a file, for example Parquet.</summary>
public interface IRecordFileFormat
{
    /// <summary>Gets the name in messages.</summary>
    string Name { get; }

    /// <summary>Determines whether a file is of this format.</summary>
    /// <param name="head">The first bytes of the file, up to 4,096.</param>
    bool Recognises(ReadOnlySpan<byte> head);

    /// <summary>Opens a file. The method may be called by several threads for the same file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="fields">The fields that contain the text, at least one; a dot separates the names of nested fields.</param>
    /// <param name="partsAtOnce">The largest number of parts of the file that may be decoded at the same time, at least 1. The text does not depend on it.</param>
    /// <returns>
    /// UTF-8 text: for each record, the fields in the order given, each string followed by a line feed. The caller disposes it.
    /// </returns>
    /// <exception cref="NceFastException">The file is damaged or has no such field (<see cref="ErrorKind.Input"/>).</exception>
    Stream Open(string path, IReadOnlyList<string> fields, int partsAtOnce);
}
