// ComponentFunction: a function between components: lifted from core code, or the host's. A call goes from one side to the other without
// anything in between: lower's checks, lift's arguments, the core call, results, post-return, lent handles given back.
// Spec: CanonicalABI.md, `canon lift`, `canon lower`.
import Containers
import WasmComponent
import WasmEngine
import WasmModule

/// A host function. It reads its parameters and writes its result through the call.
public typealias HostComponentFunction = (_ call: HostCall) throws(ComponentTrap) -> Void

/// A function that components import and export.
public final class ComponentFunction {
    enum Body {
        case lifted(Func, AdapterOptions, postReturn: Func?)
        case host(HostComponentFunction)
        /// What is not implemented, in words.
        case refused(StaticString)
    }

    let compiled: CompiledComponent
    /// The row of its type.
    let type: UInt32
    /// The instance that runs; for the host's, the one that imports it. The type's resource numbers are of it.
    unowned(unsafe) let scope: ComponentInstance
    let body: Body
    /// For the width of the callee's addresses.
    let signature: Signature

    init(_ compiled: CompiledComponent, _ type: UInt32, _ scope: ComponentInstance, _ body: Body) {
        self.compiled = compiled
        self.type = type
        self.scope = scope
        self.body = body
        var is64 = false
        if case .lifted(_, let options, _) = body { is64 = options.is64 }
        signature = Signature(compiled.component, type, is64: is64)
    }

    var parameterRange: Range<Int> { signature.parameterStart..<signature.parameterStart + signature.parameterCount }

    /// Calls it: arguments are read from `arguments` on the caller's side, the result is written to `result` there.
    func perform(_ crossing: Crossing, _ side: Side, _ arguments: Place, _ result: Place) throws(ComponentTrap) {
        switch body {
        case .refused(let what): throw .unsupported(what)
        case .host(let function): try performHost(function, side, arguments, result)
        case .lifted(let core, let options, let postReturn):
            let store = scope.store
            let lenderMark = store.lenders.count
            // Calls between an instance and those around it trap, as in wasmtime; the specification's text would let some through.
            if crossing.isRelated { throw ComponentTrap("wasm trap: cannot enter component instance") }
            try scope.enter(crossing)
            guard store.tasks.append(Task(isAsync: signature.isAsync)) else { throw ComponentTrap("out of memory for a call") }
            let returned = try callCore(core, options, side, arguments)
            if let type = signature.result {
                let callee = Side(scope, options)
                let place = try resultPlace(returned, callee)
                guard let task = store.tasks.popLast(), task.borrowCount == 0 else { throw ComponentFunction.borrowsRemain }
                try withSlot(returned) { (slot) throws(ComponentTrap) in
                    var transfer = Transfer(self, from: callee, to: side.refreshed)
                    try transfer.copy(type, from: place ?? Place(slots: slot), to: result)
                }
            } else {
                guard let task = store.tasks.popLast(), task.borrowCount == 0 else { throw ComponentFunction.borrowsRemain }
            }
            if let postReturn {
                scope.mayLeave = false
                _ = try store.call(postReturn, returned)
                scope.mayLeave = true
            }
            scope.leave(crossing)
            while store.lenders.count > lenderMark, let lender = store.lenders.popLast() {
                lender.instance.handles.lend(lender.index, by: -1)
            }
        }
    }

    private static var borrowsRemain: ComponentTrap { ComponentTrap("borrow handles still remain at the end of the call") }

    /// Lifts the arguments out of the caller, lowers them into the callee and calls its core function.
    private func callCore(_ core: Func, _ options: AdapterOptions, _ side: Side, _ arguments: Place) throws(ComponentTrap) -> [Value] {
        guard let raw = Allocation.tryAllocate(byteCount: (FlatTypes.most + 1) * 8) else { throw ComponentTrap("out of memory for a call") }
        defer { Allocation.free(raw) }
        let slots = raw.bindMemory(to: UInt64.self, capacity: FlatTypes.most + 1)
        slots.initialize(repeating: 0, count: FlatTypes.most + 1)
        var transfer = Transfer(self, from: side, to: Side(scope, options))
        var values: [Value] = []
        if signature.isSpilled {
            let address = try transfer.reallocate(0, 0, signature.parameterAlignment, signature.parameterByteCount)
            try transfer.checkAllocation(address, signature.parameterByteCount, signature.parameterAlignment, isString: false)
            try transfer.copy(members: parameterRange, from: arguments, to: .memory(address))
            values.append(signature.is64 ? .i64(Int64(bitPattern: address)) : .i32(Int32(truncatingIfNeeded: address)))
        } else {
            try transfer.copy(members: parameterRange, from: arguments, to: Place(slots: slots))
            values.reserveCapacity(Int(signature.parameters.count))
            for index in 0..<Int(signature.parameters.count) { values.append(Value(slots[index], signature.parameters[index])) }
        }
        return try scope.store.call(core, values)
    }

    /// Where a result in memory is, checked; nil when it is the core result itself.
    private func resultPlace(_ returned: [Value], _ callee: Side) throws(ComponentTrap) -> Place? {
        guard signature.isResultSpilled, let value = returned.first else { return nil }
        let address = signature.is64 ? value.bits : value.bits & 0xFFFF_FFFF
        guard address & (signature.resultAlignment &- 1) == 0 else { throw ComponentTrap("wasm trap: unaligned pointer") }
        guard callee.contains(address, signature.resultByteCount) else {
            throw ComponentTrap("wasm trap: results pointer out of bounds of memory")
        }
        return .memory(address)
    }

    private func withSlot(
        _ values: [Value], _ body: (UnsafeMutablePointer<UInt64>) throws(ComponentTrap) -> Void
    ) throws(ComponentTrap) {
        guard let raw = Allocation.tryAllocate(byteCount: 16) else { throw ComponentTrap("out of memory for a call") }
        defer { Allocation.free(raw) }
        let slot = raw.bindMemory(to: UInt64.self, capacity: 2)
        slot.initialize(repeating: values.first?.bits ?? 0, count: 2)
        try body(slot)
    }

    /// Calls a host function with its parameters and result in scratch memory.
    private func performHost(_ function: HostComponentFunction, _ side: Side, _ arguments: Place, _ result: Place) throws(ComponentTrap) {
        let store = scope.store
        let mark = store.scratch.count
        defer { store.scratch.truncate(to: mark) }
        guard let parameters = store.allocate(signature.parameterByteCount, alignment: max(signature.parameterAlignment, 8)),
            let results = store.allocate(signature.resultByteCount, alignment: max(signature.resultAlignment, 8))
        else { throw ComponentTrap("out of memory for a call") }
        let lenderMark = store.lenders.count
        var inward = Transfer(self, from: side, to: store.hostSide)
        try inward.copy(members: parameterRange, from: arguments, to: .memory(parameters))
        try function(HostCall(store: store, function: self, arguments: parameters, results: results))
        if let type = signature.result {
            var outward = Transfer(self, from: store.hostSide, to: side.refreshed)
            try outward.copy(type, from: .memory(results), to: result)
        }
        while store.lenders.count > lenderMark, let lender = store.lenders.popLast() {
            lender.instance.handles.lend(lender.index, by: -1)
        }
    }
}

extension Side {
    /// The same with the memory's place and size as of now.
    var refreshed: Side {
        var side = self
        side.refresh()
        return side
    }
}

extension Value {
    /// A number's bits; zero of anything else.
    var bits: UInt64 {
        switch self {
        case .i32(let value): return UInt64(UInt32(bitPattern: value))
        case .i64(let value): return UInt64(bitPattern: value)
        case .f32(let bits): return UInt64(bits)
        case .f64(let bits): return bits
        default: return 0
        }
    }

    /// A number of a core type.
    init(_ bits: UInt64, _ type: ValueType) {
        switch type {
        case .i32: self = .i32(Int32(truncatingIfNeeded: bits))
        case .i64: self = .i64(Int64(bitPattern: bits))
        case .f32: self = .f32(bits: UInt32(truncatingIfNeeded: bits))
        default: self = .f64(bits: bits)
        }
    }
}

/// A function as core code imports it.
final class LoweredFunction {
    unowned(unsafe) let instance: ComponentInstance
    let function: ComponentFunction
    let options: AdapterOptions
    /// For the width of the caller's addresses.
    let signature: Signature
    private let crossing: Crossing

    init(_ instance: ComponentInstance, _ function: ComponentFunction, _ options: AdapterOptions) {
        crossing = function.scope.crossing(from: instance)
        self.instance = instance
        self.function = function
        self.options = options
        signature = Signature(function.compiled.component, function.type, is64: options.is64)
    }

    /// A call from core code: `slots` are its parameters, then its results.
    func invoke(_ slots: UnsafeMutablePointer<UInt64>) throws(ComponentTrap) {
        guard instance.mayLeave else { throw ComponentTrap("wasm trap: cannot leave component instance") }
        if signature.isAsync, instance.store.tasks.count == 0 || !instance.store.tasks[instance.store.tasks.count - 1].isAsync {
            throw ComponentTrap("cannot block a synchronous task before returning")
        }
        let side = Side(instance, options)
        var arguments = Place(slots: slots)
        if signature.isSpilled {
            arguments = .memory(try checked(slots[0], side, signature.parameterByteCount, signature.parameterAlignment))
        }
        guard signature.isResultSpilled else { return try function.perform(crossing, side, arguments, Place(slots: slots)) }
        let position = signature.isSpilled ? 1 : Int(signature.parameters.count)
        let result = try checked(slots[position], side, signature.resultByteCount, signature.resultAlignment)
        try function.perform(crossing, side, arguments, .memory(result))
    }

    /// A caller's pointer to parameters or to room for a result. Memory never shrinks, so it stays in bounds.
    private func checked(_ slot: UInt64, _ side: Side, _ byteCount: UInt64, _ alignment: UInt64) throws(ComponentTrap) -> UInt64 {
        let address = side.is64 ? slot : slot & 0xFFFF_FFFF
        guard address & (alignment &- 1) == 0 else { throw ComponentTrap("wasm trap: unaligned pointer") }
        guard side.contains(address, byteCount) else { throw ComponentTrap("wasm trap: parameters or results out of bounds of memory") }
        return address
    }
}
