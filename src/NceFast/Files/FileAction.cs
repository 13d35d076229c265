using Microsoft.Win32.SafeHandles;

namespace NceFast.Files;

/// <summary>Specifies what is done to a file or folder.</summary>
internal enum FileActionKind
{
    /// <summary>A folder is created.</summary>
    CreateFolder,

    /// <summary>A file that must not exist is created.</summary>
    Create,

    /// <summary>A file is opened for writing, and created if it may be missing and is.</summary>
    Open,

    /// <summary>Bytes are written.</summary>
    Write,

    /// <summary>The length of a file is set.</summary>
    SetLength,

    /// <summary>The content of a file is flushed to the disk.</summary>
    Flush,

    /// <summary>The entries of a folder are flushed to the disk.</summary>
    FlushFolder,

    /// <summary>A file gets another name.</summary>
    Rename,

    /// <summary>A file is deleted.</summary>
    Delete,

    /// <summary>The permissions of a file are set.</summary>
    SetMode,

    /// <summary>A file is opened for reading.</summary>
    Read,
}

/// <summary>Describes an action on a file or folder that is about to be done.</summary>
/// <param name="Kind">What is done.</param>
/// <param name="Path">The file or folder.</param>
internal readonly record struct FileAction(FileActionKind Kind, string Path)
{
    /// <summary>Gets the new name of a file that is renamed.</summary>
    public string? Target { get; init; }

    /// <summary>Gets the open file that is written, cut or flushed.</summary>
    public SafeFileHandle? Handle { get; init; }

    /// <summary>Gets the byte position of a write, or the new length.</summary>
    public long Position { get; init; }
}

/// <summary>Observes an action before it is done. An exception is thrown to the caller of the action, which is then not done.</summary>
/// <param name="action">The action.</param>
/// <param name="data">The bytes that will be written.</param>
internal delegate void FileHook(in FileAction action, ReadOnlySpan<byte> data);
