using System.Text.Json.Serialization;
using NceFast.Corpus;

namespace NceFast.Distribution;

/// <summary>Serialises the values that a rank sends to the others, without reflection.</summary>
[JsonSourceGenerationOptions(NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(int))]
[JsonSerializable(typeof(bool))]
[JsonSerializable(typeof(CorpusStatistics))]
internal sealed partial class SharedJson : JsonSerializerContext;
