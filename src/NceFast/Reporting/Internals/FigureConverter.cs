using System.Text.Json;
using System.Text.Json.Serialization;

namespace NceFast.Reporting.Internals;

/// <summary>
/// A figure in JSON, which knows neither NaN nor infinity: one that does not exist is null. A number too large for a double,
/// which would be read as infinity, is no figure that this program wrote.
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
