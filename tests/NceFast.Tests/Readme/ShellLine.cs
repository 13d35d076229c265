using System.Text;

namespace NceFast.Tests.Readme;

/// <summary>Represents a line of a document for a shell: programs with their arguments, and the remark behind it.</summary>
/// <param name="Commands">The programs, which pipes, semicolons and ampersands separate. Redirections are left out.</param>
/// <param name="Remark">The text after a number sign; empty for none.</param>
internal sealed record ShellLine(IReadOnlyList<string[]> Commands, string Remark)
{
    public static ShellLine Parse(string line)
    {
        var commands = new List<string[]>();
        var words = new List<string>();
        var word = new StringBuilder();
        bool inWord = false;
        char quote = '\0';
        string remark = "";
        for (int i = 0; i < line.Length && remark.Length == 0; i++)
        {
            char c = line[i];
            if (quote != '\0' && c == quote)
            {
                quote = '\0';
            }
            else if (quote != '\0')
            {
                word.Append(c);
            }
            else if (c is '\'' or '"')
            {
                (quote, inWord) = (c, true);
            }
            else if (c == '#' && !inWord)
            {
                remark = line[(i + 1)..].Trim();
            }
            else if (c is ' ' or '|' or ';' or '&')
            {
                EndWord();
                if (c != ' ')
                    EndCommand();
            }
            else
            {
                word.Append(c);
                inWord = true;
            }
        }

        EndWord();
        EndCommand();
        return new ShellLine(commands, remark);

        void EndWord()
        {
            if (inWord)
                words.Add(word.ToString());
            word.Clear();
            inWord = false;
        }

        void EndCommand()
        {
            int redirection = words.FindIndex(w => w is ">" or "2>");
            if (redirection >= 0)
                words.RemoveRange(redirection, words.Count - redirection);
            if (words.Count > 0)
                commands.Add([.. words]);
            words.Clear();
        }
    }
}
