using NceFast.Numerics;

namespace NceFast.NGrams.Internals;

/// <summary>
/// Collects grams within a memory bound, and reads them as often as wanted: in the order in which they were added, or sorted, where grams
/// with the same words become one with the sum of their values. What exceeds the memory goes to a file, as sorted runs if the store sorts.
/// </summary>
/// <param name="bytes">The memory for grams.</param>
/// <param name="sorts">Whether the grams are sorted.</param>
/// <param name="place">Where files are created, and the number of threads that sort.</param>
internal sealed class GramStore(long bytes, bool sorts, GramStore.Place place) : IDisposable
{
    private const int GramBytes = 32, FewGrams = 1 << 14, LeastBuffer = 128, MostBuffer = 1 << 15;
    private readonly int _most = (int)Math.Clamp(bytes / GramBytes, LeastBuffer, Array.MaxLength / 2);
    private readonly List<(long Start, long Count)> _runs = [];
    private Gram[] _grams = [];
    private int _used;
    private RunFile? _file;

    /// <summary>Appends a gram.</summary>
    public void Add(in Gram gram)
    {
        if (_used == _grams.Length)
            MakeRoom();
        _grams[_used++] = gram;
    }

    /// <summary>Ends the collection. Afterwards grams can be read and not added.</summary>
    public void Complete()
    {
        if (_file is null)
        {
            if (sorts)
                Sort();
            return;
        }

        Spill();
        _grams = [];
    }

    /// <summary>Reads all grams from the first one on.</summary>
    public GramReader Open()
    {
        GramReader[] parts = _file is null ? [.. Parts().Select(part => new MemoryReader(part))] : [.. FileParts()];
        return sorts ? new MergingReader(parts) : new JoinedReader(parts);
    }

    public void Dispose()
    {
        _file?.Dispose();
        _grams = [];
        _used = 0;
    }

    private void MakeRoom()
    {
        if (_used < _most)
        {
            Array.Resize(ref _grams, (int)Math.Min(_most, Math.Max(4096, 2L * _used)));
            return;
        }

        Spill();
    }

    private void Spill()
    {
        if (_used == 0)
            return;
        _file ??= new RunFile(place.Folder);
        long start = _file.Count;
        if (sorts)
            SpillSorted();
        else
            _file.Append(_grams.AsSpan(0, _used));
        _runs.Add((start, _file.Count - start));
        _used = 0;
    }

    private void SpillSorted()
    {
        Sort();
        var merged = new MergingReader(Parts().Select(part => new MemoryReader(part)));
        var buffer = new Gram[Math.Min(MostBuffer, _most)];
        int filled = 0;
        while (merged.Read(out Gram gram))
        {
            buffer[filled++] = gram;
            if (filled < buffer.Length)
                continue;
            _file!.Append(buffer);
            filled = 0;
        }

        _file!.Append(buffer.AsSpan(0, filled));
    }

    // Each part is sorted on its own, and reading merges them.
    private void Sort()
    {
        Memory<Gram>[] parts = [.. Parts()];
        Failures.Unwrap(() => Parallel.For(0, parts.Length, new ParallelOptions { CancellationToken = place.Cancellation }, i => parts[i].Span.Sort()));
    }

    private IEnumerable<Memory<Gram>> Parts()
    {
        int parts = sorts && _used > FewGrams ? place.Threads : 1;
        for (int i = 0; i < parts; i++)
        {
            int start = (int)((long)_used * i / parts), end = (int)((long)_used * (i + 1) / parts);
            yield return _grams.AsMemory(start, end - start);
        }
    }

    private IEnumerable<GramReader> FileParts()
    {
        int buffer = Math.Clamp(_most / _runs.Count, LeastBuffer, MostBuffer);
        return _runs.Select(run => _file!.Open(run.Start, run.Count, buffer));
    }

    /// <summary>Represents where stores put what exceeds their memory.</summary>
    /// <param name="Folder">The folder of the files.</param>
    /// <param name="Threads">The number of threads that sort.</param>
    /// <param name="Cancellation">Stops the sorting.</param>
    public sealed record Place(string Folder, int Threads, CancellationToken Cancellation);
}
