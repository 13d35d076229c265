using System.CommandLine;
using System.Globalization;
using NceFast.Evaluation;
using NceFast.Store;

namespace NceFast.Cli;

/// <summary><c>ncefast vector VECTORS WORD...</c>: the vectors of words.</summary>
internal static class VectorVerb
{
    public static Command Create(Session session)
    {
        Argument<string> file = VectorInput.Argument();
        var words = new Argument<string[]>("WORD") { Description = "Words, as they are spelt in the file; after --, they may begin with -", Arity = ArgumentArity.OneOrMore };
        Opt<bool> json = Opt.Json();
        var command = new Command("vector", "Print the vectors of words") { file, words, json };
        command.SetAction(parsed =>
        {
            session.Files.AddVectors("the vectors", parsed.GetRequiredValue(file));
            string[] asked = parsed.GetRequiredValue(words);
            using WordVectors vectors = VectorInput.Read(session, parsed.GetRequiredValue(file));
            int[] rows = [.. asked.Select(word => Neighbours.RowOf(vectors, word))];
            if (parsed.GetValue(json))
                WriteJson(vectors, rows);
            else
                WriteText(vectors, rows);
            return ExitCode.Done;
        });
        return command;
    }

    // Each line has the form of a line of a text file of vectors.
    private static void WriteText(WordVectors vectors, int[] rows)
    {
        using TextWriter output = StandardStreams.BufferedOutput();
        foreach (int row in rows)
        {
            output.Write(vectors.Words.GetString(row));
            foreach (float f in vectors.Matrix.Row(row))
            {
                output.Write(' ');
                output.Write(f.ToString(CultureInfo.InvariantCulture));
            }

            output.WriteLine();
        }
    }

    private static void WriteJson(WordVectors vectors, int[] rows) => JsonReport.Write(json =>
    {
        json.WriteNumber("dim", vectors.Dim);
        json.Array("words", rows, row => json.Object(null, () =>
        {
            json.WriteString("word", vectors.Words.GetString(row));
            json.WriteStartArray("vector");
            foreach (float f in vectors.Matrix.Row(row))
            {
                if (float.IsFinite(f))
                    json.WriteNumberValue(f);
                else
                    json.WriteNullValue();
            }

            json.WriteEndArray();
        }));
    });
}
