// CompiledFunctions: the machine code of a module's functions, by the threaded code beside it.

import Containers
import MachineCode
import NativeCode

/// The machine code of one function.
struct CompiledFunction {
    /// Its threaded code.
    var cells: UInt
    var cellByteCount: Int
    /// Its machine code, of the provider.
    var code: UnsafeMutableRawBufferPointer
    /// Cells whose headers lead to the code, ascending.
    var entries: UnsafeMutablePointer<NativeEntry>
    var entryCount: Int
}

/// A module's machine code. Whoever owns it gives the code back with `release`.
struct CompiledFunctions: ~Copyable {
    private var functions = GrowableArray<CompiledFunction>()
    private var arena = Arena()
    /// Bytes of machine code.
    private(set) var byteCount = 0

    /// Puts what an emitter made beside threaded code, whose cells lead there from then on; nothing happens when memory is refused.
    mutating func add(
        _ emitter: borrowing Emitter, cells: UnsafeMutableRawPointer, byteCount cellByteCount: Int, _ provider: NativeCodeProvider
    ) {
        let count = emitter.entries.count
        let bytes = emitter.code.bytes
        guard functions.reserve(functions.count + 1), let entries = arena.tryAllocate(NativeEntry.self, count: count),
            let code = provider.reserve(provider.context, bytes.count)
        else { return }
        entries.update(from: emitter.entries.base, count: count)
        code.copyMemory(from: bytes.baseAddress!, byteCount: bytes.count)
        byteCount += bytes.count
        functions.appendReserved(
            CompiledFunction(
                cells: UInt(bitPattern: cells), cellByteCount: cellByteCount,
                code: UnsafeMutableRawBufferPointer(start: code, count: bytes.count), entries: entries, entryCount: count))
        functions.sortLast { $0.cells < $1.cells }
        for number in 0..<count {
            let address = UInt(bitPattern: code) + UInt(entries[number].codeOffset)
            cells.storeBytes(of: NativeCompiler.header(address), toByteOffset: Int(entries[number].cellOffset), as: UInt.self)
        }
    }

    /// The machine code that a cell leads to, and where in it; nil when the cell is its handler's.
    func find(cell: UInt) -> (code: UnsafeRawBufferPointer, start: UInt)? {
        var low = 0
        var high = functions.count
        while low < high {
            let middle = (low + high) / 2
            if functions[middle].cells <= cell { low = middle + 1 } else { high = middle }
        }
        guard low > 0 else { return nil }
        let function = functions[low - 1]
        let offset = cell - function.cells
        guard offset < function.cellByteCount else { return nil }
        for number in 0..<function.entryCount where UInt(function.entries[number].cellOffset) == offset {
            let start = UInt(bitPattern: function.code.baseAddress) + UInt(function.entries[number].codeOffset)
            return (UnsafeRawBufferPointer(function.code), start)
        }
        return nil
    }

    /// Gives the code back to the provider; no cell may lead there any more.
    mutating func release(_ provider: NativeCodeProvider) {
        for index in 0..<functions.count {
            let code = functions[index].code
            if let base = code.baseAddress { provider.release(provider.context, base, code.count) }
        }
        functions.removeAll()
    }
}
