"""Corpora as numbers: every form of a corpus, every limit, every complaint."""

from __future__ import annotations

import gzip
import lzma
import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlptk.errors import CorpusEncodingError, CorpusFormatError, InputError, OutputError, ParameterError
from nlptk.vectors import corpus as module
from nlptk.vectors.corpus import build, encode, source_of
from nlptk.vectors.vocabulary import Vocabulary
from tests.reference import encode as reference

SENTENCES = st.lists(st.lists(st.sampled_from(["a", "b", "的", "cc", "d", "e\u3000f"]), max_size=8), max_size=12)


@given(SENTENCES, st.integers(0, 4), st.none() | st.integers(1, 4))
def test_vocabulary_and_numbers(sentences: list[list[str]], min_count: int, most: int | None) -> None:
    expected = reference.vocabulary(sentences, min_count, most)
    if not expected:
        with pytest.raises((CorpusFormatError, ParameterError)):
            build(sentences, min_count=min_count, max_final_vocab=most)
        return
    vocabulary, encoded = build(sentences, min_count=min_count, max_final_vocab=most)
    assert list(zip(vocabulary.words, vocabulary.counts.tolist(), strict=True)) == expected
    with encoded:
        ids = reference.encode(sentences, vocabulary.words)
        assert encoded.ids.tolist() == ids
        assert encoded.ids.dtype == np.int32 and not encoded.ids.flags.writeable
        assert (encoded.n_tokens, encoded.n_sentences) == (len(ids) - ids.count(-1), ids.count(-1))
        assert vocabulary.total == encoded.n_tokens
        assert vocabulary.raw_total == sum(map(len, sentences))
    with encode(sentences, vocabulary) as again:
        assert again.ids.tolist() == ids


def test_forms_of_a_corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_CHUNK", 7)
    text = "b a a\n\n  \nrare\na b  c\tc\r\nc"
    plain, packed, xz = tmp_path / "a.txt", tmp_path / "a.txt.gz", tmp_path / "a.txt.xz"
    plain.write_text(text)
    packed.write_bytes(gzip.compress(text.encode()))
    xz.write_bytes(lzma.compress(text.encode()))
    ids = [1, 0, 0, -1, 0, 1, 2, 2, -1, 2, -1]
    for each in (str(plain), packed, xz, text.split("\n"), [line.split() for line in text.split("\n")], iter(text.split("\n"))):
        vocabulary, encoded = build(each, min_count=2)
        assert vocabulary.words == ["a", "b", "c"] or vocabulary.words == ["a", "c", "b"]
        names = {"a": 0, "b": 1, "c": 2}
        with encoded:
            found = [-1 if number < 0 else names[vocabulary.words[number]] for number in encoded.ids.tolist()]
            assert found == ids
    vocabulary, encoded = build([plain, packed], min_count=1)
    with encoded:
        assert encoded.n_sentences == 8 and encoded.n_tokens == 18 and vocabulary.raw_total == 18


def test_long_lines_and_long_words(tmp_path: Path) -> None:
    rng = random.Random(2)
    words = rng.choices(["x", "yy", "字", "z" * 300_000], weights=[50, 30, 20, 0.01], k=1_000_000)
    path = tmp_path / "one.txt"
    path.write_text(" ".join(words), "utf-8")
    vocabulary, encoded = build(path, min_count=1)
    with encoded:
        assert encoded.n_sentences == 1 and encoded.n_tokens == len(words)
        assert encoded.ids.tolist() == reference.encode([words], vocabulary.words)


@given(SENTENCES, st.integers(1, 6))
def test_pruning_forgets_rare_words(sentences: list[list[str]], most: int) -> None:
    """Between blocks of text; of these corpora each is one block."""
    counts = reference.prune([[word for sentence in sentences for word in sentence]], most)
    try:
        vocabulary, encoded = build(sentences, min_count=1, max_vocab_size=most)
    except (CorpusFormatError, ParameterError):
        assert not counts
        return
    assert dict(zip(vocabulary.words, vocabulary.counts.tolist(), strict=True)) == dict(counts)
    assert vocabulary.raw_total == sum(map(len, sentences))
    with encoded:
        assert encoded.ids.tolist() == reference.encode(sentences, vocabulary.words)


def test_pruning_while_reading(tmp_path: Path) -> None:
    rng = random.Random(3)
    path = tmp_path / "many.txt"
    path.write_text("".join(f"the w{number} of v{rng.randrange(50)}\n" for number in range(100_000)))
    vocabulary, encoded = build(path, min_count=5, max_vocab_size=1000)
    with encoded:
        assert set(vocabulary.words) == {"the", "of", *(f"v{number}" for number in range(50))}
        assert encoded.n_tokens == 300_000 and vocabulary.raw_total == 400_000
        assert len(encoded.ids) == 400_000


def test_a_vocabulary_that_grows() -> None:
    base, first = build(["a a b"], min_count=1)
    first.close()
    vocabulary, encoded = build(["c b c d d d x"], min_count=2, base=base)
    with encoded:
        assert vocabulary.words == ["a", "b", "d", "c"]
        assert vocabulary.counts.tolist() == [2, 2, 3, 2] and vocabulary.raw_total == 10
        assert encoded.ids.tolist() == [3, 1, 3, 2, 2, 2, -1]
    assert base.words == ["a", "b"] and base.counts.tolist() == [2, 1]
    with pytest.raises(CorpusFormatError, match="no word of the corpus is in the vocabulary"):
        build(["x y"], min_count=2, base=base)


def test_unknown_words_do_not_fill_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_UNKNOWN", 10)
    sentences = [["a", f"u{number}", "b"] for number in range(40_000)]
    with encode(sentences, Vocabulary(["b", "a"], [1, 1])) as encoded:
        assert encoded.ids.tolist() == [1, 0, -1] * len(sentences)


def test_complaints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "bad.txt"
    path.write_bytes(b"good\nstill good\nbad \xff here\n")
    with pytest.raises(CorpusEncodingError, match=r"bad\.txt:3"):
        build(path)
    with pytest.raises(ParameterError, match=r"min_count=5: the most frequent one, 'b', occurs 3 times"):
        build(["a b b b"])
    with pytest.raises(ParameterError, match="min_count=3, max_final_vocab=1"):
        build(["a a b b"], min_count=1, max_final_vocab=1)
    for empty in ([], ["", " "], [[]]):
        with pytest.raises(CorpusFormatError, match="not a word in the corpus"):
            build(empty)
    with pytest.raises(InputError, match="no such file"):
        build(tmp_path / "missing.txt")
    with pytest.raises(CorpusFormatError, match=r"bad.*no word of the corpus is in the vocabulary"):
        path.write_text("x")
        encode(path, Vocabulary(["b"], [1]))
    with pytest.raises(ParameterError, match="expected a path, paths, or sentences"):
        build(3)  # type: ignore[arg-type]
    for name in ("min_count", "max_vocab_size", "max_final_vocab"):
        for value in (-1, 1.5, True):
            with pytest.raises(ParameterError, match=name):
                build(["a"], **{name: value})  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="read twice"):
        build(iter(["a"]), max_vocab_size=5)
    monkeypatch.setattr(module.tempfile, "TemporaryFile", lambda **_: Path("/dev/full").open("wb", buffering=0))  # noqa: SIM115
    with pytest.raises(OutputError, match="temporary file of numbers"):
        build(["a b"], min_count=1)


def test_an_interrupt_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.tempfile, "tempdir", str(tmp_path))

    def sentences() -> Iterator[str]:
        yield "a b " * 100_000
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(sentences())
    assert not list(tmp_path.iterdir())


def test_source_tells_whether_a_file_has_changed(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("a b")
    before = source_of(path)
    assert before == source_of(str(path)) == source_of([path])
    _, encoded = build(path, min_count=1)
    with encoded:
        assert encoded.source == before
    path.write_text("a b c")
    assert source_of(path) != before
    assert source_of("-") is source_of(["a b"]) is source_of([]) is source_of([path, "x"]) is None  # type: ignore[list-item]
    assert source_of(tmp_path / "missing") is None


def test_vocabulary() -> None:
    vocabulary = Vocabulary(["a", "b"], [3, 1], raw_total=9)
    assert vocabulary.index == {"a": 0, "b": 1} and "b" in vocabulary and "c" not in vocabulary
    assert len(vocabulary) == 2 and vocabulary.total == 4 and "4 of 9" in repr(vocabulary)
    with pytest.raises(ValueError, match="2 words"):
        Vocabulary(["a", "b"], [1])
