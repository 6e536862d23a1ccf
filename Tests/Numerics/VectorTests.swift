// Vector instructions against lanes in plain arrays, on random vectors; and the cases which arrays do not show.
import Testing
import WasmNumerics

@Suite struct VectorTests {
    /// Random vectors, some with lanes at the ends of their ranges.
    func vectors(seed: UInt64) -> [V128] {
        var random = RandomBits(seed: seed)
        var vectors = [V128.zero, V128(low: UInt64.max, high: 0x8000_0000_8000_8080), V128(low: 0x7F7F_7FFF_8080_8000, high: 1)]
        for _ in 0..<60 { vectors.append(V128(low: random.next(), high: random.next() & random.next())) }
        return vectors
    }

    func lanes<Lane: FixedWidthInteger & UnsignedInteger>(_ v: V128, _: Lane.Type) -> [Lane] {
        var lanes: [Lane] = []
        for word in [v.low, v.high] {
            for index in 0..<(64 / Lane.bitWidth) { lanes.append(Lane(truncatingIfNeeded: word >> UInt64(index * Lane.bitWidth))) }
        }
        return lanes
    }

    func vector<Lane: FixedWidthInteger & UnsignedInteger>(_ lanes: [Lane]) -> V128 {
        var words: [UInt64] = [0, 0]
        for (index, lane) in lanes.enumerated() {
            let position = index * Lane.bitWidth
            words[position / 64] |= UInt64(lane) << UInt64(position % 64)
        }
        return V128(low: words[0], high: words[1])
    }

    func clamp<Lane: FixedWidthInteger>(_ value: Int, _: Lane.Type) -> Lane { Lane(clamping: value) }

    func checkShape<Shape: IntegerLanes>(_ shape: Shape.Type, seed: UInt64) {
        typealias Lane = Shape.Lane
        typealias Signed = Shape.Signed
        func s(_ x: Lane) -> Signed { Signed(truncatingIfNeeded: x) }
        func u(_ x: Signed) -> Lane { Lane(truncatingIfNeeded: x) }
        let all = vectors(seed: seed)
        for (a, b) in Array(zip(all, all.dropFirst())) + Array(zip(all, all)) {
            let (x, y) = (lanes(a, Lane.self), lanes(b, Lane.self))
            let pairs = Array(zip(x, y))
            func expect(_ actual: V128, _ body: (Lane, Lane) -> Lane, _ name: Comment) {
                #expect(actual == vector(pairs.map { body($0.0, $0.1) }), name)
            }
            func mask(_ body: @escaping (Lane, Lane) -> Bool) -> (Lane, Lane) -> Lane { { body($0, $1) ? Lane.max : 0 } }
            expect(Shape.add(a, b), { $0 &+ $1 }, "add")
            expect(Shape.sub(a, b), { $0 &- $1 }, "sub")
            expect(Shape.mul(a, b), { $0 &* $1 }, "mul")
            expect(Shape.eq(a, b), mask { $0 == $1 }, "eq")
            expect(Shape.ne(a, b), mask { $0 != $1 }, "ne")
            expect(Shape.ltS(a, b), mask { s($0) < s($1) }, "lt_s")
            expect(Shape.ltU(a, b), mask { $0 < $1 }, "lt_u")
            expect(Shape.gtS(a, b), mask { s($0) > s($1) }, "gt_s")
            expect(Shape.gtU(a, b), mask { $0 > $1 }, "gt_u")
            expect(Shape.leS(a, b), mask { s($0) <= s($1) }, "le_s")
            expect(Shape.leU(a, b), mask { $0 <= $1 }, "le_u")
            expect(Shape.geS(a, b), mask { s($0) >= s($1) }, "ge_s")
            expect(Shape.geU(a, b), mask { $0 >= $1 }, "ge_u")
            expect(Shape.minS(a, b), { u(min(s($0), s($1))) }, "min_s")
            expect(Shape.minU(a, b), { min($0, $1) }, "min_u")
            expect(Shape.maxS(a, b), { u(max(s($0), s($1))) }, "max_s")
            expect(Shape.maxU(a, b), { max($0, $1) }, "max_u")
            expect(Shape.abs(a), { x, _ in s(x) < 0 ? 0 &- x : x }, "abs")
            expect(Shape.neg(a), { x, _ in 0 &- x }, "neg")
            expect(Shape.popcnt(a), { x, _ in Lane(x.nonzeroBitCount) }, "popcnt")
            if Lane.bitWidth < 64 {
                expect(Shape.addSatS(a, b), { u(Signed(clamping: Int(s($0)) + Int(s($1)))) }, "add_sat_s")
                expect(Shape.addSatU(a, b), { Lane(clamping: Int($0) + Int($1)) }, "add_sat_u")
                expect(Shape.subSatS(a, b), { u(Signed(clamping: Int(s($0)) - Int(s($1)))) }, "sub_sat_s")
                expect(Shape.subSatU(a, b), { Lane(clamping: Int($0) - Int($1)) }, "sub_sat_u")
                expect(Shape.avgrU(a, b), { Lane((Int($0) + Int($1) + 1) / 2) }, "avgr_u")
            }
            #expect(Shape.allTrue(a) == x.allSatisfy { $0 != 0 })
            #expect(Shape.bitmask(a) == x.enumerated().reduce(UInt32(0)) { $0 | (s($1.element) < 0 ? 1 << UInt32($1.offset) : 0) })
            for count: UInt32 in [0, 1, 5, 7, 31, 64, 0xFFFF_FFFF] {
                expect(Shape.shl(a, count), { x, _ in x &<< Lane(truncatingIfNeeded: count) }, "shl")
                expect(Shape.shrU(a, count), { x, _ in x &>> Lane(truncatingIfNeeded: count) }, "shr_u")
                expect(Shape.shrS(a, count), { x, _ in u(s(x) &>> Signed(truncatingIfNeeded: count)) }, "shr_s")
            }
            for index in x.indices {
                #expect(Shape.extractLaneU(a, UInt32(index)) == Shape.Scalar(x[index]))
                #expect(Shape.extractLaneS(a, UInt32(index)) == Shape.Scalar(truncatingIfNeeded: s(x[index])))
                var replaced = x
                replaced[index] = y[0]
                #expect(Shape.replaceLane(a, UInt32(index), Shape.Scalar(y[0])) == vector(replaced))
            }
            #expect(Shape.splat(Shape.Scalar(x[0])) == vector(x.map { _ in x[0] }))
        }
    }

    @Test func integerLanes_agreeWithPlainArrays() {
        checkShape(I8x16.self, seed: 11)
        checkShape(I16x8.self, seed: 12)
        checkShape(I32x4.self, seed: 13)
        checkShape(I64x2.self, seed: 14)
    }

    func checkWide<Shape: WideIntegerLanes>(_ shape: Shape.Type, seed: UInt64) {
        typealias Wide = Shape.Lane
        typealias Narrow = Shape.Half.Lane
        func wideS(_ x: Narrow) -> Wide { Wide(truncatingIfNeeded: Shape.Half.Signed(truncatingIfNeeded: x)) }
        func wideU(_ x: Narrow) -> Wide { Wide(x) }
        let all = vectors(seed: seed)
        for (a, b) in zip(all, all.dropFirst()) {
            let (x, y) = (lanes(a, Narrow.self), lanes(b, Narrow.self))
            let half = x.count / 2
            #expect(Shape.extendLowS(a) == vector(x[..<half].map(wideS)))
            #expect(Shape.extendLowU(a) == vector(x[..<half].map(wideU)))
            #expect(Shape.extendHighS(a) == vector(x[half...].map(wideS)))
            #expect(Shape.extendHighU(a) == vector(x[half...].map(wideU)))
            #expect(Shape.extmulLowS(a, b) == vector((0..<half).map { wideS(x[$0]) &* wideS(y[$0]) }))
            #expect(Shape.extmulLowU(a, b) == vector((0..<half).map { wideU(x[$0]) &* wideU(y[$0]) }))
            #expect(Shape.extmulHighS(a, b) == vector((half..<x.count).map { wideS(x[$0]) &* wideS(y[$0]) }))
            #expect(Shape.extmulHighU(a, b) == vector((half..<x.count).map { wideU(x[$0]) &* wideU(y[$0]) }))
            #expect(Shape.extaddPairwiseS(a) == vector((0..<half).map { wideS(x[2 * $0]) &+ wideS(x[2 * $0 + 1]) }))
            #expect(Shape.extaddPairwiseU(a) == vector((0..<half).map { wideU(x[2 * $0]) &+ wideU(x[2 * $0 + 1]) }))
            #expect(
                Shape.dotS(a, b)
                    == vector((0..<half).map { wideS(x[2 * $0]) &* wideS(y[2 * $0]) &+ wideS(x[2 * $0 + 1]) &* wideS(y[2 * $0 + 1]) }))
            let wide = (lanes(a, Wide.self) + lanes(b, Wide.self)).map { Shape.Signed(truncatingIfNeeded: $0) }
            #expect(Shape.narrowS(a, b) == vector(wide.map { Narrow(truncatingIfNeeded: Shape.Half.Signed(clamping: $0)) }))
            #expect(Shape.narrowU(a, b) == vector(wide.map { Narrow(clamping: $0) }))
        }
    }

    @Test func wideningAndNarrowing_agreeWithPlainArrays() {
        checkWide(I16x8.self, seed: 21)
        checkWide(I32x4.self, seed: 22)
        checkWide(I64x2.self, seed: 23)
    }

    @Test func swizzleAndShuffle_pickBytes() {
        let all = vectors(seed: 31)
        for (a, b) in zip(all, all.dropFirst()) {
            let (x, y) = (lanes(a, UInt8.self), lanes(b, UInt8.self))
            #expect(I8x16.swizzle(a, b) == vector(y.map { $0 < 16 ? x[Int($0)] : 0 }))
            let indices = y.map { $0 & 31 }
            #expect(I8x16.shuffle(a, b, vector(indices)) == vector(indices.map { (x + y)[Int($0)] }))
        }
    }

    @Test func q15AndDotProducts_saturate() {
        let lowest = I16x8.splat(0x8000)
        #expect(I16x8.q15mulrSatS(lowest, lowest) == I16x8.splat(0x7FFF))
        #expect(I16x8.q15mulrSatS(I16x8.splat(0x4000), I16x8.splat(0x4000)) == I16x8.splat(0x2000))
        let bytes = I8x16.splat(0x80)
        #expect(I16x8.relaxedDotS(bytes, bytes) == I16x8.splat(0x7FFF))
        #expect(I32x4.relaxedDotAddS(I8x16.splat(2), I8x16.splat(3), I32x4.splat(1)) == I32x4.splat(25))
    }

    @Test func floatLanes_areTheScalarInstructions() {
        for (index, x) in interestingFloats(randomCount: 100, seed: 41).enumerated() {
            let y = Float(index) - 7
            let (a, b) = (F32x4.splat(x), F32x4.splat(y))
            #expect(F32x4.extractLane(F32x4.add(a, b), 3).bitPattern == F32.add(x, y).bitPattern)
            #expect(F32x4.extractLane(F32x4.min(a, b), 2).bitPattern == F32.min(x, y).bitPattern)
            #expect(F32x4.extractLane(F32x4.nearest(a), 1).bitPattern == F32.nearest(x).bitPattern)
            #expect(F32x4.lt(a, b) == I32x4.splat(x < y ? UInt32.max : 0))
            #expect(I32x4.truncSatF32x4S(a) == I32x4.splat(I32.truncSatF32S(x)))
            #expect(F32x4.extractLane(F32x4.pmin(a, b), 0).bitPattern == (y < x ? y : x).bitPattern)
            let wide = F64x2.promoteLowF32x4(a)
            #expect(wide == F64x2.splat(F64.promoteF32(x)))
            #expect(F32x4.demoteF64x2Zero(wide).high == 0)
            #expect(I32x4.truncSatF64x2UZero(wide).low == UInt64(I32.truncSatF64U(Double(x))) * 0x1_0000_0001)
        }
        #expect(F64x2.convertLowI32x4S(I32x4.splat(UInt32.max)) == F64x2.splat(-1))
        #expect(F32x4.convertI32x4U(I32x4.splat(UInt32.max)) == F32x4.splat(4_294_967_296))
        #expect(F64x2.relaxedNmadd(F64x2.splat(2), F64x2.splat(3), F64x2.splat(10)) == F64x2.splat(4))
    }
}
