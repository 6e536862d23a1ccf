// What `make run` shows: a program in Embedded Swift on a machine that has nothing but Martlet. It greets, computes, looks around and ends.

@main
struct Demonstration {
    static func main() {
        let arguments = Process.arguments
        print("Hello from \(arguments.first ?? "a program without a name"), a WebAssembly program in Embedded Swift.")
        for variable in Process.environment { print("  environment: \(variable)") }
        let limit = arguments.count > 1 ? Int(arguments[1]) ?? 20 : 20
        print("  primes up to \(limit): \(primes(upTo: limit).map { "\($0)" }.joined(separator: " "))")
        print("")
        mandelbrot()
        print("")
        let start = Process.monotonicNanoseconds
        let steps = (1...3000).map(collatzSteps).max() ?? 0
        let took = Process.monotonicNanoseconds &- start
        print("  longest Collatz sequence below 3000: \(steps) steps (\(took > 0 ? "the clock moves" : "the clock stands still"))")
    }

    /// The sieve of Eratosthenes.
    static func primes(upTo limit: Int) -> [Int] {
        guard limit >= 2 else { return [] }
        var isComposite = [Bool](repeating: false, count: limit + 1)
        var found: [Int] = []
        for candidate in 2...limit where !isComposite[candidate] {
            found.append(candidate)
            for multiple in stride(from: candidate * candidate, through: limit, by: candidate) { isComposite[multiple] = true }
        }
        return found
    }

    static func collatzSteps(of start: Int) -> Int {
        var value = start
        var steps = 0
        while value != 1 {
            value = value.isMultiple(of: 2) ? value / 2 : 3 * value + 1
            steps += 1
        }
        return steps
    }

    /// The set, one character a point, darker where a point takes longer to leave.
    static func mandelbrot() {
        let shades: [Character] = [" ", ".", ":", "-", "=", "+", "*", "#", "%", "@"]
        for row in 0..<17 {
            var line = "  "
            for column in 0..<64 {
                let real = -2.1 + Double(column) * 0.045
                let imaginary = -1.2 + Double(row) * 0.15
                var (x, y, rounds) = (0.0, 0.0, 0)
                while x * x + y * y < 4, rounds < 90 {
                    (x, y) = (x * x - y * y + real, 2 * x * y + imaginary)
                    rounds += 1
                }
                line.append(shades[rounds >= 90 ? 9 : min(8, rounds / 3)])
            }
            while line.last == " " { line.removeLast() }
            print(line)
        }
    }
}
