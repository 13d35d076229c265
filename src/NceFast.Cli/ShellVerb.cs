using System.CommandLine;

namespace NceFast.Cli;

/// <summary>
/// <c>ncefast completion SHELL</c>: a script that completes command lines. The script asks the program, by the directive
/// <c>[suggest]</c> of System.CommandLine, so that it needs no change when verbs and options do.
/// </summary>
internal static class ShellVerb
{
    private static readonly (string Shell, string Script)[] Scripts =
    [
        ("bash", """
            # Completion of ncefast in bash: source <(ncefast completion bash)
            _ncefast() {
                local line="${COMP_LINE:0:COMP_POINT}"
                line="${line#* }"
                mapfile -t COMPREPLY < <(compgen -W "$("$1" "[suggest:${#line}]" "$line" 2>/dev/null)" -- "$2")
            }
            complete -o default -F _ncefast ncefast
            """),
        ("zsh", """
            # Completion of ncefast in zsh: source <(ncefast completion zsh), after compinit
            _ncefast() {
                local line="${BUFFER[1,CURSOR]}"
                line="${line#* }"
                local -a found
                found=("${(@f)$(ncefast "[suggest:${#line}]" "$line" 2>/dev/null)}")
                compadd -- ${found:#} || _files
            }
            compdef _ncefast ncefast
            """),
        ("fish", """
            # Completion of ncefast in fish: ncefast completion fish | source
            function __ncefast_complete
                set -l line (string replace -r '^\S+\s' '' -- (commandline -cp | string collect))
                ncefast "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
            end
            complete -c ncefast -a '(__ncefast_complete)'
            """),
        ("pwsh", """
            # Completion of ncefast in PowerShell: ncefast completion pwsh | Out-String | Invoke-Expression
            Register-ArgumentCompleter -Native -CommandName ncefast -ScriptBlock {
                param($word, $ast, $cursor)
                $line = $ast.ToString().PadRight($cursor).Substring(0, $cursor) -replace '^\S+\s', ''
                ncefast "[suggest:$($line.Length)]" $line 2>$null | Where-Object { $_ -like "$word*" } | ForEach-Object {
                    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
                }
            }
            """),
    ];

    public static Command Create()
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh, fish or pwsh" };
        shell.CompletionSources.Add(_ => Scripts.Select(s => new System.CommandLine.Completions.CompletionItem(s.Shell)));
        var command = new Command("completion", "Print a script for a shell that completes verbs, options and values") { shell };
        command.SetAction(parsed =>
        {
            Console.Out.Write(ScriptOf(parsed.GetRequiredValue(shell)).ReplaceLineEndings("\n") + "\n");
            return ExitCode.Done;
        });
        return command;
    }

    private static string ScriptOf(string shell)
    {
        string[] shells = [.. Scripts.Select(s => s.Shell)];
        int found = Array.IndexOf(shells, shell);
        return found >= 0 ? Scripts[found].Script : throw new NceFastException(ErrorKind.Usage, $"SHELL is '{shell}'; allowed are {string.Join(", ", shells)}.{Nearest.Question(Nearest.Of(shell, shells))}");
    }
}
