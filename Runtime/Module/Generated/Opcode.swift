// Every instruction as a case, in the order of the binary format. Generated from Opcodes/opcodes.txt by Opcodes/generate: do not edit.

/// An instruction of WebAssembly: dense numbers from 0, so that it indexes tables. What is known about one is in its `OpcodeRow`.
@frozen public enum Opcode: UInt16, Sendable, CaseIterable {
    /// `unreachable` (00)
    case unreachable
    /// `nop` (01)
    case nop
    /// `block` (02)
    case block
    /// `loop` (03)
    case loop
    /// `if` (04)
    case `if`
    /// `else` (05)
    case `else`
    /// `try` (06)
    case `try`
    /// `catch` (07)
    case `catch`
    /// `throw` (08)
    case `throw`
    /// `rethrow` (09)
    case rethrow
    /// `throw_ref` (0A)
    case throwRef
    /// `end` (0B)
    case end
    /// `br` (0C)
    case br
    /// `br_if` (0D)
    case brIf
    /// `br_table` (0E)
    case brTable
    /// `return` (0F)
    case `return`
    /// `call` (10)
    case call
    /// `call_indirect` (11)
    case callIndirect
    /// `return_call` (12)
    case returnCall
    /// `return_call_indirect` (13)
    case returnCallIndirect
    /// `call_ref` (14)
    case callRef
    /// `return_call_ref` (15)
    case returnCallRef
    /// `delegate` (18)
    case delegate
    /// `catch_all` (19)
    case catchAll
    /// `drop` (1A)
    case drop
    /// `select` (1B)
    case select
    /// `select` (1C)
    case selectTyped
    /// `try_table` (1F)
    case tryTable
    /// `local.get` (20)
    case localGet
    /// `local.set` (21)
    case localSet
    /// `local.tee` (22)
    case localTee
    /// `global.get` (23)
    case globalGet
    /// `global.set` (24)
    case globalSet
    /// `table.get` (25)
    case tableGet
    /// `table.set` (26)
    case tableSet
    /// `i32.load` (28)
    case i32Load
    /// `i64.load` (29)
    case i64Load
    /// `f32.load` (2A)
    case f32Load
    /// `f64.load` (2B)
    case f64Load
    /// `i32.load8_s` (2C)
    case i32Load8S
    /// `i32.load8_u` (2D)
    case i32Load8U
    /// `i32.load16_s` (2E)
    case i32Load16S
    /// `i32.load16_u` (2F)
    case i32Load16U
    /// `i64.load8_s` (30)
    case i64Load8S
    /// `i64.load8_u` (31)
    case i64Load8U
    /// `i64.load16_s` (32)
    case i64Load16S
    /// `i64.load16_u` (33)
    case i64Load16U
    /// `i64.load32_s` (34)
    case i64Load32S
    /// `i64.load32_u` (35)
    case i64Load32U
    /// `i32.store` (36)
    case i32Store
    /// `i64.store` (37)
    case i64Store
    /// `f32.store` (38)
    case f32Store
    /// `f64.store` (39)
    case f64Store
    /// `i32.store8` (3A)
    case i32Store8
    /// `i32.store16` (3B)
    case i32Store16
    /// `i64.store8` (3C)
    case i64Store8
    /// `i64.store16` (3D)
    case i64Store16
    /// `i64.store32` (3E)
    case i64Store32
    /// `memory.size` (3F)
    case memorySize
    /// `memory.grow` (40)
    case memoryGrow
    /// `i32.const` (41)
    case i32Const
    /// `i64.const` (42)
    case i64Const
    /// `f32.const` (43)
    case f32Const
    /// `f64.const` (44)
    case f64Const
    /// `i32.eqz` (45)
    case i32Eqz
    /// `i32.eq` (46)
    case i32Eq
    /// `i32.ne` (47)
    case i32Ne
    /// `i32.lt_s` (48)
    case i32LtS
    /// `i32.lt_u` (49)
    case i32LtU
    /// `i32.gt_s` (4A)
    case i32GtS
    /// `i32.gt_u` (4B)
    case i32GtU
    /// `i32.le_s` (4C)
    case i32LeS
    /// `i32.le_u` (4D)
    case i32LeU
    /// `i32.ge_s` (4E)
    case i32GeS
    /// `i32.ge_u` (4F)
    case i32GeU
    /// `i64.eqz` (50)
    case i64Eqz
    /// `i64.eq` (51)
    case i64Eq
    /// `i64.ne` (52)
    case i64Ne
    /// `i64.lt_s` (53)
    case i64LtS
    /// `i64.lt_u` (54)
    case i64LtU
    /// `i64.gt_s` (55)
    case i64GtS
    /// `i64.gt_u` (56)
    case i64GtU
    /// `i64.le_s` (57)
    case i64LeS
    /// `i64.le_u` (58)
    case i64LeU
    /// `i64.ge_s` (59)
    case i64GeS
    /// `i64.ge_u` (5A)
    case i64GeU
    /// `f32.eq` (5B)
    case f32Eq
    /// `f32.ne` (5C)
    case f32Ne
    /// `f32.lt` (5D)
    case f32Lt
    /// `f32.gt` (5E)
    case f32Gt
    /// `f32.le` (5F)
    case f32Le
    /// `f32.ge` (60)
    case f32Ge
    /// `f64.eq` (61)
    case f64Eq
    /// `f64.ne` (62)
    case f64Ne
    /// `f64.lt` (63)
    case f64Lt
    /// `f64.gt` (64)
    case f64Gt
    /// `f64.le` (65)
    case f64Le
    /// `f64.ge` (66)
    case f64Ge
    /// `i32.clz` (67)
    case i32Clz
    /// `i32.ctz` (68)
    case i32Ctz
    /// `i32.popcnt` (69)
    case i32Popcnt
    /// `i32.add` (6A)
    case i32Add
    /// `i32.sub` (6B)
    case i32Sub
    /// `i32.mul` (6C)
    case i32Mul
    /// `i32.div_s` (6D)
    case i32DivS
    /// `i32.div_u` (6E)
    case i32DivU
    /// `i32.rem_s` (6F)
    case i32RemS
    /// `i32.rem_u` (70)
    case i32RemU
    /// `i32.and` (71)
    case i32And
    /// `i32.or` (72)
    case i32Or
    /// `i32.xor` (73)
    case i32Xor
    /// `i32.shl` (74)
    case i32Shl
    /// `i32.shr_s` (75)
    case i32ShrS
    /// `i32.shr_u` (76)
    case i32ShrU
    /// `i32.rotl` (77)
    case i32Rotl
    /// `i32.rotr` (78)
    case i32Rotr
    /// `i64.clz` (79)
    case i64Clz
    /// `i64.ctz` (7A)
    case i64Ctz
    /// `i64.popcnt` (7B)
    case i64Popcnt
    /// `i64.add` (7C)
    case i64Add
    /// `i64.sub` (7D)
    case i64Sub
    /// `i64.mul` (7E)
    case i64Mul
    /// `i64.div_s` (7F)
    case i64DivS
    /// `i64.div_u` (80)
    case i64DivU
    /// `i64.rem_s` (81)
    case i64RemS
    /// `i64.rem_u` (82)
    case i64RemU
    /// `i64.and` (83)
    case i64And
    /// `i64.or` (84)
    case i64Or
    /// `i64.xor` (85)
    case i64Xor
    /// `i64.shl` (86)
    case i64Shl
    /// `i64.shr_s` (87)
    case i64ShrS
    /// `i64.shr_u` (88)
    case i64ShrU
    /// `i64.rotl` (89)
    case i64Rotl
    /// `i64.rotr` (8A)
    case i64Rotr
    /// `f32.abs` (8B)
    case f32Abs
    /// `f32.neg` (8C)
    case f32Neg
    /// `f32.ceil` (8D)
    case f32Ceil
    /// `f32.floor` (8E)
    case f32Floor
    /// `f32.trunc` (8F)
    case f32Trunc
    /// `f32.nearest` (90)
    case f32Nearest
    /// `f32.sqrt` (91)
    case f32Sqrt
    /// `f32.add` (92)
    case f32Add
    /// `f32.sub` (93)
    case f32Sub
    /// `f32.mul` (94)
    case f32Mul
    /// `f32.div` (95)
    case f32Div
    /// `f32.min` (96)
    case f32Min
    /// `f32.max` (97)
    case f32Max
    /// `f32.copysign` (98)
    case f32Copysign
    /// `f64.abs` (99)
    case f64Abs
    /// `f64.neg` (9A)
    case f64Neg
    /// `f64.ceil` (9B)
    case f64Ceil
    /// `f64.floor` (9C)
    case f64Floor
    /// `f64.trunc` (9D)
    case f64Trunc
    /// `f64.nearest` (9E)
    case f64Nearest
    /// `f64.sqrt` (9F)
    case f64Sqrt
    /// `f64.add` (A0)
    case f64Add
    /// `f64.sub` (A1)
    case f64Sub
    /// `f64.mul` (A2)
    case f64Mul
    /// `f64.div` (A3)
    case f64Div
    /// `f64.min` (A4)
    case f64Min
    /// `f64.max` (A5)
    case f64Max
    /// `f64.copysign` (A6)
    case f64Copysign
    /// `i32.wrap_i64` (A7)
    case i32WrapI64
    /// `i32.trunc_f32_s` (A8)
    case i32TruncF32S
    /// `i32.trunc_f32_u` (A9)
    case i32TruncF32U
    /// `i32.trunc_f64_s` (AA)
    case i32TruncF64S
    /// `i32.trunc_f64_u` (AB)
    case i32TruncF64U
    /// `i64.extend_i32_s` (AC)
    case i64ExtendI32S
    /// `i64.extend_i32_u` (AD)
    case i64ExtendI32U
    /// `i64.trunc_f32_s` (AE)
    case i64TruncF32S
    /// `i64.trunc_f32_u` (AF)
    case i64TruncF32U
    /// `i64.trunc_f64_s` (B0)
    case i64TruncF64S
    /// `i64.trunc_f64_u` (B1)
    case i64TruncF64U
    /// `f32.convert_i32_s` (B2)
    case f32ConvertI32S
    /// `f32.convert_i32_u` (B3)
    case f32ConvertI32U
    /// `f32.convert_i64_s` (B4)
    case f32ConvertI64S
    /// `f32.convert_i64_u` (B5)
    case f32ConvertI64U
    /// `f32.demote_f64` (B6)
    case f32DemoteF64
    /// `f64.convert_i32_s` (B7)
    case f64ConvertI32S
    /// `f64.convert_i32_u` (B8)
    case f64ConvertI32U
    /// `f64.convert_i64_s` (B9)
    case f64ConvertI64S
    /// `f64.convert_i64_u` (BA)
    case f64ConvertI64U
    /// `f64.promote_f32` (BB)
    case f64PromoteF32
    /// `i32.reinterpret_f32` (BC)
    case i32ReinterpretF32
    /// `i64.reinterpret_f64` (BD)
    case i64ReinterpretF64
    /// `f32.reinterpret_i32` (BE)
    case f32ReinterpretI32
    /// `f64.reinterpret_i64` (BF)
    case f64ReinterpretI64
    /// `i32.extend8_s` (C0)
    case i32Extend8S
    /// `i32.extend16_s` (C1)
    case i32Extend16S
    /// `i64.extend8_s` (C2)
    case i64Extend8S
    /// `i64.extend16_s` (C3)
    case i64Extend16S
    /// `i64.extend32_s` (C4)
    case i64Extend32S
    /// `ref.null` (D0)
    case refNull
    /// `ref.is_null` (D1)
    case refIsNull
    /// `ref.func` (D2)
    case refFunc
    /// `ref.eq` (D3)
    case refEq
    /// `ref.as_non_null` (D4)
    case refAsNonNull
    /// `br_on_null` (D5)
    case brOnNull
    /// `br_on_non_null` (D6)
    case brOnNonNull
    /// `struct.new` (FB 00)
    case structNew
    /// `struct.new_default` (FB 01)
    case structNewDefault
    /// `struct.get` (FB 02)
    case structGet
    /// `struct.get_s` (FB 03)
    case structGetS
    /// `struct.get_u` (FB 04)
    case structGetU
    /// `struct.set` (FB 05)
    case structSet
    /// `array.new` (FB 06)
    case arrayNew
    /// `array.new_default` (FB 07)
    case arrayNewDefault
    /// `array.new_fixed` (FB 08)
    case arrayNewFixed
    /// `array.new_data` (FB 09)
    case arrayNewData
    /// `array.new_elem` (FB 0A)
    case arrayNewElem
    /// `array.get` (FB 0B)
    case arrayGet
    /// `array.get_s` (FB 0C)
    case arrayGetS
    /// `array.get_u` (FB 0D)
    case arrayGetU
    /// `array.set` (FB 0E)
    case arraySet
    /// `array.len` (FB 0F)
    case arrayLen
    /// `array.fill` (FB 10)
    case arrayFill
    /// `array.copy` (FB 11)
    case arrayCopy
    /// `array.init_data` (FB 12)
    case arrayInitData
    /// `array.init_elem` (FB 13)
    case arrayInitElem
    /// `ref.test` (FB 14)
    case refTest
    /// `ref.test` (FB 15)
    case refTestNull
    /// `ref.cast` (FB 16)
    case refCast
    /// `ref.cast` (FB 17)
    case refCastNull
    /// `br_on_cast` (FB 18)
    case brOnCast
    /// `br_on_cast_fail` (FB 19)
    case brOnCastFail
    /// `any.convert_extern` (FB 1A)
    case anyConvertExtern
    /// `extern.convert_any` (FB 1B)
    case externConvertAny
    /// `ref.i31` (FB 1C)
    case refI31
    /// `i31.get_s` (FB 1D)
    case i31GetS
    /// `i31.get_u` (FB 1E)
    case i31GetU
    /// `i32.trunc_sat_f32_s` (FC 00)
    case i32TruncSatF32S
    /// `i32.trunc_sat_f32_u` (FC 01)
    case i32TruncSatF32U
    /// `i32.trunc_sat_f64_s` (FC 02)
    case i32TruncSatF64S
    /// `i32.trunc_sat_f64_u` (FC 03)
    case i32TruncSatF64U
    /// `i64.trunc_sat_f32_s` (FC 04)
    case i64TruncSatF32S
    /// `i64.trunc_sat_f32_u` (FC 05)
    case i64TruncSatF32U
    /// `i64.trunc_sat_f64_s` (FC 06)
    case i64TruncSatF64S
    /// `i64.trunc_sat_f64_u` (FC 07)
    case i64TruncSatF64U
    /// `memory.init` (FC 08)
    case memoryInit
    /// `data.drop` (FC 09)
    case dataDrop
    /// `memory.copy` (FC 0A)
    case memoryCopy
    /// `memory.fill` (FC 0B)
    case memoryFill
    /// `table.init` (FC 0C)
    case tableInit
    /// `elem.drop` (FC 0D)
    case elemDrop
    /// `table.copy` (FC 0E)
    case tableCopy
    /// `table.grow` (FC 0F)
    case tableGrow
    /// `table.size` (FC 10)
    case tableSize
    /// `table.fill` (FC 11)
    case tableFill
    /// `v128.load` (FD 00)
    case v128Load
    /// `v128.load8x8_s` (FD 01)
    case v128Load8x8S
    /// `v128.load8x8_u` (FD 02)
    case v128Load8x8U
    /// `v128.load16x4_s` (FD 03)
    case v128Load16x4S
    /// `v128.load16x4_u` (FD 04)
    case v128Load16x4U
    /// `v128.load32x2_s` (FD 05)
    case v128Load32x2S
    /// `v128.load32x2_u` (FD 06)
    case v128Load32x2U
    /// `v128.load8_splat` (FD 07)
    case v128Load8Splat
    /// `v128.load16_splat` (FD 08)
    case v128Load16Splat
    /// `v128.load32_splat` (FD 09)
    case v128Load32Splat
    /// `v128.load64_splat` (FD 0A)
    case v128Load64Splat
    /// `v128.store` (FD 0B)
    case v128Store
    /// `v128.const` (FD 0C)
    case v128Const
    /// `i8x16.shuffle` (FD 0D)
    case i8x16Shuffle
    /// `i8x16.swizzle` (FD 0E)
    case i8x16Swizzle
    /// `i8x16.splat` (FD 0F)
    case i8x16Splat
    /// `i16x8.splat` (FD 10)
    case i16x8Splat
    /// `i32x4.splat` (FD 11)
    case i32x4Splat
    /// `i64x2.splat` (FD 12)
    case i64x2Splat
    /// `f32x4.splat` (FD 13)
    case f32x4Splat
    /// `f64x2.splat` (FD 14)
    case f64x2Splat
    /// `i8x16.extract_lane_s` (FD 15)
    case i8x16ExtractLaneS
    /// `i8x16.extract_lane_u` (FD 16)
    case i8x16ExtractLaneU
    /// `i8x16.replace_lane` (FD 17)
    case i8x16ReplaceLane
    /// `i16x8.extract_lane_s` (FD 18)
    case i16x8ExtractLaneS
    /// `i16x8.extract_lane_u` (FD 19)
    case i16x8ExtractLaneU
    /// `i16x8.replace_lane` (FD 1A)
    case i16x8ReplaceLane
    /// `i32x4.extract_lane` (FD 1B)
    case i32x4ExtractLane
    /// `i32x4.replace_lane` (FD 1C)
    case i32x4ReplaceLane
    /// `i64x2.extract_lane` (FD 1D)
    case i64x2ExtractLane
    /// `i64x2.replace_lane` (FD 1E)
    case i64x2ReplaceLane
    /// `f32x4.extract_lane` (FD 1F)
    case f32x4ExtractLane
    /// `f32x4.replace_lane` (FD 20)
    case f32x4ReplaceLane
    /// `f64x2.extract_lane` (FD 21)
    case f64x2ExtractLane
    /// `f64x2.replace_lane` (FD 22)
    case f64x2ReplaceLane
    /// `i8x16.eq` (FD 23)
    case i8x16Eq
    /// `i8x16.ne` (FD 24)
    case i8x16Ne
    /// `i8x16.lt_s` (FD 25)
    case i8x16LtS
    /// `i8x16.lt_u` (FD 26)
    case i8x16LtU
    /// `i8x16.gt_s` (FD 27)
    case i8x16GtS
    /// `i8x16.gt_u` (FD 28)
    case i8x16GtU
    /// `i8x16.le_s` (FD 29)
    case i8x16LeS
    /// `i8x16.le_u` (FD 2A)
    case i8x16LeU
    /// `i8x16.ge_s` (FD 2B)
    case i8x16GeS
    /// `i8x16.ge_u` (FD 2C)
    case i8x16GeU
    /// `i16x8.eq` (FD 2D)
    case i16x8Eq
    /// `i16x8.ne` (FD 2E)
    case i16x8Ne
    /// `i16x8.lt_s` (FD 2F)
    case i16x8LtS
    /// `i16x8.lt_u` (FD 30)
    case i16x8LtU
    /// `i16x8.gt_s` (FD 31)
    case i16x8GtS
    /// `i16x8.gt_u` (FD 32)
    case i16x8GtU
    /// `i16x8.le_s` (FD 33)
    case i16x8LeS
    /// `i16x8.le_u` (FD 34)
    case i16x8LeU
    /// `i16x8.ge_s` (FD 35)
    case i16x8GeS
    /// `i16x8.ge_u` (FD 36)
    case i16x8GeU
    /// `i32x4.eq` (FD 37)
    case i32x4Eq
    /// `i32x4.ne` (FD 38)
    case i32x4Ne
    /// `i32x4.lt_s` (FD 39)
    case i32x4LtS
    /// `i32x4.lt_u` (FD 3A)
    case i32x4LtU
    /// `i32x4.gt_s` (FD 3B)
    case i32x4GtS
    /// `i32x4.gt_u` (FD 3C)
    case i32x4GtU
    /// `i32x4.le_s` (FD 3D)
    case i32x4LeS
    /// `i32x4.le_u` (FD 3E)
    case i32x4LeU
    /// `i32x4.ge_s` (FD 3F)
    case i32x4GeS
    /// `i32x4.ge_u` (FD 40)
    case i32x4GeU
    /// `f32x4.eq` (FD 41)
    case f32x4Eq
    /// `f32x4.ne` (FD 42)
    case f32x4Ne
    /// `f32x4.lt` (FD 43)
    case f32x4Lt
    /// `f32x4.gt` (FD 44)
    case f32x4Gt
    /// `f32x4.le` (FD 45)
    case f32x4Le
    /// `f32x4.ge` (FD 46)
    case f32x4Ge
    /// `f64x2.eq` (FD 47)
    case f64x2Eq
    /// `f64x2.ne` (FD 48)
    case f64x2Ne
    /// `f64x2.lt` (FD 49)
    case f64x2Lt
    /// `f64x2.gt` (FD 4A)
    case f64x2Gt
    /// `f64x2.le` (FD 4B)
    case f64x2Le
    /// `f64x2.ge` (FD 4C)
    case f64x2Ge
    /// `v128.not` (FD 4D)
    case v128Not
    /// `v128.and` (FD 4E)
    case v128And
    /// `v128.andnot` (FD 4F)
    case v128Andnot
    /// `v128.or` (FD 50)
    case v128Or
    /// `v128.xor` (FD 51)
    case v128Xor
    /// `v128.bitselect` (FD 52)
    case v128Bitselect
    /// `v128.any_true` (FD 53)
    case v128AnyTrue
    /// `v128.load8_lane` (FD 54)
    case v128Load8Lane
    /// `v128.load16_lane` (FD 55)
    case v128Load16Lane
    /// `v128.load32_lane` (FD 56)
    case v128Load32Lane
    /// `v128.load64_lane` (FD 57)
    case v128Load64Lane
    /// `v128.store8_lane` (FD 58)
    case v128Store8Lane
    /// `v128.store16_lane` (FD 59)
    case v128Store16Lane
    /// `v128.store32_lane` (FD 5A)
    case v128Store32Lane
    /// `v128.store64_lane` (FD 5B)
    case v128Store64Lane
    /// `v128.load32_zero` (FD 5C)
    case v128Load32Zero
    /// `v128.load64_zero` (FD 5D)
    case v128Load64Zero
    /// `f32x4.demote_f64x2_zero` (FD 5E)
    case f32x4DemoteF64x2Zero
    /// `f64x2.promote_low_f32x4` (FD 5F)
    case f64x2PromoteLowF32x4
    /// `i8x16.abs` (FD 60)
    case i8x16Abs
    /// `i8x16.neg` (FD 61)
    case i8x16Neg
    /// `i8x16.popcnt` (FD 62)
    case i8x16Popcnt
    /// `i8x16.all_true` (FD 63)
    case i8x16AllTrue
    /// `i8x16.bitmask` (FD 64)
    case i8x16Bitmask
    /// `i8x16.narrow_i16x8_s` (FD 65)
    case i8x16NarrowI16x8S
    /// `i8x16.narrow_i16x8_u` (FD 66)
    case i8x16NarrowI16x8U
    /// `f32x4.ceil` (FD 67)
    case f32x4Ceil
    /// `f32x4.floor` (FD 68)
    case f32x4Floor
    /// `f32x4.trunc` (FD 69)
    case f32x4Trunc
    /// `f32x4.nearest` (FD 6A)
    case f32x4Nearest
    /// `i8x16.shl` (FD 6B)
    case i8x16Shl
    /// `i8x16.shr_s` (FD 6C)
    case i8x16ShrS
    /// `i8x16.shr_u` (FD 6D)
    case i8x16ShrU
    /// `i8x16.add` (FD 6E)
    case i8x16Add
    /// `i8x16.add_sat_s` (FD 6F)
    case i8x16AddSatS
    /// `i8x16.add_sat_u` (FD 70)
    case i8x16AddSatU
    /// `i8x16.sub` (FD 71)
    case i8x16Sub
    /// `i8x16.sub_sat_s` (FD 72)
    case i8x16SubSatS
    /// `i8x16.sub_sat_u` (FD 73)
    case i8x16SubSatU
    /// `f64x2.ceil` (FD 74)
    case f64x2Ceil
    /// `f64x2.floor` (FD 75)
    case f64x2Floor
    /// `i8x16.min_s` (FD 76)
    case i8x16MinS
    /// `i8x16.min_u` (FD 77)
    case i8x16MinU
    /// `i8x16.max_s` (FD 78)
    case i8x16MaxS
    /// `i8x16.max_u` (FD 79)
    case i8x16MaxU
    /// `f64x2.trunc` (FD 7A)
    case f64x2Trunc
    /// `i8x16.avgr_u` (FD 7B)
    case i8x16AvgrU
    /// `i16x8.extadd_pairwise_i8x16_s` (FD 7C)
    case i16x8ExtaddPairwiseI8x16S
    /// `i16x8.extadd_pairwise_i8x16_u` (FD 7D)
    case i16x8ExtaddPairwiseI8x16U
    /// `i32x4.extadd_pairwise_i16x8_s` (FD 7E)
    case i32x4ExtaddPairwiseI16x8S
    /// `i32x4.extadd_pairwise_i16x8_u` (FD 7F)
    case i32x4ExtaddPairwiseI16x8U
    /// `i16x8.abs` (FD 80)
    case i16x8Abs
    /// `i16x8.neg` (FD 81)
    case i16x8Neg
    /// `i16x8.q15mulr_sat_s` (FD 82)
    case i16x8Q15mulrSatS
    /// `i16x8.all_true` (FD 83)
    case i16x8AllTrue
    /// `i16x8.bitmask` (FD 84)
    case i16x8Bitmask
    /// `i16x8.narrow_i32x4_s` (FD 85)
    case i16x8NarrowI32x4S
    /// `i16x8.narrow_i32x4_u` (FD 86)
    case i16x8NarrowI32x4U
    /// `i16x8.extend_low_i8x16_s` (FD 87)
    case i16x8ExtendLowI8x16S
    /// `i16x8.extend_high_i8x16_s` (FD 88)
    case i16x8ExtendHighI8x16S
    /// `i16x8.extend_low_i8x16_u` (FD 89)
    case i16x8ExtendLowI8x16U
    /// `i16x8.extend_high_i8x16_u` (FD 8A)
    case i16x8ExtendHighI8x16U
    /// `i16x8.shl` (FD 8B)
    case i16x8Shl
    /// `i16x8.shr_s` (FD 8C)
    case i16x8ShrS
    /// `i16x8.shr_u` (FD 8D)
    case i16x8ShrU
    /// `i16x8.add` (FD 8E)
    case i16x8Add
    /// `i16x8.add_sat_s` (FD 8F)
    case i16x8AddSatS
    /// `i16x8.add_sat_u` (FD 90)
    case i16x8AddSatU
    /// `i16x8.sub` (FD 91)
    case i16x8Sub
    /// `i16x8.sub_sat_s` (FD 92)
    case i16x8SubSatS
    /// `i16x8.sub_sat_u` (FD 93)
    case i16x8SubSatU
    /// `f64x2.nearest` (FD 94)
    case f64x2Nearest
    /// `i16x8.mul` (FD 95)
    case i16x8Mul
    /// `i16x8.min_s` (FD 96)
    case i16x8MinS
    /// `i16x8.min_u` (FD 97)
    case i16x8MinU
    /// `i16x8.max_s` (FD 98)
    case i16x8MaxS
    /// `i16x8.max_u` (FD 99)
    case i16x8MaxU
    /// `i16x8.avgr_u` (FD 9B)
    case i16x8AvgrU
    /// `i16x8.extmul_low_i8x16_s` (FD 9C)
    case i16x8ExtmulLowI8x16S
    /// `i16x8.extmul_high_i8x16_s` (FD 9D)
    case i16x8ExtmulHighI8x16S
    /// `i16x8.extmul_low_i8x16_u` (FD 9E)
    case i16x8ExtmulLowI8x16U
    /// `i16x8.extmul_high_i8x16_u` (FD 9F)
    case i16x8ExtmulHighI8x16U
    /// `i32x4.abs` (FD A0)
    case i32x4Abs
    /// `i32x4.neg` (FD A1)
    case i32x4Neg
    /// `i32x4.all_true` (FD A3)
    case i32x4AllTrue
    /// `i32x4.bitmask` (FD A4)
    case i32x4Bitmask
    /// `i32x4.extend_low_i16x8_s` (FD A7)
    case i32x4ExtendLowI16x8S
    /// `i32x4.extend_high_i16x8_s` (FD A8)
    case i32x4ExtendHighI16x8S
    /// `i32x4.extend_low_i16x8_u` (FD A9)
    case i32x4ExtendLowI16x8U
    /// `i32x4.extend_high_i16x8_u` (FD AA)
    case i32x4ExtendHighI16x8U
    /// `i32x4.shl` (FD AB)
    case i32x4Shl
    /// `i32x4.shr_s` (FD AC)
    case i32x4ShrS
    /// `i32x4.shr_u` (FD AD)
    case i32x4ShrU
    /// `i32x4.add` (FD AE)
    case i32x4Add
    /// `i32x4.sub` (FD B1)
    case i32x4Sub
    /// `i32x4.mul` (FD B5)
    case i32x4Mul
    /// `i32x4.min_s` (FD B6)
    case i32x4MinS
    /// `i32x4.min_u` (FD B7)
    case i32x4MinU
    /// `i32x4.max_s` (FD B8)
    case i32x4MaxS
    /// `i32x4.max_u` (FD B9)
    case i32x4MaxU
    /// `i32x4.dot_i16x8_s` (FD BA)
    case i32x4DotI16x8S
    /// `i32x4.extmul_low_i16x8_s` (FD BC)
    case i32x4ExtmulLowI16x8S
    /// `i32x4.extmul_high_i16x8_s` (FD BD)
    case i32x4ExtmulHighI16x8S
    /// `i32x4.extmul_low_i16x8_u` (FD BE)
    case i32x4ExtmulLowI16x8U
    /// `i32x4.extmul_high_i16x8_u` (FD BF)
    case i32x4ExtmulHighI16x8U
    /// `i64x2.abs` (FD C0)
    case i64x2Abs
    /// `i64x2.neg` (FD C1)
    case i64x2Neg
    /// `i64x2.all_true` (FD C3)
    case i64x2AllTrue
    /// `i64x2.bitmask` (FD C4)
    case i64x2Bitmask
    /// `i64x2.extend_low_i32x4_s` (FD C7)
    case i64x2ExtendLowI32x4S
    /// `i64x2.extend_high_i32x4_s` (FD C8)
    case i64x2ExtendHighI32x4S
    /// `i64x2.extend_low_i32x4_u` (FD C9)
    case i64x2ExtendLowI32x4U
    /// `i64x2.extend_high_i32x4_u` (FD CA)
    case i64x2ExtendHighI32x4U
    /// `i64x2.shl` (FD CB)
    case i64x2Shl
    /// `i64x2.shr_s` (FD CC)
    case i64x2ShrS
    /// `i64x2.shr_u` (FD CD)
    case i64x2ShrU
    /// `i64x2.add` (FD CE)
    case i64x2Add
    /// `i64x2.sub` (FD D1)
    case i64x2Sub
    /// `i64x2.mul` (FD D5)
    case i64x2Mul
    /// `i64x2.eq` (FD D6)
    case i64x2Eq
    /// `i64x2.ne` (FD D7)
    case i64x2Ne
    /// `i64x2.lt_s` (FD D8)
    case i64x2LtS
    /// `i64x2.gt_s` (FD D9)
    case i64x2GtS
    /// `i64x2.le_s` (FD DA)
    case i64x2LeS
    /// `i64x2.ge_s` (FD DB)
    case i64x2GeS
    /// `i64x2.extmul_low_i32x4_s` (FD DC)
    case i64x2ExtmulLowI32x4S
    /// `i64x2.extmul_high_i32x4_s` (FD DD)
    case i64x2ExtmulHighI32x4S
    /// `i64x2.extmul_low_i32x4_u` (FD DE)
    case i64x2ExtmulLowI32x4U
    /// `i64x2.extmul_high_i32x4_u` (FD DF)
    case i64x2ExtmulHighI32x4U
    /// `f32x4.abs` (FD E0)
    case f32x4Abs
    /// `f32x4.neg` (FD E1)
    case f32x4Neg
    /// `f32x4.sqrt` (FD E3)
    case f32x4Sqrt
    /// `f32x4.add` (FD E4)
    case f32x4Add
    /// `f32x4.sub` (FD E5)
    case f32x4Sub
    /// `f32x4.mul` (FD E6)
    case f32x4Mul
    /// `f32x4.div` (FD E7)
    case f32x4Div
    /// `f32x4.min` (FD E8)
    case f32x4Min
    /// `f32x4.max` (FD E9)
    case f32x4Max
    /// `f32x4.pmin` (FD EA)
    case f32x4Pmin
    /// `f32x4.pmax` (FD EB)
    case f32x4Pmax
    /// `f64x2.abs` (FD EC)
    case f64x2Abs
    /// `f64x2.neg` (FD ED)
    case f64x2Neg
    /// `f64x2.sqrt` (FD EF)
    case f64x2Sqrt
    /// `f64x2.add` (FD F0)
    case f64x2Add
    /// `f64x2.sub` (FD F1)
    case f64x2Sub
    /// `f64x2.mul` (FD F2)
    case f64x2Mul
    /// `f64x2.div` (FD F3)
    case f64x2Div
    /// `f64x2.min` (FD F4)
    case f64x2Min
    /// `f64x2.max` (FD F5)
    case f64x2Max
    /// `f64x2.pmin` (FD F6)
    case f64x2Pmin
    /// `f64x2.pmax` (FD F7)
    case f64x2Pmax
    /// `i32x4.trunc_sat_f32x4_s` (FD F8)
    case i32x4TruncSatF32x4S
    /// `i32x4.trunc_sat_f32x4_u` (FD F9)
    case i32x4TruncSatF32x4U
    /// `f32x4.convert_i32x4_s` (FD FA)
    case f32x4ConvertI32x4S
    /// `f32x4.convert_i32x4_u` (FD FB)
    case f32x4ConvertI32x4U
    /// `i32x4.trunc_sat_f64x2_s_zero` (FD FC)
    case i32x4TruncSatF64x2SZero
    /// `i32x4.trunc_sat_f64x2_u_zero` (FD FD)
    case i32x4TruncSatF64x2UZero
    /// `f64x2.convert_low_i32x4_s` (FD FE)
    case f64x2ConvertLowI32x4S
    /// `f64x2.convert_low_i32x4_u` (FD FF)
    case f64x2ConvertLowI32x4U
    /// `i8x16.relaxed_swizzle` (FD 100)
    case i8x16RelaxedSwizzle
    /// `i32x4.relaxed_trunc_f32x4_s` (FD 101)
    case i32x4RelaxedTruncF32x4S
    /// `i32x4.relaxed_trunc_f32x4_u` (FD 102)
    case i32x4RelaxedTruncF32x4U
    /// `i32x4.relaxed_trunc_f64x2_s_zero` (FD 103)
    case i32x4RelaxedTruncF64x2SZero
    /// `i32x4.relaxed_trunc_f64x2_u_zero` (FD 104)
    case i32x4RelaxedTruncF64x2UZero
    /// `f32x4.relaxed_madd` (FD 105)
    case f32x4RelaxedMadd
    /// `f32x4.relaxed_nmadd` (FD 106)
    case f32x4RelaxedNmadd
    /// `f64x2.relaxed_madd` (FD 107)
    case f64x2RelaxedMadd
    /// `f64x2.relaxed_nmadd` (FD 108)
    case f64x2RelaxedNmadd
    /// `i8x16.relaxed_laneselect` (FD 109)
    case i8x16RelaxedLaneselect
    /// `i16x8.relaxed_laneselect` (FD 10A)
    case i16x8RelaxedLaneselect
    /// `i32x4.relaxed_laneselect` (FD 10B)
    case i32x4RelaxedLaneselect
    /// `i64x2.relaxed_laneselect` (FD 10C)
    case i64x2RelaxedLaneselect
    /// `f32x4.relaxed_min` (FD 10D)
    case f32x4RelaxedMin
    /// `f32x4.relaxed_max` (FD 10E)
    case f32x4RelaxedMax
    /// `f64x2.relaxed_min` (FD 10F)
    case f64x2RelaxedMin
    /// `f64x2.relaxed_max` (FD 110)
    case f64x2RelaxedMax
    /// `i16x8.relaxed_q15mulr_s` (FD 111)
    case i16x8RelaxedQ15mulrS
    /// `i16x8.relaxed_dot_i8x16_i7x16_s` (FD 112)
    case i16x8RelaxedDotI8x16I7x16S
    /// `i32x4.relaxed_dot_i8x16_i7x16_add_s` (FD 113)
    case i32x4RelaxedDotI8x16I7x16AddS

    /// How many instructions there are.
    public static let count = 504
}
