using System.Globalization;
using System.Text.Json.Serialization;
using NceFast.Reporting.Internals;

namespace NceFast.Reporting;

/// <summary>A value of a run as JSON has it: a number, a text, true or false, or none.</summary>
[JsonConverter(typeof(RunValueConverter))]
public readonly record struct RunValue
{
    private RunValue(object? value) => Value = value;

    /// <summary>A <see cref="string"/>, <see cref="bool"/>, <see cref="long"/>, <see cref="ulong"/> or <see cref="double"/>; null for none.</summary>
    public object? Value { get; }

    /// <summary>A text; null is none.</summary>
    public static implicit operator RunValue(string? value) => new(value);

    /// <summary>True or false.</summary>
    public static implicit operator RunValue(bool value) => new(value);

    /// <summary>A whole number.</summary>
    public static implicit operator RunValue(int value) => new((long)value);

    /// <summary>A whole number.</summary>
    public static implicit operator RunValue(long value) => new(value);

    /// <summary>A whole number.</summary>
    public static implicit operator RunValue(ulong value) => new(value);

    /// <summary>A number; NaN and infinity are none.</summary>
    public static implicit operator RunValue(double value) => new(double.IsFinite(value) ? value : null);

    /// <summary>A number, with the digits that name it as a float: 0.04 and not 0.03999999910593033.</summary>
    public static implicit operator RunValue(float value) => double.Parse(value.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public override string ToString() => Convert.ToString(Value, CultureInfo.InvariantCulture) ?? "";
}
