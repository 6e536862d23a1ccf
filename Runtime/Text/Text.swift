// The door of the room: text or binary in, binary out. Owns nothing; the work is in `Assembler` and `Printer`.
// Spec: WebAssembly core, chapter 6 (text format).
import WasmModule

/// Whether the bytes begin with the binary format's magic number, `\0asm`.
public func isBinary(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.count >= 4 && bytes[0] == 0x00 && bytes[1] == 0x61 && bytes[2] == 0x73 && bytes[3] == 0x6d
}

/// Whether the bytes can be a module's text: the first of them that is no blank opens a parenthesis or a comment. What is neither this nor
/// `isBinary` is some other file, and the decoder says so.
public func isText(_ bytes: UnsafeRawBufferPointer) -> Bool {
    for byte in bytes {
        switch byte {
        case 0x20, 0x09, 0x0A, 0x0D: continue
        default: return byte == 0x28 || byte == 0x3B
        }
    }
    return false
}

/// Assembles one module or component of the text format to the binary format. Bytes that are binary already come back unchanged.
///
/// The text may be `(module …)`, the fields of a module alone, or `(component …)`. Identifiers of modules become a name section. Memory is
/// bounded by a small multiple of the text's size, and what nests in a component by `ComponentTextLimits.nestingDepth`.
public func assemble(text: UnsafeRawBufferPointer) throws(TextError) -> [UInt8] {
    if isBinary(text) { return [UInt8](text) }
    return try assemble(text: text, vocabulary: Vocabulary())
}

/// Assembles one module, whose stack use is bounded whatever the text: what may not run out of stack asks `isComponentText` and calls this.
public func assembleModule(text: UnsafeRawBufferPointer) throws(TextError) -> [UInt8] {
    if isBinary(text) { return [UInt8](text) }
    return try assembleModule(text: text, vocabulary: Vocabulary())
}

/// Assembles a string; what `assemble(text:)` says holds.
public func assemble(_ text: String) throws(TextError) -> [UInt8] {
    try assemble(bytes: Array(text.utf8))
}

/// Assembles an array of bytes; what `assemble(text:)` says holds.
public func assemble(bytes: [UInt8]) throws(TextError) -> [UInt8] {
    var failure: TextError?
    let binary: [UInt8] = bytes.withUnsafeBytes { buffer in
        do throws(TextError) { return try assemble(text: buffer) } catch { failure = error; return [] }
    }
    if let failure { throw failure }
    return binary
}

/// Assembles with a vocabulary made before, for callers that assemble many small modules.
package func assemble(text: UnsafeRawBufferPointer, vocabulary: Vocabulary) throws(TextError) -> [UInt8] {
    if isComponentText(text) { return try assembleComponent(text: text, isWrapped: true, vocabulary: vocabulary) }
    return try assembleModule(text: text, vocabulary: vocabulary)
}

@export(interface) @inline(never)
package func assembleModule(text: UnsafeRawBufferPointer, vocabulary: Vocabulary) throws(TextError) -> [UInt8] {
    var assembler = Assembler(text: text, vocabulary: vocabulary)
    do throws(TextError) {
        return try assembler.assembleModule()
    } catch {
        throw error.located(in: text)
    }
}

/// Assembles a component. `isWrapped`: the text is `(component …)`; else it is the definitions alone.
@export(interface) @inline(never)
package func assembleComponent(text: UnsafeRawBufferPointer, isWrapped: Bool, vocabulary: Vocabulary) throws(TextError) -> [UInt8] {
    var assembler = ComponentAssembler(text: text, vocabulary: vocabulary)
    do throws(TextError) {
        return try assembler.assembleComponent(isWrapped: isWrapped)
    } catch {
        throw error.located(in: text)
    }
}

/// Whether the text begins with `(component`, after blanks and comments.
public func isComponentText(_ text: UnsafeRawBufferPointer) -> Bool {
    var lexer = Lexer(text: text)
    guard let open = try? lexer.next(), open.kind == .leftParenthesis, let word = try? lexer.next(), word.kind == .keyword else {
        return false
    }
    let component: StaticString = "component"
    guard word.byteCount == component.utf8CodeUnitCount else { return false }
    for index in 0..<word.byteCount where text[word.start + index] != component.utf8Start[index] { return false }
    return true
}
