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
        let code = try result.get()
        if engine.config.tier == .native, engine.compiler != nil { compile(UInt32(truncatingIfNeeded: function)) }
        return code
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
        var openCalls = GrowableArray<OpenCall>()
        let code = try translate(function, with: &translator, &openCalls)
        // It was not translated, so the module is lazy and has stubs. Direct calls are told the code's address, at once: no handler writes
        // code. Tables and entries of other instances still lead to the stub, and on from there.
        let stub = stub(of: function)
        waitingCalls.resolve(stub.load(fromByteOffset: 8, as: Int.self), to: code)
        stub.storeBytes(of: UInt(bitPattern: code), toByteOffset: 8, as: UInt.self)
        stub.storeBytes(of: translator.headerOffset, toByteOffset: 16, as: Int32.self)
        // Last, and the function's index stays: another thread may be just at the stub.
        stub.storeBytes(of: engine.handler(Int(Operation.gotoCode.rawValue)), as: UInt.self)
        return code
    }

    /// A stub's header, its function's code (until there is some, the list of calls that wait for it), the frame's header and the index.
    static let stubByteCount = 24

    private func stub(of function: Int) -> UnsafeMutableRawPointer {
        stubs! + (function - image.importedFunctionCount) * Module.stubByteCount
    }

    /// The code of a function; nil while its stub stands for it.
    private func translated(_ function: Int) -> UnsafeRawPointer? {
        guard let entry = entries[function], !isStub(entry) else { return nil }
        return entry
    }

    private func isStub(_ address: UnsafeRawPointer) -> Bool {
        guard let stubs else { return false }
        let first = UnsafeRawPointer(stubs)
        return address >= first && address < first + image.bodies.count * Module.stubByteCount
    }

    /// Makes a stub for each function.
    func makeStubs() throws(WasmError) {
        guard let memory = arena.tryAllocate(byteCount: image.bodies.count * Module.stubByteCount) else { throw Module.outOfMemory }
        stubs = memory
        for body in image.bodies.indices {
            let stub = memory + body * Module.stubByteCount
            let function = image.importedFunctionCount + body
            stub.storeBytes(of: engine.handler(Int(Operation.translate.rawValue)), as: UInt.self)
            stub.storeBytes(of: WaitingCalls.noCall, toByteOffset: 8, as: Int.self)
            stub.storeBytes(of: 0, toByteOffset: 16, as: Int32.self)
            stub.storeBytes(of: UInt32(truncatingIfNeeded: function), toByteOffset: 20, as: UInt32.self)
            entries[function] = UnsafeRawPointer(stub)
        }
    }

    /// Translates every function.
    func translateAll() throws(WasmError) {
        var translator = Translator(self)
        var openCalls = GrowableArray<OpenCall>()
        for body in image.bodies.indices { _ = try translate(image.importedFunctionCount + body, with: &translator, &openCalls) }
        // Calls of functions that came later.
        for index in 0..<openCalls.count {
            let call = openCalls.base[index]
            call.field.storeBytes(of: UInt(bitPattern: entries[Int(call.function)]), as: UInt.self)
        }
        // Chunks of the arena need not ascend, functions within one do.
        for index in 1..<max(codes.count, 1) where codes.base[index - 1].start > codes.base[index].start {
            codes.sort { $0.start < $1.start }
            break
        }
    }

    static var outOfMemory: WasmError { WasmError(.outOfMemory, at: 0, "out of memory while translating") }

    /// Translates one function into the arena and gives its entry. Calls of functions that have no stub are added to `openCalls`.
    private func translate(
        _ function: Int, with translator: inout Translator, _ openCalls: inout GrowableArray<OpenCall>
    ) throws(WasmError) -> UnsafeRawPointer {
        try translator.translate(body: function - image.importedFunctionCount)
        let byteCount = translator.code.count
        // Cells that count take as much memory as cells that do not exist: what a module costs does not depend on how it runs.
        let spareByteCount = engine.config.tier == .auto && engine.compiler != nil ? 0 : translator.countByteCount
        codeByteCount += byteCount + spareByteCount
        guard codeByteCount <= engine.config.codeByteLimit else {
            throw WasmError(.limit, at: Int(image.bodies[function - image.importedFunctionCount].offset), "code exceeds the engine's limit")
        }
        let handlerCount = translator.handlers.count
        guard let memory = arena.tryAllocate(byteCount: byteCount + spareByteCount),
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
        guard codes.reserve(codes.count + 1), openCalls.reserve(openCalls.count + translator.functionFields.count),
            stubs == nil || waitingCalls.reserve(translator.functionFields.count)
        else { throw Module.outOfMemory }
        // From numbers to handlers.
        let numbers = engine.countedCodes?.add(code: memory, byteCount: byteCount)
        if engine.countedCodes != nil, numbers == nil { throw Module.outOfMemory }
        // Nothing is refused from here on.
        for index in 0..<translator.functionFields.count {
            let field = translator.functionFields.base[index]
            let callee = Int(memory.load(fromByteOffset: field, as: UInt64.self))
            guard let entry = entries[callee] else {
                openCalls.appendReserved(OpenCall(field: memory + field, function: UInt32(callee)))
                continue
            }
            memory.storeBytes(of: UInt(bitPattern: entry), toByteOffset: field, as: UInt.self)
            if isStub(entry), callee != function {
                let stub = stub(of: callee)
                let waiting = waitingCalls.add(memory + field, before: stub.load(fromByteOffset: 8, as: Int.self))
                stub.storeBytes(of: waiting, toByteOffset: 8, as: Int.self)
            }
        }
        let handlerAddresses = engine.handlers
        let cellSizes = engine.cellSizes
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
                memory.storeBytes(of: handlerAddresses[number], toByteOffset: offset, as: UInt.self)
            }
            offset &+= cellSizes.byteCount(number, memory + offset)
        }
        let code = FunctionCode(
            start: UnsafeRawPointer(memory), byteCount: byteCount, functionIndex: UInt32(function), headerOffset: translator.headerOffset,
            handlers: handlers, handlerCount: UInt32(handlerCount))
        codes.appendReserved(code)
        if stubs != nil { codes.sortLast { $0.start < $1.start } }
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

    func findCode(containing pc: UnsafeRawPointer) -> FunctionCode? {
        let count = countBefore(codes.count) { codes.base[$0].start <= pc }
        guard count > 0 else { return nil }
        let code = codes.base[count - 1]
        return pc < code.start + code.byteCount ? code : nil
    }

    /// The stub that contains `pc`, as a function's code: what a function that is not valid traps in.
    private func stub(containing pc: UnsafeRawPointer) -> FunctionCode? {
        guard let stubs, isStub(pc) else { return nil }
        let first = UnsafeRawPointer(stubs)
        let body = (pc - first) / Module.stubByteCount
        let function = UInt32(image.importedFunctionCount + body)
        let signature = image.signature(ofFunction: function)
        var parameters = 0
        var results = 0
        for type in signature.parameters { parameters += type.slotCount * 8 }
        for type in signature.results { results += type.slotCount * 8 }
        return FunctionCode(
            start: first + body * Module.stubByteCount, byteCount: Module.stubByteCount, functionIndex: function,
            headerOffset: Int32(max(parameters, results)), handlers: nil, handlerCount: 0)
    }
}

/// A call whose callee was not translated yet.
struct OpenCall {
    var field: UnsafeMutableRawPointer
    var function: UInt32
}
