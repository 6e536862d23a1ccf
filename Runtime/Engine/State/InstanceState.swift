// The state of an instance as the handlers see it: plain structs behind pointers, allocated and freed by the store.

import WasmModule

/// What a function reference points to. Owned by the store.
package struct FunctionEntry: BitwiseCopyable {
    /// The first cell of the code. A host function's leads to the host-call handler; an untranslated function's to the translating one.
    var code: UnsafeMutableRawPointer
    /// The instance the function runs in; nil for a host function.
    var instance: UnsafeMutablePointer<InstanceState>?
    /// The engine-wide number of the function's type: equal types have equal numbers.
    var typeIdentifier: UInt32
    /// The function's index in its module, or the host function's index in its store.
    var index: UInt32
    /// The instance's address plus the type's number, for machine code to compare at once; 0 where the number is none of `keyedTypes`.
    var key: UInt

    /// Types with these numbers have keys; instances lie as many bytes apart, so that each key has one meaning.
    static let keyedTypes: UInt32 = 512

    init(code: UnsafeMutableRawPointer, instance: UnsafeMutablePointer<InstanceState>?, typeIdentifier: UInt32, index: UInt32) {
        self.code = code
        self.instance = instance
        self.typeIdentifier = typeIdentifier
        self.index = index
        key = instance == nil || typeIdentifier >= FunctionEntry.keyedTypes ? 0 : UInt(bitPattern: instance) &+ UInt(typeIdentifier)
    }
}

/// A host function of a store, as calls of it see it. Owned by the store.
package struct HostFunctionState: BitwiseCopyable {
    /// What references point to; the first field, so that the entry's address is the function's.
    var entry: FunctionEntry
    /// The C function to call instead of the record's body.
    var direct: DirectHostFunction?
    /// Handed to it.
    var number: UInt

    /// The host function whose entry this is. `entry` must be of a host function.
    @inline(__always) static func of(_ entry: UnsafeMutablePointer<FunctionEntry>) -> UnsafeMutablePointer<HostFunctionState> {
        // SAFETY: the store makes entries without an instance only as the first field of this.
        UnsafeMutableRawPointer(entry).assumingMemoryBound(to: HostFunctionState.self)
    }
}

/// A linear memory. Owned by the store.
package struct MemoryState: BitwiseCopyable {
    var base: UnsafeMutableRawPointer
    var byteCount: Int
    /// Most bytes it may grow to: the type's maximum, or the limits of the address type.
    var maximumByteCount: Int
    var type: MemoryType
}

/// A table: elements are reference slots. Owned by the store.
package struct TableState: BitwiseCopyable {
    var elements: UnsafeMutablePointer<UInt64>
    var count: Int
    var capacity: Int
    var type: TableType
}

/// A global's value; v128 takes both words. Owned by the store.
package struct GlobalState: BitwiseCopyable {
    var low: UInt64
    var high: UInt64
    var type: GlobalType
}

/// A tag. Its address is its identity. Owned by the store.
package struct TagState: BitwiseCopyable {
    var typeIdentifier: UInt32
    var parameterSlotCount: UInt32
}

/// An instance as handlers see it. The first fields are the hottest.
package struct InstanceState: BitwiseCopyable {
    /// Frames may not begin at or beyond this address: the end of the value stack less the red zone.
    var stackLimit: UnsafeMutableRawPointer
    /// The running execution.
    var execution: UnsafeMutablePointer<ExecutionState>
    /// Memory 0, or an empty memory of the store when the module has none.
    var memory: UnsafeMutablePointer<MemoryState>
    /// All memories, tables, globals, functions and tags of the index spaces.
    var memories: UnsafeMutablePointer<UnsafeMutablePointer<MemoryState>>
    var tables: UnsafeMutablePointer<UnsafeMutablePointer<TableState>>
    var globals: UnsafeMutablePointer<UnsafeMutablePointer<GlobalState>>
    var functions: UnsafeMutablePointer<UnsafeMutablePointer<FunctionEntry>>
    var tags: UnsafeMutablePointer<UnsafeMutablePointer<TagState>>
    /// Which element and data segments were dropped: their remaining counts, zero when dropped.
    var elementSegments: UnsafeMutablePointer<ElementSegmentState>
    var dataSegments: UnsafeMutablePointer<DataSegmentState>
    /// The memory host functions see: the one exported as `memory`, else memory 0, or the empty one. Resolved when instantiated.
    var hostMemory: UnsafeMutablePointer<MemoryState>
    /// The owning object, unretained: the store keeps it.
    var owner: Unmanaged<Instance>
    /// The engine's counter of dispatches, when it counts.
    var counter: UnsafeMutablePointer<DispatchCounterState>?
    /// For each function, the entries and turns of loops that are left until it is hot. There whichever way functions run.
    var counters: UnsafeMutablePointer<UInt16>
    /// The elements and the count of table 0, where that cannot grow.
    var firstElements: UnsafeMutablePointer<UInt64>?
    var firstCount = 0
    /// The engine's handlers by operation number: where machine code leaves to.
    var handlers: UnsafePointer<UInt>

    /// Makes a function of the module ready, translated now if it is not yet; returns why it traps instead, or `none`.
    @inline(never) func translate(_ function: UInt32) -> TrapCode {
        owner._withUnsafeGuaranteedRef { instance in
            do throws(WasmError) {
                functions[Int(function)].pointee.code = UnsafeMutableRawPointer(
                    mutating: try instance.module.code(ofFunction: Int(function)))
                return .none
            } catch {
                return error.phase == .outOfMemory ? .outOfMemory : .invalidFunction
            }
        }
    }
}

/// An element segment's references; count is zero once dropped.
package struct ElementSegmentState: BitwiseCopyable {
    var elements: UnsafeMutablePointer<UInt64>?
    var count: Int
}

/// A data segment's bytes in the module; count is zero once dropped.
package struct DataSegmentState: BitwiseCopyable {
    var bytes: UnsafeRawPointer?
    var count: Int
}
