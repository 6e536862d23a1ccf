// Demanglers: names as the demanglers of their languages write them; what is none stays as it is; bounds.

import DebugInformation
import Testing

@Suite struct DemanglerTests {
    /// The readable form; nil when the name is not understood.
    static func readable(_ name: String) -> String? { readable(Array(name.utf8)) }

    static func readable(_ name: [UInt8]) -> String? {
        guard var demangler = Demangler() else { return nil }
        // A copy that ends where memory ends for us.
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: name.count, alignment: 1)
        defer { copy.deallocate() }
        copy.copyBytes(from: name)
        var text: [UInt8] = []
        guard demangler.write(UnsafeRawBufferPointer(copy), { text.append($0) }) else { return nil }
        return String(decoding: text, as: UTF8.self)
    }

    /// As `rustfilt` writes them: without hashes.
    static let rust: [(String, String)] = [
        ("_ZN3std9panicking20rust_panic_with_hook17h6ac9107c42850161E", "std::panicking::rust_panic_with_hook"),
        (
            "_ZN3std9panicking19begin_panic_handler28_$u7b$$u7b$closure$u7d$$u7d$17h8ef066ac4d1e7406E",
            "std::panicking::begin_panic_handler::{{closure}}"
        ),
        (
            "_ZN63_$LT$panic..Stack$LT$u32$GT$$u20$as$u20$panic..outer..Shape$GT$4area17hdffd71c513a4feeeE",
            "<panic::Stack<u32> as panic::outer::Shape>::area"
        ),
        (
            "_ZN4core3ops8function5impls72_$LT$impl$u20$core..ops..function..FnOnce$LT$A$GT$$u20$for$u20$$RF$F$GT$9call_once17ha67ccfc67d47b1b8E",
            "core::ops::function::impls::<impl core::ops::function::FnOnce<A> for &F>::call_once"
        ),
        (
            "_ZN4core3ptr39drop_in_place$LT$std..env..VarError$GT$17h0123456789abcdefE.llvm.123",
            "core::ptr::drop_in_place<std::env::VarError>"
        ),
        ("_RNvCs1234_7mycrate3foo", "mycrate::foo"),
        ("_RNvMCsfeHXqF5OsH_5panicINtB2_5StackmE4takeB2_", "<panic::Stack<u32>>::take"),
        ("_RNCNvMCsfeHXqF5OsH_5panicINtB4_5StackmE5drain0B4_", "<panic::Stack<u32>>::drain::{closure#0}"),
        ("_RNvXNtCsfeHXqF5OsH_5panic5outerINtB4_5StackmENtB2_5Shape4area", "<panic::Stack<u32> as panic::outer::Shape>::area"),
        (
            "_RINvNtNtCs8v1rFTdFJUG_3std10sys_common9backtrace28___rust_begin_short_backtraceFEuuECsfeHXqF5OsH_5panic",
            "std::sys_common::backtrace::__rust_begin_short_backtrace::<fn(), ()>"
        ),
        ("_RINvCs1_1a1fKj10_Kana_Kb1_Kc61_E", "a::f::<16, -10, true, 'a'>"),
        ("_RINvCs1_1a1fRLe_eQhPzOxSyAtj2_TbEE", "a::f::<&'_ str, &mut u8, *const !, *mut i64, [u64], [u16; 2], (bool,)>"),
        ("_RINvCs1_1a1fDG_INtB2_1TRL0_mEp4ItemuEL_E", "a::f::<dyn for<'a> a::T<&'a u32, Item = ()>>"),
    ]

    /// As `llvm-cxxfilt` writes them (since its version 15 without a space between closing brackets).
    static let cxx: [(String, String)] = [
        ("_ZN6shapes5ArrayIiLm3EEixEm", "shapes::Array<int, 3ul>::operator[](unsigned long)"),
        (
            "_ZN6shapes5ArrayIiLm3EE4eachIZNS_7CounterC1EiPS1_EUlRiE_EEvT_",
            "void shapes::Array<int, 3ul>::each<shapes::Counter::Counter(int, shapes::Array<int, 3ul>*)::'lambda'(int&)>(shapes::Counter::Counter(int, shapes::Array<int, 3ul>*)::'lambda'(int&))"
        ),
        ("_Z1fv", "f()"), ("_Z1fPFivE", "f(int (*)())"), ("_Z1fRA3_i", "f(int (&) [3])"), ("_Z1fM1AKFvvE", "f(void (A::*)() const)"),
        ("_ZN1AD0Ev", "A::~A()"), ("_ZNK1AcvbEv", "A::operator bool() const"), ("_ZTV1A", "vtable for A"),
        ("_ZTIPK1A", "typeinfo for A const*"),
        ("_ZThn16_N1A1fEv", "non-virtual thunk to A::f()"), ("_ZTv0_n24_N1A1fEv", "virtual thunk to A::f()"),
        ("_ZGVZ1fvE1x", "guard variable for f()::x"), ("_ZN12_GLOBAL__N_11fEv", "(anonymous namespace)::f()"),
        ("_ZNSsC1ERKSs", "std::basic_string<char, std::char_traits<char>, std::allocator<char>>::basic_string(std::string const&)"),
        ("_ZNSt6vectorIiSaIiEE9push_backEOi", "std::vector<int, std::allocator<int>>::push_back(int&&)"),
        ("_ZSt4moveIRiEONSt16remove_referenceIT_E4typeEOS2_", "std::remove_reference<int&>::type&& std::move<int&>(int&)"),
        ("_Z1fIJidEEvDpT_", "void f<int, double>(int, double)"), ("_Z1fIJEEvDpT_", "void f<>()"),
        ("_Zli2_xy", "operator\"\" _x(unsigned long long)"), ("_ZN1AssERKS_", "A::operator<=>(A const&)"),
        (
            "_ZNSt3__112basic_stringIcNS_11char_traitsIcEENS_9allocatorIcEEE6appendEPKc",
            "std::__1::basic_string<char, std::__1::char_traits<char>, std::__1::allocator<char>>::append(char const*)"
        ),
        ("_Z1fILin5ELb1ELc97EEvv", "void f<-5, true, (char)97>()"), ("_Z1fCd", "f(double complex)"),
        ("_Z1fv.cold", "f() (.cold)"),
    ]

    /// As `swift demangle --simplified` writes them.
    static let swift: [(String, String)] = [
        ("$e5guest7AccountV8withdrawyys5Int32VF", "Account.withdraw(_:)"),
        ("$e5guest4shop_6pricesyxz_Says5Int32VGtAA8CustomerRzlFyAEXEfU_AA7AccountV_Tg5", "specialized closure #1 in shop<A>(_:prices:)"),
        ("$e5guest4shop_6pricesyxz_Says5Int32VGtAA8CustomerRzlFAA7AccountV_Tg5", "specialized shop<A>(_:prices:)"),
        ("$eSTsE7forEachyyy7ElementQzKXEKFSays5Int32VG_Tg5", "specialized Sequence.forEach(_:)"),
        ("$e5guest4BankC5firsts5Int32Vvg", "Bank.first.getter"), ("$e5guest7ProgramV4mainyyFZTf4d_n", "specialized static Program.main()"),
        ("$s10KernelCore10LineEditorV6insert33_638D8E2DFEA31CD2EEC7FAF16CC63D62LLyys5UInt8V_AA10TextBufferVztF", "LineEditor.insert(_:_:)"),
        ("$s10KernelCore12MonitorErrorV7message6columnACs12StaticStringV_SitcfC", "MonitorError.init(message:column:)"),
        ("$s10WasmEngine15DispatchCounterCfD", "DispatchCounter.__deallocating_deinit"),
        ("$sSa10Containerss5UInt8VRszlE6append7decimalySi_tF", "Array<A>.append(decimal:)"),
        (
            "$s4WASI9OpenFlagsVs10SetAlgebraAAsADPyxqd__ncSTRd__7ElementQyd__AFRtzlufCTW",
            "protocol witness for SetAlgebra.init<A>(_:) in conformance OpenFlags"
        ),
        ("$s10WasmModule13CompositeTypeOWOy", "outlined copy of CompositeType"),
        (
            "$s10KernelCore11LeftistHeapV15checkInvariantsSbyF0E0L__6parentSbSpyxGSg_AHtAA0D4NodeRzlFTf0nns_nAA010SchedulingH0V_Tg5",
            "specialized check #1 <A>(_:parent:) in LeftistHeap.checkInvariants()"
        ),
        (
            "$s10KernelCore10DeviceTreeV18forEachMemoryRangeyyyAA08PhysicalH0VXEFyAC4NodeVXEfU_TA",
            "partial apply for closure #1 in DeviceTree.forEachMemoryRange(_:)"
        ),
        (
            "$s11ModuleTests010ValidationB0V11memoryRulesyyFSay7Testing7CommentVGyXEfu3_",
            "implicit closure #5 in ValidationTests.memoryRules()"
        ),
        ("$s9guestTest4BankC5firstSivM.resume.0", "Bank.first.modify"),
    ]

    @Test(arguments: rust + cxx + swift) func names_areReadable(name: String, expected: String) {
        #expect(DemanglerTests.readable(name) == expected)
    }

    @Test(arguments: [
        "", "_", "_Z", "_R", "$s", "main", "_start", "__rust_start_panic", "_ZN", "_ZNE", "_Z1", "_Z2f", "_ZN3foo", "_RN", "_RNvC", "_RB_",
        "_RNvB_3foo",
        "$sABC", "$s5guest", "_ZN3foo17h6ac9107c4285016xE1", "debug.panic__anon_123", "_ZS_", "_Z1fT_", "_Z1fS5_", "_ZLb1E",
    ]) func whatIsNoName_staysAsItIs(name: String) {
        #expect(DemanglerTests.readable(name) == nil)
    }

    @Test func prefixesAndChangedBytes_neverTrap() {
        for (name, _) in DemanglerTests.rust + DemanglerTests.cxx + DemanglerTests.swift {
            let bytes = Array(name.utf8)
            for count in bytes.indices { _ = DemanglerTests.readable(Array(bytes[..<count])) }
            for offset in bytes.indices {
                for value in Array("09AESTILNRZ_xyzsfvB$.".utf8) + [0, 0xff] {
                    var changed = bytes
                    changed[offset] = value
                    _ = DemanglerTests.readable(changed)
                }
            }
        }
    }

    /// Names that stand for endless ones, or are nested without end.
    @Test func bombs_endWithinTheBound() {
        func name(_ start: String, _ middle: String, _ count: Int, _ end: String) -> String {
            start + String(repeating: middle, count: count) + end
        }
        var bombs = ["_RINvC1a1fTTTBa_BaEEE"]
        for count in [10, 60, 100, 1000, 4000] {
            bombs += [
                name("_Z1f", "P", count, "i"), name("_Z1f", "N1a", count, "E"), name("_Z1f", "1aI", count, "iE"),
                name("_Z", "Z1fvE", count, "1x"),
                name("_Z1fM", "M1a", count, "i"), name("_Z1f", "FvP", count, "vE"), name("_Z1fIX", "nt", count, "Lb1EEEvv"),
                name("_RINvC1a1f", "R", count, "mE"), name("_RNvC1a", "NvC1a", count, "1f"), name("_RINvC1a1f", "T", count, "E"),
                name("_RINvC1a1f", "FE", count, "uE"), name("$s1a1f", "yyXE", count, "F"), name("$s1a1fy", "Say", count, "F"),
                name("$s1a1f", "_t", count, "F"), name("$s1a", "1fyyFyyXEfU_", count, "TA"), name("_ZN", "9999999999", count, "E"),
                name("$s", "9999999999", count, "V"), name("_R", "9999999999", count, "V"),
            ]
        }
        // Each type is twice the one before: an output of 2^n.
        for count in [5, 20, 60] {
            var doubling = "_Z1fSt4pairIiiE"
            var number = 0
            for _ in 0..<count {
                doubling +=
                    "St4pairIS\(number == 0 ? "" : String(number - 1, radix: 36).uppercased())_S\(number == 0 ? "" : String(number - 1, radix: 36).uppercased())_E"
                number += 1
            }
            bombs.append(doubling)
        }
        let clock = ContinuousClock()
        for bomb in bombs {
            var text: String?
            let time = clock.measure { text = DemanglerTests.readable(bomb) }
            #expect((text?.utf8.count ?? 0) <= Demangler.byteLimit + 3)
            #expect(time < .milliseconds(500))
        }
    }

    @Test func longNames_areCutWithDots() {
        let long = "_Z" + "1000" + String(repeating: "a", count: 1000) + "i" + "P" + "500" + String(repeating: "b", count: 500)
        let text = DemanglerTests.readable(long)
        #expect(text?.hasPrefix("aaaa") == true)
        #expect(text?.hasSuffix("bb...") == true)
        #expect(text?.utf8.count == Demangler.byteLimit + 3)
        #expect(DemanglerTests.readable("_Z5000" + String(repeating: "a", count: 5000) + "v") == nil)
    }

    @Test func whatIsNotPrintable_doesNotReachTheTerminal() {
        #expect(DemanglerTests.readable(Array("_ZN2".utf8) + [0x1b, 0x5b] + Array("17h6ac9107c42850161E".utf8)) == "?[")
        #expect(DemanglerTests.readable(Array("_Z2".utf8) + [0xc3, 0xa9] + Array("v".utf8)) == "??()")
        #expect(DemanglerTests.readable("_ZN6a$u1b$17h6ac9107c42850161E") == "a?")
    }
}
