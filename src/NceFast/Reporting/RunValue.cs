using System.Globalization;
using System.Text.Json.Serialization;
using NceFast.Reporting.Internals;

namespace NceFast.Reporting;

/// <summary>Represents a value of a run that can be written as JSON: a number, a text, true, false or null.</summary>
[JsonConverter(typeof(RunValueConverter))]
public readonly record struct RunValue
{
    private RunValue(object? value) => Value = value;

    /// <summary>Gets the value: a <see cref="string"/>, <see cref="bool"/>, <see cref="long"/>, <see cref="ulong"/> or <see cref="double"/>, or null.</summary>
    public object? Value { get; }

    /// <summary>Converts a text or null.</summary>
    public static implicit operator RunValue(string? value) => new(value);

    /// <summary>Converts true or false.</summary>
    public static implicit operator RunValue(bool value) => new(value);

    /// <summary>Converts a whole number.</summary>
    public static implicit operator RunValue(int value) => new((long)value);

    /// <summary>Converts a whole number.</summary>
    public static implicit operator RunValue(long value) => new(value);

    /// <summary>Converts a whole number.</summary>
    public static implicit operator RunValue(ulong value) => new(value);

    /// <summary>Converts a number. NaN and infinity become null.</summary>
    public static implicit operator RunValue(double value) => new(double.IsFinite(value) ? value : null);

    /// <summary>Converts a number and keeps its digits as a float: 0.04 and not 0.03999999910593033.</summary>
    public static implicit operator RunValue(float value) => double.Parse(value.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public override string ToString() => Convert.ToString(Value, CultureInfo.InvariantCulture) ?? "";
}
