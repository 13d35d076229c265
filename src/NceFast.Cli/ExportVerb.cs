using System.CommandLine;
using NceFast.Exports;
using NceFast.Store;

namespace NceFast.Cli;

/// <summary><c>ncefast export VECTORS --out PATH --format F</c>: the same vectors in another format.</summary>
internal static class ExportVerb
{
    public static Command Create(Session session)
    {
        Argument<string> file = VectorInput.Argument();
        Opt<string?> output = Formats.Out("Output", "File for the vectors");
        Opt<VectorFormat> format = Formats.Option("Output");
        Opt<bool> json = Opt.Json(), quiet = Opt.Quiet();
        var command = new Command("export", "Write word vectors in another format") { file, output, format, json, quiet };
        command.SetAction(parsed =>
        {
            session.Screen.Quiet = parsed.GetValue(quiet);
            string path = parsed.GetRequiredValue(output)!;
            VectorFormat kind = parsed.GetValue(format);
            session.Files.AddVectors("the vectors", parsed.GetRequiredValue(file));
            session.Files.AddVectors("--out", path, kind);
            Formats.EnsureWritable(path, kind, null, 0);
            session.Files.Hold();
            using WordVectors vectors = VectorInput.Read(session, parsed.GetRequiredValue(file));
            VectorFile.Write(path, vectors, kind, session.Cancellation);
            session.Screen.Say($"{path}: {vectors.Count:N0} vectors of {vectors.Dim} floats ({Formats.NameOf(kind)}).");
            if (parsed.GetValue(json))
                WriteJson(path, kind, vectors);
            return ExitCode.Done;
        });
        return command;
    }

    private static void WriteJson(string path, VectorFormat format, WordVectors vectors) => JsonReport.Write(json =>
    {
        json.WriteString("out", path);
        json.WriteString("format", Formats.NameOf(format));
        json.WriteNumber("words", vectors.Count);
        json.WriteNumber("dim", vectors.Dim);
    });
}
