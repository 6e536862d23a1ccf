# Loaded by qemu/debug before it connects: the machine's kind, quieter defaults, and the commands of commands.py.
set architecture riscv:rv64
set confirm off
set pagination off
set print asm-demangle on
source qemu/gdb/commands.py
echo martlet: trap-frame, page-walk ADDRESS, hart, symbols ADDRESS; `help user-defined` and `break`, `continue` as always\n
