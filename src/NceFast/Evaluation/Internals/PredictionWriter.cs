using System.Buffers.Text;
using NceFast.Store;

namespace NceFast.Evaluation.Internals;

/// <summary>Writes predictions as text: a word, a tab, and the natural logarithm of its probability per line.</summary>
/// <param name="stream">Receives the text; the caller disposes it.</param>
/// <param name="model">The model.</param>
internal sealed class PredictionWriter(Stream stream, LanguageModel model) : IPredictionSink
{
    private const int BufferBytes = 1 << 16, NumberBytes = 64, Digits = 6;
    private readonly byte[] _buffer = new byte[BufferBytes];
    private int _used;

    /// <inheritdoc/>
    public void Add(in ChunkPredictions chunk)
    {
        int sentence = 0;
        for (int i = 0; i < chunk.Words.Length; i++)
        {
            ReadOnlySpan<byte> word = model.Vocabulary.Words[chunk.Words[i]];
            if (_used + word.Length + NumberBytes > BufferBytes)
                Flush();
            word.CopyTo(_buffer.AsSpan(_used));
            _used += word.Length;
            _buffer[_used++] = (byte)'\t';
            if (!Utf8Formatter.TryFormat(chunk.Logs[i], _buffer.AsSpan(_used, NumberBytes - 4), out int digits, new System.Buffers.StandardFormat('F', Digits)))
                Utf8Formatter.TryFormat(chunk.Logs[i], _buffer.AsSpan(_used, NumberBytes - 4), out digits);
            _used += digits;
            _buffer[_used++] = (byte)'\n';
            if (i + 1 < chunk.Ends[sentence])
                continue;
            sentence++;
            if (!model.Shape.PredictsEnd)
                _buffer[_used++] = (byte)'\n';
        }
    }

    /// <summary>Passes everything to the stream.</summary>
    public void Flush()
    {
        stream.Write(_buffer.AsSpan(0, _used));
        _used = 0;
    }
}
