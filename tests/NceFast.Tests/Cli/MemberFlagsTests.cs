using System.Reflection;
using System.Text.RegularExpressions;
using NceFast.Cli;
using Xunit;

namespace NceFast.Tests.Cli;

/// <summary>The console names options of the program where the library names its members.</summary>
public sealed partial class MemberFlagsTests : CliTestBase
{
    private static readonly Assembly Library = typeof(NceFastException).Assembly;

    /// <summary>Records of options that the program fills, each with a method that checks them.</summary>
    public static TheoryData<Type> OptionRecords() =>
        [.. Library.GetTypes().Where(t => t.Name.EndsWith("Options", StringComparison.Ordinal) && !t.IsAbstract && t.Namespace != "NceFast.Estimation" && Check(t) is not null)];

    [Theory]
    [MemberData(nameof(OptionRecords))]
    public void Every_member_that_a_check_names_exists_and_has_an_option(Type options)
    {
        using var session = new Session();
        var flags = new MemberFlags(Application.Root(session));
        List<string> named = [.. WrongValues(options).SelectMany(Members).Distinct()];
        Assert.NotEmpty(named);
        foreach (string member in named)
        {
            string[] parts = member.Split('.');
            Type owner = Library.GetExportedTypes().Single(t => t.Name == parts[0]);
            Assert.True(owner.GetMember(parts[1]).Length > 0, $"{member} is not a public member.");
            Assert.StartsWith("--", flags.Of(member) ?? $"{member} has no option", StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Every_member_that_an_option_fills_exists()
    {
        using var session = new Session();
        foreach (string member in new MemberFlags(Application.Root(session)).Members)
        {
            string[] parts = member.Split('.');
            Assert.Contains(Library.GetExportedTypes().Append(typeof(Session).Assembly.GetType($"NceFast.Cli.{parts[0]}")), t => t?.Name == parts[0] && t.GetMember(parts[1]).Length > 0);
        }
    }

    [Fact]
    public void Only_whole_names_of_members_become_options()
    {
        using var session = new Session();
        var flags = new MemberFlags(Application.Root(session));
        Assert.Equal("Raise --min-count, or take --cache never.", flags.In("Raise VocabularyOptions.MinCount, or take CacheMode.Never."));
        foreach (string other in new[] { "/data/VocabularyOptions.MinCount is not text", "a.VocabularyOptions.MinCount", "VocabularyOptions.MinCounts", "VocabularyOptions.Words", "System.IO" })
            Assert.Equal(other, flags.In(other));
    }

    [Theory]
    [InlineData("--min-count", "0")]
    [InlineData("--max-vocab", "-1")]
    [InlineData("--vocab-memory", "5")]
    [InlineData("--stream-words", "-1")]
    [InlineData("--sync-period", "-1")]
    [InlineData("--sync-rows", "-1")]
    [InlineData("--keep", "0", "--checkpoint", "new")]
    [InlineData("--checkpoint-every", "0", "--checkpoint", "new")]
    [InlineData("--probe-every", "5", "--valid", "corpus.txt")]
    [InlineData("--dim", "0")]
    [InlineData("--threads", "0")]
    [InlineData("--lr", "NaN")]
    [InlineData("--lr", "99", "--model", "lbl")]
    [InlineData("--context", "-1", "--model", "lbl")]
    [InlineData("--weight-decay", "2", "--model", "lbl")]
    public void The_console_names_the_option_that_is_wrong(string option, string value, params string[] others)
    {
        string text = Corpus();
        CliResult result = CliProcess.Run(["train", text, "--out", In("v"), option, value, .. others.Select(o => o is "new" or "corpus.txt" ? In(o) : o)]).Expect(2);
        Assert.Contains($"{option} ", result.Err, StringComparison.Ordinal);
        AssertNoMembers(result.Err);
    }

    [Fact]
    public void Errors_and_warnings_name_no_members()
    {
        string rare = Write("rare.txt", "a b c\n"), run = In("run");
        AssertNoMembers(CliProcess.Run("train", rare, "--out", In("v")).Expect(4, "lower --min-count to 1").Err);
        AssertNoMembers(CliProcess.Run("train", rare, "--out", In("v"), "--run", run, "--log", "json").Expect(4, "lower --min-count to 1").Err);
        AssertNoMembers(File.ReadAllText(Path.Combine(run, "run.json")));
        AssertNoMembers(CliProcess.Run("report", In("none")).Expect(3, "--run made").Err);
        AssertNoMembers(CliProcess.RunWithInput("a b\n"u8.ToArray(), "train", "-", "--out", In("v"), "--min-count", "1", "--cache", "never").Expect(2, "--cache never").Err);
        AssertNoMembers(CliProcess.Run("train", Corpus(), "--out", In("v"), "--cache", "always", "--cache-dir", In("absent")).Expect(5, "another folder with --cache-dir").Err);
    }

    private static void AssertNoMembers(string shown) =>
        Assert.DoesNotContain(MemberName().Matches(shown).Select(m => m.Value), name => Library.GetTypes().Any(t => t.Name == name.Split('.')[0]));

    private static MethodInfo? Check(Type options) => options.GetMethod("Validate", BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic, []);

    // Instances with one number far outside any range each.
    private static IEnumerable<object> WrongValues(Type options)
    {
        foreach (PropertyInfo property in options.GetProperties().Where(p => p.SetMethod is not null))
        {
            Type type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            object[] values = type == typeof(int) ? [int.MinValue, int.MaxValue] : type == typeof(long) ? [long.MinValue, 1L] : type == typeof(double) ? [double.NaN, 1e300]
                : type == typeof(TimeSpan) ? [TimeSpan.Zero] : type == typeof(string) && property.Name == "Folder" ? [""] : [];
            foreach (object value in values)
            {
                object instance = Activator.CreateInstance(options)!;
                if (options.GetProperty("Folder") is { } folder && folder != property)
                    folder.SetValue(instance, "folder");
                property.SetValue(instance, value);
                yield return instance;
            }
        }
    }

    private static IReadOnlyList<string> Members(object options)
    {
        try
        {
            Check(options.GetType())!.Invoke(options, null);
            return [];
        }
        catch (TargetInvocationException e) when (e.InnerException is NceFastException error)
        {
            Assert.NotEmpty(error.Members);
            Assert.Equal(ErrorKind.Usage, error.Kind);
            return error.Members;
        }
    }

    [GeneratedRegex(@"\b[A-Z]\w*\.[A-Z]\w*")]
    private static partial Regex MemberName();
}
