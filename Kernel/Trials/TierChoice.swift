// `tier=threaded|native|auto` on the tests' command line, with `tier-threshold=N` and `tier-seed=N`: how everything runs that has no manifest
// which says so. All machine code of the tests is checked.
import KernelCore
import KernelProcess
import KernelStartup

/// What the command line says of tiers.
enum TierChoice {
    static func takeIfAsked(_ platform: borrowing KernelStartup.Platform) {
        let arguments = platform.arguments
        TierSettings.current.checksCode = true
        var said: ManifestTier?
        if arguments.has("tier", "threaded") { said = ManifestTier(.threaded) }
        if arguments.has("tier", "native") { said = ManifestTier(.native) }
        if arguments.has("tier", "auto") { said = ManifestTier(.auto) }
        said?.threshold = arguments.integer("tier-threshold").map { UInt16(clamping: $0) }
        said?.seed = arguments.integer("tier-seed").map { UInt64($0) }
        if let said { TierSettings.current.take(said) }
    }
}
