"""Files of word vectors: every format there and back, what is wrong with them, and other tools' readers."""

from __future__ import annotations

import gzip
import logging
import pickle
import struct
import tracemalloc

import numpy as np
import pytest

from nlptk.errors import InputError, ModelFormatError, OutputError, ParameterError
from nlptk.vectors import SubwordVectors, WordVectors, load_vectors
from nlptk.vectors.formats import save_vectors, target_format

WORDS = ["的", "king", "<unk>", "é", "3", "C++", "1e5", "\u00a0", "𠮷"]
MATRIX = np.concatenate([np.random.default_rng(3).standard_normal((7, 4)), [[0, 1e-30, -1e20, 3], [1, -2, 0.1, 1e-7]]])
MATRIX = MATRIX.astype(np.float32)


@pytest.fixture
def wv() -> WordVectors:
    return WordVectors(WORDS, MATRIX)


def same(a: WordVectors, b: WordVectors) -> bool:
    return a.words == b.words and bool((a.matrix == b.matrix).all())


@pytest.mark.parametrize("name", ["v.txt", "v.vec", "v.bin", "v.nlptk", "v.txt.gz", "v.bin.xz", "v.vec.bz2"])
def test_there_and_back_by_name(wv, tmp_path, name):
    save_vectors(wv, tmp_path / name)
    assert same(load_vectors(tmp_path / name), wv)
    assert same(load_vectors(tmp_path / name, limit=3), wv[:3])


@pytest.mark.parametrize("format", ["text", "glove", "binary", "nlptk", "fasttext"])
def test_there_and_back_whatever_the_name(wv, tmp_path, format):
    save_vectors(wv, tmp_path / "v", format)
    (tmp_path / "v.gz").write_bytes(gzip.compress((tmp_path / "v").read_bytes()))
    assert same(load_vectors(tmp_path / "v"), wv)
    assert format == "nlptk" or same(load_vectors(tmp_path / "v.gz"), wv)  # ours is mapped, so it is not packed
    assert same(load_vectors(tmp_path / "v", limit=2), wv[:2])


def test_subwords_there_and_back(tmp_path):
    subwords = SubwordVectors(WORDS, np.random.default_rng(1).standard_normal((9 + 20, 4)), 2, 3, 20, range(9, 0, -1))
    for format in ("nlptk", "fasttext"):
        save_vectors(subwords, tmp_path / "v", format)
        read = load_vectors(tmp_path / "v")
        assert same(read, subwords)
        assert (read["unseen"] == subwords["unseen"]).all()
        assert read.counts.tolist() == subwords.counts.tolist()
    save_vectors(subwords, tmp_path / "v", "text")
    assert same(load_vectors(tmp_path / "v"), subwords)


def test_formats_by_name():
    assert [target_format(f"a.{end}") for end in ("nlptk", "bin", "txt.gz", "VEC")] == ["nlptk", "binary", "text", "text"]
    assert target_format("a.bin", "fasttext") == "fasttext"
    for name, format in (("a", "auto"), ("a.gz", "auto"), ("a.txt", "x")):
        with pytest.raises(ParameterError, match="expected"):
            target_format(name, format)


def test_what_the_files_look_like(tmp_path):
    wv = WordVectors(["a", "的"], [[1, 0.5], [-0.25, 1e-9]])
    wv.save_word2vec_format(tmp_path / "t")
    assert (tmp_path / "t").read_text("utf-8") == "2 2\na 1 0.5\n的 -0.25 9.99999972e-10\n"
    wv.save_word2vec_format(tmp_path / "g", header=False)
    assert (tmp_path / "g").read_text("utf-8") == "a 1 0.5\n的 -0.25 9.99999972e-10\n"
    wv.save_word2vec_format(tmp_path / "b", binary=True)
    row = struct.pack("<2f", 1, 0.5), struct.pack("<2f", -0.25, 1e-9)
    assert (tmp_path / "b").read_bytes() == b"2 2\na " + row[0] + b"\n" + "的 ".encode() + row[1] + b"\n"
    (tmp_path / "b").write_bytes(b"2 2\na " + row[0] + "的 ".encode() + row[1])  # as gensim writes it
    assert same(load_vectors(tmp_path / "b"), wv)


def test_large_files_are_read_in_blocks(tmp_path, monkeypatch):
    monkeypatch.setattr("nlptk.vectors.formats._BLOCK", 1000)
    monkeypatch.setattr("nlptk.vectors.formats._FEW", 2)
    wv = WordVectors([f"w{i}" for i in range(500)], np.random.default_rng(0).standard_normal((500, 7)))
    for format in ("text", "glove", "binary", "fasttext"):
        save_vectors(wv, tmp_path / "v", format)
        assert same(load_vectors(tmp_path / "v"), wv)


def test_words_with_blanks(tmp_path):
    wv = WordVectors(["New York", ". . ."], [[1], [2]])
    for binary in (False, True):
        with pytest.raises(ParameterError, match=r"'New York' cannot be written.*blank"):
            wv.save_word2vec_format(tmp_path / "v", binary)
        assert not any(tmp_path.iterdir())
    wv.save_word2vec_format(tmp_path / "v", blank="_")
    assert load_vectors(tmp_path / "v").words == ["New_York", "._._."]
    (tmp_path / "v").write_text("New York 1 2\n. . . 1 2\n")
    assert load_vectors(tmp_path / "v").words == ["New York", ". . ."]
    with pytest.raises(ParameterError):
        WordVectors(["a"], [[np.nan]]).save_word2vec_format(tmp_path / "n")
    with pytest.raises(OutputError):
        wv.save(tmp_path / "no" / "v")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("3 4\na 1 2 3 4\nb 1 2\n", ":3: 2 numbers, expected 4"),
        ("2 2\na 1 2\n", ":3: truncated: 1 vectors, the header promises 2"),
        ("1 2\na 1 2\nb 1 2\n", ":3: more than the 1 vectors that the header promises"),
        ("2 3\na 1 2\nb 1 2\n", ":2: 2 numbers, expected 3"),
        ("2 2\na 1 2\nb 1 nan\n", ":3: 'nan', expected a word and 2 finite numbers"),
        ("2 2\na 1 2\na 3 4\n", "word 'a' has two vectors, number 1 and number 2"),
        ("a 1 2\nb 1 2 3\n", ":2: 3 numbers, expected 2"),
        ("a 1 2\n\n\nb 1 x\n", ":4: 'x', expected"),
        ("2 0\na\nb\n", ":1: a header that promises 2 vectors of 0 dimensions"),
        ("99999999999999 300\na 1\n", ":1: a header that promises"),
        ("", "empty, expected word vectors"),
        ("\n\n", "empty"),
        ("hello world\n", ":1: b'hello world\\n', expected word vectors"),
        ("a\n", ":1: b'a\\n', expected word vectors"),
    ],
)
def test_text_that_is_wrong(tmp_path, text, problem):
    path = tmp_path / "v.txt"
    path.write_text(text)
    with pytest.raises(ModelFormatError) as found:
        load_vectors(path)
    assert str(found.value).startswith(f"{path}:")
    assert problem in str(found.value)


def test_binary_that_is_wrong(wv, tmp_path):
    path = tmp_path / "v.bin"
    wv.save_word2vec_format(path, binary=True)
    data = path.read_bytes()
    for change, problem in (
        (data[:-3], r"truncated: 8 vectors, the header promises 9 \(vector 9, byte \d+\)"),
        (data + b"x", "more than the 9 vectors"),
        (data.replace(b"9 4\n", b"9 5\n", 1), "vector"),
        (data.replace(b"king ", b"k\xffng ", 1), "not UTF-8 .vector 2, byte"),
        (data.replace(MATRIX[1].tobytes(), np.full(4, np.inf, "<f4").tobytes()), "the vector of 'king' holds what is no finite"),
        (data.replace(b"king", b"\xe7\x9a\x84", 1), "'的' has two vectors"),
        (b"x" + data, "expected the number of words and of dimensions"),
    ):
        path.write_bytes(change)
        with pytest.raises(ModelFormatError, match=problem):
            WordVectors.load_word2vec_format(path, binary=True)


def test_every_truncation_is_seen(wv, tmp_path):
    path = tmp_path / "v"
    for format in ("text", "binary", "fasttext", "nlptk"):
        save_vectors(wv, path, format)
        data = path.read_bytes()
        for size in range(len(data) - (format != "fasttext")):  # without the last line feed nothing lacks
            path.write_bytes(data[:size])
            if format == "text" and data[:size].count(b" ") == data.count(b" "):
                continue  # a last number that is shorter is a number still
            with pytest.raises(ModelFormatError):
                load_vectors(path)
    packed = gzip.compress(b"2 2\na 1 2\nb 1 2\n")
    for size in range(len(packed)):
        (tmp_path / "v.gz").write_bytes(packed[:size])
        with pytest.raises((ModelFormatError, InputError)):
            load_vectors(tmp_path / "v.gz")


def test_files_of_something_else(tmp_path, monkeypatch):
    monkeypatch.setattr("nlptk.vectors.formats._BLOCK", 1 << 10)
    monkeypatch.setattr("nlptk.vectors.formats._LONGEST", 1 << 14)
    for data, problem in (
        (pickle.dumps({"vectors": 1}, 4), "a pickle"),
        (bytes(1 << 20), "expected word vectors"),
        (b"a" * (1 << 20), "expected word vectors"),
        (b"1 2\na " + b"1" * (1 << 20), "a line that does not end"),
        (b"1 99999999\na 1\n", "a header that promises"),
        (b"PK\x03\x04" + bytes(100), "expected word vectors"),
    ):
        (tmp_path / "v").write_bytes(data)
        with pytest.raises(ModelFormatError, match=problem):
            load_vectors(tmp_path / "v")


def test_rows_left_out(tmp_path, caplog):
    (tmp_path / "v").write_bytes(b"7 2\na 1 2\nb 1\na 3 4\nc nan 1\n\xff 1 2\nd 5 6\n")
    with caplog.at_level(logging.WARNING):
        wv = load_vectors(tmp_path / "v", on_error="skip")
    assert (wv.words, wv.matrix.tolist()) == (["a", "d"], [[1, 2], [5, 6]])
    assert "4 rows left out" in caplog.text
    assert "promises 7" in caplog.text
    row = struct.pack("<2f", 1, 2)
    (tmp_path / "b").write_bytes(b"3 2\na " + row + b"\xff " + row + b"b " + row)
    assert load_vectors(tmp_path / "b", on_error="skip").words == ["a", "b"]


def test_words_that_are_not_utf8(tmp_path):
    (tmp_path / "v").write_bytes(b"2 2\n\xffa 1 2\nb 1 2\n")
    with pytest.raises(ModelFormatError, match=r"v:2: word '\\xffa' is not UTF-8"):
        load_vectors(tmp_path / "v")
    assert load_vectors(tmp_path / "v", errors="replace").words == ["\ufffda", "b"]
    assert load_vectors(tmp_path / "v", errors="ignore").words == ["a", "b"]


def test_what_makes_no_sense(wv, tmp_path):
    wv.save_word2vec_format(tmp_path / "v")
    for options in ({"limit": 0}, {"errors": "x"}, {"on_error": "x"}):
        with pytest.raises(ParameterError):
            load_vectors(tmp_path / "v", **options)
    with pytest.raises(ParameterError):
        wv.save_word2vec_format(tmp_path / "w", binary=True, header=False)
    with pytest.raises(InputError):
        load_vectors(tmp_path / "none")
    with pytest.raises(InputError):
        load_vectors(tmp_path)


def test_an_interrupted_write_leaves_the_old_file(wv, tmp_path, monkeypatch):
    from nlptk.ext import vector_text

    path = tmp_path / "v.txt"
    path.write_text("old")

    def broken(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("nlptk.vectors.formats.kernel.write", broken)
    with pytest.raises(KeyboardInterrupt):
        wv.save_word2vec_format(path)
    assert vector_text.write is broken
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["v.txt"]


@pytest.mark.parametrize("binary", [False, True])
def test_gensim_reads_and_writes_the_same(wv, tmp_path, binary):
    models = pytest.importorskip("gensim").models
    plain = WordVectors([word for word in WORDS if word.strip()], MATRIX[[i for i, w in enumerate(WORDS) if w.strip()]])
    plain.save_word2vec_format(tmp_path / "a", binary)
    theirs = models.KeyedVectors.load_word2vec_format(str(tmp_path / "a"), binary=binary)
    assert theirs.index_to_key == plain.words
    assert (theirs.vectors == plain.matrix).all()
    theirs.save_word2vec_format(str(tmp_path / "b"), binary=binary)
    assert same(load_vectors(tmp_path / "b"), plain)


def test_a_byte_order_mark_is_no_word(wv, tmp_path):
    path = tmp_path / "v.txt"
    for header in (True, False):
        wv.save_word2vec_format(path, header=header)
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
        assert same(load_vectors(path), wv)


def test_text_whose_words_are_control_characters(tmp_path):
    odd = WordVectors(["\1", "a", "\x1b"], MATRIX[:3])
    odd.save_word2vec_format(tmp_path / "v.txt")
    assert same(load_vectors(tmp_path / "v.txt"), odd)


def test_dimensions_that_a_header_only_promises_take_no_memory(tmp_path):
    (tmp_path / "v.txt").write_text("1000000 1000000\na 1 2\n", "utf-8")
    tracemalloc.start()
    try:
        with pytest.raises(ModelFormatError, match="2 numbers, expected 1000000"):
            load_vectors(tmp_path / "v.txt")
        assert tracemalloc.get_traced_memory()[1] < 1 << 26
    finally:
        tracemalloc.stop()
