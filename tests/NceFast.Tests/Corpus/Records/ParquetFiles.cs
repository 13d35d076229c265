using ParquetSharp;
using ParquetSharp.Schema;

namespace NceFast.Tests.Corpus.Records;

/// <summary>Writes Parquet files.</summary>
internal static class ParquetFiles
{
    public static Node Text(string name, Repetition repetition = Repetition.Optional) => new PrimitiveNode(name, repetition, LogicalType.String(), PhysicalType.ByteArray);

    public static Node Bytes(string name) => new PrimitiveNode(name, Repetition.Optional, LogicalType.None(), PhysicalType.ByteArray);

    public static Node Number(string name) => new PrimitiveNode(name, Repetition.Required, LogicalType.None(), PhysicalType.Int64);

    public static Node Group(string name, params Node[] inner) => new GroupNode(name, Repetition.Optional, inner);

    /// <summary>A list in the form that the format prescribes.</summary>
    public static Node List(string name, Node element) =>
        new GroupNode(name, Repetition.Optional, [new GroupNode("list", Repetition.Repeated, [element])], LogicalType.List());

    public static Node List(string name) => List(name, Text("element"));

    /// <summary>A list in the form of old writers.</summary>
    public static Node OldList(string name) => new GroupNode(name, Repetition.Optional, [Text("array", Repetition.Repeated)], LogicalType.List());

    /// <summary>Writes a file.</summary>
    /// <param name="columns">The columns.</param>
    /// <param name="groups">The values of each row group, one array for each column.</param>
    /// <param name="configure">Changes the compression, encoding and sizes; null for the defaults of the library.</param>
    public static byte[] Write(Node[] columns, Array[][] groups, Func<WriterPropertiesBuilder, WriterPropertiesBuilder>? configure = null)
    {
        var file = new MemoryStream();
        using var schema = new GroupNode("schema", Repetition.Required, columns);
        using var builder = new WriterPropertiesBuilder();
        using WriterProperties properties = (configure?.Invoke(builder) ?? builder).Build();
        using (var writer = new ParquetFileWriter(file, schema, properties, null, true))
        {
            foreach (Array[] group in groups)
            {
                using RowGroupWriter rows = writer.AppendRowGroup();
                foreach (Array values in group)
                    Write(rows.NextColumn(), values);
            }

            writer.Close();
        }

        return file.ToArray();
    }

    /// <summary>Writes a file with the columns text, tags (a list) and id.</summary>
    public static byte[] Write(int groups, int rows, Func<WriterPropertiesBuilder, WriterPropertiesBuilder>? configure = null) => Write(
        [Text("text"), List("tags"), Number("id")],
        [.. Enumerable.Range(0, groups).Select(g => (Array[])[Enumerable.Range(g * rows, rows).Select(TextOf).ToArray(), Enumerable.Range(g * rows, rows).Select(TagsOf).ToArray(), Enumerable.Range(g * rows, rows).Select(row => (long)row).ToArray()])],
        configure);

    /// <summary>The text of a row in such a file; null in some rows, empty in others.</summary>
    public static string? TextOf(int row) => (row % 7) switch
    {
        2 => null,
        4 => "",
        5 => $"größe {row % 3} 東京 😀",
        _ => $"row {row} has text " + new string('x', row % 11),
    };

    /// <summary>The tags of a row in such a file: null, an empty list, or strings of which some are null.</summary>
    public static string?[]? TagsOf(int row) => (row % 5) switch
    {
        0 => null,
        1 => [],
        var count => [.. Enumerable.Range(0, count - 1).Select(i => i == 1 ? null : $"tag{row + i}")],
    };

    private static void Write(ColumnWriter column, Array values)
    {
        using (column)
        {
            switch (values)
            {
                case string?[] strings:
                    Write(column, strings);
                    break;
                case string?[]?[] lists when column is ColumnWriter<ByteArray> { ColumnDescriptor.SchemaNode.Repetition: Repetition.Repeated } texts:
                    WriteOldList(texts, lists);
                    break;
                case string?[]?[] lists:
                    Write(column, lists);
                    break;
                case byte[]?[] bytes:
                    Write(column, bytes);
                    break;
                case long[] numbers:
                    Write(column, numbers);
                    break;
                case Nested<string?>[] nested:
                    Write(column, nested);
                    break;
                case Nested<string?>?[] nested:
                    Write(column, nested);
                    break;
                case Nested<string?>?[]?[] nested:
                    Write(column, nested);
                    break;
                case string?[]?[]?[] lists:
                    Write(column, lists);
                    break;
                default:
                    throw new NotSupportedException($"Values of the type {values.GetType()} are not written.");
            }
        }
    }

    private static void Write<T>(ColumnWriter column, T[] values)
    {
        using LogicalColumnWriter<T> writer = column.LogicalWriterOverride<T>();
        writer.WriteBatch(values);
    }

    // The library has no writer of strings for such a list. An element has definition level 2, an empty list 1 and null 0.
    private static unsafe void WriteOldList(ColumnWriter<ByteArray> column, string?[]?[] lists)
    {
        foreach (string?[]? list in lists)
        {
            for (int i = 0; i < Math.Max(1, list?.Length ?? 0); i++)
            {
                byte[] text = System.Text.Encoding.UTF8.GetBytes(list is { Length: > 0 } ? list[i]! : "");
                fixed (byte* first = text)
                    column.WriteBatch(1, [(short)(list is null ? 0 : list.Length == 0 ? 1 : 2)], [(short)(i == 0 ? 0 : 1)], [new ByteArray((nint)first, text.Length)]);
            }
        }
    }
}
