using System.Runtime.CompilerServices;
using NceFast.Numerics;

namespace NceFast.Merging;

/// <summary>
/// The arithmetic of merging, one row at a time. Threads and replicas use the same operations. Products and sums are not fused, so that all
/// widths give the same bits, except for sums across columns.
/// </summary>
internal abstract unsafe class RowMath
{
    /// <summary>Gets the arithmetic in the process's width.</summary>
    public static RowMath Current => Of(SimdCatalog.Current);

    /// <summary>Gets the arithmetic in a width.</summary>
    public static RowMath Of(SimdWidth width) => SimdCatalog.Get<Factory, RowMath>(width);

    /// <summary>shared += weight (own - old); own and old become what shared is then.</summary>
    public abstract void Merge(float* shared, float* own, float* old, float weight, int columns);

    /// <summary>Scales the part of the change own - old that lies along a unit vector. Columns must be a multiple of 16.</summary>
    public abstract void ScaleAlong(float* own, float* old, float* unit, float factor, int columns);

    /// <summary>sum += weight (row - old).</summary>
    /// <returns>Whether the row was changed.</returns>
    public abstract bool AddChange(float* sum, float* row, float* old, float weight, int columns);

    /// <summary>sum = weight (row - old).</summary>
    public abstract void Weigh(float* sum, float* row, float* old, float weight, int columns);

    /// <summary>old += factor sum; row becomes what old is then.</summary>
    public abstract void Replace(float* row, float* old, float* sum, float factor, int columns);

    /// <summary>own = row - old.</summary>
    public abstract void Change(float* own, float* row, float* old, int columns);

    /// <summary>old += factor sum.</summary>
    public abstract void AddScaled(float* old, float* sum, float factor, int columns);

    /// <summary>sum = factor sum - own, which is what the others changed; a null own is 0.</summary>
    public abstract void Others(float* sum, float factor, float* own, int columns);

    /// <summary>Returns whether a row differs from an old one. A row that does is read no further than to the first difference.</summary>
    public abstract bool Differs(float* row, float* old, int columns);

    private readonly struct Factory : ISimdFactory<RowMath>
    {
        public static RowMath Create<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : unmanaged => new RowMath<TSimd, TVector>();
    }
}

/// <summary>The arithmetic in one vector width.</summary>
internal sealed unsafe class RowMath<TSimd, TVector> : RowMath
    where TSimd : struct, ISimd<TVector>
    where TVector : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Merge(float* shared, float* own, float* old, float weight, int columns)
    {
        TVector factor = TSimd.Create(weight);
        int c = 0;
        for (; c + TSimd.Width <= columns; c += TSimd.Width)
        {
            TVector merged = TSimd.Add(TSimd.Load(shared + c), TSimd.Multiply(factor, TSimd.Subtract(TSimd.Load(own + c), TSimd.Load(old + c))));
            TSimd.Store(shared + c, merged);
            TSimd.Store(own + c, merged);
            TSimd.Store(old + c, merged);
        }

        for (; c < columns; c++)
        {
            float merged = shared[c] + (weight * (own[c] - old[c]));
            shared[c] = merged;
            own[c] = merged;
            old[c] = merged;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void ScaleAlong(float* own, float* old, float* unit, float factor, int columns)
    {
        TVector along = TSimd.Create(0);
        for (int c = 0; c < columns; c += TSimd.Width)
            along = TSimd.Add(along, TSimd.Multiply(TSimd.Subtract(TSimd.Load(own + c), TSimd.Load(old + c)), TSimd.Load(unit + c)));
        TVector step = TSimd.Create(TSimd.Sum(along) * (factor - 1));
        for (int c = 0; c < columns; c += TSimd.Width)
            TSimd.Store(own + c, TSimd.Add(TSimd.Load(own + c), TSimd.Multiply(step, TSimd.Load(unit + c))));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override bool AddChange(float* sum, float* row, float* old, float weight, int columns)
    {
        TVector factor = TSimd.Create(weight);
        bool changed = false;
        int c = 0;
        for (; c + TSimd.Width <= columns; c += TSimd.Width)
        {
            TVector change = TSimd.Subtract(TSimd.Load(row + c), TSimd.Load(old + c));
            changed |= TSimd.AnyNonZero(change);
            TSimd.Store(sum + c, TSimd.Add(TSimd.Load(sum + c), TSimd.Multiply(factor, change)));
        }

        for (; c < columns; c++)
        {
            float change = row[c] - old[c];
            changed |= change != 0;
            sum[c] += weight * change;
        }

        return changed;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Weigh(float* sum, float* row, float* old, float weight, int columns)
    {
        TVector factor = TSimd.Create(weight);
        int c = 0;
        for (; c + TSimd.Width <= columns; c += TSimd.Width)
            TSimd.Store(sum + c, TSimd.Multiply(factor, TSimd.Subtract(TSimd.Load(row + c), TSimd.Load(old + c))));
        for (; c < columns; c++)
            sum[c] = weight * (row[c] - old[c]);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Replace(float* row, float* old, float* sum, float factor, int columns)
    {
        TVector scale = TSimd.Create(factor);
        int c = 0;
        for (; c + TSimd.Width <= columns; c += TSimd.Width)
        {
            TVector merged = TSimd.Add(TSimd.Load(old + c), TSimd.Multiply(scale, TSimd.Load(sum + c)));
            TSimd.Store(old + c, merged);
            TSimd.Store(row + c, merged);
        }

        for (; c < columns; c++)
            row[c] = old[c] += factor * sum[c];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Change(float* own, float* row, float* old, int columns)
    {
        int c = 0;
        for (; c + TSimd.Width <= columns; c += TSimd.Width)
            TSimd.Store(own + c, TSimd.Subtract(TSimd.Load(row + c), TSimd.Load(old + c)));
        for (; c < columns; c++)
            own[c] = row[c] - old[c];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void AddScaled(float* old, float* sum, float factor, int columns)
    {
        TVector scale = TSimd.Create(factor);
        int c = 0;
        for (; c + TSimd.Width <= columns; c += TSimd.Width)
            TSimd.Store(old + c, TSimd.Add(TSimd.Load(old + c), TSimd.Multiply(scale, TSimd.Load(sum + c))));
        for (; c < columns; c++)
            old[c] += factor * sum[c];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Others(float* sum, float factor, float* own, int columns)
    {
        if (own == null && factor == 1)
            return;
        TVector scale = TSimd.Create(factor), none = TSimd.Create(0);
        int c = 0;
        for (; c + TSimd.Width <= columns; c += TSimd.Width)
            TSimd.Store(sum + c, TSimd.Subtract(TSimd.Multiply(scale, TSimd.Load(sum + c)), own == null ? none : TSimd.Load(own + c)));
        for (; c < columns; c++)
            sum[c] = (factor * sum[c]) - (own == null ? 0 : own[c]);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override bool Differs(float* row, float* old, int columns)
    {
        int c = 0;
        for (; c + TSimd.Width <= columns; c += TSimd.Width)
        {
            if (TSimd.AnyNonZero(TSimd.Subtract(TSimd.Load(row + c), TSimd.Load(old + c))))
                return true;
        }

        for (; c < columns; c++)
        {
            if (row[c] - old[c] != 0)
                return true;
        }

        return false;
    }
}
