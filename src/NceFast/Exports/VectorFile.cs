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

    /// <summary>Writes vectors to a stream. The stream is flushed and stays open.</summary>
    /// <param name="stream">The stream to write. After an error or cancellation it holds a part of the content.</param>
    /// <param name="vectors">The words and their vectors, <c>[words, dim]</c>.</param>
    /// <param name="format">The format; not <see cref="VectorFormat.Npy"/>, which needs two files.</param>
    /// <param name="cancellation">A token that stops the writing.</param>
    /// <exception cref="ArgumentException">The stream cannot be written, or the format is <see cref="VectorFormat.Npy"/>.</exception>
    /// <exception cref="NceFastException">A write failed, or a word contains a byte that the format uses as a separator (<see cref="ErrorKind.Output"/>).</exception>
    /// <exception cref="OperationCanceledException">The writing was cancelled.</exception>
    public static void Write(Stream stream, WordVectors vectors, VectorFormat format, CancellationToken cancellation = default)
    {
        Action<Stream> write = format switch
        {
            VectorFormat.Word2Vec or VectorFormat.GloVe => to => Word2VecTextWriter.Write(to, vectors, header: format == VectorFormat.Word2Vec, cancellation),
            VectorFormat.Word2VecBinary => to => Word2VecBinary.Write(to, vectors, cancellation),
            VectorFormat.Safetensors => to => SafetensorsFile.Write(to, vectors, cancellation),
            VectorFormat.Npy => throw new ArgumentException($"The format is {format}, which needs a second file for the words; write it to a path, or choose {VectorFormat.Safetensors}.", nameof(format)),
            _ => throw new ArgumentOutOfRangeException(nameof(format), format, "Not a vector format."),
        };
        using AlignedMatrix.Hold held = vectors.Matrix.Use();
        LentOutput.Write(stream, write);
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
        return Read(file, out info, cancellation);
    }

    /// <summary>Reads vectors from a stream. The format and the compression are detected from the content.</summary>
    /// <param name="stream">The stream, which is read from its position to its end and stays open. It need not support seeking.</param>
    /// <param name="cancellation">A token that stops the reading.</param>
    /// <returns>The vectors. The caller must dispose them.</returns>
    /// <exception cref="ArgumentException">The stream cannot be read.</exception>
    /// <exception cref="NceFastException">The content is damaged, or its format is not supported (<see cref="ErrorKind.Input"/>). A NumPy array is not supported, because its words are in a second file.</exception>
    /// <exception cref="OperationCanceledException">The reading was cancelled.</exception>
    public static WordVectors Read(Stream stream, CancellationToken cancellation = default) => Read(stream, out _, cancellation);

    /// <inheritdoc cref="Read(Stream, CancellationToken)"/>
    /// <param name="stream">The stream, which is read from its position to its end and stays open. It need not support seeking.</param>
    /// <param name="info">The format, the number of bytes that were read, and the numbers of duplicate words and of floats that are not finite.</param>
    /// <param name="cancellation">A token that stops the reading.</param>
    public static WordVectors Read(Stream stream, out VectorFileInfo info, CancellationToken cancellation = default)
    {
        using InputFile file = OpenStream(stream);
        return Read(file, out info, cancellation);
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

    private static InputFile OpenStream(Stream stream)
    {
        try
        {
            return InputFile.Open(stream);
        }
        catch (IOException e)
        {
            throw new NceFastException(ErrorKind.Input, $"{LentOutput.Name} could not be read: {e.Message}", e);
        }
    }

    private static WordVectors Read(InputFile file, out VectorFileInfo info, CancellationToken cancellation)
    {
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
            throw new NceFastException(ErrorKind.Input, $"{file.Path} could not be read: {e.Message}", e);
        }

        long odd = Rows.CountNonFinite(vectors.Matrix);
        vectors = Rows.WithoutDuplicates(vectors, out int duplicates);
        info = new VectorFileInfo(format, file.StoredBytes, duplicates, odd) { Doubt = doubt };
        return vectors;
    }
}
