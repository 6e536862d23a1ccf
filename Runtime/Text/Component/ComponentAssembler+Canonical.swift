// Canonical functions in text: lift, lower and the built-ins with their options. Spec: Explainer.md, "Canonical Definitions".
import WasmComponent
import WasmModule

extension ComponentAssembler {
    /// `(canon …)` as a definition, behind its word, up to and with the parenthesis.
    mutating func canonicalDefinition() throws(TextError) {
        if try take("lift") {
            var bytes = try liftBody()
            try reader.open()
            guard try sort(isCore: false) == .function else { throw reader.unexpected("`func`") }
            let name = try namedIdentifier()
            bytes.appendUnsigned(try functionTypeUse())
            try reader.close()
            try write(.canonical, bytes)
            try define(.function, name)
        } else {
            let bytes = try canonicalBody()
            try reader.open()
            guard try sort(isCore: false) == .coreFunction else { throw reader.unexpected("`core func`") }
            let name = try namedIdentifier()
            try reader.close()
            try write(.canonical, bytes)
            try define(.coreFunction, name)
        }
        try reader.close()
    }

    /// The lifted function and the options, behind `lift`; the type is still to follow.
    mutating func liftBody() throws(TextError) -> [UInt8] {
        var bytes: [UInt8] = [0x00, 0x00]
        bytes.appendUnsigned(try reference(.coreFunction))
        bytes.append(contentsOf: try options())
        return bytes
    }

    private func code() -> CanonicalCode? {
        guard reader.current.kind == .keyword else { return nil }
        for byte in (0 as UInt8)...0x2d {
            if let code = CanonicalCode(rawValue: byte), isAt(code.name) { return code }
        }
        return nil
    }

    private mutating func flag(_ word: StaticString) throws(TextError) -> UInt8 { try take(word) ? 1 : 0 }

    /// A canonical function other than `lift`, its name first.
    mutating func canonicalBody() throws(TextError) -> [UInt8] {
        guard let code = code(), code != .lift else { throw reader.unexpected("a canonical function") }
        try reader.advance()
        var bytes: [UInt8] = [code.rawValue]
        switch code.immediates {
        case .lower:
            bytes.append(0)
            bytes.appendUnsigned(try reference(.function))
            bytes.append(contentsOf: try options())
        case .resource, .stream, .future: bytes.appendUnsigned(try reference(.type))
        case .streamAsynchronous, .futureAsynchronous:
            bytes.appendUnsigned(try reference(.type))
            bytes.append(try flag("async"))
        case .streamOptions, .futureOptions:
            bytes.appendUnsigned(try reference(.type))
            bytes.append(contentsOf: try options())
        case .options: bytes.append(contentsOf: try options())
        case .asynchronous: bytes.append(try flag("async"))
        case .cancellable: bytes.append(try flag("cancellable"))
        case .cancellableMemory:
            bytes.append(try flag("cancellable"))
            guard try takeForm("memory") else { throw reader.unexpected("`(memory …)`") }
            bytes.appendUnsigned(try reference(.coreMemory))
            try reader.close()
        case .context:
            core.reader = reader
            try core.valueType(into: &bytes)
            reader = core.reader
            bytes.appendUnsigned(try natural())
        case .results:
            bytes.append(contentsOf: try resultList())
            bytes.append(contentsOf: try options())
        case .indirect:
            bytes.appendUnsigned(try reference(.coreType))
            bytes.appendUnsigned(try reference(.coreTable))
        case .none, .lift: break
        }
        return bytes
    }

    /// Canonical options, their count first.
    private mutating func options() throws(TextError) -> [UInt8] {
        var items: [UInt8] = []
        var count: UInt32 = 0
        while true {
            if try take("string-encoding=utf8") {
                items.append(0)
            } else if try take("string-encoding=utf16") {
                items.append(1)
            } else if try take("string-encoding=latin1+utf16") {
                items.append(2)
            } else if try take("async") {
                items.append(6)
            } else if try takeForm("memory") {
                items.append(3)
                items.appendUnsigned(try reference(.coreMemory))
                try reader.close()
            } else if try takeForm("realloc") {
                try functionOption(4, into: &items)
            } else if try takeForm("post-return") {
                try functionOption(5, into: &items)
            } else if try takeForm("callback") {
                try functionOption(7, into: &items)
            } else {
                break
            }
            count += 1
        }
        var bytes: [UInt8] = []
        bytes.appendUnsigned(count)
        bytes.append(contentsOf: items)
        return bytes
    }

    private mutating func functionOption(_ byte: UInt8, into items: inout [UInt8]) throws(TextError) {
        items.append(byte)
        items.appendUnsigned(try reference(.coreFunction))
        try reader.close()
    }
}
