using System.CommandLine;
using NceFast.Evaluation;
using NceFast.Store;

namespace NceFast.Cli;

/// <summary><c>ncefast neighbours VECTORS WORD...</c>: the words with the highest cosine with words, or with sums of words.</summary>
internal static class NeighboursVerb
{
    private const int MaxTop = 1_000_000;

    public static Command Create(Session session)
    {
        Argument<string> file = VectorInput.Argument();
        var words = new Argument<string[]>("WORD") { Description = "Words, as they are spelt in the file, or sums of words (king - man + woman); after --, words may begin with -", Arity = ArgumentArity.OneOrMore };
        Opt<int> top = Opt.Number("--top", "Neighbours", "Number of neighbours per word or sum, 1 to 1,000,000", 10);
        Opt<int> restrict = Opt.Number("--restrict", "Neighbours", "Number of most frequent words to consider; 0 for all", 0);
        Opt<bool> json = Opt.Json();
        var command = new Command("neighbours", "Find the words nearest to given ones or to sums of words") { file, words, top, restrict, json };
        command.Aliases.Add("neighbors");
        command.SetAction(parsed =>
        {
            Check.Range("--top", parsed.GetValue(top), 1, MaxTop);
            Check.Range("--restrict", parsed.GetValue(restrict), 0, int.MaxValue);
            session.Files.AddVectors("the vectors", parsed.GetRequiredValue(file));
            using WordVectors vectors = VectorInput.Read(session, parsed.GetRequiredValue(file));
            IReadOnlyList<QueryTerms> asked = QueryTerms.Read(parsed.GetRequiredValue(words), vectors);
            IReadOnlyList<IReadOnlyList<Neighbour>> found = Find(vectors, asked, parsed.GetValue(top), parsed.GetValue(restrict), session.Cancellation);
            if (parsed.GetValue(json))
                WriteJson(asked, found);
            else
                WriteText(asked, found);
            return ExitCode.Done;
        });
        return command;
    }

    private static IReadOnlyList<IReadOnlyList<Neighbour>> Find(WordVectors vectors, IReadOnlyList<QueryTerms> asked, int top, int restrict, CancellationToken cancellation) =>
        asked.All(query => query.IsWord)
            ? Neighbours.Find(vectors, [.. asked.Select(query => query.Text)], top, restrict, cancellation)
            : [.. asked.Select(query => Neighbours.FindSum(vectors, query.Added, query.Subtracted, top, restrict, cancellation))];

    private static void WriteText(IReadOnlyList<QueryTerms> asked, IReadOnlyList<IReadOnlyList<Neighbour>> found)
    {
        using TextWriter output = StandardStreams.BufferedOutput();
        for (int i = 0; i < asked.Count; i++)
        {
            output.WriteLine(asked[i].Text);
            foreach (Neighbour n in found[i])
                output.WriteLine($"  {n.Cosine,7:F4}  {n.Word}");
        }
    }

    private static void WriteJson(IReadOnlyList<QueryTerms> asked, IReadOnlyList<IReadOnlyList<Neighbour>> found) =>
        JsonReport.Write(json => json.Array("words", asked.Zip(found), pair => json.Object(null, () =>
        {
            json.WriteString("word", pair.First.Text);
            json.Array("neighbours", pair.Second, n => json.Object(null, () =>
            {
                json.WriteString("word", n.Word);
                json.Figure("cosine", n.Cosine);
            }));
        })));
}
