
namespace NceFast.Cli;

/// <summary>
/// Writes the outputs of a training. If an output cannot be written, the result is not lost: the finished training is saved, or the
/// result is written to another place, and the message names the place.
/// </summary>
/// <param name="session">The program's run.</param>
internal sealed class KeptModel(Session session)
{
    private readonly List<string> _failures = [];
    private NceFastException? _first;

    /// <summary>Writes an output. <see cref="Done"/> reports a failure.</summary>
    /// <param name="write">Writes it where it is wanted.</param>
    /// <param name="suffix">Suffix of its name elsewhere.</param>
    /// <param name="elsewhere">Writes it to another path.</param>
    /// <param name="advice">Says how to make the wanted file from one of that path.</param>
    public void Write(Action write, string suffix, Action<string> elsewhere, Func<string, string> advice)
    {
        try
        {
            write();
        }
        catch (NceFastException e) when (e.Kind == ErrorKind.Output)
        {
            _first ??= e;
            _failures.Add($"{e.Message} {Keep(suffix, elsewhere, advice)}");
        }
    }

    /// <summary>Ends the writing.</summary>
    /// <exception cref="NceFastException">An output could not be written (<see cref="ErrorKind.Output"/>).</exception>
    public void Done()
    {
        if (_first is not null)
            throw new NceFastException(ErrorKind.Output, string.Join(' ', _failures), _first);
    }

    private string Keep(string suffix, Action<string> elsewhere, Func<string, string> advice)
    {
        if (session.CheckpointFolder is { } run && session.Requests.HasFinished)
            return $"The finished training is saved: 'ncefast resume {run} --out PATH' writes its outputs without training again.";
        foreach (string folder in Places())
        {
            string path = Path.Combine(folder, $"ncefast-kept-{Guid.NewGuid().ToString("N")[..8]}{suffix}");
            try
            {
                elsewhere(path);
                if (!OperatingSystem.IsWindows())
                    File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
                return $"The result is kept in {path}; {advice(path)}";
            }
            catch (Exception e) when (e is NceFastException { Kind: ErrorKind.Output } or IOException or UnauthorizedAccessException)
            {
                // The next place may work.
            }
        }

        return $"The result could not be written to another place either ({string.Join(", ", Places())}).";
    }

    private static IEnumerable<string> Places() =>
        new[] { Path.GetTempPath(), Directory.GetCurrentDirectory(), Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) }.Where(p => p.Length > 0).Distinct();
}
