using System.CommandLine;
using System.Text.RegularExpressions;

namespace NceFast.Cli;

/// <summary>
/// The options of the program by the members of the library that they fill. The library names members in its messages,
/// <c>VocabularyOptions.MinCount</c>; the program shows the option, <c>--min-count</c>. The table is made of what each option
/// declares, so that there is no second list of options.
/// </summary>
internal sealed partial class MemberFlags
{
    private readonly Lazy<Dictionary<string, string>> _flags; // most starts of the program show no message that names a member

    /// <summary>Makes the table of the options of a command and of all its subcommands.</summary>
    public MemberFlags(Command root) => _flags = new(() =>
    {
        var flags = new Dictionary<string, string>(StringComparer.Ordinal);
        Add(root, flags);
        return flags;
    });

    /// <summary>Gets all members that have an option.</summary>
    public IReadOnlyCollection<string> Members => _flags.Value.Keys;

    /// <summary>Returns the option of a member, such as <c>VocabularyOptions.MinCount</c>; null when there is none.</summary>
    public string? Of(string member) => _flags.Value.TryGetValue(member, out string? flag) ? flag : Inherited(member);

    /// <summary>Returns a text with options in place of the members that have one.</summary>
    public string In(string text) => MemberName().Replace(text, match => Of(match.Value) ?? match.Value);

    // Not within a path, an address, or a longer name.
    [GeneratedRegex(@"(?<![\w./\\-])[A-Z]\w*\.[A-Z]\w*(?![\w/\\-])", RegexOptions.CultureInvariant)]
    private static partial Regex MemberName();

    private static void Add(Command command, Dictionary<string, string> flags)
    {
        foreach ((string member, string flag) in command.Options.OfType<IHelped>().SelectMany(o => o.Members))
            flags.TryAdd(member, flag);
        foreach (Command verb in command.Subcommands)
            Add(verb, flags);
    }

    // A message may name a member by a derived type, and the option by the type that declares it, or the other way round.
    private string? Inherited(string member)
    {
        string[] parts = member.Split('.');
        Type? type = Array.Find(typeof(NceFastException).Assembly.GetExportedTypes(), t => t.Name == parts[0]);
        if (type?.GetProperty(parts[1]) is null)
            return null;
        return typeof(NceFastException).Assembly.GetExportedTypes()
            .Where(other => other.IsAssignableFrom(type) || type.IsAssignableFrom(other))
            .Select(other => _flags.Value.GetValueOrDefault($"{other.Name}.{parts[1]}"))
            .FirstOrDefault(flag => flag is not null);
    }
}
