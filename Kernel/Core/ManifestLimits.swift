// The bounds of a manifest, in one place; qemu/MANIFEST.md lists them. With them the time and the memory that reading one takes are bounded,
// whatever its text is: all that is not linear in it is linear in one of these.

/// The bounds of a manifest.
public enum ManifestLimits {
    /// Bytes of the text. Linux gives a program at most 2 MiB of arguments and environment; each byte may be written as four.
    public static let byteCount = 8 << 20
    /// Bytes of one word once its escapes are read: what Linux allows one argument.
    public static let wordByteCount = 128 << 10
    /// Arguments and variables of one program.
    public static let argumentCount = 1 << 18
    /// Programs, whether the manifest names them or they lie in the initrd's root.
    public static let programCount = 4096
    /// Programs that one program waits for.
    public static let predecessorCount = 256
    /// Directories of all programs together.
    public static let directoryCount = 16384
    /// Different directories that are saved.
    public static let savedDirectoryCount = 256
    /// Bytes of pages below which no process can begin: its thread, stacks and page tables.
    public static let smallestPageByteCount: UInt64 = 128 << 10
    /// Bytes of a word that an error shows.
    static let shownByteCount = 60

    /// Bytes of memory that a word takes beside its own: an array's header, its reference in an array that grew by doubling (the old one is
    /// there meanwhile), and what heaps round up.
    static let bytesBesideWord = 128
    /// Bytes of memory that a program takes beside its words, with what the supervisor keeps about it.
    public static let bytesBesideProgram = 4096
}
