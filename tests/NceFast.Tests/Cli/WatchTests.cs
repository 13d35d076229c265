using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using NceFast.Cli;
using NceFast.Training;
using OpenTelemetry.Resources;
using Xunit;

namespace NceFast.Tests.Cli;

/// <summary>The display and the records of a training, as a process.</summary>
public sealed class WatchTests : CliTestBase
{
    [Fact]
    public void A_run_folder_holds_the_record_and_becomes_a_page()
    {
        string run = In("run"), vectors = In("v.bin");
        CliProcess.Run("train", Corpus(), "--out", vectors, "--dim", "16", "--epochs", "3", "--min-count", "1", "--valid", Corpus(), "--run", run, "--quiet").Expect(0);
        JsonElement record = JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "run.json"))).RootElement;
        Assert.Equal("Done", record.GetProperty("state").GetString());
        Assert.Contains(record.GetProperty("options").EnumerateArray(), o => o.GetProperty("name").GetString() == "--dim" && o.GetProperty("value").ValueKind == JsonValueKind.Number && o.GetProperty("value").GetInt32() == 16 && o.GetProperty("given").GetBoolean());
        Assert.Contains(record.GetProperty("options").EnumerateArray(), o => o.GetProperty("name").GetString() == "--window" && !o.GetProperty("given").GetBoolean());

        JsonElement[] lines = [.. File.ReadLines(Path.Combine(run, "metrics.jsonl")).Select(l => JsonDocument.Parse(l).RootElement)];
        Assert.Equal([1, 2, 3], lines.Where(l => Event(l) == "Epoch").Select(l => l.GetProperty("epoch").GetInt32()));
        Assert.Equal(3, lines.Count(l => Event(l) == "Probe" && l.GetProperty("figures").GetProperty("perplexity").GetDouble() > 1));
        Assert.Equal(lines.Select(l => l.GetProperty("seconds").GetDouble()).Order(), lines.Select(l => l.GetProperty("seconds").GetDouble()));

        string table = Write("pairs.tsv", "c00w00\tc00w01\t9\nc00w00\tc01w01\t1\nc01w01\tc01w02\t8\n");
        CliProcess.Run("eval", "similarity", vectors, table, "--run", run).Expect(0);
        CliProcess.Run("report", run).Expect(0);
        string page = File.ReadAllText(Path.Combine(run, "report.html"));
        Assert.Contains("\"spearman\":", page);
        Assert.DoesNotContain("http://", page.Replace("http://www.w3.org/2000/svg", ""));
        Assert.DoesNotContain("https://", page);

        CliProcess.Run("train", Corpus(), "--out", vectors, "--run", run).Expect(2, "already contains a run");
    }

    [Fact]
    public void An_error_and_an_interruption_are_kept_in_the_run()
    {
        string run = In("run");
        CliProcess.Run("train", Write("empty.txt", "a b\n"), "--out", In("v"), "--run", run).Expect(4);
        JsonElement record = JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "run.json"))).RootElement;
        Assert.Equal("Failed", record.GetProperty("state").GetString());
        Assert.Contains("--min-count", record.GetProperty("error").GetString());
        CliProcess.Run("report", run, "--out", In("page.html")).Expect(0); // without vectors
    }

    [Fact]
    public void A_json_log_is_json_in_every_line()
    {
        CliResult result = CliProcess.Run("train", Corpus(), "--out", In("v"), "--log", "json", "--epochs", "2", "--verbose").Expect(0);
        JsonElement[] lines = [.. result.Err.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement)];
        Assert.Equal(2, lines.Count(l => Event(l) == "Epoch"));
        Assert.Contains(lines, l => Event(l) == "Message" && l.GetProperty("level").GetString() == "information");
    }

    [Theory]
    [InlineData(3, "input", "train|nofile|--out|OUT|--log|json")]
    [InlineData(3, "input", "train|nofile|--out|OUT|--log=json|--model|lbl")]
    [InlineData(2, "usage", "train|TEXT|--log|json")]
    [InlineData(2, "usage", "train|TEXT|--out|OUT|--log|json|--no-such-option")]
    [InlineData(2, "usage", "train|TEXT|--out|OUT|--dim|x|--log|json")]
    [InlineData(2, "usage", "train|TEXT|--out|OUT|--dim|0|--log|json|--quiet")]
    [InlineData(3, "input", "resume|nofolder|--log|json")]
    [InlineData(4, "emptyVocabulary", "train|TEXT|--out|OUT|--min-count|999999|--log|json")]
    public void An_error_is_a_line_of_json_in_a_json_log(int exitCode, string kind, string command)
    {
        string text = Corpus(words: 2000);
        CliResult result = CliProcess.Run(command.Replace("TEXT", text).Replace("OUT", In("v")).Split('|')).Expect(exitCode);
        JsonElement[] lines = [.. result.Err.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement)];
        JsonElement error = lines.First(l => l.TryGetProperty("level", out JsonElement level) && level.GetString() == "error");
        Assert.Equal(("Message", exitCode, kind), (Event(error), error.GetProperty("exitCode").GetInt32(), error.GetProperty("kind").GetString()));
        Assert.NotEqual("", error.GetProperty("text").GetString());
    }

    [Fact]
    public void The_service_name_is_that_of_the_user()
    {
        Assert.Equal("ncefast", Describe(null, null)["service.name"]);
        Assert.Equal("mine", Describe("mine", null)["service.name"]);
        Assert.Equal("theirs", Describe(null, "service.name=theirs,deployment.environment=lab")["service.name"]);
        Assert.Equal("lab", Describe("mine", "service.name=theirs,deployment.environment=lab")["deployment.environment"]);
        Assert.Equal("mine", Describe("mine", "service.name=theirs")["service.name"]);
    }

    // The tests of this class run one after the other, so the variables may be set for a moment.
    private static Dictionary<string, object> Describe(string? name, string? attributes)
    {
        Environment.SetEnvironmentVariable("OTEL_SERVICE_NAME", name);
        Environment.SetEnvironmentVariable("OTEL_RESOURCE_ATTRIBUTES", attributes);
        try
        {
            return Telemetry.Describe(ResourceBuilder.CreateDefault()).Build().Attributes.ToDictionary();
        }
        finally
        {
            Environment.SetEnvironmentVariable("OTEL_SERVICE_NAME", null);
            Environment.SetEnvironmentVariable("OTEL_RESOURCE_ATTRIBUTES", null);
        }
    }

    [Fact]
    public void The_resource_has_the_rank_and_spans_have_epochs_rank_and_device()
    {
        Dictionary<string, object> resource = Telemetry.Describe(ResourceBuilder.CreateDefault(), 2, 4).Build().Attributes.ToDictionary();
        Assert.Equal((2L, 4L), ((long)resource["ncefast.rank"], (long)resource["ncefast.ranks"]));

        var spans = new List<System.Diagnostics.Activity>();
        using var listener = new System.Diagnostics.ActivityListener { ShouldListenTo = s => s.Name == TrainingTrace.SourceName, Sample = (ref _) => System.Diagnostics.ActivitySamplingResult.AllData, ActivityStopped = spans.Add };
        System.Diagnostics.ActivitySource.AddActivityListener(listener);
        using (var trace = new TrainingTrace(new WordVectorOptions(), rank: 2))
        {
            trace.Report(new TrainingProgress { Ended = new EpochReport(0, 10, 10, 5, 1, 3) });
            trace.Done("host vector256");
        }

        Assert.Equal(["epoch", "train"], spans.Select(s => s.OperationName));
        Assert.Equal(spans[1].SpanId, spans[0].ParentSpanId);
        Assert.InRange(spans[0].Duration.TotalSeconds, 2.9, 3.5);
        Assert.Equal((2, "host vector256", "skipgram"), ((int)spans[1].GetTagItem("rank")!, (string)spans[1].GetTagItem("device")!, (string)spans[1].GetTagItem("model")!));
    }

    [Fact]
    public void Epochs_and_probes_are_lines_without_a_terminal()
    {
        CliResult result = CliProcess.Run("train", Corpus(), "--out", In("v"), "--epochs", "2", "--valid", Corpus()).Expect(0);
        Assert.Contains("epoch 1/2", result.Err);
        Assert.Contains("perplexity ", result.Err);
        Assert.DoesNotContain("\u001b", result.Err);
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("TERM=dumb", false)]
    public void A_terminal_shows_a_live_view_unless_it_only_supports_lines(string variable, bool live)
    {
        Assert.SkipWhen(CliProcess.Shell("script --version").ExitCode != 0, "script(1), which makes terminals, is absent");
        CliResult result = CliProcess.Shell($"TERM=xterm {variable} script -qec \"'{CliProcess.Dotnet}' '{CliProcess.Dll}' train '{Corpus()}' --out '{In("v")}' --epochs 40 --device host\" /dev/null");
        Assert.Equal(live, result.Out.Contains("\u001b[?25l", StringComparison.Ordinal)); // the cursor is hidden
        Assert.Equal(live, result.Out.Contains('━'));
        Assert.Contains("written", result.Out);
        if (live)
            Assert.Contains("\u001b[?25h", result.Out);
    }

    [Fact]
    public async Task Metrics_reach_a_collector_named_by_the_standard_variables()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Task<string> received = Receive(listener);
        string endpoint = $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";
        CliResult result = CliProcess.Shell($"OTEL_EXPORTER_OTLP_ENDPOINT={endpoint} OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf OTEL_TRACES_EXPORTER=none '{CliProcess.Dotnet}' '{CliProcess.Dll}' train '{Corpus()}' --out '{In("v")}' --epochs 1 --quiet");
        result.Expect(0);
        string request = await received.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.StartsWith("POST /v1/metrics", request);
        Assert.Contains("ncefast.words", request);
        Assert.Contains("skipgram", request);
    }

    [Fact]
    public void Probes_that_measure_nothing_and_missing_files_are_refused()
    {
        CliProcess.Run("train", Corpus(), "--out", In("v"), "--probe-every", "5000").Expect(2, "nothing to measure");
        CliProcess.Run("train", Corpus(), "--out", In("v"), "--probe-every", "5", "--valid", Corpus()).Expect(2, "--probe-every is 5");
        CliProcess.Run("train", Corpus(), "--out", In("v"), "--valid", In("none")).Expect(3, "does not exist");
    }

    private static string Event(JsonElement line) => line.GetProperty("event").GetString()!;

    // Answers one HTTP request with an empty success.
    private static async Task<string> Receive(TcpListener listener)
    {
        using TcpClient client = await listener.AcceptTcpClientAsync();
        NetworkStream stream = client.GetStream();
        var request = new StringBuilder();
        byte[] buffer = new byte[1 << 16];
        int length = -1, headerEnd = -1;
        while (length < 0 || request.Length < headerEnd + length)
        {
            int read = await stream.ReadAsync(buffer);
            if (read == 0)
                break;
            request.Append(Encoding.Latin1.GetString(buffer, 0, read));
            string text = request.ToString();
            if (length >= 0 || (headerEnd = text.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4) < 4)
                continue;
            string header = text.Split("\r\n").First(l => l.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase));
            length = int.Parse(header.Split(':')[1], System.Globalization.CultureInfo.InvariantCulture);
        }

        await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray());
        return request.ToString();
    }
}
