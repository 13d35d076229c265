using System.Runtime.CompilerServices;
using ILGPU;

namespace NceFast.Kernels.WordVectors;

/// <summary>Represents one column of sixteen rows, in the registers of the thread that owns the column. It is unrolled by hand, because an indexed array would be in memory.</summary>
internal struct Sixteen
{
    public Quad Q0, Q1, Q2, Q3;

    /// <summary>Adds weights * row to this. <paramref name="weights"/> has one quad per four rows, from index <paramref name="at"/> on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(ArrayView<Float4> weights, long at, Float4 row)
    {
        Q0.Add(weights[at], row);
        Q1.Add(weights[at + 1], row);
        Q2.Add(weights[at + 2], row);
        Q3.Add(weights[at + 3], row);
    }

    /// <summary>Computes row + weights * this, one row after another.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Float4 AddTo(Float4 row, ArrayView<Float4> weights, long at) =>
        Q3.AddTo(Q2.AddTo(Q1.AddTo(Q0.AddTo(row, weights[at]), weights[at + 1]), weights[at + 2]), weights[at + 3]);
}

/// <summary>Represents one column of four rows.</summary>
internal struct Quad
{
    public Float4 A, B, C, D;

    /// <summary>Adds weights * row to this, with one weight for each of the four rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(Float4 weights, Float4 row)
    {
        A = A.Plus(weights.X, row);
        B = B.Plus(weights.Y, row);
        C = C.Plus(weights.Z, row);
        D = D.Plus(weights.W, row);
    }

    /// <summary>Computes row + weights * this, one row after another.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Float4 AddTo(Float4 row, Float4 weights) =>
        row.Plus(weights.X, A).Plus(weights.Y, B).Plus(weights.Z, C).Plus(weights.W, D);

    /// <summary>Computes this column's part of the dot products of the four rows with a row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Float4 Score(Float4 row) => new(A.Dot(row), B.Dot(row), C.Dot(row), D.Dot(row));

    /// <summary>
    /// Updates one output: adds g times the output to the rows' sums, and g times the old rows to the output. In turn, each row sees the
    /// changes that earlier rows made to the output; otherwise all rows see the old output.
    /// </summary>
    /// <param name="old">The rows before this pass.</param>
    /// <param name="g">One gradient per row.</param>
    /// <param name="output">The output's column.</param>
    /// <param name="inTurn">Whether the rows see each other's changes.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Update(Quad old, Float4 g, ref Float4 output, bool inTurn)
    {
        Float4 seen = output;
        A = A.Plus(g.X, seen);
        output = output.Plus(g.X, old.A);
        seen = seen.Or(output, inTurn);
        B = B.Plus(g.Y, seen);
        output = output.Plus(g.Y, old.B);
        seen = seen.Or(output, inTurn);
        C = C.Plus(g.Z, seen);
        output = output.Plus(g.Z, old.C);
        seen = seen.Or(output, inTurn);
        D = D.Plus(g.W, seen);
        output = output.Plus(g.W, old.D);
    }
}
