// LargeFunctions: functions as a hostile module has them, a hundred thousand blocks in one. What compiling and checking looks at must grow as
// they do.

import ModuleGeneration
import NativeCode
import WasmEngine
import WasmModule

/// A shape that is repeated in one function.
enum LargeFunction: String, CaseIterable {
    /// Branches over blocks; loops one behind the other; one table branch; calls; accesses of memory; sums of 2,000 locals.
    case blocks, loops, tables, calls, accesses, locals

    /// How many there are. Code of more than 1 MiB is refused when a jump is longer.
    var repetitionCount: Int {
        switch self {
        case .loops: 32_000
        case .calls: 8_000
        default: 100_000
        }
    }

    /// A module with a function that repeats the shape `count` times.
    func module(_ count: Int) -> [UInt8] {
        // Locals: an i32 parameter, and some that a loop keeps live.
        var body: [UInt8] = []
        switch self {
        case .blocks:
            for _ in 0..<count { body += [0x02, 0x40, 0x20, 0, 0x0D, 0, 0x20, 1, 0x41, 1, 0x6A, 0x21, 1, 0x0B] }
        case .loops:
            for _ in 0..<count {
                body += [0x03, 0x40, 0x20, 0, 0x41, 1, 0x6B, 0x22, 0, 0x0D, 0, 0x20, 1, 0x20, 0, 0x6A, 0x21, 1, 0x0B]
            }
        case .tables:
            body += [0x02, 0x40, 0x20, 0, 0x0E] + LargeFunction.number(count)
            for _ in 0..<count { body += [0] }
            body += [0, 0x0B]
        case .calls:
            for _ in 0..<count { body += [0x20, 0, 0x10, 0, 0x1A] }
        case .accesses:
            for _ in 0..<count { body += [0x20, 0, 0x20, 0, 0x28, 2, 4, 0x36, 2, 8] }
        case .locals:
            for index in 0..<count {
                body += [0x20] + LargeFunction.number(index % 2000) + [0x41, 1, 0x6A, 0x21] + LargeFunction.number((index * 7 + 3) % 2000)
            }
        }
        body += [0x20, 1, 0x0B]
        let code = [1] + LargeFunction.number(2000) + [0x7F] + body
        let functions = [1] + LargeFunction.number(code.count) + code
        return [0, 0x61, 0x73, 0x6D, 1, 0, 0, 0, 1, 6, 1, 0x60, 1, 0x7F, 1, 0x7F, 3, 2, 1, 0, 5, 3, 1, 0, 1, 10]
            + LargeFunction.number(functions.count) + functions
    }

    /// LEB128.
    private static func number(_ value: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = value
        while rest >= 128 {
            bytes.append(UInt8(rest & 127 | 128))
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }

    /// What compiling the function counts, and the bytes of its code; nil when it is not compiled.
    func work(_ count: Int) -> (work: Int, byteCount: Int)? {
        module(count).withUnsafeBytes { buffer in
            var config = Config()
            config.codeByteLimit = 1 << 28
            guard let module = try? Module(Engine(config), bytes: buffer) else { return nil }
            var answer: (Int, Int)?
            _ = module.compile(function: 0, isGuarded: true, recordsCells: false) { emitter, _ in
                var checker = CodeChecker(emitter.layout)
                if let fault = checker.check(emitter) {
                    print("refused: \(self): offset \(fault.codeOffset): \(fault.reason.text)")
                } else {
                    answer = (emitter.workCount, emitter.code.byteCount)
                }
            }
            return answer
        }
    }

    /// Compiles each with all repetitions and with an eighth: the work must not be more than eight times as much.
    static func checkAll() -> Int32 {
        var failed = 0
        for shape in allCases {
            let clock = ContinuousClock()
            var few: (work: Int, byteCount: Int)?
            var many: (work: Int, byteCount: Int)?
            let first = clock.measure { few = shape.work(shape.repetitionCount / 8) }
            let second = clock.measure { many = shape.work(shape.repetitionCount) }
            let isLinear = few.flatMap { few in many.map { $0.work <= few.work * 8 + 1000 } } ?? false
            if !isLinear { failed += 1 }
            print(
                "\(isLinear ? "" : "not linear: ")\(shape): \(few?.work ?? -1), \(many?.work ?? -1) looked at, "
                    + "\(many?.byteCount ?? -1) bytes, \(first), \(second)"
            )
        }
        print("\(allCases.count - failed) passed, \(failed) failed")
        return failed == 0 ? 0 : 1
    }
}
