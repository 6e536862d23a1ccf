// Extern: what instances import and export, and their handles (core specification, 4.2.11).

import WasmModule

/// Something an instance imports or exports.
public enum Extern {
    case function(Func)
    case memory(Memory)
    case table(Table)
    case global(Global)
    case tag(Tag)
}

/// A linear memory of a store.
public struct Memory {
    let store: Store
    let state: UnsafeMutablePointer<MemoryState>

    /// The type; its minimum is the current size.
    public var type: MemoryType { state.pointee.type }
    /// The bytes as of now.
    public var view: GuestMemory { GuestMemory(base: state.pointee.base, byteCount: state.pointee.byteCount) }
}

/// A table of a store.
public struct Table {
    let store: Store
    let state: UnsafeMutablePointer<TableState>

    /// The type.
    public var type: TableType { state.pointee.type }
    /// The number of elements.
    public var count: Int { state.pointee.count }
}

/// A global of a store.
public struct Global {
    let store: Store
    let state: UnsafeMutablePointer<GlobalState>
    /// The type.
    public let type: GlobalType
}

/// A tag of a store.
public struct Tag {
    let store: Store
    let state: UnsafeMutablePointer<TagState>
}

/// A function of a store.
public struct Func {
    let store: Store
    let entry: UnsafeMutablePointer<FunctionEntry>

    /// The function's reference as it stands in slots and tables. Never zero.
    public var rawReference: UInt64 { UInt64(UInt(bitPattern: entry)) }
}
