using System.Text.RegularExpressions;

namespace NceFast.Fuzz;

/// <summary>An input that a parser neither refused nor read.</summary>
/// <param name="Target">The parser.</param>
/// <param name="Input">The input.</param>
/// <param name="What">What happened.</param>
internal sealed record Failure(string Target, byte[] Input, string What);

/// <summary>
/// Runs one parser on a sequence of changed inputs. An input whose answer (an error message without its numbers and names, or
/// what was read) is new is changed further itself, so that changes add up over many steps.
/// </summary>
internal sealed partial class Campaign
{
    /// <summary>Managed bytes that an input may allocate: a constant for buffers, and a multiple of its size.</summary>
    public const long AllowedBytes = 96L << 20, AllowedBytesAByte = 512;

    private const int MaxPool = 4000;
    private readonly FuzzTarget _target;
    private readonly Watchdog _watchdog;
    private readonly Random _random;
    private readonly Mutator _mutator;
    private readonly List<byte[]> _pool = [], _read = [];
    private readonly HashSet<string> _answers = new(StringComparer.Ordinal), _failed = new(StringComparer.Ordinal);

    public Campaign(FuzzTarget target, int seed, Watchdog watchdog, IEnumerable<byte[]> kept)
    {
        _target = target;
        _watchdog = watchdog;
        _random = new Random(seed);
        _mutator = new Mutator(_random, target.Tokens);
        foreach (byte[] input in target.Seeds())
            Try(input, target.Repair(input).AsSpan().SequenceEqual(input));
        foreach (byte[] input in kept)
            Try(input, false);
    }

    /// <summary>Inputs given so far.</summary>
    public long Inputs { get; private set; }

    /// <summary>Inputs read without an error.</summary>
    public long Read { get; private set; }

    /// <summary>The faults, one of each kind.</summary>
    public List<Failure> Failures { get; } = [];

    /// <summary>Inputs with an answer of their own, valid ones first.</summary>
    public IReadOnlyList<byte[]> Kept => _pool;

    public void Run(long inputs)
    {
        for (long i = 0; i < inputs; i++)
        {
            byte[] changed = _mutator.Change(Pick(), _pool);
            Try(_random.Next(4) == 0 ? changed : _target.Repair(changed), false);
        }
    }

    // Half of them come from inputs that were read, which lead deepest. Short inputs are preferred, because answers with sizes fill the
    // pool with long inputs, which take the time of many short ones.
    private byte[] Pick()
    {
        List<byte[]> from = _random.Next(2) == 0 && _read.Count > 0 ? _read : _pool;
        byte[] one = from[_random.Next(from.Count)], other = from[_random.Next(from.Count)], third = from[_random.Next(from.Count)];
        return _random.Next(8) == 0 ? one : new[] { one, other, third }.MinBy(input => input.Length)!;
    }

    private void Try(byte[] input, bool mustBeRead)
    {
        Inputs++;
        string answer;
        bool read = false;
        long before = GC.GetTotalAllocatedBytes(), peak = 0;
        _watchdog.Begin(_target.Name, input);
        try
        {
            answer = _target.Read(input);
            Read++;
            read = true;
        }
        catch (NceFastException e)
        {
            answer = $"{e.Kind} {Plain(e.Message)}";
            if (mustBeRead)
                Fail(input, $"a valid input was refused: {e.Message}");
        }
        catch (Exception e)
        {
            answer = e.GetType().Name;
            Fail(input, e.ToString());
        }
        finally
        {
            peak = GC.GetTotalAllocatedBytes() - before;
            _watchdog.End();
        }

        if (peak > AllowedBytes + (AllowedBytesAByte * input.Length))
            Fail(input, $"{peak:N0} bytes were allocated for an input of {input.Length:N0}");
        if (_pool.Count >= MaxPool || !_answers.Add(answer))
            return;
        _pool.Add(input);
        if (read)
            _read.Add(input);
    }

    private void Fail(byte[] input, string what)
    {
        string kind = Plain(string.Join(' ', what.Split('\n').Take(3)));
        if (_failed.Add(kind))
            Failures.Add(new Failure(_target.Name, input, what));
    }

    private static string Plain(string message)
    {
        string plain = Quoted().Replace(message.Replace(Scratch.Folder, "", StringComparison.Ordinal), "'.'");
        plain = Numbers().Replace(plain, "#");
        return plain.Length > 120 ? plain[..120] : plain;
    }

    [GeneratedRegex("'[^']*'")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"[\d,.]*\d")]
    private static partial Regex Numbers();
}
