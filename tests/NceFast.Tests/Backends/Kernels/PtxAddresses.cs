using System.Text.RegularExpressions;

namespace NceFast.Tests.Backends.Kernels;

/// <summary>Finds how a PTX kernel computes the addresses of rows in global memory, which it loads and stores in units of 16 bytes, and to which it adds floats.</summary>
internal static partial class PtxAddresses
{
    /// <summary>Finds 32-bit products and shifts in those addresses; a loaded value, such as the number of a word, ends the search.</summary>
    /// <param name="ptx">The code.</param>
    /// <param name="accesses">The number of loads, stores and additions that were examined.</param>
    public static string[] NarrowProducts(string ptx, out int accesses)
    {
        string[] lines = [.. ptx.Split('\n').Select(l => l.Trim()).Where(l => l.EndsWith(';'))];
        string[] results = [.. lines.Select(l => ResultPattern().Match(l).Groups[1].Value)];
        List<List<string>> origins = [];
        for (int i = 0; i < lines.Length; i++)
        {
            if (AccessPattern().Match(lines[i]) is { Success: true } access)
                origins.Add(Origin(lines, results, access.Groups[1].Value, i));
        }

        origins.RemoveAll(origin => origin.Exists(l => l.Contains("__shared", StringComparison.Ordinal)));
        accesses = origins.Count;
        return [.. origins.SelectMany(o => o).Where(l => NarrowPattern().IsMatch(l)).Distinct()];
    }

    // All instructions that the value of a register at a line depends on. Registers are reused, so the last write before the line counts.
    private static List<string> Origin(string[] lines, string[] results, string register, int line)
    {
        var found = new List<string>();
        var open = new Stack<(string Register, int Line)>([(register, line)]);
        while (open.TryPop(out (string Register, int Line) use))
        {
            int writer = use.Line == 0 ? -1 : Array.LastIndexOf(results, use.Register, use.Line - 1);
            if (writer < 0)
                continue;
            found.Add(lines[writer]);
            if (!lines[writer].StartsWith("ld", StringComparison.Ordinal))
            {
                foreach (Match source in RegisterPattern().Matches(lines[writer]).Skip(1))
                    open.Push((source.Value, writer));
            }
        }

        return found;
    }

    [GeneratedRegex(@"^\w[\w.]*\s+(%\w+),")]
    private static partial Regex ResultPattern();

    [GeneratedRegex(@"(?:(?:ld|st)(?:\.global)?\.v4|red(?:\.global)?\.add(?:\.global)?)\.f32\s.*\[(%rd\d+)[^\]]*\]")]
    private static partial Regex AccessPattern();

    [GeneratedRegex(@"^(mul\.lo|mad\.lo|shl)\.[sub]32\b")]
    private static partial Regex NarrowPattern();

    [GeneratedRegex(@"%r[d]?\d+")]
    private static partial Regex RegisterPattern();
}
