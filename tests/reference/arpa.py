"""ARPA files of n-gram models, read and written the obvious way."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

NUMBER = re.compile(rb"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
COUNT = re.compile(rb"ngram[ \t]+([0-9]{1,9})[ \t]*=[ \t]*([0-9]{1,18})")
BLANKS = b" \t\r"

Row = tuple[tuple[int, ...], float, float]


class Model(NamedTuple):
    counts: list[int]
    words: list[str]
    missing: tuple[str, ...]
    sections: list[list[Row]]  # (ids, log10 probability, log10 backoff)


class ArpaError(ValueError):
    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = max(line, 1)


def parse_number(text: bytes) -> float:
    """The float next to the double next to it; -0 is 0."""
    if not NUMBER.fullmatch(text) or len(text) > 100:
        raise ValueError
    with np.errstate(over="ignore"):
        x = float(np.float32(float(text)))
    if not math.isfinite(x):
        raise ValueError
    return x + 0.0


def format_number(x: float) -> str:
    """With 7 decimals where these give it back; 9 significant digits give any float back."""
    k = math.floor(abs(x) * 1e7 + 0.5)
    if abs(x) < 1e9 and np.float32(k / 1e7) == np.float32(abs(x)):
        whole, fraction = divmod(k, 10**7)
        return ("-" if x < 0 else "") + f"{whole}.{fraction:07}".rstrip("0").rstrip(".")
    return f"{x:.9g}"


def read(data: bytes) -> Model:
    lines = data.split(b"\n")
    if not lines[-1]:
        lines.pop()
    at = 0  # lines done

    def fields(line: bytes) -> list[bytes]:
        return [field for field in re.split(rb"[ \t\r]+", line) if field]

    def next_line() -> bytes:
        """The next line that is not blank."""
        nonlocal at
        while at < len(lines):
            at += 1
            line = lines[at - 1].strip(BLANKS)
            if line:
                return line
        raise ArpaError("the file ends", at)

    def expect(wanted: bytes) -> None:
        if next_line() != wanted:
            raise ArpaError(f"expected {wanted!r}", at)

    def number(field: bytes) -> float:
        try:
            return parse_number(field)
        except ValueError:
            raise ArpaError(f"not a finite number: {field!r}", at) from None

    expect(b"\\data\\")
    counts: list[int] = []
    while not (line := next_line()).startswith(b"\\"):
        match = COUNT.fullmatch(line)
        if not match or int(match[1]) != len(counts) + 1 or len(counts) == 20:
            raise ArpaError("counts", at)
        counts.append(int(match[2]))
    if not counts or not counts[0]:
        raise ArpaError("no unigrams", at)
    at -= 1
    ids = {b"<unk>": 0, b"<s>": 1, b"</s>": 2}
    words = ["<unk>", "<s>", "</s>"]
    seen: set[int] = set()
    sections: list[list[Row]] = []
    for n, count in enumerate(counts, 1):
        expect(b"\\%d-grams:" % n)
        rows: list[Row] = []
        while len(rows) < count:
            if next_line().startswith(b"\\"):
                raise ArpaError("the section ends", at)
            found = fields(lines[at - 1])
            log_prob = number(found[0])
            if log_prob > np.float32(1e-5):
                raise ArpaError("above 0", at)
            if not n + 1 <= len(found) <= n + 2 or (
                n == len(counts) and [number(field) for field in found[n + 1 :]] not in ([], [0])
            ):
                raise ArpaError("wrong number of fields", at)
            row = []
            for word in found[1 : n + 1]:
                if n == 1:
                    try:
                        text = word.decode()
                    except UnicodeDecodeError:
                        raise ArpaError("not UTF-8", at) from None
                    if ids.setdefault(word, len(words)) in seen:
                        raise ArpaError("twice", at)
                    seen.add(ids[word])
                    if ids[word] == len(words):
                        words.append(text)
                if ids.get(word) not in seen:
                    raise ArpaError("not among the unigrams", at)
                row.append(ids[word])
            rows.append((tuple(row), min(log_prob, 0.0), number(found[n + 1]) if len(found) > n + 1 else 0.0))
        sections.append(rows)
    expect(b"\\end\\")
    if any(line.strip(BLANKS) for line in lines[at:]):
        next_line()
        raise ArpaError("something behind the end", at)
    return Model(counts, words, tuple(words[i] for i in range(3) if i not in seen), sections)


def format_line(words: Sequence[str], row: Row, backoff: bool) -> str:
    ids, log_prob, log_backoff = row
    fields = [format_number(log_prob), " ".join(words[i] for i in ids), format_number(log_backoff)]
    return "\t".join(fields if backoff else fields[:2])


def write(words: Sequence[str], sections: Sequence[Sequence[Row]]) -> bytes:
    out = ["\\data\\", *(f"ngram {n}={len(rows)}" for n, rows in enumerate(sections, 1))]
    for n, rows in enumerate(sections, 1):
        out += ["", f"\\{n}-grams:", *(format_line(words, row, n < len(sections)) for row in rows)]
    return "\n".join([*out, "", "\\end\\", ""]).encode()
