using System.CommandLine;
using NceFast.Evaluation;
using NceFast.Store;

namespace NceFast.Cli;

/// <summary><c>ncefast neighbours VECTORS WORD...</c>: the words with the highest cosine.</summary>
internal static class NeighboursVerb
{
    private const int MaxTop = 1_000_000;

    public static Command Create(Session session)
    {
        Argument<string> file = VectorInput.Argument();
        var words = new Argument<string[]>("WORD") { Description = "Words, as they are spelt in the file; after --, they may begin with -", Arity = ArgumentArity.OneOrMore };
        Opt<int> top = Opt.Number("--top", "Neighbours", "Number of neighbours per word, 1 to 1,000,000", 10);
        Opt<int> restrict = Opt.Number("--restrict", "Neighbours", "Number of most frequent words to consider; 0 for all", 0);
        Opt<bool> json = Opt.Json();
        var command = new Command("neighbours", "Find the words nearest to given ones") { file, words, top, restrict, json };
        command.SetAction(parsed =>
        {
            Check.Range("--top", parsed.GetValue(top), 1, MaxTop);
            Check.Range("--restrict", parsed.GetValue(restrict), 0, int.MaxValue);
            session.Files.AddVectors("the vectors", parsed.GetRequiredValue(file));
            string[] asked = parsed.GetRequiredValue(words);
            using WordVectors vectors = VectorInput.Read(session, parsed.GetRequiredValue(file));
            var found = Neighbours.Find(vectors, asked, parsed.GetValue(top), parsed.GetValue(restrict), session.Cancellation);
            if (parsed.GetValue(json))
                WriteJson(asked, found);
            else
                WriteText(asked, found);
            return ExitCode.Done;
        });
        return command;
    }

    private static void WriteText(string[] asked, IReadOnlyList<IReadOnlyList<Neighbour>> found)
    {
        using TextWriter output = StandardStreams.BufferedOutput();
        for (int i = 0; i < asked.Length; i++)
        {
            output.WriteLine(asked[i]);
            foreach (Neighbour n in found[i])
                output.WriteLine($"  {n.Cosine,7:F4}  {n.Word}");
        }
    }

    private static void WriteJson(string[] asked, IReadOnlyList<IReadOnlyList<Neighbour>> found) =>
        JsonReport.Write(json => json.Array("words", asked.Zip(found), pair => json.Object(null, () =>
        {
            json.WriteString("word", pair.First);
            json.Array("neighbours", pair.Second, n => json.Object(null, () =>
            {
                json.WriteString("word", n.Word);
                json.Figure("cosine", n.Cosine);
            }));
        })));
}
