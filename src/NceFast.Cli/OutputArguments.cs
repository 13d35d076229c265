using System.CommandLine;
using NceFast.Exports;
using NceFast.Files;
using NceFast.Store;
using NceFast.Training;
using NceFast.Vocab;

namespace NceFast.Cli;

/// <summary>The options of <c>train</c> that say what is written.</summary>
internal sealed class OutputArguments
{
    private const string Group = "Output";

    private readonly Opt<string?> _out = Formats.Out(Group, "File for the vectors or the language model");
    private readonly Opt<string?> _vocabOut = Opt.Path("--vocab-out", Group, "FILE", "Also write the vocabulary, one line 'word count' per word", PathUse.Output);
    private readonly Opt<VectorFormat> _format = Formats.Option(ModelArguments.OnlyVectors);
    private readonly Opt<VectorKind> _vectors = Opt.Choice("--vectors", ModelArguments.OnlyVectors, "Vectors of the words that predict, of the words that are predicted, or the mean of both", VectorKind.Input, ("input", VectorKind.Input), ("output", VectorKind.Output), ("mean", VectorKind.Mean));

    public IEnumerable<Option> All => [_out, _vocabOut, _format, _vectors];

    public string Out(ParseResult parsed) => parsed.GetRequiredValue(_out)!;

    public string? VocabularyOut(ParseResult parsed) => parsed.GetValue(_vocabOut);

    public VectorFormat Format(ParseResult parsed) => parsed.GetValue(_format);

    public VectorKind Vectors(ParseResult parsed) => parsed.GetValue(_vectors);

    /// <summary>Adds the files that are written.</summary>
    public void AddFiles(FilesInUse files, ParseResult parsed, TrainingOptions options)
    {
        if (options is WordVectorOptions)
            files.AddVectors(_out.Name, Out(parsed), Format(parsed));
        else
            files.AddOutput(_out.Name, Out(parsed));
        files.AddOutput(_vocabOut.Name, VocabularyOut(parsed));
    }

    /// <summary>Checks that the files can be written, so that hours of training do not end in an output that never could be.</summary>
    public void EnsureWritable(Session session, ParseResult parsed, TrainingOptions options, IReadOnlyList<string> inputs)
    {
        VerbFiles.WarnIfRead(session, inputs, _out.Name, Out(parsed));
        VerbFiles.WarnIfRead(session, inputs, _vocabOut.Name, VocabularyOut(parsed));
        if (options is WordVectorOptions)
            Formats.EnsureWritable(Out(parsed), Format(parsed), null, 0);
        else
            VectorFile.EnsureWritable(Out(parsed));
        if (VocabularyOut(parsed) is { } vocabOut)
            VectorFile.EnsureWritable(vocabOut);
    }

    /// <summary>Checks the size of the vectors, where a vocabulary is given.</summary>
    public void EnsureRoom(ParseResult parsed, TrainingOptions options)
    {
        if (options is WordVectorOptions { Corpus.VocabularyIn: { } known })
            Formats.EnsureWritable(Out(parsed), Format(parsed), known.Words, options.Dim);
    }

    /// <summary>Adds the space that the vocabulary needs.</summary>
    public void AddSpace(SpacePlan space, ParseResult parsed, Vocabulary vocabulary)
    {
        if (VocabularyOut(parsed) is { } path)
            space.Add(path, Formats.BytesOf(vocabulary.Words, 0, VectorFormat.Word2Vec), exact: false);
    }

    /// <summary>Describes the vocabulary's file in a forecast; null when none is written.</summary>
    public PlannedOutput? PlannedVocabulary(ParseResult parsed, long words) =>
        VocabularyOut(parsed) is { } path ? new PlannedOutput(path, 14 * words, "vocabulary") : null;

    /// <summary>Writes the vocabulary.</summary>
    public void WriteVocabulary(KeptModel kept, ParseResult parsed, Vocabulary vocabulary)
    {
        if (VocabularyOut(parsed) is { } path)
            kept.Write(() => vocabulary.Save(path), ".vocab.txt", vocabulary.Save, _ => "copy it to where it is wanted.");
    }
}
