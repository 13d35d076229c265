using System.Runtime.CompilerServices;
using ILGPU;

namespace NceFast.Kernels.WordVectors;

/// <summary>Represents one column of sixteen rows, in the registers of the thread that owns the column. It is unrolled by hand, because an indexed array would be in memory.</summary>
internal struct Sixteen
{
    public Quad Q0, Q1, Q2, Q3;

    /// <summary>Adds other rows to this, one by one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(Sixteen other)
    {
        Q0.Add(other.Q0);
        Q1.Add(other.Q1);
        Q2.Add(other.Q2);
        Q3.Add(other.Q3);
    }

    /// <summary>Computes the product of each row with a scale: <c>[4]</c> quads.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Sixteen Times(ArrayView<Float4> scales) => new() { Q0 = Q0.Times(scales[0]), Q1 = Q1.Times(scales[1]), Q2 = Q2.Times(scales[2]), Q3 = Q3.Times(scales[3]) };

    /// <summary>Adds weights * row to the quads of rows that have a weight, one bit of <paramref name="quads"/> each.</summary>
    /// <param name="weights">One quad of weights per quad of rows, from index <paramref name="at"/> on.</param>
    /// <param name="at">The index of the first weights.</param>
    /// <param name="quads">The quads.</param>
    /// <param name="row">The row to add.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(ArrayView<Float4> weights, int at, int quads, Float4 row)
    {
        if ((quads & 1) != 0)
            Q0.Add(weights[at], row);
        if ((quads & 2) != 0)
            Q1.Add(weights[at + 1], row);
        if ((quads & 4) != 0)
            Q2.Add(weights[at + 2], row);
        if ((quads & 8) != 0)
            Q3.Add(weights[at + 3], row);
    }

    /// <summary>Computes row + weights * this, one row after another, for the quads of rows that have a weight.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Float4 AddTo(Float4 row, ArrayView<Float4> weights, int at, int quads)
    {
        if ((quads & 1) != 0)
            row = Q0.AddTo(row, weights[at]);
        if ((quads & 2) != 0)
            row = Q1.AddTo(row, weights[at + 1]);
        if ((quads & 4) != 0)
            row = Q2.AddTo(row, weights[at + 2]);
        if ((quads & 8) != 0)
            row = Q3.AddTo(row, weights[at + 3]);
        return row;
    }
}

/// <summary>Represents one column of four rows.</summary>
internal struct Quad
{
    public Float4 A, B, C, D;

    /// <summary>Adds other rows to this, one by one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(Quad other)
    {
        A = A.Plus(1, other.A);
        B = B.Plus(1, other.B);
        C = C.Plus(1, other.C);
        D = D.Plus(1, other.D);
    }

    /// <summary>Computes the product of each row with a scale.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Quad Times(Float4 scales) => new() { A = A.Times(scales.X), B = B.Times(scales.Y), C = C.Times(scales.Z), D = D.Times(scales.W) };

    /// <summary>Computes this column's part of the squares of the four rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Float4 Squares() => new(A.Dot(A), B.Dot(B), C.Dot(C), D.Dot(D));

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

    /// <summary>Updates one output: adds g times the old output to the rows' sums, and g times the old rows to the output.</summary>
    /// <param name="old">The rows before this pass.</param>
    /// <param name="g">One gradient per row.</param>
    /// <param name="output">The output's column.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Update(Quad old, Float4 g, ref Float4 output)
    {
        Add(g, output);
        output = old.AddTo(output, g);
    }

    /// <summary>Does the same with a learning rate of the output.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Update(Quad old, Float4 g, float rate, ref Float4 output)
    {
        Add(g, output);
        output = old.AddTo(output, g.Times(rate));
    }

    /// <summary>Does the same as <see cref="UpdateInTurn(Quad, Float4, ref Float4)"/> with a learning rate of the output.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void UpdateInTurn(Quad old, Float4 g, float rate, ref Float4 output)
    {
        A = A.Plus(g.X, output);
        output = output.Plus(rate * g.X, old.A);
        B = B.Plus(g.Y, output);
        output = output.Plus(rate * g.Y, old.B);
        C = C.Plus(g.Z, output);
        output = output.Plus(rate * g.Z, old.C);
        D = D.Plus(g.W, output);
        output = output.Plus(rate * g.W, old.D);
    }

    /// <summary>Does the same as <see cref="Update(Quad, Float4, ref Float4)"/>, but each row sees the changes that earlier rows made to the output.</summary>
    /// <param name="old">The rows before this pass.</param>
    /// <param name="g">One gradient per row.</param>
    /// <param name="output">The output's column.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void UpdateInTurn(Quad old, Float4 g, ref Float4 output)
    {
        A = A.Plus(g.X, output);
        output = output.Plus(g.X, old.A);
        B = B.Plus(g.Y, output);
        output = output.Plus(g.Y, old.B);
        C = C.Plus(g.Z, output);
        output = output.Plus(g.Z, old.C);
        D = D.Plus(g.W, output);
        output = output.Plus(g.W, old.D);
    }
}
