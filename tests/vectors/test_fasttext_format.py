"""fastText's .bin files: there and back, what is wrong with them, and fastText's and gensim's own readers."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from nlptk.errors import ModelFormatError, ParameterError, UnknownWordError
from nlptk.vectors import SubwordVectors
from nlptk.vectors.fasttext_format import FastTextArguments, FastTextFile, read_fasttext, write_fasttext
from nlptk.vectors.subwords import buckets_of
from tests.reference import vectors as reference

WORDS = ["</s>", "的", "北京", "king", "kings", "x"]
ROWS = np.random.default_rng(2).standard_normal((len(WORDS) + 30, 5)).astype(np.float32)


@pytest.fixture
def subwords() -> SubwordVectors:
    return SubwordVectors(WORDS, ROWS, 2, 4, 30, [9, 5, 4, 3, 2, 1])


def model(**changes) -> FastTextFile:
    arguments = FastTextArguments(dim=5, bucket=30, minn=2, maxn=4)
    parts = {"words": WORDS, "counts": np.arange(6), "tokens": 15, "input": ROWS, "output": ROWS[:6] * 2}
    return FastTextFile(arguments, **{**parts, **changes})


def test_there_and_back(tmp_path):
    write_fasttext(tmp_path / "v", model())
    read = read_fasttext(tmp_path / "v")
    assert (read.arguments, read.words, read.tokens, read.labels) == (model().arguments, WORDS, 15, [])
    assert read.counts.tolist() == [0, 1, 2, 3, 4, 5]
    assert (read.input == ROWS).all()
    assert (read.output == ROWS[:6] * 2).all()
    assert read_fasttext(tmp_path / "v", output=False).output.shape == (0, 5)
    write_fasttext(tmp_path / "again", read)
    assert (tmp_path / "again").read_bytes() == (tmp_path / "v").read_bytes()


def test_labels_there_and_back(tmp_path):
    labelled = model(labels=["__label__a", "__label__b"], label_counts=np.array([3, 4]), output=ROWS[:2])
    labelled.arguments.model = 3
    write_fasttext(tmp_path / "v", labelled)
    read = read_fasttext(tmp_path / "v")
    assert (read.labels, read.label_counts.tolist(), read.output.shape) == (["__label__a", "__label__b"], [3, 4], (2, 5))


def test_the_head_is_that_of_fasttext(tmp_path):
    write_fasttext(tmp_path / "v", model())
    data = (tmp_path / "v").read_bytes()
    assert struct.unpack_from("<14id", data) == (793712314, 12, 5, 5, 5, 5, 5, 1, 2, 2, 30, 2, 4, 100, 1e-4)
    assert struct.unpack_from("<3i2q", data, 64) == (6, 6, 0, 15, -1)
    assert data[92:].startswith(b"</s>\0" + struct.pack("<qb", 0, 0) + "的".encode() + b"\0" + struct.pack("<qb", 1, 0))


def test_vectors_are_means_of_rows(subwords):
    for i, word in enumerate(WORDS):
        found = [] if word == "</s>" else reference.subwords(word.encode(), 2, 4, 30)
        assert buckets_of(word, 2, 4, 30).tolist() == found
        assert subwords[word] == pytest.approx(ROWS[[i, *(6 + b for b in found)]].mean(axis=0), abs=1e-6)
    unseen = reference.subwords("上海滩".encode(), 2, 4, 30)
    assert subwords["上海滩"] == pytest.approx(ROWS[[6 + b for b in unseen]].mean(axis=0), abs=1e-6)
    assert np.linalg.norm(subwords.get_vector("上海滩", norm=True)) == pytest.approx(1)


def test_words_without_ngrams_have_no_vector(subwords):
    longer = SubwordVectors(["a"], np.ones((1 + 5, 2)), 6, 6, 5)
    assert longer.knows("abcdef")
    assert not longer.knows("b")
    with pytest.raises(UnknownWordError):
        longer["b"]
    plain = SubwordVectors(["a"], np.ones((1, 2)), 0, 0, 0)
    assert plain["a"].tolist() == [1, 1]
    assert not plain.knows("b")


def test_questions_about_unseen_words(subwords):
    assert "unseen" not in subwords
    assert len(subwords.most_similar("unseen", topn=3)) == 3
    numbers, _ = subwords.nearest(["unseen", "king"], 3)
    assert [subwords.words[i] for i in numbers[0]] == [word for word, _ in subwords.most_similar("unseen", topn=3)]
    assert subwords.doesnt_match(["king", "kings", "unseen"]) in ("king", "kings", "unseen")
    mean = (subwords["unseen"] + subwords["king"]) / 2
    assert subwords.document_vector(["unseen", "king"]) == pytest.approx(mean, abs=1e-6)


def test_what_makes_no_model(tmp_path, subwords):
    for changes in ({"input": ROWS[:-1]}, {"counts": np.arange(5)}, {"output": ROWS[:6, :4]}):
        with pytest.raises(ParameterError, match="expected as many counts as words"):
            write_fasttext(tmp_path / "v", model(**changes))
    with pytest.raises(ParameterError, match="NUL"):
        write_fasttext(tmp_path / "v", model(words=[*WORDS[:5], "a\0b"]))
    assert not any(tmp_path.iterdir())
    for sizes in ((2, 4, 29), (-1, 4, 30), (2, 4, 1 << 31)):
        with pytest.raises(ParameterError, match="expected a row a word and a row a bucket"):
            SubwordVectors(WORDS, ROWS, *sizes)


def test_files_that_are_wrong(tmp_path):
    path = tmp_path / "v"
    write_fasttext(path, model())
    good = path.read_bytes()
    matrix = good.index(b"\0" + struct.pack("<2q", 36, 5))

    def changed(at: int, new: bytes) -> bytes:
        return good[:at] + new + good[at + len(new) :]

    for data, problem in (
        (changed(0, b"\0"), "no fastText .bin file"),
        (changed(4, b"\x0b"), r"fastText format 11, expected 12 \(at byte 4\)"),
        (changed(8, struct.pack("<i", -1)), "arguments that cannot be"),
        (changed(8, struct.pack("<i", 1 << 30)), "arguments that cannot be"),
        (changed(64, struct.pack("<3i", 7, 6, 0)), "7 entries of the dictionary"),
        (changed(64, struct.pack("<3i", 1 << 30, 1 << 30, 0)), "truncated: a dictionary of 1073741824 entries"),
        (changed(92, b"\xff"), "word 0, .* is not UTF-8"),
        (changed(matrix, b"\1"), "quantised"),
        (changed(matrix + 1, struct.pack("<q", 35)), r"shape \(35, 5\), expected \(36, 5\)"),
        (changed(matrix + 1, struct.pack("<q", 1 << 60)), "shape"),
        (changed(40, struct.pack("<i", 1 << 30)), "shape"),
        (changed(matrix + 17, struct.pack("<f", np.nan)), "row 0 of the input matrix holds what is no finite number"),
        (good + b"x", "more bytes behind the end"),
    ):
        path.write_bytes(data)
        with pytest.raises(ModelFormatError, match=problem) as found:
            read_fasttext(path)
        assert str(found.value).startswith(f"{path}: ")
        assert "(at byte" in str(found.value)
    with pytest.raises(ParameterError):
        read_fasttext(path, errors="x")
    path.write_bytes(changed(92, b"\xff"))
    assert read_fasttext(path, errors="replace").words[0] == "\ufffd/s>"


def test_fasttext_and_gensim_read_ours(tmp_path, subwords):
    fasttext, models = pytest.importorskip("fasttext"), pytest.importorskip("gensim.models.fasttext")
    path = str(tmp_path / "v.bin")
    subwords.save_fasttext(path)
    ours = SubwordVectors.load_fasttext(path)
    theirs, gensims = fasttext.load_model(path), models.load_facebook_vectors(path)
    for word in [*WORDS, "上海滩", "unseen", "é", "𠮷𠮷"]:
        assert ours[word] == pytest.approx(theirs.get_word_vector(word), abs=1e-6)
        if word != "</s>":  # gensim takes n-grams of it too
            assert ours[word] == pytest.approx(gensims[word], abs=1e-5)
