"""What programs changed in the directories of `--save`, as the kernel sends it, carried out on this machine.

Owns the way through the archive (cpio `newc`, read as it comes) and the file that is being written. Every name is taken from the
saved directory on, and no link on the way is followed: nothing outside can be reached. A file takes its name when it is whole.

A file with holes comes as two entries: a FIFO of its name, whose content says where the file's bytes lie (numbers of 8 bytes, little-endian:
the file's size, then offset and count of each part), and the file itself, whose content is the parts one after the other. What reads as
zeros takes no room here either, wherever it comes from.
"""

import errno
import os
import stat
import struct

from archive import TRAILER, reason

HEADER_BYTE_COUNT = 110
OPEN_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY
TEMPORARY = b".martlet-%d" % os.getpid()  # the name of a file that is not whole yet
BLOCK = bytes(4096)  # zeros: what a file system keeps as a hole
MAP_LIMIT = 64 << 20  # bytes of one file's map: 4 million parts, more than 4 GiB of pages with a hole after each


class Changes:
    """Feed it the archive, then `close()`. `is_complete` says whether its end has come, `complaints` what could not be done."""

    def __init__(self, roots, others=None):
        """`roots`: the directory of this machine for each directory in the archive, such as {b"directories/0": "out"}; `others`: where the
        rest goes, under its whole name."""
        self.roots, self.others = roots, others
        self.is_complete = False
        self.has_begun = False
        self.complaints = []
        self.pending = bytearray()  # a header that is not whole yet, or a link's target
        self.entry = None  # whose content is coming
        self.map = None  # where the bytes of the next file lie; None: all from its beginning on
        self.left = self.padding = 0  # bytes of content and of padding to come

    def feed(self, data):
        """The next bytes of the archive."""
        self.has_begun = True
        data = memoryview(data)
        while data and not self.is_complete:
            if self.entry is not None:
                piece, data = data[:self.left], data[self.left:]
                self.left -= len(piece)
                self._content(piece)
            elif self.padding:
                skipped = min(len(data), self.padding)
                self.padding -= skipped
                data = data[skipped:]
            else:
                missing = self._header_byte_count() - len(self.pending)
                self.pending += data[:missing]
                data = data[missing:]
                if len(self.pending) == self._header_byte_count():
                    self._begin()

    def close(self):
        """Gives up what is not whole."""
        if self.entry is not None:
            self.entry.close()
            self.entry = None

    def _header_byte_count(self):
        """With the name and its padding, once the header says how long they are."""
        if len(self.pending) < HEADER_BYTE_COUNT:
            return HEADER_BYTE_COUNT
        return (HEADER_BYTE_COUNT + self._field(11) + 3) & ~3

    def _field(self, index):
        return int(self.pending[6 + 8 * index:14 + 8 * index], 16)

    def _begin(self):
        name = bytes(self.pending[HEADER_BYTE_COUNT:HEADER_BYTE_COUNT + self._field(11) - 1])
        mode, time, self.left = self._field(1), self._field(5), self._field(6)
        self.padding = -self.left % 4
        self.pending.clear()
        if stat.S_ISFIFO(mode) and self.left > MAP_LIMIT:
            raise OSError("the kernel sends a map that no file needs")
        if name == TRAILER.encode():
            self.is_complete = True
            return
        for prefix, root in self.roots.items():
            if name.startswith(prefix + b"/"):
                self.entry = Entry(root, name[len(prefix) + 1:], mode, time, self.left, self.map)
        if self.entry is None:
            path = name.removeprefix(b"./")
            self.entry = Entry(self.others or ".", path, mode, time, self.left, self.map)
            if self.others is None:
                self.entry.has_failed = True
                self.complaints.append("%s: not saved: it is in no directory of --save, and there is no --save-to" % os.fsdecode(path))
        self.map = None
        self._try(self.entry.begin)
        self._content(b"")

    def _content(self, data):
        if data:
            self._try(self.entry.write, data)
        if self.left == 0:
            self._try(self.entry.finish)
            self.map = self.entry.map
            self.close()

    def _try(self, step, *arguments):
        """What fails is a complaint, and the entry is left out."""
        if self.entry.has_failed:
            return
        try:
            step(*arguments)
        except OSError as error:
            self.entry.has_failed = True
            self.complaints.append("%s: not saved: %s" % (self.entry.shown, reason(error)))


class Entry:
    """One change: a file, a directory or a link that is to be there, or a name that is to go (a character device in the archive)."""

    def __init__(self, root, path, mode, time, byte_count, parts):
        self.root, self.path, self.mode, self.time = root, path.split(b"/"), mode, time
        self.shown = os.path.join(root, os.fsdecode(path))
        self.name = self.path[-1]
        self.directory = self.output = self.before = None
        self.target = bytearray()  # of a link; what a map consists of
        self.map = None  # what a map says: the file's size, and its parts as pairs of offset and count
        self.size, self.parts = parts or (byte_count, [(0, byte_count)])
        self.has_temporary = self.has_failed = False

    def begin(self):
        """Finds the directory without following links, and what has the name now."""
        if stat.S_ISFIFO(self.mode):
            return
        if any(component in (b"", b".", b"..") for component in self.path):
            raise OSError("not a path of names")
        self.directory = os.open(self.root, OPEN_DIRECTORY)
        for component in self.path[:-1]:
            below = os.open(component, OPEN_DIRECTORY | os.O_NOFOLLOW, dir_fd=self.directory)
            os.close(self.directory)
            self.directory = below
        try:
            self.before = os.lstat(self.name, dir_fd=self.directory).st_mode
        except FileNotFoundError:
            pass
        if stat.S_ISREG(self.mode):
            replaces = self.before is not None and stat.S_ISREG(self.before)
            if replaces and not os.access(self.name, os.W_OK, dir_fd=self.directory):
                raise OSError(errno.EACCES, os.strerror(errno.EACCES))
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
            self.output = os.open(TEMPORARY, flags, 0o666, dir_fd=self.directory)
            self.has_temporary = True
            if replaces:
                os.fchmod(self.output, stat.S_IMODE(self.before))

    def write(self, data):
        """A piece of the content, which only files, maps and links have."""
        if self.output is None:
            self.target += data
            return
        while data:
            if not self.parts:
                raise OSError("more bytes than its map has")
            offset, count = self.parts[0]
            piece = data[:count]
            self._write_at(offset, bytes(piece))
            data = data[len(piece):]
            if len(piece) == count:
                self.parts.pop(0)
            else:
                self.parts[0] = (offset + len(piece), count - len(piece))

    def _write_at(self, offset, data):
        """Writes blocks that are not all zeros; the rest of the file, which is new, is a hole."""
        at = start = 0  # what is before `start` is done, and between the two are blocks to write
        while at < len(data):
            count = min(len(BLOCK) - (offset + at) % len(BLOCK), len(data) - at)
            if data[at:at + count] == BLOCK[:count]:
                self._write_all(offset + start, data[start:at])
                start = at + count
            at += count
        self._write_all(offset + start, data[start:])

    def _write_all(self, offset, data):
        while data:
            count = os.pwrite(self.output, data, offset)
            data = data[count:]
            offset += count

    def finish(self):
        """All of the content is there: the change is made."""
        if stat.S_ISFIFO(self.mode):
            if len(self.target) % 8 or not self.target:
                raise OSError("a map that is cut off")
            numbers = struct.unpack("<%dQ" % (len(self.target) // 8), self.target)
            self.map = numbers[0], list(zip(numbers[1::2], numbers[2::2]))
        elif stat.S_ISREG(self.mode):
            os.ftruncate(self.output, self.size)
            os.utime(self.output, (self.time, self.time))
            self._close_output()
            self._take_name()
        elif stat.S_ISLNK(self.mode):
            os.symlink(bytes(self.target), TEMPORARY, dir_fd=self.directory)
            self.has_temporary = True
            self._take_name()
        elif stat.S_ISDIR(self.mode):
            if self.before is None or not stat.S_ISDIR(self.before):
                os.mkdir(self.name, dir_fd=self.directory)
        elif self.before is not None and stat.S_ISDIR(self.before):
            os.rmdir(self.name, dir_fd=self.directory)
        elif self.before is not None:
            os.unlink(self.name, dir_fd=self.directory)

    def _take_name(self):
        os.replace(TEMPORARY, self.name, src_dir_fd=self.directory, dst_dir_fd=self.directory)
        self.has_temporary = False

    def _close_output(self):
        output, self.output = self.output, None
        os.close(output)

    def close(self):
        """Removes what did not take its name."""
        if self.output is not None:
            self._close_output()
        if self.has_temporary:
            os.unlink(TEMPORARY, dir_fd=self.directory)
            self.has_temporary = False
        if self.directory is not None:
            os.close(self.directory)
            self.directory = None
