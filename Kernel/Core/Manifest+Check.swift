// What a manifest must fulfil as a whole: the order of its programs, and the ends of its pipes.

extension Manifest {
    /// Throws where programs wait for what cannot come, or a pipe has one end only.
    func check() throws(ManifestError) {
        for program in programs {
            for name in program.after {
                guard let other = self.program(named: name) else {
                    throw ManifestError(line: program.line, message: "after an unknown program", word: name)
                }
                guard programs[other].restart != .always else {
                    throw ManifestError(line: program.line, message: "after a program that never ends", word: name)
                }
            }
            for (index, stream) in program.streams.enumerated() {
                guard case .pipe(let name)? = stream else { continue }
                guard hasPipeEnd(name, isReader: index != 0) else {
                    throw ManifestError(
                        line: program.line, message: index == 0 ? "nobody writes to this pipe" : "nobody reads from this pipe", word: name)
                }
            }
        }
        // Whoever can start is taken away until nobody is left; whoever remains waits for itself.
        var started = [Bool](repeating: false, count: programs.count)
        var progress = true
        while progress {
            progress = false
            for index in 0..<started.count where !started[index] {
                var ready = true
                for name in programs[index].after {
                    if let other = self.program(named: name), !started[other] { ready = false }
                }
                if ready {
                    started[index] = true
                    progress = true
                }
            }
        }
        for index in 0..<started.count where !started[index] {
            throw ManifestError(
                line: programs[index].line, message: "this program waits for itself", word: programs[index].name)
        }
    }

    private func hasPipeEnd(_ name: [UInt8], isReader: Bool) -> Bool {
        for program in programs {
            for (index, stream) in program.streams.enumerated() where (index == 0) == isReader {
                if stream == .pipe(name: name) { return true }
            }
        }
        return false
    }
}
