using System.Text;
using NceFast.Corpus;
using NceFast.Tests.Corpus;

namespace NceFast.Tests.Simulation;

/// <summary>The texts of simulated trainings, made once.</summary>
internal sealed class SimulatedTexts : IDisposable
{
    public const int Count = 3;
    private readonly TextFiles _files = new();

    public string Folder => _files.Folder;

    public string Validation => Path.Combine(Folder, "valid") is var path && File.Exists(path) ? path : _files.Write("valid", Words(400, 99));

    public CorpusSource Source(SimulatedJob job)
    {
        CorpusSource source = CorpusSource.FromPaths(PathOf(job.Form, job.TextSeed));
        source.ShardBytes = 1500;
        return source;
    }

    public void Dispose() => _files.Dispose();

    private string PathOf(TextForm form, int seed)
    {
        string name = $"{form}{seed}", path = Path.Combine(Folder, name);
        if (Path.Exists(path) || Path.Exists(path + ".gz"))
            return Path.Exists(path) ? path : path + ".gz";
        byte[] Text(int words, int part) => Encoding.UTF8.GetBytes(Words(words, (100 * seed) + part));
        switch (form)
        {
            case TextForm.OnePlain:
                return _files.Write(name, Text(4000 + (700 * seed), 0));
            case TextForm.OneGzip:
                return _files.Write(name + ".gz", TextFiles.Gzip(Text(14_000, 1)));
            default:
                for (int i = 0; i < 7; i++)
                {
                    byte[] text = Text(200 + (300 * ((i + seed) % 7)), 2 + i);
                    bool packs = form == TextForm.Gzip || (form == TextForm.Mixed && i % 2 == 0);
                    _files.Write($"{name}/{i}{(packs ? ".gz" : "")}", packs ? TextFiles.Gzip(text) : text);
                }

                return path;
        }
    }

    private static string Words(int count, int seed)
    {
        var draws = new Draws((ulong)seed + 1);
        var text = new StringBuilder();
        for (int i = 0; i < count; i++)
        {
            text.Append(draws.OneIn(100) ? $"rare{draws.Next(300)}" : $"t{i / 40 % 5}w{draws.Next(draws.Next(20) + 1)}");
            text.Append(draws.OneIn(12) ? '\n' : ' ');
        }

        return text.ToString();
    }
}
