using System.Runtime.CompilerServices;

namespace NceFast.Numerics;

/// <summary>Contains the formula of AdaGrad with one sum per row, for the processor and for kernels (Duchi et al. 2011).</summary>
internal static class Adaptation
{
    /// <summary>Computes the learning rate divided by the root of a row's sum of mean squared gradients.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Rate(float rate, float sum) => rate / (MathF.Sqrt(sum) + 1e-8f);
}
