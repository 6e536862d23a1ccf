// TypeMatcher: whether the type that a component gives an import is the one that the host's function has, which is said in words: parameters
// and result as in `borrow,u64->result<list<u8>,stream-error>`, where other names are those of an interface's types. Names of parameters do not
// matter, and of a handle only whether it is own or borrow: a host checks what a handle stands for.
// Spec: Explainer.md, "Type Definitions" (the grammar is ours, after WIT).
import Containers
import WasmComponent
import WasmEngine

/// Named types of the host's interfaces, in the same words.
public typealias TypeNames = [Name: StaticString]

/// Compares a type with words. The words are ours and end every recursion.
struct TypeMatcher {
    let component: Component
    let names: TypeNames
    private var text: UnsafeBufferPointer<UInt8>
    private var position = 0

    init(_ component: Component, _ names: TypeNames) {
        self.component = component
        self.names = names
        text = UnsafeBufferPointer(start: nil, count: 0)
    }

    /// Whether a function's type is this.
    mutating func matches(function type: UInt32, _ words: StaticString) -> Bool {
        let node = component.node(type)
        guard node.kind == .function, !node.flags.contains(.isAsync) else { return false }
        text = UnsafeBufferPointer(start: words.utf8Start, count: words.utf8CodeUnitCount)
        position = 0
        for index in 0..<Int(node.count) {
            if index > 0, !take(",") { return false }
            guard let type = component.members[Int(node.start) + index].type, matches(type) else { return false }
        }
        guard let result = node.element else { return position == text.count }
        return take("->") && matches(result) && position == text.count
    }

    /// Takes a punctuation mark or a word if it comes next.
    private mutating func take(_ word: StaticString) -> Bool {
        let count = word.utf8CodeUnitCount
        guard text.count - position >= count else { return false }
        for index in 0..<count where text[position + index] != word.utf8Start[index] { return false }
        position += count
        return true
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        byte == 0x2d || (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x7a)
    }

    /// The name that comes next.
    private mutating func name() -> Name {
        let start = position
        while position < text.count, TypeMatcher.isNameByte(text[position]) {
            // A dash before `>` is an arrow's.
            if text[position] == 0x2d, position + 1 < text.count, text[position + 1] == 0x3e { break }
            position += 1
        }
        return Name(bytes: Array(text[start..<position]))
    }

    /// Whether a type is what comes next.
    private mutating func matches(_ type: ComponentValueType) -> Bool {
        if let row = type.node, component.node(row).kind == .primitive, let element = component.node(row).element {
            return matches(element)
        }
        let word = name()
        if let words = names[word] {
            let outer = (text, position)
            text = UnsafeBufferPointer(start: words.utf8Start, count: words.utf8CodeUnitCount)
            position = 0
            let isSame = matches(type) && position == text.count
            (text, position) = outer
            return isSame
        }
        if let primitive = type.primitive { return Name(stringLiteral: primitive.name) == word }
        guard let row = type.node else { return false }
        let node = component.node(row)
        guard word == TypeMatcher.word(node.kind) else { return false }
        switch node.kind {
        case .own, .borrow: return true
        case .list, .option: return take("<") && matches(node.element) && take(">")
        case .result: return take("<") && matches(node.element) && take(",") && matches(node.second) && take(">")
        case .tuple:
            guard take("<") else { return false }
            return matches(members: node, isNamed: false) && take(">")
        case .record, .variant, .enumeration, .flags:
            guard take("{") else { return false }
            return matches(members: node, isNamed: true) && take("}")
        default: return false
        }
    }

    /// `_` for none.
    private mutating func matches(_ type: ComponentValueType?) -> Bool {
        guard let type else { return take("_") }
        return matches(type)
    }

    /// Members, with commas between them: `a:u8`, or a label alone.
    private mutating func matches(members node: TypeNode, isNamed: Bool) -> Bool {
        for index in 0..<Int(node.count) {
            if index > 0, !take(",") { return false }
            let member = component.members[Int(node.start) + index]
            if isNamed {
                guard name() == Name(component[member.name]) else { return false }
                guard let type = member.type else { continue }
                guard take(":"), matches(type) else { return false }
            } else if !matches(member.type) {
                return false
            }
        }
        return true
    }

    private static func word(_ kind: TypeKind) -> Name {
        switch kind {
        case .list: return "list"
        case .option: return "option"
        case .result: return "result"
        case .tuple: return "tuple"
        case .record: return "record"
        case .variant: return "variant"
        case .enumeration: return "enum"
        case .flags: return "flags"
        case .own: return "own"
        case .borrow: return "borrow"
        default: return "?"
        }
    }
}
