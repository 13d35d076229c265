using System.Text;
using NceFast.Cli;

namespace NceFast.Fuzz.Targets;

/// <summary>The command line, one argument per line. Inputs never exist, so that no verb does its work.</summary>
internal sealed class OptionsTarget : FuzzTarget
{
    private static readonly string[] Verbs = ["train", "vocab", "eval", "similarity", "analogy", "perplexity", "completion", "score", "generate", "neighbours", "export"];

    public override string Name => "options";

    public override double Cost => 40;

    public override IReadOnlyList<byte[]> Tokens => Texts(
        [.. Verbs.Select(v => $"\n{v}\n"), "\n--\n", "\n-", "\n--json\n", "\n--help\n", "=", ":", "\n", "\n--dim\n", "\n--k\n", "\n--lr\n", "\n--seed\n", "\n--threads\n", "\n--format\n", "\n--model\nlbl\n", "\n--window\n",
            "\n--vocab-memory\n", "\n--subsample\n", "\n--noise-sharing\n", "\n--device\n", "\n--min-count\n", "\n--epochs\n", "\n--log-z\n", "4G", "e", "@file", "[suggest]"]);

    public override IEnumerable<byte[]> Seeds() => Texts(
        "train\n/none/a\n--out\n/none/b\n--dim\n100\n--objective\nneg\n--k\n5\n--lr\n0.025\n--format\nnpy",
        "train\n/none/a\n--model\nlbl\n--out\n/none/b\n--context\n3\n--schedule\nlinear\n--noise\nunigram",
        "train\n/none/a\n--out=/none/b\n--vocab-memory\n512M\n--cache\nnever\n--subsample=1e-3\n--seed\n18446744073709551615",
        "vocab\n/none/a\n--out\n/none/b\n--min-count\n2", "eval\nsimilarity\n/none/v\n/none/t\n--restrict\n10\n--json", "eval\nperplexity\n/none/m\n/none/t",
        "neighbours\n/none/v\n--top\n3\n--\n-word", "export\n/none/v\n--out\n/none/w\n--format\nsafetensors", "score\n/none/m\n/none/t", "generate\n/none/m\n--temperature\n0.5", "train\n--help");

    public override string Read(byte[] input)
    {
        string[] args = [.. Encoding.UTF8.GetString(input).Split('\n').Where(a => a.Length > 0).Take(100).Select(Harmless)];
        int verb = Array.FindIndex(args, a => a.Length == 0 || a[0] != '-');
        if (verb < 0 || !Verbs.Contains(args[verb]))
            return "no verb";
        int code = RunSilently(args);
        return code is 0 or 2 or 3 or 5 or 6 or 7 ? $"code {code}" : throw new InvalidOperationException($"Exit code {code} for: {string.Join(' ', args)}");
    }

    private static int RunSilently(string[] args)
    {
        (TextWriter output, TextWriter error) = (Console.Out, Console.Error);
        Console.SetOut(TextWriter.Null);
        Console.SetError(TextWriter.Null);
        try
        {
            return Application.Run(args);
        }
        finally
        {
            Console.SetOut(output);
            Console.SetError(error);
        }
    }

    // A mutation must not name a real file, all files, or standard input.
    private static string Harmless(string arg)
    {
        string path = arg[(arg.IndexOf('=') + 1)..];
        bool real = path is "-" or "" || path.Contains('*') || path.Contains('?') || path.Contains('\0') || File.Exists(path) || Directory.Exists(path);
        return real && arg is not ("--" or "-") && !arg.StartsWith("--", StringComparison.Ordinal) ? "/none/x" : arg == "-" ? "/none/y" : real && arg.Contains('=') ? arg[..arg.IndexOf('=')] + "=/none/z" : arg;
    }
}
