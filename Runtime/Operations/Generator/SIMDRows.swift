// SIMDRows: 128-bit operations. Operands and results are in slots (two neighbouring ones each).

func simdRows() -> [Row] { [] }
