// A program's description once more, in the heap that is current: what a process reads must be its own. Copies of arrays share their storage,
// so each is made anew.

extension Array where Element == UInt8 {
    /// The bytes in storage of their own.
    package func copied() -> [UInt8] { withUnsafeBytes { [UInt8]($0) } }
}

extension ManifestProgram {
    /// The same with storage of its own.
    package func copied() -> ManifestProgram {
        var copy = ManifestProgram(line: line, name: name.copied(), path: path.copied())
        copy.argument0 = argument0.copied()
        copy.arguments = ManifestProgram.copied(arguments)
        copy.environment = ManifestProgram.copied(environment)
        copy.directories = []
        for directory in directories {
            copy.directories.append(
                ManifestDirectory(source: directory.source.copied(), guest: directory.guest.copied(), mode: directory.mode))
        }
        copy.invoke = invoke?.copied()
        copy.limits = limits
        copy.priority = priority
        copy.restart = restart
        copy.isTraced = isTraced
        copy.isProfiled = isProfiled
        copy.showsStatistics = showsStatistics
        copy.answersBadAddresses = answersBadAddresses
        // Streams, terminals and who comes before it are for whoever starts it.
        return copy
    }

    private static func copied(_ words: [[UInt8]]) -> [[UInt8]] {
        var copies: [[UInt8]] = []
        copies.reserveCapacity(words.count)
        for word in words { copies.append(word.copied()) }
        return copies
    }
}
