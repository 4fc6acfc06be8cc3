"""Strict decoding: lines end at line feeds only, wrong bytes are named with line and byte."""

import codecs
import io
import logging

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from nlptk.corpus import decode_lines, read_lines
from nlptk.corpus import encoding as module
from nlptk.errors import CorpusEncodingError, ParameterError

ENCODINGS = ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-be", "utf-16-le", "utf-32", "utf-32-be", "utf-7"]
TEXT = st.text(st.characters(codec="utf-8") | st.sampled_from("\r\n\u0a00\u000a\u0a0a字𠮷\u2028\0"), max_size=60)


class Trickle(io.RawIOBase):
    """A file that gives a few bytes at a time, as a terminal or a pipe does."""

    def __init__(self, data, step):
        self.data, self.step, self.at = data, step, 0

    def read(self, size=-1):
        size = len(self.data) if size < 0 else min(size, self.step)
        part = self.data[self.at : self.at + size]
        self.at += len(part)
        return part


def lines(data, **options):
    return list(decode_lines(io.BytesIO(data), "a.txt", **options))


def reference(text, keep_ends=False):
    """What decode_lines gives for a decoded text, written down naively."""
    text = text.removeprefix("\ufeff")
    ended = text.split("\n")
    last = ended.pop()
    if keep_ends:
        return [line + "\n" for line in ended] + [last] * bool(last)
    return [line[:-1] if line.endswith("\r") else line for line in ended] + [last] * bool(last)


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(text=TEXT, step=st.integers(1, 9), keep_ends=st.booleans())
def test_lines_of_any_text_in_any_encoding(encoding, text, step, keep_ends):
    if encoding in ("utf-16", "utf-32"):
        data = codecs.lookup(encoding).encode(text)[0]
    else:
        data = b"".join(piece.encode(encoding) for piece in text.splitlines(True))
        text = data.decode(encoding)
    expected = reference(text, keep_ends)
    options = {"encoding": encoding, "keep_ends": keep_ends}
    assert lines(data, **options) == expected
    assert list(decode_lines(Trickle(data, max(step, 4)), "a.txt", **options)) == expected


@given(st.lists(st.binary(max_size=12).map(lambda b: b.replace(b"\n", b"")), max_size=20), st.integers(1, 30))
def test_skip_gives_exactly_the_lines_that_decode(raw, step):
    expected, good = [], 0
    for line in raw:
        try:
            expected.append((line + b"\n").decode())
            good += 1
        except UnicodeDecodeError:
            pass
    data = b"".join(line + b"\n" for line in raw)
    assume(not data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)))
    if expected and data.startswith(codecs.BOM_UTF8):
        expected[0] = expected[0].removeprefix("\ufeff")
    assert list(decode_lines(Trickle(data, step), "a", on_error="skip", keep_ends=True)) == expected


def test_only_the_line_feed_ends_a_line():
    text = "一\u2028二\u2029三\x85四\x0b五\x0c六\x1c七\r八\0九"
    assert lines(f"{text}\n次\r\n末\r".encode()) == [text, "次", "末\r"]
    assert lines(f"{text}\n次\r\n末".encode(), keep_ends=True) == [text + "\n", "次\r\n", "末"]


def test_ends_of_files():
    assert lines(b"") == []
    assert lines(b"\n") == [""]
    assert lines(b"\n\n") == ["", ""]
    assert lines(b"a") == ["a"]
    assert lines(b"a\n\n\nb") == ["a", "", "", "b"]


def test_the_byte_order_mark_goes_only_at_the_start():
    assert lines("\ufeff一\n\ufeff二\n".encode()) == ["一", "\ufeff二"]
    assert lines("\ufeff".encode()) == []
    assert lines("\ufeff\n".encode()) == [""]
    assert lines("\ufeff一\n".encode("gb18030"), encoding="gb18030") == ["一"]
    assert lines("\ufeff一\n".encode("utf-16-le"), encoding="utf-16-le") == ["一"]


@pytest.mark.parametrize("other", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("on_error", ["stop", "skip"])
def test_a_foreign_mark_is_refused_with_the_remedy(other, on_error):
    name = other[:6]
    with pytest.raises(CorpusEncodingError, match=f"^a.txt:1: .*{name.upper()}, not UTF-8 .use --encoding {name}.$"):
        lines("\ufeff一二\n".encode(other), on_error=on_error)


def test_a_utf8_mark_in_a_gb18030_file():
    with pytest.raises(CorpusEncodingError, match=r"a\.txt:1: .*UTF-8, not gb18030 \(use --encoding utf-8\)"):
        lines("\ufeff一\n".encode(), encoding="gb18030")


def test_the_message_names_line_and_byte():
    with pytest.raises(CorpusEncodingError) as caught:
        lines(b"good\n\xe4\xb8\x80\xff\n")
    expected = "a.txt:2: byte 4 of the line is 0xFF, not UTF-8 (is it gb18030? use --encoding)"
    assert str(caught.value) == expected
    assert (caught.value.path, caught.value.line) == ("a.txt", 2)


def test_a_character_cut_by_a_line_end_belongs_to_its_own_line():
    with pytest.raises(CorpusEncodingError, match=r"a:2: byte 2 of the line is 0xE4"):
        list(decode_lines(io.BytesIO(b"one\nx\xe4\xb8\n\x80\n"), "a"))


def test_good_lines_come_before_the_error():
    got = []
    with pytest.raises(CorpusEncodingError, match=":3:"):
        for line in decode_lines(io.BytesIO(b"one\ntwo\n\xff\nfour\n"), "a"):
            got.append(line)
    assert got == ["one", "two"]


def test_gb18030_read_as_utf8_and_the_other_way_round(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes("你好，世界\n𠮷野家\n".encode("gb18030"))
    with pytest.raises(CorpusEncodingError, match=r"a\.txt:1: byte 1 of the line is 0xC4.*is it gb18030\?"):
        list(read_lines(path))
    assert list(read_lines(path, encoding="gb18030")) == ["你好，世界", "𠮷野家"]
    with pytest.raises(CorpusEncodingError, match=r"not gb18030 \(is it utf-8\?"):
        lines(b"ab\xff\n", encoding="gb18030")


def test_skipped_lines_are_counted_and_logged(caplog):
    data = b"one\n\xff\nthree\n\x80\x81\nfive"
    with caplog.at_level(logging.WARNING, "nlptk"):
        assert lines(data, on_error="skip") == ["one", "three", "five"]
    assert [(r.name, r.getMessage()) for r in caplog.records] == [
        ("nlptk", "a.txt: skipped 2 line(s) that are not UTF-8, the first is line 2")
    ]
    caplog.clear()
    assert lines(b"fine\n", on_error="skip") == ["fine"]
    assert not caplog.records


def test_skipped_lines_are_reported_when_reading_stops_early(caplog):
    stream = decode_lines(io.BytesIO(b"\xff\nb\nc\n"), "a", on_error="skip")
    assert next(stream) == "b"
    with caplog.at_level(logging.WARNING, "nlptk"):
        del stream
    assert "skipped 1 line(s)" in caplog.text


@pytest.mark.parametrize("encoding", ["klingon", "", "rot13", "base64", "unicode_escape", "punycode", "a\0"])
def test_unknown_encodings_are_refused_at_once(encoding):
    with pytest.raises(ParameterError, match="encoding"):
        decode_lines(io.BytesIO(), "a", encoding)
    with pytest.raises(ParameterError, match="encoding"):
        read_lines("never-opened", encoding)


def test_unknown_on_error_is_refused_at_once():
    with pytest.raises(ParameterError, match="'stop' and 'skip'"):
        decode_lines(io.BytesIO(), "a", on_error="ignore")


@pytest.mark.parametrize("encoding", ["cp037", "shift_jis", "big5", "iso2022_jp", "hz", "latin-1"])
def test_other_encodings(encoding):
    expected = ["AB", "", "C"] if encoding in ("cp037", "latin-1") else ["中文", "", "AB"]
    data = b"".join((line + "\n").encode(encoding) for line in expected)
    assert lines(data, encoding=encoding) == expected


def test_lines_arrive_as_soon_as_they_are_there():
    class Slow(io.BytesIO):
        asked = 0

        def read1(self, size=-1):
            self.asked += 1
            return super().read1(4)

    file = Slow(b"abc\ndef\nghi\n")
    stream = decode_lines(file, "a")
    assert next(stream) == "abc" and file.asked == 1
    assert next(stream) == "def" and file.asked == 2


def test_a_very_long_line_and_block_borders(monkeypatch):
    monkeypatch.setattr(module, "_BLOCK", 7)
    long = "长" * 5000
    assert lines(f"a\n{long}\r\nb".encode()) == ["a", long, "b"]
    assert lines(f"a\n{long}\nb".encode("utf-16-le"), encoding="utf-16-le") == ["a", long, "b"]
    with pytest.raises(CorpusEncodingError, match=r"a\.txt:2: byte 15001 of the line"):
        lines(f"a\n{long}".encode() + b"\xff")


def test_a_line_of_many_megabytes_is_read_in_one_go():
    assert [len(line) for line in lines(b"x" * 30_000_000 + b"\ny\n")] == [30_000_000, 1]
