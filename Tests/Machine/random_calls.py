"""A guest that calls every WASI function with random arguments: plausible ones, wild ones, and pointers to memory full of paths and lists.

The guest is WebAssembly text, made from a seed. All its state is in globals and locals, since what the calls write may lie anywhere in its
memory. proc_exit and proc_raise are left out (they end it), and descriptor 3, its directory, is never closed or renumbered."""

import random
import struct

# Each function with what its parameters are: a descriptor (or another small number), flags, a pointer, a count; 64 bits, or rights.
FUNCTIONS = {
    "args_get": "pp", "args_sizes_get": "pp", "environ_get": "pp", "environ_sizes_get": "pp", "clock_res_get": "fp",
    "clock_time_get": "fIp", "fd_advise": "fIIg", "fd_allocate": "fII", "fd_close": "f", "fd_datasync": "f", "fd_fdstat_get": "fp",
    "fd_fdstat_set_flags": "fg", "fd_fdstat_set_rights": "frr", "fd_filestat_get": "fp", "fd_filestat_set_size": "fI",
    "fd_filestat_set_times": "fIIg", "fd_pread": "fpnIp", "fd_prestat_get": "fp", "fd_prestat_dir_name": "fpn", "fd_pwrite": "fpnIp",
    "fd_read": "fpnp", "fd_readdir": "fpnIp", "fd_renumber": "ff", "fd_seek": "fIgp", "fd_sync": "f", "fd_tell": "fp", "fd_write": "fpnp",
    "path_create_directory": "fpn", "path_filestat_get": "fgpnp", "path_filestat_set_times": "fgpnIIg", "path_link": "fgpnfpn",
    "path_open": "fgpngrrgp", "path_readlink": "fpnpnp", "path_remove_directory": "fpn", "path_rename": "fpnfpn", "path_symlink": "pnfpn",
    "path_unlink_file": "fpn", "poll_oneoff": "ppnp", "random_get": "pn", "sched_yield": "", "sock_accept": "fgp", "sock_recv": "fpngpp",
    "sock_send": "fpngp", "sock_shutdown": "fg",
}
TYPES = {"f": "i32", "g": "i32", "p": "i32", "n": "i32", "I": "i64", "r": "i64"}
MEMORY = 2 * 65536
# What lies in memory at first and again after every thousand calls.
WORDS = [b"a", b"b", b"dir", b"dir/a", b"dir/b", b"a/", b"../a", b"/", b".", b"..", b"", b"l", b"dir/l", b"a\0b", b"\xff\xfe", b"l/l/l"]


def content(numbers):
    """64 KiB of paths, lists of (pointer, count) and small numbers, in words of 8 bytes."""
    out = bytearray()
    while len(out) < 65536:
        kind = numbers.random()
        if kind < 0.6:
            out += numbers.choice(WORDS).ljust(8, b"\0")[:8]
        elif kind < 0.85:
            out += struct.pack("<II", numbers.choice((numbers.randrange(MEMORY), MEMORY - numbers.randrange(64), numbers.getrandbits(32))),
                               numbers.choice((0, 1, 8, numbers.randrange(4096), numbers.getrandbits(32))))
        else:
            out += struct.pack("<Q", numbers.choice((0, 1, 2, 3, numbers.randrange(64), numbers.getrandbits(64))))
    return bytes(out)


def literal(content):
    return "".join("\\%02x" % byte for byte in content)


DRAW = """
  (global $state (mut i64) (i64.const %d))
  (func $next (result i64)
    (global.set $state (i64.xor (global.get $state) (i64.shr_u (global.get $state) (i64.const 12))))
    (global.set $state (i64.xor (global.get $state) (i64.shl (global.get $state) (i64.const 25))))
    (global.set $state (i64.xor (global.get $state) (i64.shr_u (global.get $state) (i64.const 27))))
    (i64.shr_u (i64.mul (global.get $state) (i64.const 2685821657736338717)) (i64.const 16)))
  (func $below (param $limit i32) (result i32)
    (i32.wrap_i64 (i64.rem_u (call $next) (i64.extend_i32_u (local.get $limit)))))
  ;; One in twenty is anything at all.
  (func $is_wild (result i32) (i32.eqz (call $below (i32.const 20))))
  (func $draw_f (result i32)
    (if (call $is_wild) (then (return (i32.wrap_i64 (call $next)))))
    (i32.add (i32.const 3) (call $below (i32.const 5))))
  (func $draw_g (result i32)
    (if (call $is_wild) (then (return (i32.wrap_i64 (call $next)))))
    (if (call $below (i32.const 3)) (then (return (call $below (i32.const 2)))))
    (call $below (i32.const 16)))
  (func $draw_p (result i32)
    (if (call $is_wild) (then (return (i32.wrap_i64 (call $next)))))
    (if (call $is_wild) (then (return (i32.sub (i32.const %d) (call $below (i32.const 64))))))
    (i32.mul (call $below (i32.const 8192)) (i32.const 8)))
  (func $draw_n (result i32)
    (if (call $is_wild) (then (return (i32.wrap_i64 (call $next)))))
    (if (call $is_wild) (then (return (call $below (i32.const 70000)))))
    (i32.add (i32.const 1) (call $below (i32.const 5))))
  (func $draw_I (result i64)
    (if (call $is_wild) (then (return (i64.xor (call $next) (i64.shl (call $next) (i64.const 40))))))
    (i64.extend_i32_u (call $below (i32.const 70000))))
  (func $draw_r (result i64)
    (if (call $is_wild) (then (return (call $draw_I))))
    (if (call $below (i32.const 2)) (then (return (i64.const 0x1fffffff))))
    (i64.const 0x400006))
"""


def guest(seed, calls):
    """The module's text."""
    numbers = random.Random(seed)
    parts = ["(module"]
    for name, parameters in FUNCTIONS.items():
        parameters = " ".join(TYPES[letter] for letter in parameters)
        parts.append('(import "wasi_snapshot_preview1" "%s" (func $%s (param %s) (result i32)))' % (name, name, parameters))
    parts.append('(memory (export "memory") 2)')
    parts.append(DRAW % (seed * 2 + 1, MEMORY))
    parts.append('(data $content "%s")' % literal(content(numbers)))
    for name, parameters in FUNCTIONS.items():
        names = ["$%d" % index for index in range(len(parameters))]
        parts.append("(func $try_%s %s" % (name, " ".join("(local %s %s)" % (own, TYPES[letter]) for own, letter in zip(names, parameters))))
        for own, letter in zip(names, parameters):
            parts.append("(local.set %s (call $draw_%s))" % (own, letter))
        if name in ("fd_close", "fd_renumber"):
            for own in names:
                parts.append("(if (i32.eq (local.get %s) (i32.const 3)) (then (return)))" % own)
        if name.startswith("path_"):
            # Most of the time the directory is one.
            for own, letter in zip(names, parameters):
                if letter == "f":
                    parts.append("(if (call $below (i32.const 4)) (then (local.set %s (i32.const 3))))" % own)
        if name == "poll_oneoff":
            # The first subscription is a clock that is over, or the call might take for ever.
            parts.append("""(if (i32.le_u (local.get $0) (i32.const 131024)) (then
                (i64.store offset=8 (local.get $0) (i64.const 0)) (i64.store offset=16 (local.get $0) (i64.const 1))
                (i64.store offset=24 (local.get $0) (i64.const 0)) (i64.store offset=40 (local.get $0) (i64.const 0))))""")
        parts.append("(drop (call $%s %s)))" % (name, " ".join("(local.get %s)" % own for own in names)))
    # Descriptors are closed as often as anything else, so opening is tried more often.
    tries = list(FUNCTIONS) + 4 * ["path_open"]
    table = " ".join("$try_%s" % name for name in tries)
    parts.append("(type $try (func)) (table funcref (elem %s))" % table)
    parts.append("""(func (export "_start") (local $left i32)
        (local.set $left (i32.const %d))
        (loop $more
          (if (i32.eqz (i32.rem_u (local.get $left) (i32.const 1000)))
            (then (memory.init $content (i32.const 0) (i32.const 0) (i32.const 65536))))
          (call_indirect (type $try) (call $below (i32.const %d)))
          (br_if $more (local.tee $left (i32.sub (local.get $left) (i32.const 1))))))""" % (calls, len(tries)))
    return "\n".join(parts + [")"]).encode()
