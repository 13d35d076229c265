using System.Text.RegularExpressions;

namespace NceFast.Tests.House;

/// <summary>Represents an idiom that readers misunderstand, and the plain form to use instead.</summary>
/// <param name="Pattern">A regular expression without regard to case. A space matches any space, also one across two lines of a comment.</param>
/// <param name="Plain">The plain form.</param>
/// <param name="Example">A text that contains the idiom.</param>
/// <param name="Counterexample">A similar text that is allowed.</param>
internal sealed record Idiom(string Pattern, string Plain, string Example, string Counterexample)
{
    private const string Units = "words|tokens|bytes|predictions|floats|updates|pairs|steps|rows|lines|nats|multiplications|operations|instructions|draws|times|nanoseconds|microseconds|milliseconds|seconds|minutes|values|samples|batches|blocks|reads|writes|merges|threads|registers|cycles|letters|MB|MiB|GB|GiB|ns|ms";
    private const string Wholes = "second|minute|hour|word|token|prediction|predicted word|vector|line|row|data row|block|epoch|pair|step|class|query|thread|core|worker|rank|process|device|replica|position|pass|set|update|merge|sentence|context|cycle|group|lane|parameter|kernel|call|chunk|batch|tile|round|repetition";
    private const string Singles = "line|row|file|object|test|thread|scorer|replica|matrix|vector|curve|chart|pair|process|class|number|folder|bias|float|word|field";

    // The end of a phrase. A noun and a verb that follow make a clause, which is allowed: "the bytes a line takes".
    private const string End = """(?=[.,;:)"'<|]|[\t\x20]*\r?\n(?![\t\x20]*[/a-z])| (?:and|or|of|in|on|at|with|is|are|was|when|where|than|but|from|which|by|as|over|for|to|per)\b)""";
    private const string Verbs = "is|are|was|were|has|have|can|cannot|may|would|must|does|do|could|holds?|takes?|needs?|keeps?";

    /// <summary>All idioms that texts must not contain.</summary>
    public static readonly Idiom[] All =
    [
        new($@"\b(?:{Units}) an? (?:{Wholes}){End}", "per", "words a second.", "the words a line contains"),
        new($@"\b(?:an?|one) (?:[a-z]+ )?(?:{Singles}) an? (?:{Wholes}|verb|family|study|estimator|file|backend){End}", "one ... per ...", "one word a line,", "one word of a line,"),
        new("parted by", "separated by", "words parted by blanks", "words separated by blanks"),
        new(@"\b(?:is|are|was|were|be|been|being) told\b", "gets, receives, reports", "the caller is told", "the message is reported"),
        new(@"\btold (?:with|of|after|apart|unless|otherwise|once|when|by|from)\b", "gets, receives, reports", "Told once when it ends", "reported once"),
        new(@"\btells? (?:whether|how|what|which|where|apart|of|from)\b", "specifies, reports, distinguishes", "The count tells whether", "The count specifies whether"),
        new(@"\bask(?:s|ed|ing)? for (?:(?:a|the|its|their|next|these|those) )?(?:rows?|lines?)\b|\basked for ahead", "prefetch", "asks for the rows", "asks for a password"),
        new(@"\b(?:so many times as|to and fro\b)", "as many times as; back and forth", "goes to and fro", "converts to and from JSON"),
        new($@", for (?:it|they|there|no (?:[a-z]+ ){{1,2}}(?:is|are|has|have|can|may|could)|(?:an?|the|its|their|each|this|that|one|what) (?:[a-z']+ ){{1,3}}(?:{Verbs})) ", "because", "not closed, for the file is in use", "closed, for the file and its copy"),
        new(@"(?<!there )\b(?:is|are|was|were|be) no (?!longer|more|less|slower|faster|other|different|larger|smaller|better|worse|wider|narrower|earlier|later|lower|higher|matter|need)[a-z]", "is not a", "this is no number", "there is no number"),
        new(@"\bsuch as (?:are|is|have|do|does|hold|would|can|may|was|were|no)\b", "those that", "bytes such as are valid", "formats such as text"),
        new(@"\b(?:goes|go|going|went) on (?:with|from|over|after|without|where|behind|at)\b", "continues", "goes on from there", "depends on it"),
        new(@"\b(?:stands?|stood) (?:in|at|beside|behind|alone|first|last|between|below|above|under|after|before|there|one)\b", "is", "the word stands first", "the word is first"),
        new(@"\b(?:is|are|was|were|be|and) passed over\b", "skipped", "it is passed over", "in each pass over the data"),
        new(@"\b(?:can|could|cannot|may) (?:not )?be had\b", "is available", "where none can be had", "where none is available"),
        new(@"\b(?:anew|afresh|thereof|therein|thereto|whereof|wherein|hither|thither|whither|lest|albeit)\b", "a modern word: again, new, in it, so that ... not", "read anew", "read again"),
        new(@"(?:<summary>|<param name=""[a-z]+"">)\s*(?:///)?\s*(?:Most (?!frequent|of|likely|recent)|Told )", "The maximum number of ...; Receives ...", "<summary>Most threads.</summary>", "<summary>The maximum number of threads.</summary>"),
        new(@"<summary>\s*(?:///)?\s*(?:What|How|Why|Where) ", "Gets, Represents, Specifies, Reads", "<summary>What a run is.</summary>", "<summary>Represents a run.</summary>"),
        new(@"\banother [a-z]+ than\b", "a different ... from", "another number than", "another number"),
        new(@"\btak(?:e|es|ing) the place of\b", "replaces", "takes the place of it", "replaces it"),
        new(@"\bbut for (?:an?|the|its|their|one|two|what|those|rounding)\b", "except for", "equal but for the sign", "equal except for the sign"),
        new(@"\b(?:own|such) ones\b", "the noun itself", "draws own ones", "draws its own words"),
        new(@"\b(?:of|by) falling (?:frequency|counts?)\b", "most frequent first", "in order of falling frequency", "most frequent first"),
    ];

    /// <summary>The expression of the pattern.</summary>
    public Regex Expression { get; } = new(Pattern.Replace(" ", @"(?:[ \t]+|[ \t]*\r?\n[ \t]*(?:///?|#|\*)?[ \t]*)"), RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);
}
