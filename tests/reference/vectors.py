"""Kernels of finished vectors in plain Python: fastText's subwords, word2vec's formats, the best of many scores."""

from __future__ import annotations

import math
import struct


def fnv(text: bytes) -> int:
    """FNV-1a of 32 bits over bytes that are taken as signed."""
    value = 2166136261
    for byte in text:
        signed = byte - 256 if byte > 127 else byte
        value = ((value ^ (signed & 0xFFFFFFFF)) * 16777619) & 0xFFFFFFFF
    return value


def characters(text: bytes) -> list[bytes]:
    """Bytes, each with the 10xxxxxx bytes behind it; such bytes at the beginning are nobody's."""
    out: list[bytes] = []
    for i in range(len(text)):
        byte = text[i : i + 1]
        if byte[0] & 0xC0 != 0x80:
            out.append(byte)
        elif out:
            out[-1] += byte
    return out


def subwords(word: bytes, min_n: int, max_n: int, bucket: int) -> list[int]:
    """Buckets of the n-grams of ``<word>``, by where they begin, then by length, without the lone brackets."""
    letters = characters(b"<" + word + b">")
    out = []
    for i in range(len(letters)):
        for n in range(max(1, min_n), max_n + 1):
            if i + n > len(letters) or (n == 1 and i in (0, len(letters) - 1)):
                continue
            out.append(fnv(b"".join(letters[i : i + n])) % bucket)
    return out


def highest(scores: list[float], k: int) -> list[tuple[int, float]]:
    """The k highest scores with their places, of equal ones the first; what is no number is left out."""
    order = sorted((i for i, score in enumerate(scores) if not math.isnan(score)), key=lambda i: -scores[i])
    return [(i, scores[i]) for i in order[:k] if scores[i] > -math.inf]


def single(value: float) -> float:
    """As a 32-bit float."""
    return struct.unpack("<f", struct.pack("<f", value))[0]
