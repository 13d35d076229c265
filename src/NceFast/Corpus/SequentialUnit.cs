namespace NceFast.Corpus;

/// <summary>
/// Represents a sequential text that is open. One worker reads it directly. When further workers join, a worker copies its next block under
/// the lock and processes the copy after it has released the lock.
/// </summary>
internal sealed class SequentialUnit(SequentialItem item, int index, TextPass pass) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly TextScanner _scanner = new() { TargetWords = pass.BlockWords };
    private TextInput? _input;
    private TextCursor? _cursor;
    private long _words;
    private volatile bool _isShared = !pass.OwnsWhole(index);

    /// <summary>Gets whether the text has been read to its end. Callers may read it without the lock, as a hint.</summary>
    public bool Finished { get; private set; }

    /// <summary>Gets whether blocks must be copied, because other workers read the text too, or some of its blocks belong to other parts.</summary>
    public bool IsShared => _isShared;

    /// <summary>Lets a further worker read the text.</summary>
    public void Share() => _isShared = true;

    /// <summary>Copies the words of the next block.</summary>
    /// <returns>False when no block is left.</returns>
    public bool TryFill(NormalisedText text, out TextBlockInfo block)
    {
        lock (_lock)
        {
            do
            {
                text.Clear();
                var sink = new NormalisedText.Sink(text);
                if (!TryRead(ref sink, out block))
                    return false;
            }
            while (!pass.Owns(block.Number));

            return true;
        }
    }

    /// <summary>Passes the words of the next block to a sink.</summary>
    /// <returns>False when no block is left. The sink has then received nothing.</returns>
    public bool TryRead<TSink>(ref TSink sink, out TextBlockInfo block)
        where TSink : struct, ITokenSink
    {
        lock (_lock)
        {
            block = default;
            if (Finished)
                return false;
            try
            {
                Open();
                double fraction = pass.Fraction(index, _input!.RawPosition(_cursor!.Position));
                if (_cursor.TryRead(_scanner, ref sink, out ulong number))
                {
                    block = new TextBlockInfo(number, _scanner.BlockWords, fraction, _words);
                    _words += _scanner.BlockWords;
                    return true;
                }
            }
            catch
            {
                Close();
                throw;
            }

            Close();
            return false;
        }
    }

    public void Dispose()
    {
        lock (_lock)
            Close();
    }

    private void Open()
    {
        if (_cursor is not null)
            return;
        _input = item.OpenText(pass.ReadingOf(index));
        _cursor = new TextCursor(_input, item.Name, index, pass.ShardBytes, TextTransform.Create(pass.Reading.Options), pass.Cancellation);
        _scanner.StartUnit(index);
    }

    private void Close()
    {
        if (Finished)
            return;
        Finished = true;
        if (pass.CountsText(index))
            pass.Report(_scanner.Counts);
        _input?.Dispose();
        _scanner.Dispose();
    }
}
