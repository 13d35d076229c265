using System.Runtime.CompilerServices;
using ILGPU;

namespace NceFast.Kernels.WordVectors;

/// <summary>One column of sixteen rows, held in the registers of the thread that owns the column. Unrolled by hand: an indexed array would lie in memory.</summary>
internal struct Sixteen
{
    public Quad Q0, Q1, Q2, Q3;

    /// <summary>this + weights * row: <paramref name="weights"/> of row i stands at 4 floats per quad.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(ArrayView<Float4> weights, long at, Float4 row)
    {
        Q0.Add(weights[at], row);
        Q1.Add(weights[at + 1], row);
        Q2.Add(weights[at + 2], row);
        Q3.Add(weights[at + 3], row);
    }

    /// <summary>row + weights * this, row after row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Float4 AddTo(Float4 row, ArrayView<Float4> weights, long at) =>
        Q3.AddTo(Q2.AddTo(Q1.AddTo(Q0.AddTo(row, weights[at]), weights[at + 1]), weights[at + 2]), weights[at + 3]);
}

/// <summary>One column of four rows.</summary>
internal struct Quad
{
    public Float4 A, B, C, D;

    /// <summary>Adds a weight for each row times another row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(Float4 weights, Float4 row)
    {
        A = A.Plus(weights.X, row);
        B = B.Plus(weights.Y, row);
        C = C.Plus(weights.Z, row);
        D = D.Plus(weights.W, row);
    }

    /// <summary>row + weights * this, row after row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Float4 AddTo(Float4 row, Float4 weights) =>
        row.Plus(weights.X, A).Plus(weights.Y, B).Plus(weights.Z, C).Plus(weights.W, D);

    /// <summary>This column's part of the rows' dot products with a row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Float4 Score(Float4 row) => new(A.Dot(row), B.Dot(row), C.Dot(row), D.Dot(row));

    /// <summary>
    /// One output's update: adds g times it to the rows' sums, and g times the old rows to it. In turn, each row sees
    /// what those before it did to the output; else all see it as it was.
    /// </summary>
    /// <param name="old">Rows before this pass.</param>
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
