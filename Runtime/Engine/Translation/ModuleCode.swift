// ModuleCode: the threaded code of a module: where intermediate code becomes cells with handler addresses.

import Containers
import WasmModule
import WasmOperations

extension Module {
    /// Where function `function` is entered: its code, or the stub that translates it. Imported functions have none.
    func entryCode(ofFunction function: Int) -> UnsafeRawPointer {
        entries[function] ?? engine.finishCell
    }

    /// The code of a function, translated now if it is not yet; throws when it is not valid or memory is refused.
    func code(ofFunction function: Int) throws(WasmError) -> UnsafeRawPointer {
        if let code = translated(function) { return code }
        var result = Result<UnsafeRawPointer, WasmError>.failure(Module.outOfMemory)
        exclusively {
            // Another thread may have been first.
            if let code = translated(function) {
                result = .success(code)
            } else {
                do throws(WasmError) { result = .success(try translateNow(function)) } catch { result = .failure(error) }
            }
        }
        return try result.get()
    }

    /// Runs `body` while no other thread that shares the module is in here.
    private func exclusively(_ body: () -> Void) {
        guard let around = engine.config.aroundLateTranslation else { return body() }
        around {
            isTableInUse = true
            body()
            isTableInUse = false
        }
    }

    private func translateNow(_ function: Int) throws(WasmError) -> UnsafeRawPointer {
        var translator = Translator(self)
        let code = try translate(function, with: &translator)
        // It was not translated, so the module is lazy and has stubs. Whoever still has this one's address goes on from there; direct
        // calls only once.
        let stub = UnsafeMutableRawPointer(mutating: stubs! + (function - image.importedFunctionCount) * Module.stubByteCount)
        stub.storeBytes(of: UInt(bitPattern: code), toByteOffset: 8, as: UInt.self)
        stub.storeBytes(of: translator.headerOffset, toByteOffset: 16, as: Int32.self)
        // Last, and the function's index stays: another thread may be just at the stub.
        stub.storeBytes(of: engine.handler(Int(Operation.gotoCode.rawValue)), as: UInt.self)
        return code
    }

    static let stubByteCount = 24

    /// The code of a function; nil while its stub stands for it.
    private func translated(_ function: Int) -> UnsafeRawPointer? {
        guard let entry = entries[function], !isStub(entry) else { return nil }
        return entry
    }

    private func isStub(_ address: UnsafeRawPointer) -> Bool {
        guard let stubs else { return false }
        return address >= stubs && address < stubs + image.bodies.count * Module.stubByteCount
    }

    /// Makes a stub for each function.
    func makeStubs() throws(WasmError) {
        guard let memory = arena.tryAllocate(byteCount: image.bodies.count * Module.stubByteCount) else { throw Module.outOfMemory }
        stubs = UnsafeRawPointer(memory)
        for body in image.bodies.indices {
            let stub = memory + body * Module.stubByteCount
            let function = image.importedFunctionCount + body
            stub.storeBytes(of: engine.handler(Int(Operation.translate.rawValue)), as: UInt.self)
            stub.storeBytes(of: 0, toByteOffset: 8, as: UInt64.self)
            stub.storeBytes(of: 0, toByteOffset: 16, as: Int32.self)
            stub.storeBytes(of: UInt32(truncatingIfNeeded: function), toByteOffset: 20, as: UInt32.self)
            entries[function] = UnsafeRawPointer(stub)
        }
    }

    /// Translates every function.
    func translateAll() throws(WasmError) {
        var translator = Translator(self)
        for body in image.bodies.indices { _ = try translate(image.importedFunctionCount + body, with: &translator) }
        // Calls of functions that came later.
        for index in 0..<openCalls.count {
            let call = openCalls.base[index]
            call.field.storeBytes(of: UInt(bitPattern: entries[Int(call.function)]), as: UInt.self)
        }
        openCalls.removeAll()
        if !areCodesSorted { sortCodes() }
    }

    static var outOfMemory: WasmError { WasmError(.outOfMemory, at: 0, "out of memory while translating") }

    /// Translates one function into the arena and gives its entry.
    private func translate(_ function: Int, with translator: inout Translator) throws(WasmError) -> UnsafeRawPointer {
        try translator.translate(body: function - image.importedFunctionCount)
        let byteCount = translator.code.count
        codeByteCount += byteCount
        guard codeByteCount <= engine.config.codeByteLimit else {
            throw WasmError(.limit, at: Int(image.bodies[function - image.importedFunctionCount].offset), "code exceeds the engine's limit")
        }
        let handlerCount = translator.handlers.count
        guard let memory = arena.tryAllocate(byteCount: byteCount),
            let handlers = arena.tryAllocate(ExceptionHandler.self, count: handlerCount)
        else { throw Module.outOfMemory }
        memory.copyMemory(from: translator.code.base, byteCount: byteCount)
        handlers.update(from: translator.handlers.base, count: handlerCount)
        // From offsets to addresses.
        for index in 0..<translator.targets.count {
            let field = translator.targets.base[index]
            guard field < byteCount else { continue }
            let target = translator.finalTarget(Int(truncatingIfNeeded: memory.load(fromByteOffset: field, as: UInt64.self)))
            memory.storeBytes(of: UInt(bitPattern: memory + target), toByteOffset: field, as: UInt.self)
        }
        for index in 0..<translator.functionFields.count {
            let field = translator.functionFields.base[index]
            let callee = Int(memory.load(fromByteOffset: field, as: UInt64.self))
            if let entry = entries[callee] {
                memory.storeBytes(of: UInt(bitPattern: entry), toByteOffset: field, as: UInt.self)
            } else {
                guard openCalls.append(OpenCall(field: memory + field, function: UInt32(callee))) else { throw Module.outOfMemory }
            }
        }
        // From numbers to handlers.
        let numbers = engine.dispatchCounter?.add(code: memory, byteCount: byteCount)
        var offset = 0
        while offset < byteCount {
            var number = Int(memory.load(fromByteOffset: offset, as: UInt64.self))
            if number == Int(Operation.br.rawValue), let cell = translator.returnReached(byBranchAt: offset) {
                (memory + offset).copyMemory(from: translator.code.base + cell, byteCount: 16)
                number = Int(memory.load(fromByteOffset: offset, as: UInt64.self))
            }
            if let numbers {
                numbers[offset / 8] = UInt16(number)
                memory.storeBytes(of: handlerAddress(op_counted), toByteOffset: offset, as: UInt.self)
            } else {
                memory.storeBytes(of: engine.handler(number), toByteOffset: offset, as: UInt.self)
            }
            offset += engine.cellByteCount(number, memory + offset)
        }
        let code = FunctionCode(
            start: UnsafeRawPointer(memory), byteCount: byteCount, functionIndex: UInt32(function), headerOffset: translator.headerOffset,
            handlers: handlers, handlerCount: UInt32(handlerCount))
        guard codes.append(code) else { throw Module.outOfMemory }
        if codes.count > 1, codes.base[codes.count - 2].start > code.start { areCodesSorted = false }
        let entry = UnsafeRawPointer(memory + translator.entryOffset)
        entries[function] = entry
        // A function that calls itself has just got its entry.
        for index in 0..<translator.functionFields.count {
            let field = translator.functionFields.base[index]
            let site = memory + field
            if Int(translator.code.field64(field)) == function { site.storeBytes(of: UInt(bitPattern: entry), as: UInt.self) }
        }
        return entry
    }

    // MARK: From addresses to functions

    /// The function whose code contains `pc`. Where threads share modules the table may grow meanwhile, so one looks at it at a time.
    func functionCode(containing pc: UnsafeRawPointer) -> FunctionCode? {
        if let stub = stub(containing: pc) { return stub }
        guard stubs != nil else { return findCode(containing: pc) }
        var code: FunctionCode?
        exclusively { code = findCode(containing: pc) }
        return code
    }

    /// The same for an interrupt handler, which cannot wait: nil, too, while somebody is at the table.
    func functionCodeInInterrupt(containing pc: UnsafeRawPointer) -> FunctionCode? {
        stub(containing: pc) ?? (isTableInUse ? nil : findCode(containing: pc))
    }

    private func findCode(containing pc: UnsafeRawPointer) -> FunctionCode? {
        if !areCodesSorted { sortCodes() }
        var low = 0
        var high = codes.count
        while low < high {
            let middle = (low + high) / 2
            if codes.base[middle].start <= pc { low = middle + 1 } else { high = middle }
        }
        guard low > 0 else { return nil }
        let code = codes.base[low - 1]
        return pc < code.start + code.byteCount ? code : nil
    }

    /// The stub that contains `pc`, as a function's code: what a function that is not valid traps in.
    private func stub(containing pc: UnsafeRawPointer) -> FunctionCode? {
        guard let stubs, isStub(pc) else { return nil }
        let body = (pc - stubs) / Module.stubByteCount
        let function = UInt32(image.importedFunctionCount + body)
        let signature = image.signature(ofFunction: function)
        var parameters = 0
        var results = 0
        for type in signature.parameters { parameters += type.slotCount * 8 }
        for type in signature.results { results += type.slotCount * 8 }
        return FunctionCode(
            start: stubs + body * Module.stubByteCount, byteCount: Module.stubByteCount, functionIndex: function,
            headerOffset: Int32(max(parameters, results)), handlers: nil, handlerCount: 0)
    }

    /// Orders `codes` by address: chunks of the arena need not ascend, functions within one do.
    private func sortCodes() {
        codes.sort { $0.start < $1.start }
        areCodesSorted = true
    }
}

/// A call whose callee was not translated yet.
struct OpenCall {
    var field: UnsafeMutableRawPointer
    var function: UInt32
}
