"""Files through the segmenter: the result is that of each line, however the bytes arrive."""

from __future__ import annotations

import io
import json
import logging
import os
import random
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlptk import DictionarySegmenter
from nlptk.errors import CorpusEncodingError, ParameterError
from nlptk.segment import segment_stream
from nlptk.segment.stream import BLOCK
from tests import strategies

KERNEL = DictionarySegmenter().kernel


def through(data: bytes | Any, **options: Any) -> bytes:
    target = io.BytesIO()
    source = io.BytesIO(data) if isinstance(data, bytes) else data
    segment_stream(KERNEL, source, target, name="the.txt", **options)
    return target.getvalue()


def expected(text: str, sep: str = " ") -> str:
    """Line by line, with the ends as they are; blanks are separators too where the separator is one."""
    out = []
    for line in text.split("\n"):
        body, end = (line[:-1], "\r") if line.endswith("\r") else (line, "")
        out.append(sep.join(word for word in KERNEL.cut(body) if word != " " or sep != " ") + end)
    return "\n".join(out)


class Drip(io.RawIOBase):
    """Gives a few bytes at a time, as a pipe may."""

    def __init__(self, data: bytes, sizes: Iterator[int]) -> None:
        self._data, self._sizes, self._at = data, sizes, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self._data[self._at : self._at + min(next(self._sizes), len(buffer))]
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)


LINES = st.lists(st.tuples(strategies.line(10, surrogates=False), st.sampled_from(["\n", "\n", "\r\n"])), max_size=12)


@given(LINES, st.booleans(), st.sampled_from([" ", "/", "||", "\t"]))
def test_line_structure_is_kept(lines: list[tuple[str, str]], closed: bool, sep: str) -> None:
    text = "x" + "".join(line + end for line, end in lines)
    text = text if closed or not lines else text.removesuffix("\n").removesuffix("\r")
    assert through(text.encode(), sep=sep).decode() == expected(text, sep)
    assert through(text.encode(), sep="").decode() == text


@pytest.mark.parametrize(
    "text", ["", "\n", "\n\n\n", "\r\n", "\r\n\r\n北京", "北京", "北京\r\n", "北京\n\n大学", "\n北京\n", "\r", "a\rb"]
)
def test_lines_of_every_end(text: str, nlptk_cli: Any) -> None:
    """In a process of its own: an empty first line has crashed."""
    done = nlptk_cli("segment", "-", input=text.encode(), check=True)
    assert done.stdout.decode().replace(" ", "") == text


@pytest.mark.parametrize("form", ["text", "jsonl", "tsv"])
def test_threads_change_nothing(form: str) -> None:
    rng = random.Random(2)
    words = ["我来到北京", "清华大学", "\n", "，", "𠮷", "\r\n", "abc 1.5%", "龘靐"]
    data = ("x" + "".join(rng.choices(words, k=200_000))).encode()
    assert len(data) > 4 * BLOCK
    one = through(data, format=form)
    for threads in (2, 3, 4):
        assert through(data, format=form, threads=threads) == one
    if form == "jsonl":
        assert ["".join(json.loads(line)["words"]) for line in one.splitlines()] == data.decode().replace(
            "\r\n", "\n"
        ).removesuffix("\n").split("\n")


@given(LINES, st.lists(st.integers(1, 9), min_size=1, max_size=20))
def test_drops_give_the_same(lines: list[tuple[str, str]], sizes: list[int]) -> None:
    from itertools import cycle

    text = "x" + "".join(line + end for line, end in lines)
    for source in (Drip(text.encode(), cycle(sizes)), io.BufferedReader(Drip(text.encode(), cycle(sizes)))):
        assert through(source).decode() == expected(text)


def test_blocks_at_every_place() -> None:
    """Lines that end just before, at and after the ends of blocks."""
    for shift in (-2, -1, 0, 1, 2):
        text = "x" * (BLOCK + shift) + "\n" + "甲" * (BLOCK // 3 + shift) + "\r\n" + "\n" * 3 + "y" * (BLOCK * 2 + shift) + "\n乙"
        assert through(text.encode(), sep="").decode() == text


def test_one_line_of_5_mb() -> None:
    text = "我来到北京清华大学" * (5_000_000 // 27)
    assert through(text.encode()).decode().replace(" ", "") == text


def test_a_slow_pipe_gets_its_lines_through() -> None:
    """Reading goes on while the writer waits, and all arrives."""
    reader, writer = os.pipe()
    pieces = ["我来到", "北京\n清", "华大学\n", "\n", "完"]

    def write() -> None:
        with os.fdopen(writer, "wb", buffering=0) as file:
            for piece in pieces:
                for byte in piece.encode():
                    file.write(bytes([byte]))

    thread = threading.Thread(target=write)
    thread.start()
    with os.fdopen(reader, "rb") as source:
        found = through(source)
    thread.join()
    assert found.decode() == expected("".join(pieces))


@pytest.mark.parametrize("sizes", [[1], [2], [3], [100]])
def test_byte_order_mark_is_removed(sizes: list[int]) -> None:
    from itertools import cycle

    text = "北京\n\ufeff大学\n"
    data = b"\xef\xbb\xbf" + text.encode()
    assert through(Drip(data, cycle(sizes)), sep="").decode() == text
    assert through(b"\xef\xbb\xbf") == b""
    for foreign in ("utf-16", "utf-16-be"):
        bom = "\ufeff".encode("utf-16-be") if foreign == "utf-16-be" else b""
        with pytest.raises(CorpusEncodingError, match=r"the\.txt:1:"):
            through(bom + "北京\n".encode(foreign))


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("before", [0, 1, 50_000])
def test_wrong_bytes_are_named(before: int, threads: int) -> None:
    data = "我来到北京\n".encode() * before + "大学".encode() + b"\xff\xfe\n" + "完\n".encode()
    with pytest.raises(CorpusEncodingError, match=rf"the\.txt:{before + 1}: byte 7 of the line is 0xFF") as caught:
        through(data, threads=threads)
    assert caught.value.line == before + 1


@pytest.mark.parametrize("threads", [1, 3])
def test_skip_leaves_out_bad_lines_only(threads: int, caplog: pytest.LogCaptureFixture) -> None:
    good = [f"第{i}行北京\n".encode() for i in range(60_000)]
    bad = {0, 7, 30_000, 59_999}
    data = b"".join(b"\xff\n" if i in bad else line for i, line in enumerate(good))
    with caplog.at_level(logging.WARNING, "nlptk"):
        found = through(data, on_error="skip", threads=threads, sep="")
    assert found == b"".join(line for i, line in enumerate(good) if i not in bad)
    assert "skipped 4 line(s)" in caplog.text
    assert "first is line 1" in caplog.text


@pytest.mark.parametrize("data", [b"\xff", b"a\n\xff", b"\xff\nb", b"a\n\xff\n", b"a\r\n\xff\r\nb\r\n"])
def test_skip_at_the_ends(data: bytes) -> None:
    left = b"".join(line for line in data.splitlines(keepends=True) if b"\xff" not in line)
    assert through(data, on_error="skip", sep="") == left


@pytest.mark.parametrize("encoding", ["gb18030", "big5", "utf-16", "utf-16-le", "utf-8-sig", "UTF8", "gbk"])
def test_encodings(encoding: str) -> None:
    text = "我來到北京\r\n\n大學"
    assert through(text.encode(encoding), encoding=encoding, sep="").decode() == text


def test_wrong_bytes_of_another_encoding() -> None:
    data = "北京\n".encode("gb18030") + b"\xff\xff\n" + "大学".encode("gb18030")
    with pytest.raises(CorpusEncodingError, match=r"the\.txt:2:"):
        through(data, encoding="gb18030")
    assert through(data, encoding="gb18030", on_error="skip", sep="").decode() == "北京\n大学"


def test_progress_counts_every_byte() -> None:
    done: list[int] = []
    data = "我来到北京\n".encode() * 40_000
    through(data, progress=done.append)
    assert sum(done) == len(data)
    assert len(done) > 1


def test_wrong_parameters() -> None:
    for options in ({"threads": 0}, {"sep": "a\nb"}, {"encoding": "no-such"}, {"on_error": "ignore"}):
        with pytest.raises(ParameterError):
            through(b"a", **options)


def test_an_error_of_the_target_ends_the_threads() -> None:
    class Full(io.BytesIO):
        def write(self, data: Any) -> int:
            raise OSError(28, "No space left on device")

    before = threading.active_count()
    with pytest.raises(OSError, match="No space"):
        segment_stream(KERNEL, io.BytesIO("北京\n".encode() * 300_000), Full(), name="x", threads=3)
    assert threading.active_count() == before
