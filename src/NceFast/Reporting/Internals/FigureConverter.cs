using System.Text.Json;
using System.Text.Json.Serialization;

namespace NceFast.Reporting.Internals;

/// <summary>
/// Converts numbers to and from JSON, which has neither NaN nor infinity: numbers that are not finite are written as null, and
/// null is read as NaN. A number that is too large for a double is rejected, because this program does not write any.
/// </summary>
internal sealed class FigureConverter : JsonConverter<double>
{
    public override bool HandleNull => true;

    public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Null)
            return double.NaN;
        if (reader.TokenType != JsonTokenType.Number || !reader.TryGetDouble(out double value) || !double.IsFinite(value))
            throw new JsonException("a number is expected");
        return value;
    }

    public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
    {
        if (double.IsFinite(value))
            writer.WriteNumberValue(value);
        else
            writer.WriteNullValue();
    }
}
