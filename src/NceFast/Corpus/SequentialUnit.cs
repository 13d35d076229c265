namespace NceFast.Corpus;

/// <summary>Represents a sequential text that several workers share. A worker copies its next block under the lock.</summary>
internal sealed class SequentialUnit(SequentialItem item, int index, TextPass pass) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly TextScanner _scanner = new() { TargetWords = pass.BlockWords };
    private TextInput? _input;
    private TextCursor? _cursor;
    private long _words;

    /// <summary>Gets whether the text has been read to its end. Callers may read it without the lock, as a hint.</summary>
    public bool Finished { get; private set; }

    /// <summary>Copies the words of the next block.</summary>
    /// <returns>False when no block is left.</returns>
    public bool TryFill(NormalisedText text, out TextBlockInfo block)
    {
        lock (_lock)
        {
            block = default;
            if (Finished)
                return false;
            try
            {
                if (TryFillLocked(text, out block))
                    return true;
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

    private bool TryFillLocked(NormalisedText text, out TextBlockInfo block)
    {
        if (_cursor is null)
        {
            _input = item.OpenText(pass.Cancellation);
            _cursor = new TextCursor(_input, item.Name, index, pass.ShardBytes, pass.Cancellation);
            _scanner.StartUnit(index);
        }

        bool any;
        do
        {
            double fraction = pass.Fraction(index, _input!.RawPosition(_cursor.Position));
            text.Clear();
            var sink = new NormalisedText.Sink(text);
            any = _cursor.TryRead(_scanner, ref sink, out ulong number);
            block = new TextBlockInfo(number, _scanner.BlockWords, fraction, _words);
            _words += _scanner.BlockWords;
        }
        while (any && !pass.Owns(block.Number));

        return any;
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
