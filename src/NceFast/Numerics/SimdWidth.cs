namespace NceFast.Numerics;

/// <summary>A vector width; the value is the floats of a vector.</summary>
internal enum SimdWidth
{
    /// <summary>No vectors.</summary>
    Scalar = 1,

    /// <summary>Four floats.</summary>
    Vector128 = 4,

    /// <summary>Eight floats.</summary>
    Vector256 = 8,

    /// <summary>Sixteen floats.</summary>
    Vector512 = 16,
}
