// Room for the kernel's symbol table, filled after the link by qemu/embed-symbols. Text: one "address name" line a symbol, sorted,
// ended by a zero byte. An image that was not filled has an empty table, and its backtraces show bare addresses.
#if __riscv
    .section .symbols, "a"
    .globl symbol_table
symbol_table:
    .space 262144
#endif
