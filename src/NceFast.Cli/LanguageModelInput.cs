using System.CommandLine;

namespace NceFast.Cli;

/// <summary>The argument MODEL of the verbs that read a language model.</summary>
internal static class LanguageModelInput
{
    public static Argument<string> Argument() => new("MODEL") { Description = "A language model that 'ncefast train --model lbl' wrote" };
}
