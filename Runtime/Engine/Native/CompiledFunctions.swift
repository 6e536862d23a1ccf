// CompiledFunctions: which functions of a module are machine code, and where that is.

import Containers
import MachineCode
import NativeCode

/// The machine code of one function.
struct CompiledFunction {
    /// Its machine code, of the provider.
    var code: UnsafeRawBufferPointer
    #if !arch(riscv64)
        /// Cells whose headers lead to the code, ascending, as offsets from the first cell.
        var entries: UnsafeMutablePointer<NativeEntry>
        var entryCount: Int
    #endif
}

/// A module's machine code. Whoever owns it gives the code back with `release`. Changed in `Config.aroundCompilation`.
struct CompiledFunctions: ~Copyable {
    private let firstFunction: Int
    private var functions = GrowableArray<CompiledFunction>()
    /// For each function of the module that is not imported: its place among `functions` and one, `untried`, or `refused`. Empty until the
    /// first is compiled.
    private var places = GrowableArray<UInt32>()
    #if !arch(riscv64)
        private var arena = Arena()
    #endif
    /// Bytes of machine code.
    private(set) var byteCount = 0

    private static let untried: UInt32 = 0
    private static let refused = UInt32.max

    /// None, of a module whose first function that is not imported is `firstFunction`.
    init(firstFunction: Int) { self.firstFunction = firstFunction }

    /// How many functions are machine code.
    var count: Int { functions.count }

    /// Whether nobody has tried to compile a function. With `functionCount` the module's functions that are not imported; false, too, when
    /// memory is refused.
    mutating func isUntried(_ function: Int, functionCount: Int) -> Bool {
        if places.count == 0, !places.append(repeating: CompiledFunctions.untried, count: functionCount) { return false }
        return places[function - firstFunction] == CompiledFunctions.untried
    }

    /// Notes that a function stays threaded code.
    mutating func refuse(_ function: Int) { places[function - firstFunction] = CompiledFunctions.refused }

    /// Puts what an emitter made beside threaded code, whose cells lead there from then on; false when memory is refused.
    mutating func add(
        _ emitter: borrowing Emitter, function: Int, cells: UnsafeMutableRawPointer, _ provider: NativeCodeProvider
    ) -> Bool {
        guard functions.reserve(functions.count + 1) else { return false }
        let count = emitter.entries.count
        #if !arch(riscv64)
            guard let entries = arena.tryAllocate(NativeEntry.self, count: count) else { return false }
            entries.update(from: emitter.entries.base, count: count)
        #endif
        let bytes = emitter.code.bytes
        var made = NativeFunction(
            code: bytes, cells: UnsafeRawPointer(cells),
            faultSites: UnsafeBufferPointer(start: emitter.faultSites.base, count: emitter.faultSites.count))
        guard let code = provider.place(provider.context, &made) else { return false }
        let placed = UnsafeRawBufferPointer(start: code, count: bytes.count)
        byteCount += bytes.count
        #if arch(riscv64)
            functions.appendReserved(CompiledFunction(code: placed))
        #else
            functions.appendReserved(CompiledFunction(code: placed, entries: entries, entryCount: count))
        #endif
        places[function - firstFunction] = UInt32(truncatingIfNeeded: functions.count)
        // Each cell by one store, and each good by itself: threads that run the function find the one or the other.
        for number in 0..<count {
            let entry = emitter.entries[number]
            let header = NativeCompiler.header(UInt(bitPattern: code) + UInt(entry.codeOffset))
            cells.storeBytes(of: header, toByteOffset: Int(entry.cellOffset), as: UInt.self)
        }
        return true
    }

    #if !arch(riscv64)
        /// The machine code of a function, and where in it the cell at `offset` leads; nil when the cell is its handler's.
        func find(_ function: Int, cell offset: Int) -> (code: UnsafeRawBufferPointer, start: UInt)? {
            let place = places[function - firstFunction]
            guard place != CompiledFunctions.untried, place != CompiledFunctions.refused else { return nil }
            let found = functions[Int(place) - 1]
            for number in 0..<found.entryCount where Int(found.entries[number].cellOffset) == offset {
                return (found.code, UInt(bitPattern: found.code.baseAddress) + UInt(found.entries[number].codeOffset))
            }
            return nil
        }
    #endif

    /// Gives the code back to the provider; no cell may lead there any more.
    mutating func release(_ provider: NativeCodeProvider) {
        for index in 0..<functions.count {
            let code = functions[index].code
            if let base = code.baseAddress { provider.release(provider.context, UnsafeMutableRawPointer(mutating: base), code.count) }
        }
        functions.removeAll()
    }
}
