using System.Buffers;
using System.IO.Pipelines;

namespace NceFast.Corpus;

/// <summary>Joins parts that are decoded at the same time, in their order. Each part runs ahead by a limited number of bytes.</summary>
/// <param name="next">Opens the next part; returns null after the last one.</param>
/// <param name="atOnce">The largest number of parts that are decoded at the same time.</param>
internal sealed class ConcurrentParts(Func<DecodingStream?> next, int atOnce) : DecodingStream
{
    private const int MostAhead = 4 << 20;
    private static readonly PipeOptions Limits = new(pauseWriterThreshold: MostAhead, resumeWriterThreshold: MostAhead / 2, minimumSegmentSize: TextInput.ReadBytes, useSynchronizationContext: false);
    private readonly Queue<Part> _running = new();
    private bool _areAllOpen;
    private long _position;

    /// <inheritdoc/>
    public override long StoredPosition => _running.TryPeek(out Part? current) ? current.Decoded.StoredPosition : _position;

    public override int Read(Span<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            Start();
            if (!_running.TryPeek(out Part? current))
                return 0;
            int read = current.Read(buffer);
            if (read > 0)
                return read;
            _position = current.Decoded.StoredPosition;
            _running.Dequeue().Close();
        }

        return 0;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            while (_running.TryDequeue(out Part? part))
                part.Close();
        }

        base.Dispose(disposing);
    }

    private void Start()
    {
        while (!_areAllOpen && _running.Count < atOnce)
        {
            if (next() is { } decoded)
                _running.Enqueue(new Part(decoded));
            else
                _areAllOpen = true;
        }
    }

    /// <summary>A part that a task decodes into a pipe.</summary>
    private sealed class Part
    {
        private readonly Pipe _pipe = new(Limits);
        private readonly Task _pump;

        public Part(DecodingStream decoded)
        {
            Decoded = decoded;
            _pump = Task.Run(PumpAsync);
        }

        public DecodingStream Decoded { get; }

        public int Read(Span<byte> buffer)
        {
            ReadResult result = TextInput.Read(_pipe.Reader, CancellationToken.None);
            int given = (int)Math.Min(buffer.Length, result.Buffer.Length);
            ReadOnlySequence<byte> taken = result.Buffer.Slice(0, given);
            taken.CopyTo(buffer);
            _pipe.Reader.AdvanceTo(taken.End);
            return given;
        }

        /// <summary>Ends the decoding, at the end of the part or before it.</summary>
        public void Close()
        {
            _pipe.Reader.Complete();
            _pump.GetAwaiter().GetResult();
        }

        // The reader of the pipe receives a failure.
        private async Task PumpAsync()
        {
            Exception? failure = null;
            try
            {
                await using DecodingStream decoded = Decoded;
                for (int read; (read = decoded.Read(_pipe.Writer.GetSpan(TextInput.ReadBytes))) > 0;)
                {
                    _pipe.Writer.Advance(read);
                    if ((await _pipe.Writer.FlushAsync().ConfigureAwait(false)).IsCompleted)
                        break;
                }
            }
            catch (Exception e)
            {
                failure = e;
            }

            await _pipe.Writer.CompleteAsync(failure).ConfigureAwait(false);
        }
    }
}
