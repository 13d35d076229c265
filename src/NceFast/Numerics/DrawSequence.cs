namespace NceFast.Numerics;

/// <summary>Returns the draws of one stream in turn, as uniform words, uniform numbers or normal numbers. Not thread-safe.</summary>
public sealed class DrawSequence
{
    private readonly uint[] _words = new uint[4 * Philox4x32.Tile];
    private PhiloxStream _stream;
    private int _next;
    private double? _spare;

    /// <summary>Starts at the stream's first draw.</summary>
    /// <param name="stream">A stream whose block number is below 2^32, because the upper half counts refills here.</param>
    internal DrawSequence(in PhiloxStream stream)
    {
        _stream = stream;
        _next = _words.Length;
    }

    /// <summary>Creates one of 2^32 sequences per seed for the rows of an application.</summary>
    /// <param name="seed">Seed.</param>
    /// <param name="number">Number of the sequence.</param>
    public DrawSequence(ulong seed, uint number = 0)
        : this(PhiloxStream.For(seed, DrawPurpose.Synthetic, 0, number))
    {
    }

    /// <summary>Returns a uniform 32-bit word.</summary>
    public uint NextWord()
    {
        if (_next == _words.Length)
            Refill();
        return _words[_next++];
    }

    /// <summary>Returns a uniform number in (0, 1), a multiple of 2^-53 plus 2^-54.</summary>
    public double NextUniform()
    {
        ulong bits = ((ulong)NextWord() << 21) ^ (NextWord() >> 11);
        return (bits + 0.5) * (1.0 / (1L << 53));
    }

    /// <summary>Returns a number of the standard normal distribution (Box and Muller 1958).</summary>
    public double NextNormal()
    {
        if (_spare is { } spare)
        {
            _spare = null;
            return spare;
        }

        double radius = Math.Sqrt(-2 * Math.Log(NextUniform()));
        (double sin, double cos) = Math.SinCos(2 * Math.PI * NextUniform());
        _spare = radius * sin;
        return radius * cos;
    }

    private void Refill()
    {
        Philox4x32.Fill(_stream, _words);
        _stream = _stream with { C3 = _stream.C3 + 1 };
        _next = 0;
    }
}
