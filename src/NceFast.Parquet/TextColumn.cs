using NceFast.Corpus;
using NceFast.Corpus.Records;
using ParquetSharp;
using ParquetSharp.Schema;

namespace NceFast.Parquet;

/// <summary>Represents a column of strings in the schema of a file.</summary>
/// <param name="Index">The index among the columns of the file.</param>
/// <param name="Name">The name that a user gives.</param>
/// <param name="DefinitionLevel">The level at which a string is present. A lower level is null or an empty list.</param>
/// <param name="RepetitionLevel">The number of lists around a string; 0 if each row has one string.</param>
/// <param name="ElementLevel">The least definition level at which the innermost list has an element; 0 without a list.</param>
internal sealed record TextColumn(int Index, string Name, short DefinitionLevel, short RepetitionLevel, short ElementLevel)
{
    private const int MostListed = 30;

    /// <summary>Finds the columns that a user names.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="schema">The columns of the file.</param>
    /// <param name="fields">The names.</param>
    /// <exception cref="NceFastException">A column is missing or contains other values than strings (<see cref="ErrorKind.Input"/>).</exception>
    public static TextColumn[] Find(string path, SchemaDescriptor schema, IReadOnlyList<string> fields)
    {
        Leaf[] leaves = [.. Enumerable.Range(0, schema.NumColumns).Select(i => new Leaf(i, schema.Column(i)))];
        return [.. fields.Select(field => Find(path, leaves, field))];
    }

    private static TextColumn Find(string path, Leaf[] leaves, string field)
    {
        string[] parts = FieldName.Split(field);
        Leaf[] found = [.. leaves.Where(leaf => leaf.Parts.SequenceEqual(parts))];
        if (found.Length == 0)
            found = [.. leaves.Where(leaf => leaf.AllParts.SequenceEqual(parts))];
        if (found.Length == 0 && leaves.Where(leaf => leaf.Parts.Take(parts.Length).SequenceEqual(parts)).ToArray() is { Length: > 0 } inner)
            throw new NceFastException(ErrorKind.Input, $"{path}: '{field}' is a group of columns; name one of its columns in {Member.Of(nameof(TextOptions.Fields))}: {List(inner)}.");
        if (found.Length == 0)
            throw new NceFastException(ErrorKind.Input, $"{path} has no column '{field}'; its columns are {List(leaves)}. Name the column that contains the text in {Member.Of(nameof(TextOptions.Fields))}.");
        if (found.Length > 1)
            throw new NceFastException(ErrorKind.Input, $"{path} has {found.Length} columns with the name '{field}', so that it is not known which one contains the text; give them different names.");
        if (found[0].OtherType is { } type)
            throw new NceFastException(ErrorKind.Input, $"{path}: the column '{field}' contains values of the type {type}, but strings, byte arrays and lists of them are read. Name another column in {Member.Of(nameof(TextOptions.Fields))}{Others(leaves)}.");
        return new TextColumn(found[0].Index, field, found[0].Descriptor.MaxDefinitionLevel, found[0].Descriptor.MaxRepetitionLevel, found[0].ElementLevel);
    }

    private static string Others(Leaf[] leaves) => leaves.Where(leaf => leaf.OtherType is null).ToArray() is { Length: > 0 } texts ? $"; columns of strings are {List(texts)}" : "; the file has no column of strings";

    private static string List(Leaf[] leaves) =>
        string.Join(", ", leaves.Take(MostListed).Select(leaf => $"'{leaf.Name}'")) + (leaves.Length > MostListed ? FormattableString.Invariant($" and {leaves.Length - MostListed:N0} more") : "");

    /// <summary>Represents a column of any type.</summary>
    private sealed class Leaf
    {
        private const string ArrayName = "array", TupleEnding = "_tuple";

        public Leaf(int index, ColumnDescriptor descriptor)
        {
            (Index, Descriptor) = (index, descriptor);
            var nodes = new List<Node>();
            for (Node? node = descriptor.SchemaNode; node?.Parent is { } parent; node = parent)
                nodes.Insert(0, node);
            AllParts = [.. nodes.Select(node => node.Name)];
            Parts = [.. nodes.Where((_, i) => !IsListItself(nodes, i) && !IsElement(nodes, i)).Select(node => node.Name)];
            short level = 0;
            foreach (Node node in nodes)
            {
                level += (short)(node.Repetition == Repetition.Required ? 0 : 1);
                if (node.Repetition == Repetition.Repeated)
                    ElementLevel = level;
            }
        }

        public int Index { get; }

        public ColumnDescriptor Descriptor { get; }

        /// <summary>Gets the names from the outermost on, without the groups of lists.</summary>
        public string[] Parts { get; }

        /// <summary>Gets the names from the outermost on, as the file has them.</summary>
        public string[] AllParts { get; }

        public short ElementLevel { get; }

        public string Name => FieldName.Join(Parts);

        /// <summary>Gets the type if the column does not contain strings; otherwise null.</summary>
        public string? OtherType
        {
            get
            {
                LogicalTypeEnum logical = Descriptor.LogicalType.Type;
                if (Descriptor.PhysicalType == PhysicalType.ByteArray && logical is LogicalTypeEnum.None or LogicalTypeEnum.String or LogicalTypeEnum.Enum or LogicalTypeEnum.Json)
                    return null;
                return logical is LogicalTypeEnum.None or LogicalTypeEnum.Undefined or LogicalTypeEnum.Int ? Descriptor.PhysicalType.ToString() : logical.ToString();
            }
        }

        // The schema of a list is: group NAME (LIST) { repeated group list { element } }, and of a map: group NAME (MAP) { repeated
        // group key_value { key, value } }. Old writers leave out the inner group of a list.
        private static bool IsListItself(List<Node> nodes, int at) =>
            at > 0 && nodes[at].Repetition == Repetition.Repeated && nodes[at - 1].LogicalType.Type is LogicalTypeEnum.List or LogicalTypeEnum.Map;

        private static bool IsElement(List<Node> nodes, int at) =>
            at > 1 && IsListItself(nodes, at - 1) && nodes[at - 2].LogicalType.Type == LogicalTypeEnum.List && nodes[at - 1] is GroupNode { FieldCount: 1 } list
            && list.Name != ArrayName && list.Name != nodes[at - 2].Name + TupleEnding;
    }
}
