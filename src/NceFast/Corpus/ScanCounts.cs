namespace NceFast.Corpus;

/// <summary>The counts of one reader while it scans text. The counts of several readers can be added.</summary>
internal sealed class ScanCounts
{
    public long Bytes;
    public long Words;
    public long Sentences;
    public long Splits;
    public long Nuls;
    public long OverlongWords;
    public int FirstOverlongItem = int.MaxValue;
    public long FirstOverlongPosition = long.MaxValue;

    public void Overlong(int item, long position)
    {
        OverlongWords++;
        NoteOverlong(item, position);
    }

    public void Add(ScanCounts other)
    {
        Bytes += other.Bytes;
        Words += other.Words;
        Sentences += other.Sentences;
        Splits += other.Splits;
        Nuls += other.Nuls;
        OverlongWords += other.OverlongWords;
        NoteOverlong(other.FirstOverlongItem, other.FirstOverlongPosition);
    }

    private void NoteOverlong(int item, long position)
    {
        if ((item, position).CompareTo((FirstOverlongItem, FirstOverlongPosition)) < 0)
            (FirstOverlongItem, FirstOverlongPosition) = (item, position);
    }
}
