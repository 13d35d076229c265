namespace NceFast.Corpus;

/// <summary>What one reader saw while scanning; added up over readers.</summary>
internal sealed class ScanCounts
{
    public long Bytes;
    public long Words;
    public long Sentences;
    public long Splits;
    public long Nuls;
    public long OverlongWords;
    public int FirstOverlongItem = int.MaxValue;
    public long FirstOverlongOffset = long.MaxValue;

    public void Overlong(int item, long offset)
    {
        OverlongWords++;
        NoteOverlong(item, offset);
    }

    public void Add(ScanCounts other)
    {
        Bytes += other.Bytes;
        Words += other.Words;
        Sentences += other.Sentences;
        Splits += other.Splits;
        Nuls += other.Nuls;
        OverlongWords += other.OverlongWords;
        NoteOverlong(other.FirstOverlongItem, other.FirstOverlongOffset);
    }

    private void NoteOverlong(int item, long offset)
    {
        if ((item, offset).CompareTo((FirstOverlongItem, FirstOverlongOffset)) < 0)
            (FirstOverlongItem, FirstOverlongOffset) = (item, offset);
    }
}
