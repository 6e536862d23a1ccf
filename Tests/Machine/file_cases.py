"""Cases of the files that programs share: memory that is taken or in pieces, initrds of many files, and how long nobody else gets the hart."""

import re

import process_programs as programs
from archive_bytes import archive, entry
from boot import Case, Failure
from process_cases import COUNTED_TIME, ends

NOSPC = 51

LINK = """(import "wasi_snapshot_preview1" "path_link"
    (func $link (param i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_unlink_file" (func $unlink (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_pwrite" (func $pwrite (param i32 i32 i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_filestat_set_size" (func $resize (param i32 i64) (result i32)))
  (import "wasi_snapshot_preview1" "fd_allocate" (func $allocate (param i32 i64 i64) (result i32)))"""

# $name puts eight letters that stand for a number at 1040; $make makes the file of that name; $take takes all the memory there is.
FILES = """
  (func $name (param $n i32)
    (local $at i32)
    (local.set $at (i32.const 1048))
    (loop $l
      (local.set $at (i32.sub (local.get $at) (i32.const 1)))
      (i32.store8 (local.get $at) (i32.add (i32.const 97) (i32.and (local.get $n) (i32.const 15))))
      (local.set $n (i32.shr_u (local.get $n) (i32.const 4)))
      (br_if $l (i32.ne (local.get $at) (i32.const 1040)))))
  (func $make (param $n i32) (result i32)
    (local $e i32)
    (call $name (local.get $n))
    (local.set $e (call $path_open (i32.const 3) (i32.const 0) (i32.const 1040) (i32.const 8) (i32.const 1)
      (i64.const 66) (i64.const 0) (i32.const 0) (i32.const 16)))
    (if (i32.eqz (local.get $e)) (then (local.set $e (call $fd_close (i32.load (i32.const 16))))))
    (local.get $e))
  (func $open (param $at i32) (param $count i32) (result i32)
    (call $path_open (i32.const 3) (i32.const 0) (local.get $at) (local.get $count) (i32.const 1)
      (i64.const 4194630) (i64.const 0) (i32.const 0) (i32.const 16)))
  (func $page (result i32)
    (local $old i32) (local $at i32)
    (local.set $old (memory.grow (i32.const 1)))
    (if (i32.eq (local.get $old) (i32.const -1)) (then (return (i32.const 0))))
    (local.set $at (i32.mul (local.get $old) (i32.const 65536)))
    (loop $l
      (i32.store (local.get $at) (i32.const 1))
      (local.set $at (i32.add (local.get $at) (i32.const 4096)))
      (br_if $l (i32.and (local.get $at) (i32.const 65535))))
    (i32.const 1))
  (func $take (loop $l (br_if $l (call $page))))
"""


def program(body, words=""):
    return programs.program(body, imports=LINK, more=FILES + words)


# Names for one file, all memory taken, a little given back, and further names until that is refused.
LINKS = program("""(local $n i32) (local $e i32) (local $kept i32)
    (drop (call $open (i32.const 1024) (i32.const 3)))
    (drop (call $open (i32.const 1027) (i32.const 4)))
    (local.set $kept (i32.load (i32.const 16)))
    (if (call $allocate (local.get $kept) (i64.const 0) (i64.const 600000)) (then (call $exit (i32.const 98))))
    (loop $l
      (call $name (local.get $n))
      (local.set $e (call $link (i32.const 3) (i32.const 0) (i32.const 1024) (i32.const 3) (i32.const 3) (i32.const 1040) (i32.const 8)))
      (local.set $n (i32.add (local.get $n) (i32.const 1)))
      (if (i32.eq (local.get $n) (i32.const 65500)) (then
        (if (local.get $e) (then (call $exit (i32.const 97))))
        (call $take)
        (drop (call $resize (local.get $kept) (i64.const 0)))))
      (br_if $l (i32.and (i32.eqz (local.get $e)) (i32.lt_u (local.get $n) (i32.const 500000)))))
    (call $decimal (i64.extend_i32_u (local.get $n))) (call $exit (local.get $e))""", words='(data (i32.const 1024) "onekept")')

# Many files, all memory taken, every second one removed: that needs no memory. Then the others' names can be used again.
UNLINKS = program("""(local $n i32) (local $e i32)
    (loop $l
      (local.set $e (call $make (local.get $n)))
      (local.set $n (i32.add (local.get $n) (i32.const 1)))
      (br_if $l (i32.and (i32.eqz (local.get $e)) (i32.lt_u (local.get $n) (i32.const 140000)))))
    (if (local.get $e) (then (call $exit (i32.const 98))))
    (call $take)
    (local.set $n (i32.const 0))
    (loop $l
      (call $name (local.get $n))
      (local.set $e (call $unlink (i32.const 3) (i32.const 1040) (i32.const 8)))
      (local.set $n (i32.add (local.get $n) (i32.const 2)))
      (br_if $l (i32.and (i32.eqz (local.get $e)) (i32.lt_u (local.get $n) (i32.const 140000)))))
    (call $exit (local.get $e))""")

# Takes memory by turns with its like, a page of 64 KiB at a time, until there is hardly any; then half of it goes, in pieces.
SLICER = program("""(local $n i32)
    (loop $l
      (call $sleep (i64.const 100000))
      (local.set $n (i32.add (local.get $n) (i32.const 1)))
      (br_if $l (i32.and (call $page) (i32.lt_u (local.get $n) (i32.const 440)))))
    (call $sleep (i64.const NANOSECONDS))""")
MAKER = program("""(local $n i32) (local $e i32)
    (call $sleep (i64.sub (i64.const 2000000000) (call $now)))
    (loop $l
      (local.set $e (call $make (local.get $n)))
      (local.set $n (i32.add (local.get $n) (i32.const 1)))
      (br_if $l (i32.and (i32.eqz (local.get $e)) (i32.lt_u (local.get $n) (i32.const 32768)))))
    (call $exit (local.get $e))""")

# Sleeps a millisecond at a time from 2 s to 4 s on the machine's clock, and says how long the longest took, in microseconds.
GAP = programs.program("""(local $start i64) (local $longest i64) (local $gap i64)
    (call $sleep (i64.sub (i64.const 2000000000) (call $now)))
    (loop $l
      (local.set $start (call $now))
      (call $sleep (i64.const 1000000))
      (local.set $gap (i64.sub (call $now) (local.get $start)))
      (if (i64.gt_u (local.get $gap) (local.get $longest)) (then (local.set $longest (local.get $gap))))
      (br_if $l (i64.lt_u (local.get $start) (i64.const 4000000000))))
    (call $decimal (i64.div_u (local.get $longest) (i64.const 1000)))""")

# At 2.2 s: writes a byte into a large file of the initrd; makes another large, cuts it off, and makes and removes it again.
LARGE_FILE = program("""(local $e i32)
    (call $sleep (i64.sub (i64.const 2200000000) (call $now)))
    (if (call $open (i32.const 1024) (i32.const 5)) (then (call $exit (i32.const 97))))
    (i32.store (i32.const 0) (i32.const 1024)) (i32.store (i32.const 4) (i32.const 1))
    (if (call $pwrite (i32.load (i32.const 16)) (i32.const 0) (i32.const 1) (i64.const 20000000) (i32.const 8)) (then (call $exit (i32.const 96))))
    (if (call $open (i32.const 1040) (i32.const 8)) (then (call $exit (i32.const 95))))
    (local.set $e (call $allocate (i32.load (i32.const 16)) (i64.const 0) (i64.const 20000000)))
    (if (local.get $e) (then (call $exit (local.get $e))))
    (if (call $resize (i32.load (i32.const 16)) (i64.const 5)) (then (call $exit (i32.const 94))))
    (local.set $e (call $allocate (i32.load (i32.const 16)) (i64.const 0) (i64.const 20000000)))
    (if (local.get $e) (then (call $exit (local.get $e))))
    (drop (call $fd_close (i32.load (i32.const 16))))
    (call $exit (call $unlink (i32.const 3) (i32.const 1040) (i32.const 8)))""", words='(data (i32.const 1024) "large") (data (i32.const 1040) "newlarge")')

# At 2.2 s: looks for a file in a directory of very many, where it is not.
LARGE_DIRECTORY = program("""
    (call $sleep (i64.sub (i64.const 2200000000) (call $now)))
    (call $exit (i32.sub (call $path_open (i32.const 3) (i32.const 0) (i32.const 1024) (i32.const 9) (i32.const 0)
      (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 16)) (i32.const 44)))""", words='(data (i32.const 1024) "many/none")')


def gap(case, source, entries):
    """Somebody who sleeps a millisecond at a time is never kept waiting for longer than a few slices."""
    manifest = b"program gap gap.wat\nprogram work work.wat\n directory . / shared\n"
    image = archive(entry("gap.wat", GAP, inode=1), entry("work.wat", source, inode=2), entry("manifest", manifest, inode=3), *entries)
    boot = case.boot("log=info", initrd=image, memory="256M", qemu=COUNTED_TIME, seconds=90).must_exit(0)
    boot.must_not_say("kernel panic")
    found = re.findall(rb"(?m)^(\d+)\r?$", bytes(boot.serial))
    if len(found) != 1 or int(found[0]) > 30000:
        raise Failure("the longest wait was %s microseconds" % found)
    return "at most %.1f ms" % (int(found[0]) / 1000)


def many_files(count):
    return [entry("many/%07d" % number, inode=number + 10) for number in range(count)]


def large_file(case):
    return gap(case, LARGE_FILE, [entry("large", bytes(40000000), inode=9)])


def large_directory(case):
    return gap(case, LARGE_DIRECTORY, many_files(60000))


def large_initrd(case):
    """An initrd of very many files in little memory is used, or refused with a line."""
    # A path of a hundred directories costs a hundred entries, and few bytes of the archive.
    deep = [entry("%d/" % number + "d/" * 100 + "f", inode=number + 10) for number in range(20000)]
    for files, code, says in ((many_files(150000), 0, "hello"), (deep, 1, "initrd: there is not enough memory")):
        image = archive(entry("hello.wat", programs.HELLO), entry("manifest", b"program hello hello.wat\n", inode=2), *files)
        case.boot("log=info", initrd=image, memory="64M", seconds=60).must_exit(code).must_say(says).must_not_say("kernel panic")


def file_cases():
    """Every case of shared files and of large initrds."""
    shared = " directory . / shared\n"
    fragments = "program keeper keeper.wat\nprogram goer goer.wat\nprogram maker maker.wat\n" + shared
    return [Case("files/" + name, body) for name, body in (
        ("links-without-memory", ends(NOSPC, manifest="program links links.wat\n" + shared, balance=False, memory="64M", links=LINKS)),
        ("unlinks-without-memory", ends(0, manifest="program unlinks unlinks.wat\n" + shared, balance=False, memory="256M", unlinks=UNLINKS, seconds=120)),
        ("fragments", ends(0, manifest=fragments, balance=False, memory="64M", seconds=60, maker=MAKER,
                           keeper=SLICER.replace(b"NANOSECONDS", b"4000000000"), goer=SLICER.replace(b"NANOSECONDS", b"0"))),
        ("large-file", large_file),
        ("large-directory", large_directory),
        ("large-initrd", large_initrd),
    )]
