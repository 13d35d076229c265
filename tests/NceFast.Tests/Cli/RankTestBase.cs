using System.Text.Json;
using Xunit;

namespace NceFast.Tests.Cli;

/// <summary>The common part of tests that run ranks as processes.</summary>
public abstract class RankTestBase : CliTestBase
{
    internal string Vectors => In("vectors.txt");

    internal static JsonElement Json(CliResult result) => JsonDocument.Parse(result.Out[result.Out.IndexOf('{')..(result.Out.LastIndexOf('}') + 1)]).RootElement;

    internal void NothingIsWritten() => Assert.DoesNotContain(Directory.GetFiles(Folder), f => Path.GetFileName(f).StartsWith("vectors", StringComparison.Ordinal));
}
