// The kernel's command line: words of the form `name` or `name=value`, separated by blanks; quotes keep blanks together.

/// A view of the kernel's command line. It borrows the bytes.
public struct BootArguments {
    public let bytes: UnsafeRawBufferPointer

    public init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// Calls `body` with each word, quotes included, until it returns true.
    public func firstWord(where body: (UnsafeRawBufferPointer) -> Bool) -> UnsafeRawBufferPointer? {
        var index = 0
        while index < bytes.count {
            while index < bytes.count, bytes[index] <= 0x20 { index += 1 }
            let start = index
            var quote: UInt8 = 0
            while index < bytes.count, quote != 0 || bytes[index] > 0x20 {
                let byte = bytes[index]
                if quote != 0 {
                    if byte == quote { quote = 0 }
                } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                    quote = byte
                }
                index += 1
            }
            if index > start {
                let word = UnsafeRawBufferPointer(rebasing: bytes[start..<index])
                if body(word) { return word }
            }
        }
        return nil
    }

    /// The value of the first `name=value`, without the quotes around the value; empty for a bare `name`; nil when it is not there.
    public func value(of name: StaticString) -> UnsafeRawBufferPointer? {
        let length = name.utf8CodeUnitCount
        guard
            let word = firstWord(where: {
                hasPrefix($0, name) && ($0.count == length || $0[length] == UInt8(ascii: "="))
            })
        else { return nil }
        if word.count == length { return UnsafeRawBufferPointer(rebasing: word[length..<length]) }
        var value = UnsafeRawBufferPointer(rebasing: word[(length + 1)...])
        if value.count >= 2, let first = value.first, first == value[value.count - 1],
            first == UInt8(ascii: "\"") || first == UInt8(ascii: "'")
        {
            value = UnsafeRawBufferPointer(rebasing: value[1..<(value.count - 1)])
        }
        return value
    }

    /// Whether a word `name` or `name=value` is there.
    public func contains(_ name: StaticString) -> Bool { value(of: name) != nil }

    /// Whether `name=value` is there.
    public func has(_ name: StaticString, _ value: StaticString) -> Bool {
        guard let found = self.value(of: name) else { return false }
        return isEqual(found, value)
    }

    /// The decimal number of `name=number`; nil when it is not there or not a number.
    public func integer(_ name: StaticString) -> Int? {
        guard let digits = value(of: name), !digits.isEmpty, digits.count <= 18 else { return nil }
        var number = 0
        for digit in digits {
            guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { return nil }
            number = number * 10 + Int(digit - UInt8(ascii: "0"))
        }
        return number
    }
}
