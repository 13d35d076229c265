using NceFast.Exports.Internals;
using NceFast.Files;
using NceFast.Numerics;
using NceFast.Store;

namespace NceFast.Exports;

/// <summary>Writes and reads word vectors in the formats of <see cref="VectorFormat"/>.</summary>
public static class VectorFile
{
    /// <summary>Suffix of the file with the words that stands beside a NumPy file.</summary>
    public const string NpyWordsSuffix = ".words.txt";

    /// <summary>
    /// Writes vectors. An old file stays until the new one is whole on disk; after an error or cancellation it stands
    /// unchanged and no temporary is left. A NumPy file and its words file are renamed one after the other.
    /// </summary>
    /// <param name="path">The file to write.</param>
    /// <param name="vectors">Words and vectors <c>[words, dim]</c>.</param>
    /// <param name="format">The format.</param>
    /// <param name="cancellation">Stops the writing.</param>
    /// <exception cref="NceFastException">The file cannot be written, or a word holds a byte its format takes as a separator (<see cref="ErrorKind.Output"/>).</exception>
    /// <exception cref="OperationCanceledException">The writing was cancelled.</exception>
    public static void Write(string path, WordVectors vectors, VectorFormat format, CancellationToken cancellation = default)
    {
        using AlignedMatrix.Hold held = vectors.Matrix.Use();
        switch (format)
        {
            case VectorFormat.Word2Vec:
                Word2VecTextWriter.Write(path, vectors, cancellation);
                break;
            case VectorFormat.Word2VecBinary:
                Word2VecBinary.Write(path, vectors, cancellation);
                break;
            case VectorFormat.Npy:
                NpyFile.Write(path, vectors, cancellation);
                break;
            case VectorFormat.Safetensors:
                SafetensorsFile.Write(path, vectors, cancellation);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(format), format, "Not a vector format.");
        }
    }

    /// <summary>Reads vectors; the format is recognised from the content.</summary>
    /// <param name="path">The file to read.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <returns>The vectors; the caller disposes them.</returns>
    /// <exception cref="NceFastException">The file is missing, of no known format, or damaged (<see cref="ErrorKind.Input"/>).</exception>
    /// <exception cref="OperationCanceledException">The reading was cancelled.</exception>
    public static WordVectors Read(string path, CancellationToken cancellation = default) => Read(path, out _, cancellation);

    /// <summary>Reads vectors and tells what was found; the format is recognised from the content.</summary>
    /// <param name="path">The file to read.</param>
    /// <param name="info">Format, size, duplicates and floats that are not finite.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <returns>The vectors; the caller disposes them.</returns>
    /// <exception cref="NceFastException">The file is missing, of no known format, or damaged (<see cref="ErrorKind.Input"/>).</exception>
    /// <exception cref="OperationCanceledException">The reading was cancelled.</exception>
    public static WordVectors Read(string path, out VectorFileInfo info, CancellationToken cancellation = default)
    {
        using InputFile file = InputFile.Open(path);
        VectorFormat format = FormatProbe.Recognise(file);
        WordVectors vectors;
        string? doubt = null;
        try
        {
            vectors = format switch
            {
                VectorFormat.Word2Vec => Word2VecTextReader.Read(file, cancellation),
                VectorFormat.Word2VecBinary => Word2VecBinaryReader.Read(file, out doubt, cancellation),
                VectorFormat.Npy => NpyFile.Read(file, cancellation),
                _ => SafetensorsFile.Read(file, cancellation),
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NceFastException(ErrorKind.Input, $"{path} could not be read: {e.Message}", e);
        }

        long odd = Rows.CountNonFinite(vectors.Matrix);
        vectors = Rows.WithoutDuplicates(vectors, out int duplicates);
        info = new VectorFileInfo(format, file.Length, duplicates, odd) { Doubt = doubt };
        return vectors;
    }

    /// <summary>
    /// Checks before a long run that vectors can be written to <paramref name="path"/> at its end: the folder exists
    /// and takes files, the path is no folder, a file there is not read-only, and the disk has the room.
    /// </summary>
    /// <param name="path">Path of the later output.</param>
    /// <param name="bytes">Bytes the output will take; 0 when not known.</param>
    /// <exception cref="NceFastException">The path cannot be written (<see cref="ErrorKind.Output"/>).</exception>
    public static void EnsureWritable(string path, long bytes = 0) => AtomicFile.EnsureWritable(path, bytes);

    /// <summary>Bytes that vectors take in a format, roughly: text is taken at 11 bytes a float.</summary>
    /// <param name="words">Number of words.</param>
    /// <param name="dim">Floats a vector.</param>
    /// <param name="wordBytes">Bytes of all words together.</param>
    /// <param name="format">The format.</param>
    public static long EstimateBytes(long words, int dim, long wordBytes, VectorFormat format) => format switch
    {
        VectorFormat.Word2Vec => wordBytes + words * (2 + 11L * dim),
        VectorFormat.Safetensors => wordBytes + words * (8 + 4L * dim) + 512,
        _ => wordBytes + words * (2 + 4L * dim) + 128,
    };
}
