// Where modules of a script live: a store, and a linker with the module `spectest`, which the official scripts import from.
// Spec: the reference interpreter's README, "Spectest host module".
import WasmEngine
import WasmModule

/// A store and what modules in it can import: at first `spectest`, whose functions print nothing, with four globals, two tables and
/// a memory.
struct Surroundings {
    let store: Store
    let linker: Linker

    init(_ engine: Engine) {
        store = Store(engine)
        linker = Linker(engine)
        Self.defineSpectest(in: linker, store)
    }

    private static func defineSpectest(in linker: Linker, _ store: Store) {
        let silent: HostFunction = { _, _ in .done }
        func function(_ name: Name, _ parameters: [ValueType]) {
            linker.defineFunction(module: "spectest", name: name, type: FunctionType(parameters: parameters), silent)
        }
        function("print", [])
        function("print_i32", [.i32])
        function("print_i64", [.i64])
        function("print_f32", [.f32])
        function("print_f64", [.f64])
        function("print_i32_f32", [.i32, .f32])
        function("print_f64_f64", [.f64, .f64])
        func global(_ name: Name, _ type: ValueType, _ value: Value) {
            guard let global = store.makeGlobal(type: GlobalType(value: type, isMutable: false), initial: value) else { return }
            linker.define("spectest", name, .global(global))
        }
        global("global_i32", .i32, .i32(666))
        global("global_i64", .i64, .i64(666))
        global("global_f32", .f32, .f32(bits: Float(666.6).bitPattern))
        global("global_f64", .f64, .f64(bits: Double(666.6).bitPattern))
        func table(_ name: Name, is64: Bool) {
            let type = TableType(element: .funcref, limits: Limits(minimum: 10, maximum: 20), is64: is64)
            guard let table = store.makeTable(type: type, initial: .function(nil)) else { return }
            linker.define("spectest", name, .table(table))
        }
        table("table", is64: false)
        table("table64", is64: true)
        if let memory = store.makeMemory(type: MemoryType(limits: Limits(minimum: 1, maximum: 2))) {
            linker.define("spectest", "memory", .memory(memory))
        }
    }
}
