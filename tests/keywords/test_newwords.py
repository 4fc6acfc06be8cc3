"""New words: exact whatever the memory, checked parameters, and temporary files that vanish."""

from __future__ import annotations

import os
import random
import tempfile

import pytest

from nlptk.corpus import blocks
from nlptk.errors import CorpusEncodingError, InputError, NotFittedError, OutputError, ParameterError
from nlptk.keywords.newwords import NewWords
from nlptk.lexicon import Dictionary
from tests.reference.newwords import new_words


@pytest.fixture(scope="module")
def text() -> str:
    """Words of an invented language with repetitions: some 400,000 characters, more than 1M of memory holds."""
    rng = random.Random(1)
    characters = "".join(map(chr, range(0x4E00, 0x4E00 + 400)))
    words = ["".join(rng.choices(characters, k=rng.randint(1, 5))) for _ in range(3000)]
    weights = [1 / (i + 1) for i in range(len(words))]
    return "".join(word + rng.choice(["", "", "", "，", "\n"]) for word in rng.choices(words, weights, k=130_000))


@pytest.fixture(scope="module")
def path(text, tmp_path_factory):
    path = tmp_path_factory.mktemp("newwords") / "corpus.txt"
    path.write_text(text, "utf-8")
    return path


def test_equals_the_reference_and_does_not_depend_on_memory(path, text):
    found = [
        NewWords(3, 4, 1.0, 0.5, memory=memory, dictionary=False).fit(path).words_ for memory in ("1M", "3M", "64M", 1 << 29)
    ]
    assert found[0] == found[1] == found[2] == found[3]
    expected = new_words([text], 3, 4, 1.0, 0.5)
    assert {word: (count, *numbers) for word, count, *numbers in found[0]} == {
        word: (count, *(pytest.approx(x, rel=1e-12, abs=1e-12) for x in numbers)) for word, (count, *numbers) in expected.items()
    }
    scores = [NewWords.score(word) for word in found[0]]
    assert scores == sorted(scores, reverse=True)
    assert len(scores) > 500


def test_texts_are_like_lines_of_a_file(path, text):
    options = {"min_count": 3, "min_pmi": 1.0, "min_entropy": 0.5, "memory": "1M", "dictionary": False}
    assert NewWords(**options).fit(iter(text.split("\n"))).words_ == NewWords(**options).fit(path).words_


def test_files_count_together_and_end_runs(tmp_path):
    (tmp_path / "a").write_text("甲乙", "utf-8")
    (tmp_path / "b").write_text("丙丁，甲乙", "utf-8")
    finder = NewWords(1, 2, -99, 0, dictionary=False).fit_files([tmp_path / "a", tmp_path / "b"])
    assert {word: count for word, count, *_ in finder.words_} == {"甲乙": 2, "丙丁": 1}


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16"])
def test_other_encodings(tmp_path, path, text, encoding):
    (tmp_path / "a").write_text(text[:20_000], encoding)
    (tmp_path / "b").write_text(text[:20_000], "utf-8")
    finder = NewWords(2, min_pmi=1, dictionary=False)
    assert finder.fit_files([tmp_path / "a"], encoding=encoding).words_ == finder.fit(tmp_path / "b").words_ != []


def test_characters_and_lines_across_blocks(path, text, monkeypatch):
    finder = NewWords(3, min_pmi=1, dictionary=False)
    whole = finder.fit(path).words_
    monkeypatch.setattr(blocks, "_BLOCK", 1021)
    assert finder.fit(path).words_ == whole


@pytest.mark.parametrize("block", [4, 7, 1 << 18])
@pytest.mark.parametrize(
    ("data", "line", "byte"),
    [
        (b"abc\nde\xff\n", 2, 3),
        ("中文\n中".encode() + b"\xe6\x96", 2, 4),
        (b"\xff\xfea\0", 1, 1),
        (b"a" * 20 + b"\x80b\nc", 1, 21),
    ],
)
def test_wrong_bytes_are_named_by_line_and_byte(tmp_path, monkeypatch, block, data, line, byte):
    (tmp_path / "a").write_bytes(data)
    monkeypatch.setattr(blocks, "_BLOCK", block)
    with pytest.raises(CorpusEncodingError, match=rf"a:{line}: byte {byte} of the line is 0x.., not UTF-8"):
        NewWords().fit(tmp_path / "a")


def test_known_words_are_left_out(tmp_path):
    texts = ["我在清华大学", "去清华大学。", "清华大学！", "有凛雪鸦的", "看凛雪鸦", "凛雪鸦"]
    options = {"min_count": 2, "min_pmi": 1, "min_entropy": 1}

    def words(dictionary):
        return {word for word, *_ in NewWords(dictionary=dictionary, **options).fit(texts).words_}

    (tmp_path / "known.txt").write_text("凛雪鸦 3\n", "utf-8")
    assert words(False) == {"凛雪鸦", "清华大学"}
    assert words(None) == {"凛雪鸦"}
    assert words(tmp_path / "known.txt") == words(Dictionary.from_words(["凛雪鸦"])) == {"清华大学"}


@pytest.mark.parametrize("texts", [[], [""], ["abc"], ["中"], ["中", "文"]])
def test_nothing_to_find(texts, tmp_path):
    finder = NewWords(1, min_pmi=-99, min_entropy=0).fit(texts)
    assert finder.words_ == []
    finder.save_userdict(tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == b""


def test_surrogates_and_rare_characters_are_borders():
    finder = NewWords(1, 2, -99, 0, dictionary=False).fit(["甲\ud800乙丙𠮷丁戊"])
    assert [(word, count) for word, count, *_ in finder.words_] == [("丁戊", 1), ("乙丙", 1)]


def test_userdict_makes_them_words(tmp_path, path):
    finder = NewWords(3, min_pmi=2, dictionary=False).fit(path)
    finder.save_userdict(tmp_path / "words.txt")
    dictionary = Dictionary.from_file(tmp_path / "words.txt")
    assert dict(dictionary.items()) == {word: (count, "n") for word, count, *_ in finder.words_}
    finder.save_userdict(tmp_path / "words.txt", top=2)
    assert len((tmp_path / "words.txt").read_text("utf-8").splitlines()) == 2


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"min_count": 0}, "min_count=0: expected 1 or more"),
        ({"min_count": 1.5}, "min_count=1.5"),
        ({"max_length": 1}, "max_length=1: expected 2 to 6"),
        ({"max_length": 7}, "max_length=7: expected 2 to 6"),
        ({"min_pmi": "x"}, "min_pmi='x': expected a number"),
        ({"min_entropy": float("nan")}, "min_entropy=nan"),
        ({"memory": "many"}, "memory is 'many', expected a number of bytes such as 512M"),
        ({"memory": "1K"}, "memory='1K': expected 1M or more"),
        ({"dictionary": True}, "dictionary=True"),
    ],
)
def test_wrong_parameters_are_named(parameters, message):
    with pytest.raises(ParameterError, match=message):
        NewWords(**parameters).fit(["中文"])


def test_wrong_input_is_named(tmp_path):
    with pytest.raises(ParameterError, match="text 2 is a bytes"):
        NewWords().fit(["中文", b"x"])
    with pytest.raises(InputError, match="no such file"):
        NewWords().fit_files([__file__, tmp_path / "missing"])
    with pytest.raises(NotFittedError):
        NewWords().save_userdict(tmp_path / "out")


def test_temporary_files_vanish(path, tmp_path):
    seen = []
    finder = NewWords(3, memory="1M")
    finder.fit_files([path], folder=str(tmp_path), progress=lambda n: seen.append(n))
    assert sum(seen) == 2 * path.stat().st_size
    assert os.listdir(tmp_path) == []

    def stop(n):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        finder.fit_files([path], folder=str(tmp_path), progress=stop)
    assert os.listdir(tmp_path) == []
    with pytest.raises(OutputError, match="missing: no such file or directory, in a temporary file"):
        finder.fit_files([path], folder=str(tmp_path / "missing"))


def test_a_full_disk_is_an_output_error(path, tmp_path, monkeypatch):
    class Full:
        def __init__(self, **_):
            self.closed = False

        def seek(self, at):
            pass

        def write(self, data):
            raise OSError(28, "No space left on device")

        def close(self):
            self.closed = True

    monkeypatch.setattr(tempfile, "TemporaryFile", Full)
    with pytest.raises(OutputError, match=f"{tmp_path}: no space left on device, in a temporary file"):
        NewWords(memory="1M").fit_files([path], folder=str(tmp_path))


def test_parameters_go_round():
    base = pytest.importorskip("sklearn.base")
    finder = NewWords(min_count=9, memory="1G")
    assert base.clone(finder).get_params() == finder.get_params()
    assert repr(finder) == "NewWords(min_count=9, memory='1G')"
