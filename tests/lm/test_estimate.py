"""Estimates from every form of text, with checked parameters, clear errors, and temporary files that vanish."""

from __future__ import annotations

import contextlib
import gzip
import io
import math
import os
import random
import tempfile
from pathlib import Path

import numpy as np
import pytest

from nlptk.errors import CorpusEncodingError, CorpusFormatError, InputError, NlptkError, OutputError, ParameterError
from nlptk.lm.arpa import read_arpa
from nlptk.lm.estimate import count_ngrams, estimate
from tests.ext.test_ngram_estimate import SMOOTHINGS, arpa_of, assert_equal, close, n_grams
from tests.reference import ngram

TEXT = """the cat sat on the mat
the dog sat on the log

北京 大学 在 北京
 the\tcat  and the dog \r
the\u3000cat\u00a0sat \u2028 on\x0bit\x0c
"""


def random_text(n: int, seed: int = 1) -> str:
    rng = random.Random(seed)
    return "".join(f"{rng.choice('xyz')}{int(rng.paretovariate(0.6)) % 5000}" + rng.choice("   \n") for _ in range(n))


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some 200,000 tokens, more than 1M of memory holds."""
    path = tmp_path_factory.mktemp("lm") / "corpus.txt"
    path.write_text(random_text(200_000), "utf-8")
    return path


def arpa(corpus, **options) -> str:
    with estimate(corpus, **options) as found:
        return arpa_of(found)


# ---- what it gives


def test_equals_the_reference_on_a_file(tmp_path):
    (tmp_path / "a").write_bytes(TEXT.encode())
    with estimate(tmp_path / "a", order=3) as found:
        assert_equal(found, ngram.estimate(ngram.split(TEXT), 3))
        assert "the\u3000cat\u00a0sat" in found.words  # only ASCII white space and NUL separate
        assert "on\x0bit" not in found.words
        assert found.words[:5] == ["<unk>", "<s>", "</s>", "the", "cat"]
        assert (found.tokens, found.sentences) == (25, 6)


@pytest.mark.parametrize("smoothing", SMOOTHINGS)
@pytest.mark.parametrize("prune", [[], [0, 1]])
def test_the_arpa_file_holds_the_numbers(path, smoothing, prune):
    with estimate(random_text(3000).split("\n"), order=3, smoothing=smoothing, prune=prune) as found:
        lines = arpa_of(found).split("\n")
        expected = ngram.arpa(ngram.estimate(ngram.split(random_text(3000)), 3, smoothing, prune=prune)).split("\n")
        numbers = n_grams(found)
    assert len(lines) == len(expected)
    n = 0
    for line, wanted in zip(lines, expected, strict=True):
        if line.endswith("-grams:"):
            n += 1
        if "\t" not in line:
            assert line == wanted
            continue
        fields = line.split("\t")
        assert fields[1] == wanted.split("\t")[1]
        assert len(fields) == len(wanted.split("\t")) == (2 if n == 3 else 3)
        log_p, log_backoff = numbers[n - 1][tuple(fields[1].split(" "))]
        assert float(fields[0]) == pytest.approx(log_p, abs=5.1e-8, rel=1e-7)
        assert close(float(fields[0]), float(wanted.split("\t")[0]))
        if n < 3:
            assert float(fields[2]) == pytest.approx(log_backoff, abs=5.1e-8, rel=1e-7)


@pytest.mark.parametrize("smoothing", SMOOTHINGS)
def test_the_arpa_file_is_read_back_as_it_is(tmp_path, smoothing):
    """Words with odd white space inside among them."""
    with estimate(ngram.split(TEXT + random_text(2000)), order=3, smoothing=smoothing) as found:
        (tmp_path / "a.arpa").write_text(arpa_of(found), "utf-8", newline="\n")
        read = read_arpa(tmp_path / "a.arpa")
        assert (read.words, read.counts) == (found.words, found.counts)
        for n in (1, 2, 3):
            ours, theirs = list(found.read(n)), list(read.chunks(n))
            for a, b in zip(zip(*ours, strict=True), zip(*theirs, strict=True), strict=True):
                assert np.array_equal(np.concatenate(a), np.concatenate(b))
        read.close()


def test_chunks_can_be_read_again_and_at_once():
    with estimate(random_text(2000).split("\n"), order=3) as found:
        once, twice = n_grams(found), n_grams(found)
        assert once == twice
        pairs = list(zip(found.chunks(2), found.chunks(2), strict=True))
        assert all((a[1] == b[1]).all() for a, b in pairs)
        assert [math.fsum(1 for _ in found.chunks(n)) >= 1 for n in (1, 2, 3)] == [True] * 3
        assert arpa_of(found) == arpa_of(found)
    for n in (0, 4):
        with estimate(["a b"], order=3) as found, pytest.raises((ValueError, IndexError)):
            list(found.chunks(n))


def test_the_logarithm_of_nothing_is_a_number():
    with estimate(["a b", "a c"], order=2, discount_fallback=(0, 0, 0)) as found:
        lines = arpa_of(found).split("\n")
    assert "-99\t<unk>\t0" in lines
    assert "0\t<s>\t-99" in lines


def test_values_have_seven_decimals():
    with estimate(random_text(2000).split("\n"), order=2) as found:
        for n in (1, 2):
            for _, _, *columns in found.chunks(n):
                for column in columns:
                    assert (column == (np.round(column.astype(np.float64) * 1e7) / 1e7).astype(np.float32)).all()


def test_tiny_text_falls_back_with_a_warning(caplog):
    with estimate(["a b", "a c"], order=2, discount_fallback=(0.3, 0.6, 0.9)) as found:
        assert found.discounts == [pytest.approx((0.3, 0.6, 0.9))] * 2
    assert "discount" in caplog.text
    caplog.clear()
    with estimate(["a b", "a c"], order=2, smoothing="witten-bell"):
        pass
    with estimate(random_text(20_000).split("\n"), order=2):
        pass
    assert caplog.text == ""


# ---- forms of input


def test_every_form_of_text_gives_the_same(tmp_path):
    text = random_text(5000)
    sentences = ngram.split(text)
    expected = arpa([" ".join(sentence) for sentence in sentences], order=3)
    (tmp_path / "whole").write_text(text, "utf-8")
    head, tail = text[: text.index("\n", 9000) + 1], text[text.index("\n", 9000) + 1 :]
    (tmp_path / "head").write_text(head, "utf-8")
    (tmp_path / "tail").write_text(tail, "utf-8")
    (tmp_path / "packed.gz").write_bytes(gzip.compress(text.encode()))
    (tmp_path / "windows").write_bytes(text.replace("\n", "\r\n").encode())
    (tmp_path / "mark").write_bytes(b"\xef\xbb\xbf" + text.encode())
    forms = {
        "path": tmp_path / "whole",
        "name": str(tmp_path / "whole"),
        "paths": [tmp_path / "head", tmp_path / "tail"],
        "gz": tmp_path / "packed.gz",
        "windows": tmp_path / "windows",
        "mark": tmp_path / "mark",
        "lists": sentences,
        "tuples": [tuple(sentence) for sentence in sentences],
        "generator of lists": (sentence for sentence in sentences),
        "lines with ends": text.splitlines(keepends=True),
        "generator of str": (" ".join(sentence) for sentence in sentences),
    }
    found = {name: arpa(form, order=3) == expected for name, form in forms.items()}
    assert found == dict.fromkeys(forms, True)


def test_the_last_line_may_lack_its_end(tmp_path):
    (tmp_path / "a").write_text("a b\nb c", "utf-8")
    (tmp_path / "b").write_text("c\n", "utf-8")
    with estimate([tmp_path / "a", tmp_path / "b"], order=2) as found:
        assert found.sentences == 3
        assert arpa_of(found) == arpa(["a b", "b c", "c"], order=2)


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16", "big5"])
def test_other_encodings(tmp_path, encoding):
    text = "北京 大學 在\n中國 的 北京 大學\n" * 5
    (tmp_path / "a").write_text(text, encoding)
    assert arpa(tmp_path / "a", order=2, encoding=encoding) == arpa(text.split("\n")[:-1], order=2)


def test_blocks_may_be_cut_anywhere(tmp_path, monkeypatch):
    from nlptk.corpus import blocks

    text = random_text(2000) + "北京 大学\u3000x 𠮷\n" * 50
    (tmp_path / "a").write_text(text, "utf-8")
    whole = arpa(tmp_path / "a", order=2)
    for size in (1, 2, 3, 5, 1021):
        monkeypatch.setattr(blocks, "_BLOCK", size)
        assert arpa(tmp_path / "a", order=2) == whole
        assert arpa(text.split("\n")[:-1], order=2) == whole


def test_blank_lines_are_sentences_without_words(tmp_path):
    (tmp_path / "a").write_text("\na\n \t\n\na b\n\n", "utf-8")
    expected = ngram.estimate([[], ["a"], [], [], ["a", "b"], []], 2)
    for corpus in (tmp_path / "a", ["", "a", " \t", "", "a b", ""], [[], ["a"], [], [], ["a", "b"], []]):
        with estimate(corpus, order=2) as found:
            assert_equal(found, expected)


# ---- vocabularies


def test_vocabulary_from_words_and_from_a_file(tmp_path):
    lines = ["a b c", "a b d", "c c a"]
    (tmp_path / "words").write_text("a\nc\nnever\n", "utf-8")
    expected = ngram.estimate([line.split() for line in lines], 2, vocabulary={"a", "c", "never"})
    for vocabulary in (
        ["a", "c", "never"],
        {"never", "c", "a"},
        iter(["c", "a", "never", "a"]),
        tmp_path / "words",
        str(tmp_path / "words"),
    ):
        with estimate(lines, order=2, vocabulary=vocabulary) as found:
            assert_equal(found, expected)
            assert found.words == ["<unk>", "<s>", "</s>", "a", "c", "never"]


def test_words_of_a_vocabulary_that_are_rare_or_unseen():
    lines = ["a a b", "c c"]
    with estimate(lines, order=2, vocabulary=["a", "b", "z"], min_count=2) as found:
        assert found.words[3:] == ["a", "z"]
    with estimate(lines, order=2, vocabulary=["b", "z"], max_vocabulary=5) as found:
        assert found.words[3:] == ["b"]
    with estimate(lines, order=2, vocabulary=["b", "z"], prune=[1]) as found:
        assert found.words[3:] == []
    with estimate(lines, order=2, vocabulary=["z"]) as found:
        assert found.words[3:] == ["z"]


def test_frequent_words_stay_and_ties_go_to_the_first():
    lines = ["e d c b a", "a b", "a c d e"]
    for most, words in {1: ["a"], 2: ["e", "a"], 3: ["e", "d", "a"], 5: ["e", "d", "c", "b", "a"], 9: [*"edcba"]}.items():
        with estimate(lines, order=2, max_vocabulary=most) as found:
            assert found.words[3:] == words
    with estimate(lines, order=2, min_count=3) as found:
        assert found.words[3:] == ["a"]
        assert found.tokens == 11


def test_pruned_words_are_gone():
    with estimate(["a a a b", "a b a", "x a y"] * 2, order=2, prune=[2, 2]) as found:
        assert found.words == ["<unk>", "<s>", "</s>", "a", "b"]


# ---- errors


@pytest.mark.parametrize("corpus", [[], [""], ["", "  ", "\t"], [[]], [[], []]])
def test_an_empty_corpus_is_refused(corpus):
    with pytest.raises(NlptkError, match="not a word"):
        estimate(corpus, order=2)


@pytest.mark.parametrize("content", [b"", b"\n", b"\n \n\t\r\n\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_refused_by_name(tmp_path, content):
    (tmp_path / "empty.txt").write_bytes(content)
    with pytest.raises(NlptkError, match=r"empty\.txt: not a word"):
        estimate(tmp_path / "empty.txt", order=2)


@pytest.mark.parametrize("mark", ["<s>", "</s>"])
@pytest.mark.parametrize("before", [0, 1, 2, 50_000, 300_000])
def test_sentence_marks_in_the_text_are_named_by_line(tmp_path, mark, before):
    (tmp_path / "marked.txt").write_text("a b c\n" * before + f"x {mark} y\n" + "a\n" * 10, "utf-8")
    with pytest.raises(CorpusFormatError, match=rf"marked\.txt:{before + 1}: .*{mark}") as caught:
        estimate(tmp_path / "marked.txt", order=2, memory="1M")
    assert caught.value.line == before + 1
    with pytest.raises(CorpusFormatError, match=mark):
        estimate([["a"], ["b", mark]], order=2)


def test_words_like_sentence_marks_are_words():
    with estimate(["<s>a <s </ss> <S> s> </s>>"], order=1) as found:
        assert found.words[3:] == ["<s>a", "<s", "</ss>", "<S>", "s>", "</s>>"]


@pytest.mark.parametrize("before", [0, 3, 100_000])
@pytest.mark.parametrize(
    ("data", "line", "byte"),
    [
        (b"abc\nde\xff\n", 2, 3),
        ("中文\n中".encode() + b"\xe6\x96", 2, 4),
        (b"a" * 20 + b"\x80b\nc", 1, 21),
        (b"a \xed\xa0\x80 b\n", 1, 3),
        (b"a \xc0\x80\n", 1, 3),
        (b"a \xf4\x90\x80\x80\n", 1, 3),
    ],
)
def test_wrong_bytes_are_named_by_line_and_byte(tmp_path, data, before, line, byte):
    (tmp_path / "a").write_bytes(b"x y z\n" * before + data)
    with pytest.raises(CorpusEncodingError, match=rf"a:{before + line}: byte {byte} of the line is 0x.., not UTF-8"):
        estimate(tmp_path / "a", order=2, memory="1M")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"order": 0}, "order"),
        ({"order": -1}, "order"),
        ({"order": 21}, "order.*20"),
        ({"order": 2.5}, "order"),
        ({"order": "x"}, "order"),
        ({"smoothing": "good-turing"}, "smoothing.*good-turing.*kneser-ney"),
        ({"smoothing": None}, "smoothing"),
        ({"prune": [1, 0]}, "prune"),
        ({"prune": [0, -1]}, "prune"),
        ({"prune": [0, 0, 0, 0]}, "prune"),
        ({"prune": [0.5]}, "prune"),
        ({"prune": ["x"]}, "prune"),
        ({"memory": "many"}, "memory"),
        ({"memory": "1K"}, "memory"),
        ({"threads": 0}, "threads"),
        ({"max_vocabulary": 0}, "max_vocabulary"),
        ({"min_count": 0}, "min_count"),
        ({"discount_fallback": (0.5, 1)}, "discount_fallback"),
        ({"discount_fallback": (0.5, 1, 3.5)}, "discount_fallback"),
        ({"discount_fallback": (-0.5, 1, 1)}, "discount_fallback"),
        ({"discount_fallback": (math.nan, 1, 1)}, "discount_fallback"),
        ({"smoothing": "jelinek-mercer", "weight": 1.5}, "weight"),
        ({"smoothing": "jelinek-mercer", "weight": -0.5}, "weight"),
        ({"smoothing": "jelinek-mercer", "weight": math.nan}, "weight"),
        ({"smoothing": "add-k", "k": 0}, "k="),
        ({"smoothing": "add-k", "k": -1}, "k="),
        ({"smoothing": "add-k", "k": math.inf}, "k="),
        ({"smoothing": "stupid-backoff", "backoff": 0}, "backoff"),
        ({"smoothing": "stupid-backoff", "backoff": math.nan}, "backoff"),
        ({"encoding": "klingon"}, "klingon"),
    ],
)
def test_wrong_parameters_are_named(tmp_path, options, message):
    (tmp_path / "a").write_text("a b\nb c\n", "utf-8")
    with pytest.raises(ParameterError, match=message):
        estimate(tmp_path / "a", **{"order": 3, **options})


def test_wrong_input_is_named(tmp_path):
    (tmp_path / "a").write_text("a b\n", "utf-8")
    with pytest.raises(InputError, match="missing: no such file"):
        estimate(tmp_path / "missing", order=2)
    with pytest.raises(InputError, match="missing: no such file"):
        estimate([tmp_path / "a", tmp_path / "missing"], order=2)
    with pytest.raises(InputError, match="words: no such file"):
        estimate(["a b"], order=2, vocabulary=tmp_path / "words")
    with pytest.raises(InputError, match="directory"):
        estimate(tmp_path, order=2)
    (tmp_path / "cut.gz").write_bytes(gzip.compress(random_text(3000).encode())[:-100])
    with pytest.raises(InputError, match=r"cut\.gz: damaged or truncated"):
        estimate(tmp_path / "cut.gz", order=2)
    for corpus in (["a b", b"x"], ["a", 3], [["a"], 3], [["a", 3]], 3, None):
        with pytest.raises(ParameterError, match="expected"):
            estimate(corpus, order=2)


@pytest.mark.parametrize("token", ["New York", "a\nb", "a\tb", "", "a\x00b", "a\rb"])
def test_tokens_that_no_file_can_hold_are_refused(token):
    with pytest.raises(NlptkError):
        estimate([["a"], ["x", token]], order=2)
    with pytest.raises(NlptkError):
        estimate(["a b"], order=2, vocabulary=["a", token])


def test_counting_checks_as_estimating_does(tmp_path):
    (tmp_path / "a").write_bytes(b"a b\nb \xff\n")
    for error, corpus, order, options in (
        (CorpusEncodingError, tmp_path / "a", 2, {}),
        (CorpusFormatError, ["a <s>"], 2, {}),
        (CorpusFormatError, [], 2, {}),
        (InputError, tmp_path / "b", 2, {}),
        (ParameterError, ["a"], 0, {}),
        (ParameterError, ["a"], 21, {}),
        (ParameterError, ["a"], 2, {"memory": "1"}),
    ):
        with pytest.raises(error):
            list(count_ngrams(corpus, order, **options))


# ---- temporary files


def test_temporary_files_vanish(path, tmp_path):
    with estimate(path, order=3, memory="1M", folder=str(tmp_path)) as found:
        n_grams(found)
    assert os.listdir(tmp_path) == []
    found.close()  # as often as one likes

    class Stop(Exception):
        pass

    def stop(n):
        raise Stop

    with pytest.raises(Stop):
        estimate(path, order=3, memory="1M", folder=str(tmp_path), progress=stop)
    assert os.listdir(tmp_path) == []
    with pytest.raises(OutputError, match="missing: no such file or directory, in a temporary file"):
        estimate(path, order=3, memory="1M", folder=str(tmp_path / "missing"))


def test_an_error_in_the_text_closes_the_temporary_file(path, tmp_path):
    with (tmp_path / "a").open("wb") as file:
        file.write(path.read_bytes() + b"\n\xff\n")
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    for _ in range(5):
        with pytest.raises(CorpusEncodingError):
            estimate(tmp_path / "a", order=3, memory="1M", folder=str(tmp_path))
    assert os.listdir(tmp_path) == ["a"]
    assert not before or len(os.listdir("/proc/self/fd")) <= before


def test_progress_is_told_of_every_byte(path):
    seen: list[int] = []
    with estimate(path, order=2, progress=seen.append):
        pass
    assert sum(seen) == 2 * path.stat().st_size
    assert min(seen) >= 0
    seen.clear()
    assert next(count_ngrams(path, 3, progress=seen.append))
    assert sum(seen) == 2 * path.stat().st_size


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
@pytest.mark.parametrize("threads", [1, 2])
def test_a_full_disk_is_an_output_error(path, tmp_path, monkeypatch, threads):
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda **_: Path("/dev/full").open("w+b", buffering=0))  # noqa: SIM115
    with pytest.raises(OutputError, match=f"{tmp_path}: no space left on device, in a temporary file"):
        estimate(path, order=3, memory="1M", folder=str(tmp_path), threads=threads)


@contextlib.contextmanager
def files_end_at(n_bytes: int):
    """What is written past so many bytes of a file fails."""
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.mark.parametrize("n_bytes", [0, 1 << 20, 3 << 20, 5 << 20])
def test_a_disk_that_gets_full_is_an_output_error(path, tmp_path, n_bytes):
    with files_end_at(n_bytes), pytest.raises(OutputError, match="in a temporary file"):
        estimate(path, order=5, memory="1M", folder=str(tmp_path))
    assert os.listdir(tmp_path) == []


def test_no_temporary_file_is_needed_where_memory_is_enough(tmp_path):
    with estimate(random_text(3000).split("\n"), order=3, memory="1G", folder=str(tmp_path / "missing")) as found:
        assert found.counts[0] > 300


def test_a_target_that_fails():
    class Full(io.BytesIO):
        def write(self, data):
            raise OSError(28, "No space left on device")

    with estimate(["a b"], order=2) as found, pytest.raises((OSError, OutputError)):
        found.write_arpa(Full())
