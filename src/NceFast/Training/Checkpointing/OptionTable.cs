using System.Globalization;
using System.IO.Hashing;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using NceFast.Vocab;

namespace NceFast.Training;

/// <summary>A record of options as names and values, so that two can be held against each other.</summary>
internal static class OptionTable
{
    private static readonly JsonSerializerOptions Json = new() { Converters = { new JsonStringEnumConverter(), new VocabularyIdentity() }, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    // What a run may do otherwise without being another run.
    private static readonly HashSet<string> Free = ["--threads", "--device", "--host-kernels", "--cache", "--cache-dir", "--vocab-memory", "--stream-words", "--probe-every", "--valid", "--probe-table"];

    // Properties whose option has another name.
    private static readonly Dictionary<string, string> Names = new(StringComparer.Ordinal)
    {
        ["LearningRate"] = "lr",
        ["StartRate"] = "lr",
        ["Draws"] = "noise-draws",
        ["Before"] = "context",
        ["After"] = "context-after",
        ["ClosedVocabulary"] = "vocabulary",
        ["NoiseCounts"] = "noise",
        ["CacheDirectory"] = "cache-dir",
        ["MemoryLimitBytes"] = "vocab-memory",
        ["VocabularyIn"] = "vocab-in",
        ["Every"] = "probe-every",
        ["HeldOut"] = "valid",
        ["Similarity"] = "probe-table",
        ["Period"] = "sync-period",
        ["Rows"] = "sync-rows",
        ["Rule"] = "sync-rule",
        ["Overlap"] = "sync-overlap",
    };

    /// <summary>The options by the names of the command line.</summary>
    public static IReadOnlyDictionary<string, string> Of<T>(T options)
    {
        var table = new SortedDictionary<string, string>(StringComparer.Ordinal);
        Flatten(JsonSerializer.SerializeToNode(options, Json)!, "", table);
        return table;
    }

    /// <summary>What differs beyond what is free.</summary>
    public static IEnumerable<string> Differences(IReadOnlyDictionary<string, string> then, IReadOnlyDictionary<string, string> now) =>
        from name in then.Keys.Union(now.Keys)
        where !Free.Contains(name)
        let was = then.GetValueOrDefault(name, "absent")
        let has = now.GetValueOrDefault(name, "absent")
        where was != has
        select $"{name} was {was} and is {has}";

    private static void Flatten(JsonNode node, string property, SortedDictionary<string, string> table)
    {
        if (node is JsonObject record)
        {
            foreach ((string name, JsonNode? value) in record)
            {
                if (value is not null)
                    Flatten(value, name, table);
            }

            return;
        }

        table[NameOf(property)] = node is JsonArray ? node.ToJsonString() : node.ToString();
    }

    private static string NameOf(string property)
    {
        var name = new StringBuilder("--");
        foreach (char c in Names.TryGetValue(property, out string? other) ? other : property)
        {
            if (char.IsUpper(c) && name.Length > 2)
                name.Append('-');
            name.Append(char.ToLower(c, CultureInfo.InvariantCulture));
        }

        return name.ToString();
    }

    /// <summary>A vocabulary by its size and a hash of its words and counts.</summary>
    private sealed class VocabularyIdentity : JsonConverter<Vocabulary>
    {
        public override Vocabulary Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, Vocabulary value, JsonSerializerOptions options)
        {
            var hash = new XxHash128();
            for (int id = 0; id < value.Count; id++)
            {
                hash.Append(value.Words[id]);
                hash.Append(BitConverter.GetBytes(value.Counts[id]));
            }

            writer.WriteStringValue($"{value.Count} words, {Convert.ToHexStringLower(hash.GetCurrentHash())}");
        }
    }
}
