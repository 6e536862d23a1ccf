// What the tests of components share: text to verdict, and the real components beside the checkout.
import Containers
import Foundation
import WasmComponent
import WasmModule
import WasmText

/// What decoding and validating came to.
enum Verdict: Equatable {
    case valid
    case refused(WasmError.Phase, String)

    var isValid: Bool { self == .valid }
    /// Whether it was refused in this phase with these words somewhere in the message.
    func isRefused(_ phase: WasmError.Phase, _ words: String) -> Bool {
        guard case .refused(phase, let message) = self else { return false }
        return message.contains(words)
    }
}

/// Decodes and validates bytes.
func judge(_ bytes: UnsafeRawBufferPointer, limits: ComponentLimits = ComponentLimits(), validatesBodies: Bool = true) -> Verdict {
    do throws(ComponentError) {
        let component = try Component.decode(bytes, limits: limits)
        if validatesBodies { try component.validateBodies() }
        return .valid
    } catch {
        var message: [UInt8] = []
        error.renderMessage(bytes, into: &message)
        return .refused(error.phase, String(decoding: message, as: UTF8.self))
    }
}

func judge(_ bytes: [UInt8], limits: ComponentLimits = ComponentLimits()) -> Verdict { bytes.withUnsafeBytes { judge($0, limits: limits) } }

/// Assembles, decodes and validates a text.
func judge(text: String, limits: ComponentLimits = ComponentLimits()) throws -> Verdict { judge(try assemble(text), limits: limits) }

private let sharedFolder = ProcessInfo.processInfo.environment["MARTLET_SHARED"] ?? "../shared"
/// Components that rustc made.
let programFolder = sharedFolder + "/component-model/programs"
let hasPrograms = FileManager.default.fileExists(atPath: programFolder)

func program(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: programFolder + "/" + name))) }

/// A component with something of every section and type.
let variedText = """
    (component
      (core module $M
        (memory (export "mem") 1) (table (export "tbl") 1 funcref) (global (export "g") i32 (i32.const 7))
        (func (export "f") (param i32 i32) (result i32) (local.get 0))
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0))
        (func (export "post") (param i32)) (func (export "drop") (param i32)))
      (core instance $m (instantiate $M))
      (core type $T (module (type (func)) (import "a" "b" (func (type 0))) (export "c" (memory 1 2))))
      (core type (func (param i32) (result i64)))
      (type $r (resource (rep i32) (dtor (core func $m "drop"))))
      (type $rec (record (field "a" u8) (field "b" (list string)) (field "c" (option char))))
      (import "host" (instance $host
        (export "thing" (type $thing (sub resource)))
        (export "[constructor]thing" (func (result (own $thing))))
        (export "[method]thing.get" (func (param "self" (borrow $thing)) (result u64)))))
      (alias export $host "thing" (type $thing))
      (import "ns:pkg/iface@1.2.3" (func $log (param "text" string)))
      (core func $log' (canon lower (func $log) (memory (core memory $m "mem")) string-encoding=utf16))
      (core func $new (canon resource.new $r))
      (export $rec' "rec" (type $rec))
      (export $r' "res" (type $r))
      (func $lifted (param "s" string) (result string) (canon lift (core func $m "f")
        (memory (core memory $m "mem")) (realloc (core func $m "realloc")) (post-return (core func $m "post"))))
      (export "lifted" (func $lifted))
      (component $C
        (import "x" (type $x (sub resource)))
        (import "v" (type (eq $x)))
        (type $var (variant (case "one") (case "two" u32)))
        (export "var" (type $var))
        (export "y" (type $x)))
      (instance $c (instantiate $C (with "x" (type $thing)) (with "v" (type $thing))))
      (export "made" (instance $c))
      (type $it (instance (export "q" (func (param "f" (flags "a" "b")) (result (result u8 (error (enum "e"))))))))
      (core instance (export "g" (global $m "g")) (export "t" (table $m "tbl")))
      (type $st (stream u8))
      (canon stream.new $st (core func)))
    """
