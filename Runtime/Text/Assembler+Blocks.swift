// Block types and the catch clauses of `try_table`. Spec: WebAssembly core, 6.6.3 (block instructions), 5.4.1 (control instructions).
import WasmModule

extension Assembler {
    /// A block type: nothing, one result, or a type index.
    mutating func blockType() throws(TextError) {
        let use = try openTypeUse(bindingTo: nil, allowsNames: false)
        if let explicit = use.explicit {
            code.body.appendSigned(Int64(explicit))
        } else if use.signature.isEmpty {
            code.body.append(0x40)
        } else if use.signature.parameterCount == 0, use.signature.resultCount == 1 {
            code.body.append(contentsOf: use.signature.results)
        } else {
            code.body.appendSigned(Int64(implicitType(use.signature)))
        }
    }

    /// `(catch x l)`, `(catch_ref x l)`, `(catch_all l)`, `(catch_all_ref l)`, any number of them. Labels are seen from outside the block.
    mutating func catchClauses() throws(TextError) {
        var clauses: [UInt8] = []
        var count: UInt32 = 0
        while reader.current.kind == .leftParenthesis {
            let kind: UInt8
            if reader.isAtForm(Opcode.catch) {
                kind = 0
            } else if reader.isAtForm(.catchRef) {
                kind = 1
            } else if reader.isAtForm(Opcode.catchAll) {
                kind = 2
            } else if reader.isAtForm(.catchAllRef) {
                kind = 3
            } else {
                break
            }
            try reader.advance()
            try reader.advance()
            clauses.append(kind)
            if kind < 2 { clauses.appendUnsigned(try index(.tag)) }
            clauses.appendUnsigned(try label())
            try reader.close()
            count += 1
        }
        code.body.appendUnsigned(count)
        code.body.append(contentsOf: clauses)
    }
}
