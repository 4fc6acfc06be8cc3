"""Random changes to bytes: what goes wrong on disks and in hands, and what an attacker would try."""

from __future__ import annotations

import random

NUMBERS = [
    0,
    1,
    0x7F,
    0x80,
    0xFF,
    0x7FFF,
    0xFFFF,
    0x7FFFFFFF,
    0x80000000,
    0xFFFFFFFF,
    0x7FFFFFFFFFFFFFFF,
    0xFFFFFFFFFFFFFFFF,
]
PIECES = [
    b"\n", b"\r\n", b"\t", b" ", b"\0", b"\xff", b"\xef\xbb\xbf", b"\xff\xfe", b"\xed\xa0\x80", b"\xf4\x90\x80\x80",
    b"\xe4\xb8", b"#", b"-1", b"1e9",
    b"17592186044417", b"NaN", b"null", b"[", b"{", b'"', b"\\", "北京".encode(), "𠮷".encode(), b"a" * 300, b"[[[[[[[[",
]  # fmt: skip


def mutated(rng: random.Random, data: bytes, corpus: list[bytes]) -> bytes:
    """One to eight changes to a seed."""
    out = bytearray(data)
    for _ in range(1 << rng.randrange(4)):
        at = rng.randrange(len(out) + 1)
        kind = rng.randrange(9)
        if kind == 0 and out:
            out[at % len(out)] ^= 1 << rng.randrange(8)
        elif kind == 1 and out:
            out[at % len(out)] = rng.randrange(256)
        elif kind == 2:
            del out[at : at + rng.randrange(1, 20)]
        elif kind == 3:
            out[at:at] = rng.choice(PIECES)
        elif kind == 4:
            size = rng.choice((1, 2, 4, 8))
            number = (rng.choice(NUMBERS) + rng.randrange(-1, 2)) & ((1 << 8 * size) - 1)
            out[at : at + size] = number.to_bytes(size, "little")
        elif kind == 5:
            start = rng.randrange(len(out) + 1)
            out[at:at] = out[start : start + rng.randrange(1, 64)]
        elif kind == 6:
            other = rng.choice(corpus)
            start = rng.randrange(len(other) + 1)
            out[at : at + rng.randrange(64)] = other[start : start + rng.randrange(64)]
        elif kind == 7:
            del out[at:]
        else:
            out[at:at] = rng.randbytes(rng.randrange(1, 9))
    return bytes(out)
