using NceFast.Corpus;
using NceFast.Models;
using NceFast.Numerics;

namespace NceFast.Tests.Backends;

/// <summary>The random choices of a block.</summary>
internal sealed record Draws(int[] Kept, int[] Low, int[] High, int[] Noise, long Predictions)
{
    /// <summary>Makes the choices position by position from the definition of each random stream.</summary>
    public static Draws ByDefinition(WordVectorSpec spec, TokenBlock block, int epoch)
    {
        PhiloxStream keep = Stream(DrawPurpose.Subsample), window = Stream(DrawPurpose.Window), noise = Stream(DrawPurpose.Noise);
        List<int> kept = [], low = [], high = [];
        long predictions = 0;
        for (int s = 0, token = 0; s < block.SentenceCount; s++)
        {
            int start = kept.Count;
            for (; token < block.SentenceEnds[s]; token++)
            {
                if (Philox4x32.Draw(keep, (uint)token) <= spec.KeepLimits[block.Ids[token]])
                    kept.Add(block.Ids[token]);
            }

            for (int i = start; i < kept.Count; i++)
            {
                int reach = spec.WindowDraw == WindowDrawKind.Fixed ? spec.Window : 1 + (int)(((ulong)Philox4x32.Draw(window, (uint)i) * (ulong)spec.Window) >> 32);
                low.Add(Math.Max(start, i - reach));
                high.Add(Math.Min(kept.Count, i + reach + 1));
                int others = high[i] - low[i] - 1;
                predictions += spec.Model == ModelKind.SkipGram ? others : Math.Min(1, others);
            }
        }

        var words = new int[(kept.Count + spec.Sharing - 1) / spec.Sharing * spec.NoiseSetSize];
        for (uint n = 0; n < words.Length; n++)
            words[n] = spec.Noise.Table.Draw(Philox4x32.Draw(noise, 2 * n), Philox4x32.Draw(noise, (2 * n) + 1));
        return new Draws([.. kept], [.. low], [.. high], words, predictions);

        PhiloxStream Stream(DrawPurpose purpose) => PhiloxStream.For(spec.Seed, purpose, epoch, block.Number);
    }
}
