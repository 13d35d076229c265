using System.Buffers.Binary;
using System.Text.Json;

namespace NceFast.Exports.Internals;

/// <summary>Represents a tensor of a safetensors file. Its byte range is checked to be within the file.</summary>
/// <param name="Shape">The sizes of its dimensions.</param>
/// <param name="Start">The byte position of its data in the file.</param>
/// <param name="Bytes">The length of its data, bytes.</param>
internal sealed record SafetensorsTensor(long[] Shape, long Start, long Bytes);

/// <summary>Reads the JSON header of a safetensors file. Checks every value before it is used.</summary>
internal sealed class SafetensorsHeader
{
    private const long MaxHeader = 1 << 20;
    private readonly InputFile _file;
    private readonly JsonElement _root;
    private readonly long _dataStart;

    private SafetensorsHeader(InputFile file, JsonElement root, long dataStart)
    {
        _file = file;
        _root = root;
        _dataStart = dataStart;
    }

    /// <summary>Determines whether a file begins with a length and a brace. The length can have the bytes of another format.</summary>
    public static bool IsLikely(ReadOnlySpan<byte> head) =>
        head.Length > 8 && head[8] == '{' && BinaryPrimitives.ReadUInt64LittleEndian(head) <= MaxHeader;

    public static SafetensorsHeader Read(InputFile file)
    {
        Span<byte> prefix = stackalloc byte[8];
        file.ReadExactly(prefix, 0);
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > (ulong)Math.Min(MaxHeader, file.Length - 8))
            throw file.Error("byte 0", $"the header length is {length:N0} bytes; at most {Math.Min(MaxHeader, file.Length - 8):N0} are allowed. The file is damaged or has another format.");
        byte[] bytes = new byte[length];
        file.ReadExactly(bytes, 8);
        try
        {
            JsonElement root = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = 8 }).RootElement;
            if (root.ValueKind != JsonValueKind.Object)
                throw file.Error("byte 8", "the header is not a JSON object; the file is damaged or has another format.");
            return new SafetensorsHeader(file, root, 8 + (long)length);
        }
        catch (JsonException e)
        {
            throw file.Error($"byte {8 + (e.BytePositionInLine ?? 0):N0}", "the header is not valid JSON; the file is damaged or has another format.");
        }
    }

    /// <summary>Gets a tensor by name. Its type, rank and byte range must be valid.</summary>
    public SafetensorsTensor Tensor(string name, string type, int bytesPerItem, int rank)
    {
        try
        {
            return Checked(name, type, bytesPerItem, rank);
        }
        catch (InvalidOperationException)
        {
            throw Error(name, "cannot be looked up because the header has text with invalid UTF-8 or invalid escapes; the file is damaged");
        }
    }

    private SafetensorsTensor Checked(string name, string type, int bytesPerItem, int rank)
    {
        if (!_root.TryGetProperty(name, out JsonElement tensor) || tensor.ValueKind != JsonValueKind.Object)
            throw Error(name, "is missing; a word vector file must have 'vectors' F32 [words, dim], 'words' U8 and 'word_ends' I64 [words]");
        if (!tensor.TryGetProperty("dtype", out JsonElement dtype) || dtype.ValueKind != JsonValueKind.String || dtype.GetString() != type)
            throw Error(name, $"has type {(dtype.ValueKind == JsonValueKind.Undefined ? "none" : dtype.GetRawText())}; it must have type {type}");
        long[] shape = Numbers(tensor, name, "shape", rank);
        long[] range = Numbers(tensor, name, "data_offsets", 2);
        long available = _file.Length - _dataStart;
        if (range[0] > range[1] || range[1] > available)
            throw Error(name, $"has bytes {range[0]:N0} to {range[1]:N0} in its header, but the file has {available:N0} bytes of data; the file is truncated or damaged");

        Int128 size = bytesPerItem;
        foreach (long items in shape)
            size = Int128.Min(size * items, long.MaxValue);
        if (size != range[1] - range[0])
            throw Error(name, $"has shape [{string.Join(", ", shape)}], which needs {size:N0} bytes, but {range[1] - range[0]:N0} bytes of data; the file is damaged");
        return new SafetensorsTensor(shape, _dataStart + range[0], range[1] - range[0]);
    }

    private long[] Numbers(JsonElement tensor, string name, string key, int count)
    {
        if (tensor.TryGetProperty(key, out JsonElement array) && array.ValueKind == JsonValueKind.Array && array.GetArrayLength() == count)
        {
            long[] numbers = new long[count];
            bool good = true;
            for (int i = 0; i < count; i++)
                good &= array[i].ValueKind == JsonValueKind.Number && array[i].TryGetInt64(out numbers[i]) && numbers[i] >= 0;
            if (good)
                return numbers;
        }

        throw Error(name, $"has no '{key}' with {count} whole numbers of at least 0; the file is damaged");
    }

    private NceFastException Error(string name, string message) => _file.Error("header", $"tensor '{name}' {message}.");
}
