"""XXH64 after its published description (Yann Collet, "xxHash fast digest algorithm", version 0.1.1)."""

from __future__ import annotations

MASK = (1 << 64) - 1
P1 = 0x9E3779B185EBCA87
P2 = 0xC2B2AE3D27D4EB4F
P3 = 0x165667B19E3779F9
P4 = 0x85EBCA77C2B2AE63
P5 = 0x27D4EB2F165667C5


def xxh64(data: bytes | bytearray | memoryview, seed: int = 0) -> int:
    """The 64-bit checksum of ``data``.

    >>> f"{xxh64(b'abc'):016x}"
    '44bc2cf5ad770999'
    """
    data = bytes(data)
    position = 0

    # 1-3. Whole stripes of 32 bytes: four lanes of 8 bytes, each with an accumulator of its own.
    if len(data) >= 32:
        lanes = [seed + P1 + P2, seed + P2, seed, seed - P1]
        while position + 32 <= len(data):
            for i in range(4):
                lanes[i] = mix(lanes[i], word(data, position, 8))
                position += 8
        digest = rotate(lanes[0], 1) + rotate(lanes[1], 7) + rotate(lanes[2], 12) + rotate(lanes[3], 18)
        for lane in lanes:
            digest = (digest ^ mix(0, lane)) * P1 + P4
    else:
        digest = seed + P5

    # 4-5. The length, then what is left: by 8, 4 and 1 bytes.
    digest += len(data)
    while position + 8 <= len(data):
        digest = rotate(digest ^ mix(0, word(data, position, 8)), 27) * P1 + P4
        position += 8
    if position + 4 <= len(data):
        digest = rotate(digest ^ (word(data, position, 4) * P1), 23) * P2 + P3
        position += 4
    while position < len(data):
        digest = rotate(digest ^ (data[position] * P5), 11) * P1
        position += 1

    # 6. Avalanche: every bit of the input reaches every bit of the output.
    digest &= MASK
    digest = ((digest ^ (digest >> 33)) * P2) & MASK
    digest = ((digest ^ (digest >> 29)) * P3) & MASK
    return digest ^ (digest >> 32)


def mix(accumulator: int, lane: int) -> int:
    return rotate(accumulator + lane * P2, 31) * P1 & MASK


def rotate(value: int, bits: int) -> int:
    """Rotate the low 64 bits to the left."""
    value &= MASK
    return (value << bits | value >> (64 - bits)) & MASK


def word(data: bytes, position: int, size: int) -> int:
    return int.from_bytes(data[position : position + size], "little")
