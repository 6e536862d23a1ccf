// Which sources this was built from. `qemu/stamp` writes the commit into the finished image, in the place of the text below.

/// The version.
public enum Version {
    /// `(commit HASH)`, with blanks behind it: the text keeps its length.
    public static var commit: StaticString { "(commit unknown)                                        " }
}
