// Extern: what instances import and export, and their handles (core specification, 4.2.11).

import WasmModule

/// Something an instance imports or exports.
public enum Extern {
    case function(Func)
    case memory(Memory)
    case table(Table)
    case global(Global)
    case tag(Tag)

    /// The store it belongs to.
    public var store: Store {
        switch self {
        case .function(let value): value.store
        case .memory(let value): value.store
        case .table(let value): value.store
        case .global(let value): value.store
        case .tag(let value): value.store
        }
    }
}

/// A linear memory of a store.
public struct Memory {
    let store: Store
    let state: UnsafeMutablePointer<MemoryState>

    /// The type; its minimum is the current size.
    public var type: MemoryType {
        var type = state.pointee.type
        type.limits.minimum = UInt64(state.pointee.byteCount >> 16)
        return type
    }
    /// The bytes as of now.
    public var view: GuestMemory { GuestMemory(base: state.pointee.base, byteCount: state.pointee.byteCount) }
    /// Grows by pages; the old size, or nil when refused.
    public func grow(byPages delta: UInt64) -> UInt64? {
        let old = store.grow(state, byPages: delta)
        return old < 0 ? nil : UInt64(old)
    }
}

/// A table of a store.
public struct Table {
    let store: Store
    let state: UnsafeMutablePointer<TableState>

    /// The type; its minimum is the current size.
    public var type: TableType {
        var type = state.pointee.type
        type.limits.minimum = UInt64(state.pointee.count)
        return type
    }
    /// The number of elements.
    public var count: Int { state.pointee.count }

    /// An element; nil when out of bounds.
    public func get(_ index: Int) -> Value? {
        guard index >= 0, index < state.pointee.count else { return nil }
        return Value.read(UnsafePointer(state.pointee.elements + index), state.pointee.type.element, store: store)
    }

    /// Sets an element; false when out of bounds or the value does not fit.
    public func set(_ index: Int, _ value: Value) -> Bool {
        guard index >= 0, index < state.pointee.count, value.fits(state.pointee.type.element) else { return false }
        state.pointee.elements[index] = value.lowSlot
        return true
    }
}

/// A global of a store.
public struct Global {
    let store: Store
    let state: UnsafeMutablePointer<GlobalState>

    /// The type.
    public var type: GlobalType { state.pointee.type }

    /// The value.
    public var value: Value { Value.read(UnsafeRawPointer(state).assumingMemoryBound(to: UInt64.self), type.value, store: store) }

    /// Sets the value; false when the global is immutable or the value does not fit.
    public func set(_ value: Value) -> Bool {
        guard type.isMutable, value.fits(type.value) else { return false }
        state.pointee.low = value.lowSlot
        state.pointee.high = value.highSlot
        return true
    }
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

    /// Whether it is the host's.
    var isHostFunction: Bool { entry.pointee.instance == nil }

    /// The type.
    public var type: FunctionType {
        if let instance = entry.pointee.instance {
            return instance.pointee.owner._withUnsafeGuaranteedRef {
                $0.module.image.signature(ofFunction: entry.pointee.index).functionType
            }
        }
        return store.hostFunctions[Int(entry.pointee.index)].type
    }
}
