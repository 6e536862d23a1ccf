// HandlerNumerics: the numerics of WasmNumerics under the overloaded names that generated handlers use.

import WasmNumerics

@inline(__always) func floatMinimum(_ a: Float, _ b: Float) -> Float { F32.min(a, b) }
@inline(__always) func floatMinimum(_ a: Double, _ b: Double) -> Double { F64.min(a, b) }
@inline(__always) func floatMaximum(_ a: Float, _ b: Float) -> Float { F32.max(a, b) }
@inline(__always) func floatMaximum(_ a: Double, _ b: Double) -> Double { F64.max(a, b) }
@inline(__always) func floatCopySign(_ a: Float, _ b: Float) -> Float { F32.copysign(a, b) }
@inline(__always) func floatCopySign(_ a: Double, _ b: Double) -> Double { F64.copysign(a, b) }
@inline(__always) func floatAbsolute(_ a: Float) -> Float { F32.abs(a) }
@inline(__always) func floatAbsolute(_ a: Double) -> Double { F64.abs(a) }
@inline(__always) func floatNegate(_ a: Float) -> Float { F32.neg(a) }
@inline(__always) func floatNegate(_ a: Double) -> Double { F64.neg(a) }
@inline(__always) func floatCeil(_ a: Float) -> Float { F32.ceil(a) }
@inline(__always) func floatCeil(_ a: Double) -> Double { F64.ceil(a) }
@inline(__always) func floatFloor(_ a: Float) -> Float { F32.floor(a) }
@inline(__always) func floatFloor(_ a: Double) -> Double { F64.floor(a) }
@inline(__always) func floatTruncate(_ a: Float) -> Float { F32.trunc(a) }
@inline(__always) func floatTruncate(_ a: Double) -> Double { F64.trunc(a) }
@inline(__always) func floatNearest(_ a: Float) -> Float { F32.nearest(a) }
@inline(__always) func floatNearest(_ a: Double) -> Double { F64.nearest(a) }
@inline(__always) func floatSquareRoot(_ a: Float) -> Float { F32.sqrt(a) }
@inline(__always) func floatSquareRoot(_ a: Double) -> Double { F64.sqrt(a) }
@inline(__always) func floatDemote(_ a: Double) -> Float { F32.demoteF64(a) }
@inline(__always) func floatPromote(_ a: Float) -> Double { F64.promoteF32(a) }

// The exclusive bounds of each truncation (core specification, 4.3.3 `trunc`), which are those Swift's own conversions check.

@inline(__always) func fitsInt32(_ a: Float) -> Bool { a > -2_147_483_904 && a < 2_147_483_648 }
@inline(__always) func fitsUInt32(_ a: Float) -> Bool { a > -1 && a < 4_294_967_296 }
@inline(__always) func fitsInt64(_ a: Float) -> Bool { a > -9_223_373_136_366_403_584 && a < 9_223_372_036_854_775_808 }
@inline(__always) func fitsUInt64(_ a: Float) -> Bool { a > -1 && a < 18_446_744_073_709_551_616 }
@inline(__always) func fitsInt32(_ a: Double) -> Bool { a > -2_147_483_649 && a < 2_147_483_648 }
@inline(__always) func fitsUInt32(_ a: Double) -> Bool { a > -1 && a < 4_294_967_296 }
@inline(__always) func fitsInt64(_ a: Double) -> Bool { a > -9_223_372_036_854_777_856 && a < 9_223_372_036_854_775_808 }
@inline(__always) func fitsUInt64(_ a: Double) -> Bool { a > -1 && a < 18_446_744_073_709_551_616 }

@inline(__always) func truncateInt32(_ a: Float) -> Int32 { Int32(a) }
@inline(__always) func truncateUInt32(_ a: Float) -> UInt32 { UInt32(a) }
@inline(__always) func truncateInt64(_ a: Float) -> Int64 { Int64(a) }
@inline(__always) func truncateUInt64(_ a: Float) -> UInt64 { UInt64(a) }
@inline(__always) func truncateInt32(_ a: Double) -> Int32 { Int32(a) }
@inline(__always) func truncateUInt32(_ a: Double) -> UInt32 { UInt32(a) }
@inline(__always) func truncateInt64(_ a: Double) -> Int64 { Int64(a) }
@inline(__always) func truncateUInt64(_ a: Double) -> UInt64 { UInt64(a) }

@inline(__always) func saturateInt32(_ a: Float) -> Int32 { Int32(bitPattern: I32.truncSatF32S(a)) }
@inline(__always) func saturateUInt32(_ a: Float) -> UInt32 { I32.truncSatF32U(a) }
@inline(__always) func saturateInt64(_ a: Float) -> Int64 { Int64(bitPattern: I64.truncSatF32S(a)) }
@inline(__always) func saturateUInt64(_ a: Float) -> UInt64 { I64.truncSatF32U(a) }
@inline(__always) func saturateInt32(_ a: Double) -> Int32 { Int32(bitPattern: I32.truncSatF64S(a)) }
@inline(__always) func saturateUInt32(_ a: Double) -> UInt32 { I32.truncSatF64U(a) }
@inline(__always) func saturateInt64(_ a: Double) -> Int64 { Int64(bitPattern: I64.truncSatF64S(a)) }
@inline(__always) func saturateUInt64(_ a: Double) -> UInt64 { I64.truncSatF64U(a) }
