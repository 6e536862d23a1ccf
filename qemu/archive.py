"""cpio `newc` archives ("070701"), as the kernel reads its initrd: the writer that qemu/run and qemu/pack-initrd share.

Owns the layout of one entry: a header of 110 ASCII bytes (thirteen 8-digit hexadecimal fields), the name with its NUL, padding to four
bytes, the data, padding to four bytes; the archive ends with an entry named TRAILER!!!.
"""

import os
import stat

TRAILER = "TRAILER!!!"
HEADER_BYTE_COUNT = 110
FILE_SIZE_LIMIT = 0xFFFFFFFF  # the size field has eight hexadecimal digits


class ArchiveError(Exception):
    """What cannot be packed, in one line for the person who asked."""


def reason(error):
    """Why the system refused something, to stand at the end of a line."""
    return (error.strerror or str(error)).lower()


class Archive:
    """Writes entries to a binary file object in the order they are added; parents are added when they are missing."""

    def __init__(self, output):
        self.output = output
        self.position = 0
        self.next_inode = 1
        self.directories = set()
        self.names = set()  # of all that is in it

    def add_bytes(self, name, data, mode=0o644, time=0):
        """A regular file with these bytes."""
        self._parents(name)
        self._entry(name, stat.S_IFREG | mode, len(data), time)
        self._write(data)
        self._pad()

    def add_directory(self, name, mode=0o755, time=0):
        """A directory; the root of the archive is `.` and needs no entry."""
        if name in ("", ".") or name in self.directories:
            return
        self._parents(name)
        self.directories.add(name)
        self._entry(name, stat.S_IFDIR | mode, 0, time)

    def add_path(self, name, path):
        """What lies at `path` on this machine: a file, a link, or a directory with everything below. Devices and sockets are left out."""
        waiting = [(name, path)]  # the next is the last; directories may be nested more deeply than Python's calls
        while waiting:
            name, path = waiting.pop()
            try:
                for child in reversed(self._add_one(name, path)):
                    waiting.append((child if name in ("", ".") else name + "/" + child, os.path.join(path, child)))
            except OSError as error:
                raise ArchiveError("%s: %s" % (path, reason(error)))

    def _add_one(self, name, path):
        """Without what is below; returns a directory's names, in order."""
        information = os.lstat(path)
        kind, mode = stat.S_IFMT(information.st_mode), stat.S_IMODE(information.st_mode)
        time = int(information.st_mtime)
        if kind == stat.S_IFDIR:
            self.add_directory(name, mode, time)
            return sorted(os.listdir(path))
        if kind == stat.S_IFLNK:
            target = os.fsencode(os.readlink(path))
            self._parents(name)
            self._entry(name, stat.S_IFLNK | 0o777, len(target), time)
            self._write(target)
            self._pad()
        elif kind == stat.S_IFREG:
            self.add_file(name, path, mode, time)
        return []

    def add_file(self, name, path, mode=0o644, time=0):
        """The bytes of one file of this machine, links followed, or all that comes out of a pipe."""
        with open(path, "rb", buffering=0) as source:
            information = os.fstat(source.fileno())
            if stat.S_ISFIFO(information.st_mode):
                data = bytearray()
                while piece := source.read(1 << 20):
                    data += piece
                    self._check_size(len(data), path)
                return self.add_bytes(name, data, mode, time)
            if not stat.S_ISREG(information.st_mode):
                raise ArchiveError("%s: not a file" % path)
            size = information.st_size
            self._check_size(size, path)
            self._parents(name)
            self._entry(name, stat.S_IFREG | mode, size, time)
            left = size
            while left:
                data = source.read(min(left, 1 << 20))
                if not data:
                    raise ArchiveError("%s: became shorter while it was read" % path)
                self._write(data)
                left -= len(data)
        self._pad()

    @staticmethod
    def _check_size(size, path):
        if size > FILE_SIZE_LIMIT:
            raise ArchiveError("%s: larger than 4 GiB" % path)

    def add_archive(self, path, leaves_out):
        """The entries of another archive that are not here yet, but for those whose name (bytes) `leaves_out` says yes to. Returns the bytes
        of its file `manifest`, which is left to the caller, or None."""
        manifest = None
        with open(path, "rb") as source:
            while True:
                head = source.read(HEADER_BYTE_COUNT)
                if len(head) < HEADER_BYTE_COUNT or head[:5] != b"07070":
                    raise ArchiveError("%s: not a cpio archive in the newc format" % path)
                size, name_size = int(head[54:62], 16), int(head[94:102], 16)
                name_room = name_size + -(HEADER_BYTE_COUNT + name_size) % 4
                padded = source.read(name_room)
                name = padded[:name_size - 1]
                if name == TRAILER.encode():
                    return manifest
                content = source.read(size + -size % 4)
                if len(padded) < name_room or len(content) < size:
                    raise ArchiveError("%s: ends inside an entry" % path)
                plain = name.removeprefix(b"./").strip(b"/")
                if plain == b"manifest":
                    manifest = content[:size]
                elif plain not in self.names and not leaves_out(plain):
                    self.names.add(plain)
                    self._write(head + padded + content)
                    self._pad()

    def finish(self):
        """The trailer. The output stays open."""
        self._entry(TRAILER, 0, 0, 0, inode=0)

    def _parents(self, name):
        at = name.find("/")
        while at > 0:
            parent = name[:at]
            if parent not in self.directories:
                self.directories.add(parent)
                self._entry(parent, stat.S_IFDIR | 0o755, 0, 0)
            at = name.find("/", at + 1)

    def _entry(self, name, mode, size, time, inode=None):
        encoded = os.fsencode(name) + b"\0"
        self.names.add(encoded[:-1])
        if inode is None:
            inode = self.next_inode
            self.next_inode += 1
        links = 2 if stat.S_ISDIR(mode) else 1
        fields = (inode, mode, 0, 0, links, max(0, min(time, 0xFFFFFFFF)), size, 0, 0, 0, 0, len(encoded), 0)
        self._write(b"070701" + b"".join(b"%08X" % field for field in fields) + encoded)
        self._pad()

    def _pad(self):
        self._write(b"\0" * (-self.position % 4))

    def _write(self, data):
        self.output.write(data)
        self.position += len(data)
