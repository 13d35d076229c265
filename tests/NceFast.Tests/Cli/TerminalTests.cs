using System.Text;
using System.Text.Json;
using NceFast.Cli;
using Xunit;

namespace NceFast.Tests.Cli;

/// <summary>No bytes of a file act on a terminal; pipes and JSON receive them unchanged.</summary>
public sealed class TerminalTests : CliTestBase
{
    private const string Clear = "q\u001b[2Jx", C1 = "a\u009bb", Override = "c\u202ed", Hebrew = "שלום", Family = "👨‍👩‍👧";

    [Theory]
    [InlineData("plain words, tabs\tand ümlauts", "plain words, tabs\tand ümlauts")]
    [InlineData(Clear, "q\\u001b[2Jx")]
    [InlineData(C1, "a\\u009bb")]
    [InlineData(Override, "c\\u202ed")]
    [InlineData("\u2066x\u2069\u206a", "\\u2066x\\u2069\\u206a")]
    [InlineData("a\rb\bc\u007f\0", "a\\u000db\\u0008c\\u007f\\u0000")]
    [InlineData("a\nb\u2028c\u2029", "a\\u000ab\\u2028c\\u2029")]
    [InlineData(Hebrew + "\u200f \u200eسلام", Hebrew + "\u200f \u200eسلام")]
    [InlineData(Family, Family)]
    public void Control_characters_are_escaped_and_text_stays_readable(string text, string shown) => Assert.Equal(shown, PrintableText.Escape(text));

    [Fact] // an attribute cannot hold such text
    public void Halves_of_pairs_are_escaped() => Assert.Equal("half \\ud83d of a pair \\udc68", PrintableText.Escape("half \ud83d of a pair \udc68"));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_writer_escapes_only_for_a_terminal(bool isTerminal)
    {
        var bytes = new MemoryStream();
        TextWriter writer = StandardStreams.Writer(bytes, isTerminal, autoFlush: true);
        writer.WriteLine(Clear + "\nfake");
        writer.WriteLine("{0} {1}", C1, 1);
        writer.Write("two\nlines\n");
        writer.Write(Override.ToCharArray());
        writer.Write('\u001b');
        writer.Write('\n');
        string expected = isTerminal
            ? "q\\u001b[2Jx\\u000afake\na\\u009bb 1\ntwo\nlines\nc\\u202ed\\u001b\n"
            : $"{Clear}\nfake\n{C1} 1\ntwo\nlines\n{Override}\u001b\n";
        Assert.Equal(expected, Encoding.UTF8.GetString(bytes.ToArray()));
    }

    [Theory]
    [InlineData("2> /dev/full", 3)]
    [InlineData("2>&-", 3)]
    [InlineData("| true; exit ${PIPESTATUS[0]}", 3)]
    public void An_error_that_cannot_be_written_still_ends_with_its_code(string where, int exitCode)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "redirections of a Unix shell");
        CliProcess.Shell($"'{CliProcess.Dotnet}' '{CliProcess.Dll}' neighbours '{In("none")}' king {where}").Expect(exitCode);
    }

    [Fact]
    public void Errors_of_several_threads_end_with_the_code_of_the_most_informative()
    {
        using var session = new Session();
        Exception memory = new OutOfMemoryException();
        Assert.Equal(6, Application.Report(new AggregateException(memory, memory), session));
        Assert.Equal(6, Application.Report(new AggregateException(new InvalidOperationException("x"), new AggregateException(memory, memory)), session));
        Assert.Equal(3, Application.Report(new AggregateException(memory, new OperationCanceledException(), new NceFastException(ErrorKind.Input, "a file is missing.")), session));
    }

    [Fact]
    public void Words_and_file_names_reach_a_terminal_escaped()
    {
        SkipWithoutScript();
        string vectors = Vectors(), name = In("no\u001b[2Jfile");
        string shown = OnTerminal($"neighbours '{vectors}' king").Out;
        foreach (string part in new[] { "q\\u001b[2Jx", "a\\u009bb", "c\\u202ed", Hebrew })
            Assert.Contains(part, shown, StringComparison.Ordinal);
        AssertHarmless(shown);
        foreach (string command in new[] { $"neighbours '{name}' king", $"neighbours '{vectors}' '{Clear}y'", $"score '{name}' -", $"generate '{name}'", $"eval similarity '{vectors}' '{name}'", $"vocab '{name}' --out '{In("w")}'", $"export '{vectors}' '{In("none")}/{Clear}'", $"report '{name}'", $"train '{name}' --out '{In("v")}'", $"resume '{name}'", $"train --bogus{Clear}", "--help" })
            AssertHarmless(OnTerminal(command).Out);
        Assert.Contains("no\\u001b[2Jfile", OnTerminal($"neighbours '{name}' king").Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Standard_output_and_standard_error_are_treated_separately()
    {
        SkipWithoutScript();
        string vectors = Vectors();
        OnTerminal($"neighbours '{vectors}' king > '{In("out")}'").Expect(0);
        Assert.Contains(Clear, File.ReadAllText(In("out")), StringComparison.Ordinal);
        string shown = OnTerminal($"neighbours '{In("no\u001b[2Jfile")}' king 2> '{In("err")}'").Out;
        Assert.Equal("", shown.Trim());
        Assert.Contains("no\u001b[2Jfile", File.ReadAllText(In("err")), StringComparison.Ordinal);
    }

    [Fact]
    public void Json_on_a_terminal_is_valid_and_loses_nothing()
    {
        SkipWithoutScript();
        string vectors = Vectors();
        string piped = CliProcess.Run("neighbours", vectors, "king", "--json").Expect(0).Out, shown = OnTerminal($"neighbours '{vectors}' king --json").Out;
        AssertHarmless(shown);
        Assert.Equal(Words(piped), Words(shown));
        Assert.Contains(Clear, Words(shown));
        Assert.Contains(C1, Words(shown));
        Assert.Contains(Override, Words(shown));
    }

    [Theory]
    [InlineData(60)]
    [InlineData(100)]
    public void Help_has_the_width_of_the_terminal(int columns)
    {
        SkipWithoutScript();
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The width is known on Linux.");
        CliResult help = CliProcess.Shell($"TERM=xterm script -qec \"stty cols {columns}; '{CliProcess.Dotnet}' '{CliProcess.Dll}' --help\" /dev/null < /dev/null").Expect(0);
        AssertHarmless(help.Out);
        Assert.InRange(help.Out.ReplaceLineEndings("\n").Split('\n').Max(line => line.Length), columns - 12, columns);
    }

    private static string[] Words(string json) =>
        [.. JsonDocument.Parse(json).RootElement.GetProperty("words")[0].GetProperty("neighbours").EnumerateArray().Select(n => n.GetProperty("word").GetString()!)];

    private static void AssertHarmless(string shown)
    {
        string text = shown.Replace("\r\n", "\n", StringComparison.Ordinal); // the terminal itself adds them
        Assert.DoesNotContain(text, c => c != '\n' && PrintableText.IsObeyed(c));
    }

    private static void SkipWithoutScript() => Assert.SkipWhen(CliProcess.Shell("script --version").ExitCode != 0, "script(1), which makes terminals, is absent");

    private static CliResult OnTerminal(string arguments)
    {
        string command = $"'{CliProcess.Dotnet}' '{CliProcess.Dll}' {arguments}";
        return CliProcess.Shell($"TERM=xterm script -qec \"{command}\" /dev/null < /dev/null");
    }

    private string Vectors() => Write("v.txt", $"5 2\nking 1 0\n{Clear} 1 0.1\n{C1} 1 0.2\n{Override} 1 0.3\n{Hebrew} 1 0.4\n");
}
