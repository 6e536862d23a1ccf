"""cpio `newc` archives for tests, well-formed and not."""


def entry(name, content=b"", mode=0o100644, inode=1):
    """One entry, padded to four bytes."""
    name = name.encode() + b"\0"
    fields = [inode, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name), 0]
    head = b"070701" + b"".join(b"%08X" % field for field in fields) + name
    head += b"\0" * (-len(head) % 4)
    return head + content + b"\0" * (-len(content) % 4)


def archive(*entries):
    """An archive with its trailer, padded to 512 bytes."""
    data = b"".join(entries) + entry("TRAILER!!!", mode=0, inode=0)
    return data + b"\0" * (-len(data) % 512)
