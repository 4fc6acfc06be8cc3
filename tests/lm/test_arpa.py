"""ARPA files: the reader against the reference on good, random and damaged files, and round trips."""

from __future__ import annotations

import bz2
import gzip
import io
import random
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlptk.errors import InputError, ModelFormatError, NlptkError, OutputError
from nlptk.lm import arpa as module
from nlptk.lm.arpa import Arpa, read_arpa, write_arpa
from tests.reference import arpa as reference

SMALL = """\\data\\
ngram 1=5
ngram 2=3
ngram 3=1

\\1-grams:
-1.5\t<unk>\t0
0\t<s>\t-0.30103
-0.5\t</s>
-0.7\t北京\t-0.25
-0.9\ta\t0.125

\\2-grams:
-0.1\t<s> 北京\t-0.5
-0.2\t北京 a\t0
-0.3\ta </s>

\\3-grams:
-0.05\t<s> 北京 a

\\end\\
""".encode()
WORDS = ["a", "b", "北京", "x" * 9, "y" * 30, "\x0b", "\x00", "\\1-grams:", "-1.5", "\u3000", "ngram", "é" * 4]

model = st.builds(
    lambda order, special, words, seed: random_model(random.Random(seed), order, [*special, *words]),
    st.integers(1, 5),
    st.permutations(["<unk>", "<s>", "</s>"]).flatmap(lambda all: st.integers(0, 3).map(lambda n: all[:n])),
    st.lists(st.sampled_from(WORDS), unique=True, min_size=1),
    st.integers(0, 99),
)


def random_model(rng: random.Random, order: int, listed: list[str]) -> tuple[list[str], list[list[reference.Row]]]:
    """Words by id and sections, with the unigrams in the order of the list."""
    words = ["<unk>", "<s>", "</s>", *(word for word in listed if word[0] != "<")]
    unigrams = [words.index(word) for word in listed]

    def number() -> float:
        x = -rng.choice([0, round(rng.random() * 7, 7), rng.random() * 10 ** rng.randint(-9, 3), 99])
        return float(np.float32(x)) + 0.0

    sections = []
    for n in range(1, order + 1):
        grams = [(i,) for i in unigrams] if n == 1 else [tuple(rng.choices(unigrams, k=n)) for _ in range(rng.randint(0, 5))]
        sections.append([(gram, number(), -number() if n < order else 0.0) for gram in grams])
    return words, sections


def everything(arpa: Arpa) -> reference.Model:
    """What a file holds, as the reference gives it."""
    sections = []
    for n in range(1, arpa.order + 1):
        rows: list[reference.Row] = []
        for ids, log_prob, log_backoff in arpa.chunks(n):
            assert ids.dtype == np.uint32 and log_prob.dtype == log_backoff.dtype == np.float32
            rows += zip(map(tuple, ids.tolist()), log_prob.tolist(), log_backoff.tolist(), strict=True)
        sections.append(rows)
    return reference.Model(arpa.counts, arpa.words, arpa.missing, sections)


def same(data: bytes) -> bool:
    """Read as the reference reads it: the same model, or a mistake in the same line. Returns whether it is a model."""
    try:
        expected = reference.read(data)
    except reference.ArpaError as error:
        with pytest.raises(ModelFormatError) as caught:
            everything(read_arpa(io.BytesIO(data)))
        assert caught.value.line == error.line, (str(caught.value), str(error))
        return False
    assert everything(read_arpa(io.BytesIO(data))) == expected
    return True


@given(model)
def test_round_trip(made):
    words, sections = made
    out, counts = io.BytesIO(), [len(rows) for rows in sections]

    def chunks(n):
        rows = sections[n - 1]
        for start in range(0, len(rows), 2):
            some = rows[start : start + 2]
            numbers = np.array([row[1:] for row in some], np.float32).T
            yield np.array([row[0] for row in some], np.uint32), numbers[0], numbers[1]

    write_arpa(out, counts, words, chunks)
    data = out.getvalue()
    assert same(data)
    found = everything(read_arpa(io.BytesIO(data)))
    assert (found.counts, found.words, found.sections) == (counts, words, sections)  # to the last bit, -0 aside
    assert same(reference.write(words, sections))
    if all(struct.unpack("f", struct.pack("f", round(x, 7)))[0] == x for rows in sections for row in rows for x in row[1:]):
        assert data == reference.write(words, sections)
    again = io.BytesIO()
    arpa = read_arpa(io.BytesIO(data))
    write_arpa(again, arpa.counts, arpa.words, arpa.chunks)
    assert again.getvalue() == data


def test_the_small_file():
    assert same(SMALL)
    arpa = read_arpa(io.BytesIO(SMALL))
    assert (arpa.order, arpa.counts, arpa.missing) == (3, [5, 3, 1], ())
    assert arpa.words == ["<unk>", "<s>", "</s>", "北京", "a"]
    [(ids, log_prob, log_backoff)] = arpa.chunks(2)
    assert ids.tolist() == [[1, 3], [3, 4], [4, 2]]
    assert log_prob.tolist() == pytest.approx([-0.1, -0.2, -0.3])
    assert log_backoff.tolist() == pytest.approx([-0.5, 0, 0])


@pytest.mark.parametrize("block", [1, 7, 64])
def test_blocks_of_any_size(monkeypatch, block):
    monkeypatch.setattr(module, "_BLOCK", block)
    monkeypatch.setattr(module, "_ROWS", 2)
    assert same(SMALL)
    assert same(SMALL.replace(b"\n", b"\r\n"))


def test_cut_short_anywhere():
    good = [n for n in range(len(SMALL)) if same(SMALL[:n])]
    assert good == [len(SMALL) - 1]  # without the last line feed


def test_mutated_bytes():
    rng, good = random.Random(4), 0
    for _ in range(3000):
        data = bytearray(SMALL)
        for _ in range(rng.choice([1, 1, 1, 2, 5])):
            at = rng.randrange(len(data))
            kind = rng.random()
            if kind < 0.5:
                data[at] = rng.choice(b"\n\r\t .-+0123456789eE\\nab<>/s\x00\xff\xe5")
            elif kind < 0.7:
                del data[at : at + rng.choice([1, 1, 5, 40])]
            else:
                start = rng.randrange(len(data))
                data[at:at] = data[start : start + rng.choice([1, 3, 20])]
        good += same(bytes(data))
    assert 100 < good < 2900


@given(st.lists(st.sampled_from([line + b"\n" for line in SMALL.split(b"\n")]), max_size=30).map(b"".join))
def test_shuffled_lines(data):
    same(data)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"\n", b"\r\n"),
        (b"\t", b" "),
        (b" ", b"\t"),
        (b"\n\\", b"\n \n\n\\"),
        (b"-0.2", b"-2E-1"),
        (b"\\end\\\n", b"\\end\\\n\n \n"),
        (b"\\data\\", b"\n\n\\data\\  "),
        (b"-0.2", b"0.00000003"),  # rounding
        (b"\t<unk>\t0", b"\t<UNK>\t0"),  # a word like any other: lmplz writes both
        ("北京".encode(), b"a\x0bb"),
        (b"ngram 3=1", b"ngram 3 = 1"),
        ("<s> 北京 a\n".encode(), "<s> 北京 a\t-0\n".encode()),  # the highest order has no backoff but zero
        (b"ngram 3=1\n", b"ngram 3=0\n"),
    ],
)
def test_what_is_tolerated(old, new):
    data = SMALL.replace(old, new)
    if b"3=0" in new:
        data = data.replace("-0.05\t<s> 北京 a\n".encode(), b"")
    assert same(data)


@pytest.mark.parametrize(
    ("old", "new", "line", "complaint"),
    [
        (b"\\data\\", b"\xff\x00PK", 1, "expected \\data\\, found '\ufffd\\x00PK': is this an ARPA file?"),
        (b"\\data\\", b"", 2, "expected \\data\\, found 'ngram 1=5'"),
        (b"ngram 2=3", b"ngram 3=3", 3, "expected ngram 2=COUNT, found 'ngram 3=3'"),
        (b"ngram 2=3", b"ngram 2=-3", 3, "expected ngram 2=COUNT"),
        (b"ngram 1=5\nngram 2=3\nngram 3=1\n", b"", 3, "no unigrams"),
        (b"ngram 1=5", b"ngram 1=0", 6, "no unigrams"),
        (b"ngram 1=5", b"ngram 1=6", 13, "the section ends after 5 1-grams, expected 6"),
        (b"ngram 1=5", b"ngram 1=4", 11, "expected \\2-grams:, found '-0.9\\ta\\t0.125'"),
        (b"\\2-grams:", b"\\3-grams:", 13, "expected \\2-grams:, found '\\3-grams:'"),
        (b"\\end\\\n", b"", 20, "the file ends, expected \\end\\"),
        (b"\\end\\", b"\\end", 21, "expected \\end\\"),
        (b"\\end\\", b"\\end\\\nmore", 22, "expected nothing behind \\end\\, found 'more'"),
        (b"-0.2\t", b"nan\t", 15, "'nan', expected a finite log10 probability"),
        (b"-0.2\t", b"-inf\t", 15, "'-inf', expected a finite log10 probability"),
        (b"-0.2\t", b"-1e39\t", 15, "expected a finite log10 probability"),
        (b"-0.2\t", b"-0.2x\t", 15, "expected a finite log10 probability"),
        (b"-0.2\t", b"0.2\t", 15, "log10 probability '0.2' is above 0"),
        (b"-0.25", b"nan", 10, "'nan', expected a finite log10 backoff weight behind 1 word"),
        (b" a\t0\n", b"\t0\n", 15, "word '0' is not among the unigrams"),
        (b" a\t0\n", b"\n", 15, "expected a probability and 2 words and at most a backoff"),
        (b" a\t0\n", b" a a\t0\n", 15, "'a', expected a finite log10 backoff weight behind 2 words"),
        (b" a\t0\n", b" a 0\t0\n", 15, "expected a probability and 2 words and at most a backoff"),
        ("北京 a\n".encode(), "北京 a -1\n".encode(), 19, "expected a probability and 3 words (the highest order has no back"),
        ("<s> 北京 a".encode(), "<s> 北平 a".encode(), 19, "word '北平' is not among the unigrams"),
        (b"<s> \xe5", b"<s> \xff\xe5", 14, "word '\ufffd北京' is not among the unigrams"),
        (b"\ta\t0.125", "\t北京\t0.125".encode(), 11, "word '北京' is among the unigrams twice"),
        (b"\ta\t0.125", b"\t<unk>\t0.125", 11, "word '<unk>' is among the unigrams twice"),
        (b"\ta\t0.125", b"\t\xff\t0.125", 11, "word '\ufffd' is not UTF-8"),
        (b"\t</s>\n", b"\tz\n", 16, "word '</s>' is not among the unigrams"),
    ],
)
def test_mistakes(tmp_path, old, new, line, complaint):
    data = SMALL.replace(old, new, 1) if old[:2] != b"<s" else SMALL.replace(old, new)
    assert data != SMALL
    path = tmp_path / "model.arpa"
    path.write_bytes(data)
    with pytest.raises(ModelFormatError) as caught, read_arpa(path) as arpa:
        everything(arpa)
    assert str(caught.value).startswith(f"{path}:{line}: ")
    assert complaint in str(caught.value)
    assert not same(data)


def test_orders_that_are_too_high():
    counts = b"".join(b"ngram %d=1\n" % n for n in range(1, 22))
    sections = b"".join(b"\\%d-grams:\n-1 a%s\n" % (n, b" a" * (n - 1)) for n in range(1, 22))
    assert not same(b"\\data\\\n" + counts + sections + b"\\end\\")
    assert same(b"\\data\\\n" + counts[:-11] + sections[: sections.index(b"\\21")] + b"\\end\\")


def test_promises_cost_nothing():
    with pytest.raises(ModelFormatError, match="after 1 1-grams, expected 999999999999999999"):
        read_arpa(io.BytesIO(b"\\data\\\nngram 1=999999999999999999\n\\1-grams:\n-1 a\n"))


def test_a_line_without_end(monkeypatch):
    monkeypatch.setattr(module, "_LONGEST", 1 << 21)
    with pytest.raises(ModelFormatError, match=":1: a line of more than 2 MB"):
        read_arpa(io.BytesIO(bytes(1 << 23)))


def test_sections_come_in_turn():
    arpa = read_arpa(io.BytesIO(SMALL))
    assert len(list(arpa.chunks(1))) == len(list(arpa.chunks(1))) == 1
    [(ids, _, _)] = arpa.chunks(3)
    assert ids.tolist() == [[1, 3, 4]]
    for n in (0, 2, 3, 4):
        with pytest.raises(ValueError, match="section"):
            list(arpa.chunks(n))
    broken = SMALL.replace("<s> 北京\t".encode(), b"<s> \t")
    with pytest.raises(ModelFormatError, match=":14:"):
        list(read_arpa(io.BytesIO(broken)).chunks(3))


def test_packed_files_and_no_files(tmp_path):
    expected = reference.read(SMALL)
    for name, pack in (("a.arpa.gz", gzip.compress), ("a.arpa.bz2", bz2.compress), ("a.arpa", bytes)):
        (tmp_path / name).write_bytes(pack(SMALL))
        with read_arpa(tmp_path / name) as arpa:
            assert everything(arpa) == expected
        with read_arpa(tmp_path / name) as arpa:
            write_arpa(tmp_path / f"out-{name}", arpa.counts, arpa.words, arpa.chunks)
        with read_arpa(tmp_path / f"out-{name}") as arpa:
            assert everything(arpa) == expected
    (tmp_path / "a.gz").write_bytes(gzip.compress(SMALL)[:-9])
    with pytest.raises(InputError, match="truncated"):
        read_arpa(tmp_path / "a.gz")
    with pytest.raises(InputError, match="no such file"):
        read_arpa(tmp_path / "missing")
    (tmp_path / "empty").touch()
    with pytest.raises(ModelFormatError, match="the file ends, expected"):
        read_arpa(tmp_path / "empty")


@pytest.mark.parametrize("word", ["", "a b", "a\tb", "a\nb", "a\r"])
def test_words_that_cannot_be_written(tmp_path, word):
    target = tmp_path / "out.arpa"
    with pytest.raises(OutputError, match="white space"):
        write_arpa(target, [1], ["<unk>", "<s>", "</s>", word], lambda n: [])
    assert not target.exists()


def test_what_cannot_be_written_leaves_no_file(tmp_path):
    target = tmp_path / "out.arpa"
    zero = np.zeros(1, np.float32)
    with pytest.raises(NlptkError, match="0 1-grams, 1 were announced"):
        write_arpa(target, [1], ["a"], lambda n: [])
    with pytest.raises(NlptkError, match="order 0"):
        write_arpa(target, [], ["a"], lambda n: [])
    with pytest.raises(ValueError, match="finite"):
        write_arpa(target, [1], ["a"], lambda n: [(np.zeros((1, 1), np.uint32), zero + np.nan, zero)])
    assert not any(tmp_path.iterdir())


def test_a_word_longer_than_the_buffer(monkeypatch):
    monkeypatch.setattr(module, "_BLOCK", 8)
    out, zero = io.BytesIO(), np.zeros(1, np.float32)
    write_arpa(out, [1], ["a" * 3000], lambda n: [(np.zeros((1, 1), np.uint32), zero, zero)])
    assert b"0\t" + b"a" * 3000 + b"\n" in out.getvalue()


def test_kenlm_reads_what_we_write(tmp_path):
    kenlm = pytest.importorskip("kenlm")
    path = tmp_path / "model.arpa"
    arpa = read_arpa(io.BytesIO(SMALL))
    write_arpa(path, arpa.counts, arpa.words, arpa.chunks)
    theirs = kenlm.Model(str(path))
    assert theirs.order == 3
    scores = [(round(score, 5), length, oov) for score, length, oov in theirs.full_scores("北京 a")]
    assert scores == [(-0.1, 2, False), (-0.05, 3, False), (-0.3, 2, False)]
