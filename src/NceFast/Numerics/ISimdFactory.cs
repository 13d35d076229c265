namespace NceFast.Numerics;

/// <summary>Creates an implementation for the width that <see cref="SimdCatalog"/> chose.</summary>
/// <typeparam name="TResult">What all widths implement.</typeparam>
internal interface ISimdFactory<out TResult>
{
    /// <summary>Creates the implementation for one width.</summary>
    /// <typeparam name="TSimd">The operations of the width.</typeparam>
    /// <typeparam name="TVector">The vector of floats.</typeparam>
    static abstract TResult Create<TSimd, TVector>()
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged;
}
