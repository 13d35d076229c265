using System.Text.Json;
using System.Text.Json.Serialization;

namespace NceFast.Reporting.Internals;

/// <summary>Converts the values of a run to and from JSON. A number that is too large for a double is rejected, because this program does not write any.</summary>
internal sealed class RunValueConverter : JsonConverter<RunValue>
{
    public override bool HandleNull => true;

    public override RunValue Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
    {
        JsonTokenType.String => reader.GetString(),
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        JsonTokenType.Null => default,
        JsonTokenType.Number when reader.TryGetInt64(out long whole) => whole,
        JsonTokenType.Number when reader.TryGetUInt64(out ulong large) => large,
        JsonTokenType.Number when reader.TryGetDouble(out double number) && double.IsFinite(number) => number,
        _ => throw new JsonException("a text, a number, true, false or null is expected"),
    };

    public override void Write(Utf8JsonWriter writer, RunValue value, JsonSerializerOptions options)
    {
        switch (value.Value)
        {
            case string text:
                writer.WriteStringValue(text);
                break;
            case bool answer:
                writer.WriteBooleanValue(answer);
                break;
            case long whole:
                writer.WriteNumberValue(whole);
                break;
            case ulong large:
                writer.WriteNumberValue(large);
                break;
            case double number:
                writer.WriteNumberValue(number);
                break;
            default:
                writer.WriteNullValue();
                break;
        }
    }
}

/// <summary>Converts the results of a run to and from JSON: an object with a value per name. Earlier versions wrote a list of names and texts, which is still read.</summary>
internal sealed class RunResultsConverter : JsonConverter<IReadOnlyDictionary<string, RunValue>>
{
    private static readonly RunValueConverter Values = new();

    public override IReadOnlyDictionary<string, RunValue> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var results = new Dictionary<string, RunValue>(StringComparer.Ordinal);
        if (reader.TokenType == JsonTokenType.StartObject)
            ReadObject(ref reader, results, options);
        else if (reader.TokenType == JsonTokenType.StartArray)
            ReadList(ref reader, results);
        else
            throw new JsonException("an object with a value per name is expected");
        return results;
    }

    public override void Write(Utf8JsonWriter writer, IReadOnlyDictionary<string, RunValue> value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        foreach ((string name, RunValue figure) in value)
        {
            writer.WritePropertyName(name);
            Values.Write(writer, figure, options);
        }

        writer.WriteEndObject();
    }

    private static void ReadObject(ref Utf8JsonReader reader, Dictionary<string, RunValue> results, JsonSerializerOptions options)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            reader.Read();
            results[name] = Values.Read(ref reader, typeof(RunValue), options);
        }
    }

    private static void ReadList(ref Utf8JsonReader reader, Dictionary<string, RunValue> results)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            RunFigure figure = JsonSerializer.Deserialize(ref reader, RunJson.Default.RunFigure) ?? throw new JsonException("a result with a name and a value is expected");
            results[figure.Name] = figure.Value;
        }

        if (reader.TokenType != JsonTokenType.EndArray)
            throw new JsonException("a list of results is expected");
    }
}
