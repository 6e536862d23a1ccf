// What the tests of component instances share: text to instance, random types with values, and the words of a trap.
import ComponentRuntime
import Containers
import WasmComponent
import WasmEngine
import WasmModule
import WasmText

/// Bytes that stay where they are.
final class HeldBytes {
    let buffer: UnsafeMutableRawBufferPointer
    init(_ bytes: [UInt8]) {
        buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: max(bytes.count, 1), alignment: 16)
        buffer.copyBytes(from: bytes)
        count = bytes.count
    }
    let count: Int
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<count]) }
    deinit { buffer.deallocate() }
}

/// A component instance with the store it needs.
struct Guest {
    let store: ComponentStore
    let instance: ComponentInstance

    init(_ text: String, in store: ComponentStore? = nil) throws {
        let compiled = try compile(text)
        self.store = store ?? ComponentStore(Store(compiled.engine))
        instance = try ComponentLinker().instantiate(self.store, compiled)
    }

    func call(_ name: String, _ arguments: [ComponentValue] = []) throws -> ComponentValue? {
        guard let function = instance.exports.function(Name(name)) else { throw Missing(name: name) }
        return try store.call(function, arguments)
    }

    /// The words of the trap that a call ends with; nil when it returns.
    func trap(_ name: String, _ arguments: [ComponentValue] = []) -> String? {
        do { _ = try call(name, arguments) } catch let error as ComponentTrap { return words(error) } catch { return "\(error)" }
        return nil
    }
}

struct Missing: Error { let name: String }

func words(_ trap: ComponentTrap) -> String {
    var text: [UInt8] = []
    trap.renderMessage(into: &text)
    return String(decoding: text, as: UTF8.self)
}

func compile(_ text: String) throws -> CompiledComponent {
    var text = text
    let binary = try text.withUTF8 { try assembleComponent(text: UnsafeRawBufferPointer($0), isWrapped: true, vocabulary: Vocabulary()) }
    let owner = HeldBytes(binary)
    let component = try Component.decode(owner.bytes, owner: owner)
    try component.validateBodies()
    return try CompiledComponent(Engine(Config()), component)
}

/// A core module whose `echo` returns the list it is given, in a memory of 16 pages that `realloc` uses up from 64 on.
let echoModule = """
    (core module $M
      (memory (export "mem") 16)
      (global $next (mut i32) (i32.const 64))
      (func (export "realloc") (param $old i32) (param $size i32) (param $align i32) (param $new i32) (result i32)
        (local $at i32)
        (local.set $at (i32.and (i32.add (global.get $next) (i32.sub (local.get $align) (i32.const 1)))
          (i32.sub (i32.const 0) (local.get $align))))
        (global.set $next (i32.add (local.get $at) (local.get $new)))
        (memory.copy (local.get $at) (local.get $old)
          (select (local.get $size) (local.get $new) (i32.lt_u (local.get $size) (local.get $new))))
        (local.get $at))
      (func (export "reset") (global.set $next (i32.const 64)))
      (func (export "echo") (param i32 i32) (result i32)
        (i32.store (i32.const 0) (local.get 0)) (i32.store (i32.const 4) (local.get 1)) (i32.const 0)))
    (core instance $m (instantiate $M))
    """

/// Random numbers that repeat.
struct Random {
    var state: UInt64
    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return (state >> 33) ^ (state << 31)
    }
    mutating func below(_ bound: Int) -> Int { Int(next() >> 8) % max(bound, 1) }
}

/// A random type in text, with the definitions that it needs, and a maker of values.
indirect enum RandomType {
    case primitive(String)
    case list(RandomType), option(RandomType), tuple([RandomType]), result(RandomType?, RandomType?)
    case record([RandomType]), variant([RandomType?]), enumeration(Int), flags(Int)

    static let primitives = ["bool", "s8", "u8", "s16", "u16", "s32", "u32", "s64", "u64", "f32", "f64", "char", "string"]

    /// `hasNames` lets in the types that an export must name.
    static func make(_ random: inout Random, depth: Int, hasNames: Bool) -> RandomType {
        if depth == 0 { return .primitive(primitives[random.below(primitives.count)]) }
        func part() -> RandomType { make(&random, depth: random.below(depth), hasNames: hasNames) }
        switch random.below(hasNames ? 9 : 5) {
        case 0: return part()
        case 1: return .list(part())
        case 2: return .option(part())
        case 3: return .tuple((0..<1 + random.below(4)).map { _ in part() })
        case 4: return .result(random.below(3) == 0 ? nil : part(), random.below(3) == 0 ? nil : part())
        case 5: return .record((0..<1 + random.below(4)).map { _ in part() })
        case 6: return .variant((0..<1 + random.below(5)).map { _ in random.below(3) == 0 ? nil : part() })
        case 7: return .enumeration([1, 2, 255, 256, 257][random.below(5)])
        default: return .flags([1, 8, 9, 16, 17, 32][random.below(6)])
        }
    }

    /// The type's reference; definitions go before it.
    func text(_ definitions: inout String, _ count: inout Int) -> String {
        func define(_ body: String) -> String {
            count += 1
            definitions += "(type $d\(count) \(body)) (export $t\(count) \"t\(count)\" (type $d\(count)))\n"
            return "$t\(count)"
        }
        func reference(_ type: RandomType) -> String { type.text(&definitions, &count) }
        switch self {
        case .primitive(let name): return name
        case .list(let element): return "(list \(reference(element)))"
        case .option(let element): return "(option \(reference(element)))"
        case .tuple(let parts): return "(tuple \(parts.map(reference).joined(separator: " ")))"
        case .result(let ok, let error):
            let first = ok.map(reference) ?? ""
            return "(result \(first) \(error.map { "(error \(reference($0)))" } ?? ""))"
        case .record(let parts):
            let fields = parts.map(reference).enumerated().map { "(field \"f\($0)\" \($1))" }
            return define("(record \(fields.joined(separator: " ")))")
        case .variant(let cases):
            let labels = cases.map { $0.map(reference) ?? "" }.enumerated().map { "(case \"c\($0)\" \($1))" }
            return define("(variant \(labels.joined(separator: " ")))")
        case .enumeration(let n): return define("(enum \((0..<n).map { "\"e\($0)\"" }.joined(separator: " ")))")
        case .flags(let n): return define("(flags \((0..<n).map { "\"b\($0)\"" }.joined(separator: " ")))")
        }
    }

    private static let characters: [UInt32] = [0, 0x41, 0x7F, 0x80, 0xFF, 0x100, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFF, 0x1_0000, 0x10_FFFF]

    func value(_ random: inout Random) -> ComponentValue {
        let bits = random.below(3) == 0 ? [0, 1, .max, .max - 1, 1 << 63, 0x7F][random.below(6)] : random.next()
        switch self {
        case .primitive(let name):
            switch name {
            case "bool": return .bool(bits & 1 != 0)
            case "s8": return .s8(Int8(truncatingIfNeeded: bits))
            case "u8": return .u8(UInt8(truncatingIfNeeded: bits))
            case "s16": return .s16(Int16(truncatingIfNeeded: bits))
            case "u16": return .u16(UInt16(truncatingIfNeeded: bits))
            case "s32": return .s32(Int32(truncatingIfNeeded: bits))
            case "u32": return .u32(UInt32(truncatingIfNeeded: bits))
            case "s64": return .s64(Int64(bitPattern: bits))
            case "u64": return .u64(bits)
            case "f32": return .f32(bits: Float(Int32(truncatingIfNeeded: bits)).bitPattern)
            case "f64": return .f64(bits: Double(Int64(bitPattern: bits)).bitPattern)
            case "char": return .char(RandomType.characters[random.below(RandomType.characters.count)])
            default:
                // Strings of ASCII, of Latin-1, of everything.
                let kind = [3, 5, RandomType.characters.count][random.below(3)]
                var text = ""
                for _ in 0..<random.below(20) { text.unicodeScalars.append(Unicode.Scalar(RandomType.characters[random.below(kind)])!) }
                return .string(Array(text.utf8))
            }
        case .list(let element): return .list((0..<random.below(4)).map { _ in element.value(&random) })
        case .option(let element): return .option(random.below(2) == 0 ? nil : element.value(&random))
        case .tuple(let parts): return .tuple(parts.map { $0.value(&random) })
        case .result(let ok, let error):
            let isOK = random.below(2) == 0
            return .result(isOK: isOK, (isOK ? ok : error)?.value(&random))
        case .record(let parts): return .record(parts.enumerated().map { (Name("f\($0)"), $1.value(&random)) })
        case .variant(let cases):
            let chosen = random.below(cases.count)
            return .variant(Name("c\(chosen)"), cases[chosen]?.value(&random))
        case .enumeration(let n): return .enumeration(Name("e\(random.below(n))"))
        case .flags(let n): return .flags((0..<n).filter { _ in random.below(2) == 0 }.map { Name("b\($0)") })
        }
    }
}

/// A value in words, to compare by.
func text(_ value: ComponentValue?) -> String { value.map { "\($0)" } ?? "nothing" }
