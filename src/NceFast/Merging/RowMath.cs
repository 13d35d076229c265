using System.Numerics;
using System.Runtime.CompilerServices;

namespace NceFast.Merging;

/// <summary>The arithmetic of merging, one row at a time.</summary>
internal static unsafe class RowMath
{
    /// <summary>shared += weight (own - old); own and old become what shared is then.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Merge(float* shared, float* own, float* old, float weight, int columns)
    {
        var factor = new Vector<float>(weight);
        int c = 0;
        for (; c + Vector<float>.Count <= columns; c += Vector<float>.Count)
        {
            Vector<float> merged = Vector.Load(shared + c) + (factor * (Vector.Load(own + c) - Vector.Load(old + c)));
            merged.Store(shared + c);
            merged.Store(own + c);
            merged.Store(old + c);
        }

        for (; c < columns; c++)
        {
            float merged = shared[c] + (weight * (own[c] - old[c]));
            shared[c] = merged;
            own[c] = merged;
            old[c] = merged;
        }
    }

    /// <summary>Scales the part of the change own - old that lies along a unit vector. Columns must be a whole number of vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ScaleAlong(float* own, float* old, float* unit, float factor, int columns)
    {
        Vector<float> along = Vector<float>.Zero;
        for (int c = 0; c < columns; c += Vector<float>.Count)
            along += (Vector.Load(own + c) - Vector.Load(old + c)) * Vector.Load(unit + c);
        var step = new Vector<float>(Vector.Sum(along) * (factor - 1));
        for (int c = 0; c < columns; c += Vector<float>.Count)
            (Vector.Load(own + c) + (step * Vector.Load(unit + c))).Store(own + c);
    }

    /// <summary>sum += weight (row - old).</summary>
    /// <returns>Whether the row was changed.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static bool AddChange(float* sum, float* row, float* old, float weight, int columns)
    {
        var factor = new Vector<float>(weight);
        bool changed = false;
        int c = 0;
        for (; c + Vector<float>.Count <= columns; c += Vector<float>.Count)
        {
            Vector<float> change = Vector.Load(row + c) - Vector.Load(old + c);
            changed |= change != Vector<float>.Zero;
            (Vector.Load(sum + c) + (factor * change)).Store(sum + c);
        }

        for (; c < columns; c++)
        {
            float change = row[c] - old[c];
            changed |= change != 0;
            sum[c] += weight * change;
        }

        return changed;
    }

    /// <summary>own = row - old.</summary>
    public static void Change(float* own, float* row, float* old, int columns)
    {
        for (int c = 0; c < columns; c++)
            own[c] = row[c] - old[c];
    }

    /// <summary>old += factor sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddScaled(float* old, float* sum, float factor, int columns)
    {
        var scale = new Vector<float>(factor);
        int c = 0;
        for (; c + Vector<float>.Count <= columns; c += Vector<float>.Count)
            (Vector.Load(old + c) + (scale * Vector.Load(sum + c))).Store(old + c);
        for (; c < columns; c++)
            old[c] += factor * sum[c];
    }

    /// <summary>row += factor sum - own: adds what the others changed to what the row has become since.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddOthers(float* row, float* sum, float factor, float* own, int columns)
    {
        var scale = new Vector<float>(factor);
        int c = 0;
        for (; c + Vector<float>.Count <= columns; c += Vector<float>.Count)
            (Vector.Load(row + c) + ((scale * Vector.Load(sum + c)) - Vector.Load(own + c))).Store(row + c);
        for (; c < columns; c++)
            row[c] += (factor * sum[c]) - own[c];
    }
}
