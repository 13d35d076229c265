using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using NceFast.Models;
using NceFast.Store;
using NceFast.Vocab;

namespace NceFast.Fuzz.Targets;

/// <summary>The file of a language model; repaired inputs have a correct checksum.</summary>
internal sealed class LanguageModelTarget : FileTarget
{
    private const int TailBytes = 12;

    public override string Name => "language-model";

    public override double Cost => 2;

    public override IReadOnlyList<byte[]> Tokens => [.. Texts("NCEFLM\r\n", "</s>", "<unk>", "DONE"), [1, 0, 0, 0], [4, 0, 0, 0], [0xFF, 0xFF, 0xFF, 0xFF]];

    public override IEnumerable<byte[]> Seeds() =>
    [
        Write(new LanguageModelShape(4, 3, 2, 0, PlaceWeightKind.Full, false, 2, 3)),
        Write(new LanguageModelShape(5, 2, 1, 1, PlaceWeightKind.Diagonal, true, 3, 4)),
        Write(new LanguageModelShape(3, 1, 3, 0, PlaceWeightKind.None, false, 2, -1)),
    ];

    public override byte[] Repair(byte[] input)
    {
        if (input.Length < TailBytes)
            return input;
        byte[] repaired = [.. input];
        BinaryPrimitives.WriteUInt64LittleEndian(repaired.AsSpan(input.Length - TailBytes), Sum(input.AsSpan(0, input.Length - TailBytes)));
        "DONE"u8.CopyTo(repaired.AsSpan(input.Length - 4));
        return repaired;
    }

    protected override string ReadFile(string path, byte[] input)
    {
        using LanguageModel model = LanguageModel.Load(path);
        return $"words {About(model.Shape.Words)} dim {About(model.Shape.Dim)} {model.Shape.PlaceWeights} {model.Shape.SharedRows} {About(model.Shape.PlaceRows)}";
    }

    private byte[] Write(LanguageModelShape shape)
    {
        var words = new WordList.Builder();
        var counts = new long[shape.Words];
        for (int id = 0; id < shape.Words; id++)
        {
            words.Add(id == shape.EndOfSentence ? SpecialWords.EndOfSentence : id == shape.Unknown ? SpecialWords.Unknown : $"w{id}");
            counts[id] = 10 - id;
        }

        using var model = new LanguageModel(new Vocabulary(words.Build(), counts), new LanguageModelParameters(shape));
        model.Save(Path);
        return File.ReadAllBytes(Path);
    }

    // The checksum of the file: eight bytes at a time, the rest one by one.
    private static ulong Sum(ReadOnlySpan<byte> bytes)
    {
        ulong sum = 14695981039346656037;
        foreach (ulong word in MemoryMarshal.Cast<byte, ulong>(bytes))
            sum = (BitOperations.RotateLeft(sum, 5) ^ word) * 1099511628211;
        foreach (byte rest in bytes[(bytes.Length / 8 * 8)..])
            sum = (sum ^ rest) * 1099511628211;
        return sum;
    }
}
