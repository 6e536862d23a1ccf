// ComponentTrap: why a call between components, or into one, ended: a rule of the canonical ABI, or a trap of core code.
// Spec: CanonicalABI.md, every `trap_if`. The words are wasmtime's where it has the trap, since scripts compare them.
import Containers
import WasmEngine

/// Why a component stopped. After it the instances that were entered cannot be entered again.
public struct ComponentTrap: Error {
    /// The rule that was broken, with `%` for `number`; empty when core code trapped or ended with an exit code.
    public var reason: StaticString
    /// The value that broke it.
    public var number: UInt64 = 0
    /// The core trap, when it was one, or the engine's trap with the backtrace; with the code `.exit` it is an exit.
    public var core: Trap?
    /// Whether what was asked for is not implemented.
    public var isUnsupported = false

    init(_ reason: StaticString, _ number: UInt64 = 0) {
        self.reason = reason
        self.number = number
    }

    init(_ core: Trap) {
        reason = ""
        self.core = core
    }

    /// A trap of a host function, with its reason.
    public static func host(_ reason: StaticString) -> ComponentTrap { ComponentTrap(reason) }

    /// A trap of the engine, or an exit.
    public static func core(_ trap: Trap) -> ComponentTrap { ComponentTrap(trap) }

    static func unsupported(_ what: StaticString) -> ComponentTrap {
        var trap = ComponentTrap(what)
        trap.isUnsupported = true
        return trap
    }

    /// The exit code when the component ended itself.
    public var exitCode: Int32? { core.flatMap { $0.code == .exit ? $0.exitCode : nil } }

    /// The reason in words.
    public func renderMessage(into output: inout [UInt8]) {
        if let core, reason.utf8CodeUnitCount == 0 { return core.renderMessage(into: &output) }
        for index in 0..<reason.utf8CodeUnitCount {
            let byte = reason.utf8Start[index]
            if byte == 0x25 { output.append(decimal: number) } else { output.append(byte) }
        }
    }
}

/// Why a component could not be instantiated.
public struct InstantiationFailure: Error {
    /// What is wrong with it.
    public enum Kind: UInt8, Sendable { case module, link, trap, limit, unsupported, outOfMemory }
    public var kind: Kind
    /// What went wrong, with `%` for `name`.
    public var message: StaticString
    public var name: Name = ""
    /// The trap, when a start function or an initialisation trapped.
    public var trap: ComponentTrap?

    init(_ kind: Kind, _ message: StaticString, _ name: Name = "") {
        self.kind = kind
        self.message = message
        self.name = name
    }

    init(_ trap: ComponentTrap) {
        kind = trap.isUnsupported ? .unsupported : .trap
        message = trap.reason
        self.trap = trap
    }

    static let outOfMemory = InstantiationFailure(.outOfMemory, "out of memory")

    /// The reason in words.
    public func renderMessage(into output: inout [UInt8]) {
        if let trap { return trap.renderMessage(into: &output) }
        for index in 0..<message.utf8CodeUnitCount {
            let byte = message.utf8Start[index]
            if byte == 0x25 { output.append(contentsOf: name.bytes) } else { output.append(byte) }
        }
    }
}
