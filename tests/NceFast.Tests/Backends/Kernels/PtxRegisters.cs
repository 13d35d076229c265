using System.Collections;
using System.Text.RegularExpressions;

namespace NceFast.Tests.Backends.Kernels;

/// <summary>
/// Counts the 32-bit registers that a PTX kernel must hold at once: liveness over its basic blocks, without what arithmetic can
/// compute again from the arguments and the number of the thread. The assembler of the driver may use more.
/// </summary>
internal static partial class PtxRegisters
{
    /// <summary>The largest number of registers that are live at one instruction. A 64-bit register counts twice; predicates, arguments and values computed from arguments do not count.</summary>
    public static int MaxLive(string ptx)
    {
        List<Line> lines = Parse(ptx);
        var numbers = new Dictionary<string, int>();
        var widths = new List<int>();
        HashSet<string> constants = Constants(lines);
        foreach (string name in lines.SelectMany(l => l.Reads.Concat(l.Writes)))
        {
            if (numbers.TryAdd(name, widths.Count))
                widths.Add(constants.Contains(name) ? 0 : Width(name));
        }

        List<Block> blocks = Blocks(lines, numbers, widths.Count);
        for (bool changed = true; changed;)
        {
            changed = false;
            for (int b = blocks.Count - 1; b >= 0; b--)
                changed |= blocks[b].Propagate(blocks);
        }

        return blocks.Max(b => b.MaxLive(lines, numbers, widths));
    }

    // Arguments, addresses of shared memory, numbers of threads, and sums and products of them are written once and can be computed again.
    private static HashSet<string> Constants(List<Line> lines)
    {
        var single = lines.SelectMany(l => l.Writes.Select(name => (Name: name, Line: l))).GroupBy(w => w.Name).Where(g => g.Count() == 1).Select(g => g.Single()).ToList();
        HashSet<string> constants = [.. single.Where(w => w.Line.IsConstant).Select(w => w.Name)];
        for (bool changed = true; changed;)
        {
            changed = false;
            foreach ((string name, Line line) in single)
                changed |= line.IsArithmetic && line.Reads.Length > 0 && line.Reads.All(constants.Contains) && constants.Add(name);
        }

        return constants;
    }

    private static int Width(string register) => register[1] switch { 'p' => 0, 'r' when register[2] == 'd' => 2, _ => 1 };

    private static List<Line> Parse(string ptx)
    {
        var lines = new List<Line>();
        foreach (string raw in ptx.Split('\n').Select(l => l.Trim()))
        {
            if (LabelPattern().Match(raw) is { Success: true } label)
            {
                lines.Add(new Line(label.Groups[1].Value, [], [], null, Ends: false, FallsThrough: true, IsConstant: false, IsArithmetic: false));
                continue;
            }

            if (!raw.EndsWith(';') || raw.StartsWith('.'))
                continue;
            bool guarded = raw.StartsWith('@'), branches = BranchPattern().IsMatch(raw);
            List<string> registers = [.. RegisterPattern().Matches(raw).Select(m => m.Value)];
            bool writes = !branches && !raw.StartsWith("st", StringComparison.Ordinal) && !raw.StartsWith("red", StringComparison.Ordinal) && !raw.StartsWith("bar", StringComparison.Ordinal) && !raw.StartsWith("ret", StringComparison.Ordinal);
            int results = !writes ? 0 : VectorPattern().Match(raw) is { Success: true } vector ? vector.Value.Count(c => c == '%') : Math.Min(1, registers.Count);
            int guard = guarded ? 1 : 0;
            string? target = branches ? raw.TrimEnd(';').Split(' ', '\t')[^1] : null;
            lines.Add(new Line(
                null,
                [.. registers.Take(guard), .. registers.Skip(guard + results)],
                [.. registers.Skip(guard).Take(results)],
                target,
                Ends: branches || raw.StartsWith("ret", StringComparison.Ordinal),
                FallsThrough: guarded || (!branches && !raw.StartsWith("ret", StringComparison.Ordinal)),
                IsConstant: raw.StartsWith("ld.param", StringComparison.Ordinal) || (raw.StartsWith("mov", StringComparison.Ordinal) && registers.Count == 1),
                IsArithmetic: ArithmeticPattern().IsMatch(raw)));
        }

        return lines;
    }

    private static List<Block> Blocks(List<Line> lines, Dictionary<string, int> numbers, int registers)
    {
        var blocks = new List<Block>();
        var labels = new Dictionary<string, int>();
        for (int i = 0, start = 0; i < lines.Count; i++)
        {
            if (lines[i].Label is not null && i > start)
                Close(i);
            if (lines[i].Label is { } label)
                labels[label] = blocks.Count;
            if (lines[i].Ends || i == lines.Count - 1)
                Close(i + 1);

            void Close(int end)
            {
                blocks.Add(new Block(start, end, registers));
                start = end;
            }
        }

        for (int b = 0; b < blocks.Count; b++)
        {
            Line last = lines[blocks[b].End - 1];
            if (last.Target is not null)
                blocks[b].Next.Add(labels[last.Target]);
            if (last.FallsThrough && b + 1 < blocks.Count)
                blocks[b].Next.Add(b + 1);
            blocks[b].Summarise(lines, numbers);
        }

        return blocks;
    }

    [GeneratedRegex(@"^(\w+):$")]
    private static partial Regex LabelPattern();

    [GeneratedRegex(@"(^|\s)bra(\.\w+)?\s")]
    private static partial Regex BranchPattern();

    [GeneratedRegex(@"^(add|sub|mul|mad|shl|shr|and|or|cvt|mov|neg|min|max)\.")]
    private static partial Regex ArithmeticPattern();

    [GeneratedRegex(@"%(?:rd|rs|r|fd|f|p|b)\d+")]
    private static partial Regex RegisterPattern();

    [GeneratedRegex(@"^ld\S*\s+\{[^}]*\}")]
    private static partial Regex VectorPattern();

    private sealed record Line(string? Label, string[] Reads, string[] Writes, string? Target, bool Ends, bool FallsThrough, bool IsConstant, bool IsArithmetic);

    private sealed class Block(int start, int end, int registers)
    {
        private readonly BitArray _reads = new(registers), _writes = new(registers), _in = new(registers), _out = new(registers);

        public int End => end;

        public List<int> Next { get; } = [];

        public void Summarise(List<Line> lines, Dictionary<string, int> numbers)
        {
            for (int i = end - 1; i >= start; i--)
            {
                foreach (string name in lines[i].Writes)
                    (_writes[numbers[name]], _reads[numbers[name]]) = (true, false);
                foreach (string name in lines[i].Reads)
                    _reads[numbers[name]] = true;
            }

            _in.Or(_reads);
        }

        public bool Propagate(List<Block> blocks)
        {
            foreach (int next in Next)
                _out.Or(blocks[next]._in);
            var live = new BitArray(_writes).Not().And(_out).Or(_reads);
            bool changed = new BitArray(live).Xor(_in).HasAnySet();
            _in.Or(live);
            return changed;
        }

        public int MaxLive(List<Line> lines, Dictionary<string, int> numbers, List<int> widths)
        {
            var live = new BitArray(_out);
            int now = 0;
            for (int r = 0; r < live.Length; r++)
                now += live[r] ? widths[r] : 0;
            int most = now;
            for (int i = end - 1; i >= start; i--)
            {
                foreach (string name in lines[i].Writes)
                    Set(numbers[name], false);
                foreach (string name in lines[i].Reads)
                    Set(numbers[name], true);
                most = Math.Max(most, now);
            }

            return most;

            void Set(int register, bool value)
            {
                if (live[register] == value)
                    return;
                live[register] = value;
                now += value ? widths[register] : -widths[register];
            }
        }
    }
}
