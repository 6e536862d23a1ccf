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

/// Assembles one module of the text format to the binary format. Bytes that are binary already come back unchanged.
///
/// The text may be `(module …)` or the fields alone. Identifiers become a name section. Memory is bounded by a small multiple of the text's size.
public func assemble(text: UnsafeRawBufferPointer) throws(TextError) -> [UInt8] {
    if isBinary(text) { return [UInt8](text) }
    return try assemble(text: text, vocabulary: Vocabulary())
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
@export(interface) @inline(never)
package func assemble(text: UnsafeRawBufferPointer, vocabulary: Vocabulary) throws(TextError) -> [UInt8] {
    if isComponentText(text, vocabulary) { return try assembleComponent(text: text, isWrapped: true, vocabulary: vocabulary) }
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

/// Whether the text begins with `(component`.
private func isComponentText(_ text: UnsafeRawBufferPointer, _ vocabulary: Vocabulary) -> Bool {
    var reader = TokenReader(text: text, vocabulary: vocabulary)
    guard (try? reader.start(at: 0)) != nil else { return false }
    return reader.isAtForm(.component)
}
