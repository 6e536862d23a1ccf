"""A case of Tests/Guests/cases: what to run and what must come of it, read from its text file and written back with new expectations.

The file is lines of words (quoted as in a shell), then the streams, each after a line `=== NAME`. A stream is the bytes up to the next `===`
line; `=== stdout, no newline at end` takes the last newline away, and `=== stdout sha256 DIGEST of COUNT bytes` stands for much output.
"""

import hashlib
import os
import shlex

LONG_BYTE_COUNT = 8192  # more expected output than this, or output that is no text, is kept as its digest


class Case:
    """Fields are the statements of the file; README.md lists them."""

    def __init__(self, path):
        self.path = path
        self.name = os.path.splitext(os.path.basename(path))[0]
        self.header = []  # the lines before the first stream, as they are
        self.program = None
        self.arguments, self.environment, self.directories, self.options = [], [], [], []
        self.status, self.trap, self.error = 0, None, None  # trap, error: what our one line on stderr must contain
        self.generated_line_count = None
        self.only, self.no_oracle = None, None
        self.streams = {}  # name -> bytes, or (digest, count)
        self._read()

    def _read(self):
        with open(self.path, "rb") as file:
            lines = file.read().split(b"\n")
        at = 0
        while at < len(lines) and not lines[at].startswith(b"=== "):
            line = lines[at].decode()
            self.header.append(line)
            words = shlex.split(line, comments=True)
            if words:
                self._statement(words)
            at += 1
        while at < len(lines):
            head = lines[at][4:].decode()
            at += 1
            body = []
            while at < len(lines) and not lines[at].startswith(b"=== "):
                body.append(lines[at])
                at += 1
            self._stream(head, body, at == len(lines))
        while self.header and self.header[-1] == "":
            self.header.pop()

    def _statement(self, words):
        verb, rest = words[0], words[1:]
        if verb == "program":
            (self.program,) = rest
        elif verb == "argument":
            self.arguments += rest
        elif verb == "environment":
            self.environment += rest
        elif verb == "directory":
            tree, guest = rest
            self.directories.append((tree, guest))
        elif verb == "option":
            self.options += rest
        elif verb == "status":
            self.status = int(rest[0])
        elif verb == "trap":
            self.status, self.trap = 134, rest[0]
        elif verb == "error":
            self.status, self.error = 1, rest[0]
        elif verb == "says":
            self.error = rest[0]
        elif verb == "generated-input":
            self.generated_line_count = int(rest[0])
        elif verb == "only":
            self.only = rest[0]
        elif verb == "no-oracle":
            self.no_oracle = " ".join(rest)
        else:
            raise ValueError("%s: unknown statement %s" % (self.path, verb))

    def _stream(self, head, body, is_last):
        words = head.split()
        if len(words) > 1 and words[1] == "sha256":
            self.streams[words[0]] = (words[2], int(words[4]))
            return
        if is_last and body and body[-1] == b"":
            body.pop()
        data = b"".join(line + b"\n" for line in body)
        if head.endswith(", no newline at end"):
            data = data[:-1]
        self.streams[words[0].rstrip(",")] = data

    def stdin(self):
        """The bytes of standard input: those of the file, or as many numbered lines as it asks for."""
        if self.generated_line_count is not None:
            return b"".join(b"%06d a line of generated input\n" % number for number in range(self.generated_line_count))
        return self.streams.get("stdin", b"")

    def accept(self, stdout, stderr):
        """Writes the file again with this output as what is expected."""
        out = bytearray("\n".join(self.header).encode() + b"\n")
        if self.streams.get("stdin"):
            out += self._rendered("stdin", self.streams["stdin"], may_shorten=False)
        out += self._rendered("stdout", stdout)
        if stderr:
            out += self._rendered("stderr", stderr)
        with open(self.path, "wb") as file:
            file.write(out)

    @staticmethod
    def _rendered(name, data, may_shorten=True):
        try:
            text = data.decode()
            is_text = all(character in "\n\t" or character >= " " for character in text)
        except UnicodeDecodeError:
            is_text = False
        if may_shorten and (len(data) > LONG_BYTE_COUNT or not is_text or b"\n=== " in b"\n" + data):
            return ("=== %s sha256 %s of %d bytes\n" % (name, hashlib.sha256(data).hexdigest(), len(data))).encode()
        if data.endswith(b"\n") or not data:
            return ("=== %s\n" % name).encode() + data
        return ("=== %s, no newline at end\n" % name).encode() + data + b"\n"

    def differences(self, status, stdout, stderr):
        """What differs from the expectation, a line each; nothing when all is as it should be.

        A backtrace may follow our line, each line of it indented.
        """
        found = []
        if status != self.status:
            found.append("exit code %d instead of %d%s" % (status, self.status, ", stderr %r" % stderr[-200:] if stderr else ""))
        found += self._compare("stdout", stdout)
        if self.trap is not None or self.error is not None:
            stderr, ours = self._without_our_line(stderr)
            wanted = self.trap or self.error
            if not ours:
                found.append("no line of ours on stderr, which should tell of %r" % wanted)
            elif wanted not in ours:
                found.append("our line is %r, without %r" % (ours, wanted))
        return found + self._compare("stderr", stderr)

    @staticmethod
    def _without_our_line(stderr):
        """Takes the line `martlet: ...` off the end, and the backtrace behind it."""
        while stderr.endswith(b"\n") and stderr[stderr.rfind(b"\n", 0, len(stderr) - 1) + 1:].startswith(b"  "):
            stderr = stderr[:stderr.rfind(b"\n", 0, len(stderr) - 1) + 1]
        start = stderr.rfind(b"\n", 0, len(stderr) - 1) + 1
        if stderr[start:].startswith(b"martlet: ") and stderr.endswith(b"\n"):
            return stderr[:start], stderr[start:-1].decode("utf-8", "replace")
        return stderr, ""

    def _compare(self, name, data):
        expected = self.streams.get(name, b"")
        if isinstance(expected, tuple):
            digest, count = expected
            if len(data) != count:
                return ["%s has %d bytes instead of %d" % (name, len(data), count)]
            return [] if hashlib.sha256(data).hexdigest() == digest else ["%s has other bytes (%d)" % (name, count)]
        if data == expected:
            return []
        at = next((index for index in range(min(len(data), len(expected))) if data[index] != expected[index]), min(len(data), len(expected)))
        start = data.rfind(b"\n", 0, at) + 1
        return ["%s differs at byte %d: %r instead of %r" % (name, at, bytes(data[start:at + 60]), bytes(expected[start:at + 60]))]
