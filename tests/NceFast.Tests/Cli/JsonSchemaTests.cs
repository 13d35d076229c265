using NJsonSchema;
using Xunit;

namespace NceFast.Tests.Cli;

/// <summary>The JSON of all trainings, and of errors, is what src/docs/json.md says.</summary>
public sealed class JsonSchemaTests : CliTestBase
{
    [Fact]
    public async Task Trainings_write_what_the_page_describes()
    {
        CliProcess.Run("train", Corpus(), "--out", In("v"), "--dim", "8", "--epochs", "1", "--threads", "1", "--quiet", "--json", "--checkpoint", In("c"), "--vocab-out", In("vocab")).Expect(0);
        await Check("vectors", CliProcess.Run("train", Corpus(), "--out", In("v"), "--dim", "8", "--epochs", "1", "--quiet", "--json"));
        CliResult resumed = CliProcess.Run("resume", In("c"));
        await Check("vectors", resumed);
        Assert.True(resumed.Json.GetProperty("resumed").GetBoolean());
        await Check("languageModel", CliProcess.Run("train", Corpus(), "--model", "lbl", "--out", In("m"), "--dim", "8", "--epochs", "1", "--valid", Corpus("valid.txt", 2_000), "--quiet", "--json"));
        await Check("demo", CliProcess.Run("demo", "--words", "100000", "--threads", "1", "--quiet", "--json"));
    }

    [Fact]
    public async Task Errors_write_what_the_page_describes()
    {
        await Check("error", CliProcess.Run("trian", "--json"), exitCode: 2);
        await Check("error", CliProcess.Run("train", In("absent"), "--out", In("v"), "--json"), exitCode: 3);
    }

    [Fact]
    public async Task Another_object_is_refused()
    {
        JsonSchema schema = await Schema("vectors");
        Assert.NotEmpty(schema.Validate("""{ "out": "v", "loss": "low" }"""));
    }

    private static async Task Check(string definition, CliResult result, int exitCode = 0)
    {
        JsonSchema schema = await Schema(definition);
        result.Expect(exitCode);
        Assert.Empty(schema.Validate(result.Out).Select(e => e.ToString()));
        Assert.Empty(result.Json.EnumerateObject().Select(p => p.Name).Except(Names(schema)));
    }

    private static IEnumerable<string> Names(JsonSchema schema) => schema.ActualSchema.Properties.Keys.Concat(schema.ActualSchema.AllOf.SelectMany(Names));

    private static async Task<JsonSchema> Schema(string definition)
    {
        string? folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder!, "NceFast.sln")))
            folder = Path.GetDirectoryName(folder);
        string page = await File.ReadAllTextAsync(Path.Combine(folder!, "src/docs/json.md"));
        JsonSchema all = await JsonSchema.FromJsonAsync(page.Split("```json\n")[1].Split("```")[0]);
        return all.Definitions[definition];
    }
}
