using System.IO.Pipelines;
using Microsoft.Win32.SafeHandles;

namespace NceFast.Corpus;

/// <summary>Reads text blocks for one worker. The sink decides how the words are processed.</summary>
internal sealed unsafe class TextBlockReader(TextPass pass) : IDisposable
{
    private readonly TextScanner _scanner = new() { TargetWords = pass.BlockWords };
    private readonly TextTransform? _transform = TextTransform.Create(pass.Reading.Options);
    private TextScanner? _rescanner;
    private NormalisedText? _text;
    private SequentialUnit? _shared;
    private TextCursor? _shard;
    private PipeReader? _pipe;
    private SafeFileHandle? _handle;
    private int _item = -1;
    private bool _disposed;

    /// <summary>Returns the name of the file or stream that contains a block.</summary>
    public string NameOf(ulong number) => pass.NameOf(number);

    /// <summary>Passes the words of the next block to <paramref name="sink"/>.</summary>
    /// <returns>False when the pass has no block left.</returns>
    public bool TryRead<TSink>(ref TSink sink, out TextBlockInfo block)
        where TSink : struct, ITokenSink
    {
        while (true)
        {
            pass.Cancellation.ThrowIfCancellationRequested();
            if (_shard is not null)
            {
                double fraction = pass.Fraction(_item, _shard.Position);
                if (_shard.TryRead(_scanner, ref sink, out ulong number))
                {
                    block = new TextBlockInfo(number, _scanner.BlockWords, fraction, -1);
                    return true;
                }

                CloseShard();
            }

            if (_shared is not null)
            {
                if (_shared.IsShared ? TryCopy(_shared, ref sink, out block) : _shared.TryRead(ref sink, out block))
                    return true;

                _shared = null;
            }

            if (!pass.TryTake(out TextWork work))
            {
                block = default;
                return false;
            }

            _shared = work.Shared;
            if (_shared is null)
                OpenShard(work);
        }
    }

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        CloseShard();
        pass.Report(_scanner.Counts);
        _handle?.Dispose();
        _text?.Dispose();
        _rescanner?.Dispose();
        _scanner.Dispose();
    }

    private bool TryCopy<TSink>(SequentialUnit shared, ref TSink sink, out TextBlockInfo block)
        where TSink : struct, ITokenSink
    {
        if (!shared.TryFill(_text ??= new NormalisedText(), out block))
            return false;
        _rescanner ??= new TextScanner { TargetWords = pass.BlockWords };
        _rescanner.StartUnit(0);
        int used = _rescanner.Scan(_text!.Data, _text.Length, 0, ref sink, out _);
        if (used != _text.Length || _rescanner.BlockWords != block.Words)
            throw new InvalidOperationException($"A block of {block.Words} words was read again as {_rescanner.BlockWords}.");
        return true;
    }

    // An empty shard is not opened.
    private void OpenShard(TextWork work)
    {
        var file = (PlainFile)pass.Items[work.Item];
        if (work.Item != _item)
        {
            _handle?.Dispose();
            _handle = file.Open();
            _item = work.Item;
        }

        if (file.FindShard(_handle!, work.Shard, pass.ShardBytes) is not { } shard)
            return;
        _pipe = TextInput.CreatePipe(new ShardStream(_handle!, file.Name, shard, file.Length));
        _shard = new TextCursor(_pipe, file.Name, shard, work.Number, _transform, pass.Cancellation);
        _scanner.StartUnit(work.Item);
    }

    private void CloseShard()
    {
        _pipe?.Complete();
        _pipe = null;
        _shard = null;
    }
}
