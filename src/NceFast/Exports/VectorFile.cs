using NceFast.Exports.Internals;
using NceFast.Files;
using NceFast.Numerics;
using NceFast.Store;

namespace NceFast.Exports;

/// <summary>Writes and reads word vectors in the formats of <see cref="VectorFormat"/>.</summary>
public static class VectorFile
{
    /// <summary>The suffix of the file that contains the words of a NumPy file.</summary>
    public const string NpyWordsSuffix = ".words.txt";

    /// <summary>
    /// Writes vectors. An existing file is replaced only when the new file is complete on disk. After an error or cancellation
    /// the existing file is unchanged and no temporary file remains. A NumPy file and its words file are replaced one after
    /// the other.
    /// </summary>
    /// <param name="path">The file to write.</param>
    /// <param name="vectors">The words and their vectors, <c>[words, dim]</c>.</param>
    /// <param name="format">The format.</param>
    /// <param name="cancellation">A token that stops the writing.</param>
    /// <exception cref="NceFastException">The file cannot be written, or a word contains a byte that the format uses as a separator (<see cref="ErrorKind.Output"/>).</exception>
    /// <exception cref="OperationCanceledException">The writing was cancelled.</exception>
    public static void Write(string path, WordVectors vectors, VectorFormat format, CancellationToken cancellation = default)
    {
        using AlignedMatrix.Hold held = vectors.Matrix.Use();
        switch (format)
        {
            case VectorFormat.Word2Vec or VectorFormat.GloVe:
                Word2VecTextWriter.Write(path, vectors, header: format == VectorFormat.Word2Vec, cancellation);
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

    /// <summary>Reads vectors. The format and the compression are detected from the content.</summary>
    /// <param name="path">The file to read.</param>
    /// <param name="cancellation">A token that stops the reading.</param>
    /// <returns>The vectors. The caller must dispose them.</returns>
    /// <exception cref="NceFastException">The file is missing or damaged, or its format is not supported (<see cref="ErrorKind.Input"/>).</exception>
    /// <exception cref="OperationCanceledException">The reading was cancelled.</exception>
    public static WordVectors Read(string path, CancellationToken cancellation = default) => Read(path, out _, cancellation);

    /// <summary>Reads vectors and returns information about the file. The format and the compression are detected from the content.</summary>
    /// <param name="path">The file to read.</param>
    /// <param name="info">The format, the size, and the numbers of duplicate words and of floats that are not finite.</param>
    /// <param name="cancellation">A token that stops the reading.</param>
    /// <returns>The vectors. The caller must dispose them.</returns>
    /// <exception cref="NceFastException">The file is missing or damaged, or its format is not supported (<see cref="ErrorKind.Input"/>).</exception>
    /// <exception cref="OperationCanceledException">The reading was cancelled.</exception>
    public static WordVectors Read(string path, out VectorFileInfo info, CancellationToken cancellation = default)
    {
        using InputFile file = InputFile.Open(path);
        VectorFormat format;
        WordVectors vectors;
        string? doubt = null;
        try
        {
            format = FormatProbe.Recognise(file, out int dim);
            vectors = format switch
            {
                VectorFormat.GloVe => Word2VecTextReader.ReadPlain(file, dim, cancellation),
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
        info = new VectorFileInfo(format, file.StoredBytes, duplicates, odd) { Doubt = doubt };
        return vectors;
    }

    /// <summary>
    /// Checks, before long work begins, that its result can be written to <paramref name="path"/>. The folder must exist and
    /// be writable, the path must not be a folder, an existing file must not be read-only, and the disk must have enough space.
    /// </summary>
    /// <param name="path">The path of the later output.</param>
    /// <param name="bytes">The number of bytes that the output will take, or 0 if it is not known.</param>
    /// <exception cref="NceFastException">The path cannot be written (<see cref="ErrorKind.Output"/>).</exception>
    public static void EnsureWritable(string path, long bytes = 0) => AtomicFile.EnsureWritable(path, bytes);

    /// <summary>Estimates the size of vectors in a format. Text is assumed to take 11 bytes per float.</summary>
    /// <param name="words">The number of words.</param>
    /// <param name="dim">The number of floats per vector.</param>
    /// <param name="wordBytes">The total number of bytes of all words.</param>
    /// <param name="format">The format.</param>
    public static long EstimateBytes(long words, int dim, long wordBytes, VectorFormat format) => format switch
    {
        VectorFormat.Word2Vec or VectorFormat.GloVe => wordBytes + words * (2 + 11L * dim),
        VectorFormat.Safetensors => wordBytes + words * (8 + 4L * dim) + 512,
        _ => wordBytes + words * (2 + 4L * dim) + 128,
    };
}
