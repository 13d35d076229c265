using System.Numerics;

namespace NceFast.Distribution;

/// <summary>Rows that a merge takes: ranked rows of a band of a word table, or all rows of a whole-model table.</summary>
/// <param name="Table">Number of the table.</param>
/// <param name="Band">Band of the ruler.</param>
/// <param name="From">First row, by its place in the ranking or by its number.</param>
/// <param name="Rows">Number of rows.</param>
/// <param name="Columns">Floats per row.</param>
internal readonly record struct MergeStrip(int Table, int Band, long From, long Rows, int Columns);

/// <summary>Changed rows of a strip that are summed in one call.</summary>
/// <param name="Index">Number of the strip.</param>
/// <param name="Strip">The strip.</param>
/// <param name="From">First row, by its place in the list of changed rows.</param>
/// <param name="To">The place after the last row.</param>
internal readonly record struct MergePiece(int Index, MergeStrip Strip, int From, int To)
{
    /// <summary>Gets the number of floats of all rows.</summary>
    public int Floats => checked((To - From) * Strip.Columns);
}

/// <summary>
/// Holds how many replicas changed each row of a merge, and lists the changed rows. Only these are summed between processes.
/// Counts of all processes are summed first, a few bits per row.
/// </summary>
/// <param name="replicas">Replicas of all processes, at least 1.</param>
internal sealed class ChangedRows(int replicas)
{
    private const int WordBits = 64;

    // Bits per row are a power of two, so that a row is found by shifts: 2^_log bits hold the number of all replicas.
    private readonly int _log = BitOperations.Log2(BitOperations.RoundUpToPowerOf2((uint)BitOperations.Log2((uint)replicas) + 1));
    private MergeStrip[] _strips = [];
    private int[] _starts = [], _ends = [];
    private long[] _own = [], _all = [];
    private int[] _list = [];
    private int _words;

    /// <summary>Gets the strips of the merge, in the same order in every process.</summary>
    public IReadOnlyList<MergeStrip> Strips => _strips;

    /// <summary>Gets the number of rows whose counts share a word; threads that mark rows must not share one.</summary>
    public int RowsOfWord => WordBits >> _log;

    /// <summary>Gets the floats of all listed rows.</summary>
    public long Floats { get; private set; }

    /// <summary>Begins a merge, in which no row has changed so far.</summary>
    public void Begin(MergeStrip[] strips)
    {
        _strips = strips;
        _starts = new int[strips.Length];
        _ends = new int[strips.Length];
        long words = 0;
        for (int s = 0; s < strips.Length; s++)
        {
            _starts[s] = checked((int)(words * RowsOfWord));
            words += (strips[s].Rows + RowsOfWord - 1) / RowsOfWord;
        }

        _words = checked((int)words);
        _ = checked(_words * RowsOfWord);
        if (_own.Length < _words)
            (_own, _all) = (new long[_words], new long[_words]);
        Array.Clear(_own, 0, _words);
    }

    /// <summary>Records how many replicas of this process changed a row.</summary>
    /// <param name="strip">Number of the strip.</param>
    /// <param name="row">Number of the row within the strip.</param>
    /// <param name="count">The replicas.</param>
    public void Mark(int strip, long row, int count)
    {
        int number = _starts[strip] + (int)row;
        _own[WordOf(number)] |= (long)count << ShiftOf(number);
    }

    /// <summary>Sums the counts of all processes, and lists the rows that any of them changed.</summary>
    public void ListAll(ICommunicator ranks)
    {
        Array.Copy(_own, _all, _words);
        if (ranks.Size > 1 && _words > 0)
            ranks.AllSum(_all.AsSpan(0, _words));
        List(_all);
    }

    /// <summary>Lists the rows that this process changed.</summary>
    public void ListOwn() => List(_own);

    /// <summary>Cuts the listed rows into pieces, in the same order and sizes in every process after <see cref="ListAll"/>.</summary>
    /// <param name="floats">Floats of a piece at most, unless a row is longer.</param>
    public IEnumerable<MergePiece> Pieces(int floats)
    {
        for (int s = 0; s < _strips.Length; s++)
        {
            int rows = Math.Max(1, floats / _strips[s].Columns);
            for (int first = s == 0 ? 0 : _ends[s - 1]; first < _ends[s]; first += rows)
                yield return new MergePiece(s, _strips[s], first, Math.Min(_ends[s], first + rows));
        }
    }

    /// <summary>Gets a listed row: its number within its strip, and how many replicas of this and of all processes changed it.</summary>
    public (long Row, int Own, int All) this[in MergePiece piece, int place]
    {
        get
        {
            int number = _list[place];
            return (number - _starts[piece.Index], Count(_own, number), Count(_all, number));
        }
    }

    private int Count(long[] counts, int number) => (int)((counts[WordOf(number)] >> ShiftOf(number)) & ((1L << (1 << _log)) - 1));

    // 64 / 2^log rows share a word.
    private int WordOf(int number) => number >> (6 - _log);

    private int ShiftOf(int number) => (number & (RowsOfWord - 1)) << _log;

    private void List(long[] counts)
    {
        int listed = 0;
        Floats = 0;
        for (int s = 0; s < _strips.Length; s++)
        {
            int before = listed, end = _starts[s] + (int)_strips[s].Rows;
            for (int first = _starts[s]; first < end; first += RowsOfWord)
            {
                if (counts[WordOf(first)] == 0)
                    continue;
                if (_list.Length < listed + RowsOfWord)
                    Array.Resize(ref _list, Math.Max(1024, 2 * (listed + RowsOfWord)));
                for (int number = first; number < Math.Min(end, first + RowsOfWord); number++)
                {
                    if (Count(counts, number) > 0)
                        _list[listed++] = number;
                }
            }

            _ends[s] = listed;
            Floats += (long)(listed - before) * _strips[s].Columns;
        }
    }
}
