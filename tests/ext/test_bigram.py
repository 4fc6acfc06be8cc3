"""The bigram kernel against its reference."""

from __future__ import annotations

import json
import math
import random
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlptk.ext.bigram import Bigram, Lattice, Tables, word_numbers
from nlptk.ext.trie import Words
from nlptk.segment.bigram_fit import estimate
from nlptk.segment.bigram_model import ARRAYS, BigramModel
from tests import strategies
from tests.reference import bigram as reference

Sentences = list[list[str]]


def kernel(model: BigramModel, hmm: bool = True, user: dict[str, int | None] | None = None, force: bool = False) -> Bigram:
    words = None
    if user is not None:
        words = Words(open_frequencies=True)
        for word, frequency in user.items():
            words.add(word, 0 if frequency is None else frequency)
        words.freeze()
    return Bigram(model.tables, hmm, words, force)


@cache
def sample(corpora: Path) -> tuple[BigramModel, reference.Model]:
    sentences = [line.split() for line in (corpora / "segmented.zh.txt").read_text("utf-8").split("\n") if line]
    return estimate(sentences, 0.5, 1.0), reference.fit(sentences)


def user_costs(user: dict[str, int | None], mass: int) -> dict[str, int | None]:
    return {word: None if not f else round(1024 * max(math.log(mass) - math.log(f), 0)) for word, f in user.items()}


@given(text=strategies.text())
@pytest.mark.parametrize("hmm", [True, False])
def test_any_text_as_the_reference(corpora: Path, hmm: bool, text: str) -> None:
    model, slow = sample(corpora)
    assert kernel(model, hmm).cut(text) == reference.cut(text, slow, hmm)


ALPHABET = "甲乙丙丁aBＣ12３.％ 　\r\n"
SENTENCES = st.lists(st.lists(st.text("甲乙丙丁aＢ1２.", min_size=1, max_size=4), max_size=6), min_size=1, max_size=8)
SENTENCES = SENTENCES.filter(lambda sentences: any(len(sentence) > 1 for sentence in sentences))
PARTS = {"weight": st.sampled_from([0.0, 0.3, 0.5, 0.9]), "characters": st.sampled_from([0.0, 0.5, 1.0, 4.0, 16.0])}
PARTS["prune"] = st.sampled_from([0.0, 0.0, 0.3, 1.0, 100.0])


@given(sentences=SENTENCES, text=st.text(ALPHABET, max_size=25), hmm=st.booleans(), **PARTS)
def test_any_model_as_the_reference(sentences: Sentences, text: str, hmm: bool, **parts: float) -> None:
    found = kernel(estimate(sentences, **parts), hmm).cut(text)
    assert found == reference.cut(text, reference.fit(sentences, **parts), hmm)


@given(
    sentences=SENTENCES,
    text=st.text(ALPHABET, max_size=25),
    user=st.dictionaries(st.text("甲乙丙aB1. ", min_size=1, max_size=4), st.one_of(st.none(), st.integers(1, 1000)), max_size=6),
)
def test_user_words_as_the_reference(sentences: Sentences, text: str, user: dict[str, int | None]) -> None:
    model = estimate(sentences, 0.5, 1.0)
    expected = reference.cut(text, reference.fit(sentences), user=user_costs(user, model.mass))
    assert kernel(model, user=user).cut(text) == expected


LONG_WORD = st.text("甲乙1", min_size=1, max_size=30)


@given(
    sentences=st.lists(st.lists(LONG_WORD, min_size=2, max_size=4), min_size=1, max_size=4),
    order=st.lists(st.one_of(st.integers(0, 15), st.sampled_from(" 甲1丁")), max_size=8),
    user=st.dictionaries(LONG_WORD, st.one_of(st.none(), st.integers(1, 1000)), max_size=3),
    hmm=st.booleans(),
    **PARTS,
)
def test_long_words_as_the_reference(
    sentences: Sentences, order: list[Any], user: dict[str, int | None], hmm: bool, **parts: float
) -> None:
    words = [*(word for sentence in sentences for word in sentence), *user]
    text = "".join(item if isinstance(item, str) else words[item % len(words)] for item in order)
    model = estimate(sentences, **parts)
    expected = reference.cut(text, reference.fit(sentences, **parts), hmm, user_costs(user, model.mass))
    assert kernel(model, hmm, user).cut(text) == expected


def test_very_many_pairs_at_each_place() -> None:
    sentences = [["甲" * n, "甲" * (n * 7 % 30 + 1), "乙"] for n in range(1, 31)]
    text = "甲" * 80 + "乙" + "甲" * 50
    expected = reference.cut(text, reference.fit(sentences, 0.5, 1.0))
    assert kernel(estimate(sentences, 0.5, 1.0)).cut(text) == expected


@pytest.mark.parametrize("before", ["丙", "丁", ""])
@pytest.mark.parametrize("behind", ["丙", "戊", ""])
@pytest.mark.parametrize("weight", [0.0, 0.5, 0.9])
def test_words_too_long_for_the_path_to_tell_their_length(before: str, behind: str, weight: float) -> None:
    """Two that end at the same place: what stands around them decides."""
    start, end = "甲" * 6, "甲乙" * 17
    sentences = [["丙", start + end, "丙"], ["丁", start, end, "戊"], ["丁", start, end], [start, "丙", end, "丁"]]
    text = before + start + end + behind
    expected = reference.cut(text, reference.fit(sentences, weight, 1.0))
    assert kernel(estimate(sentences, weight, 1.0)).cut(text) == expected


@given(sentences=SENTENCES, text=st.text("甲乙丙a1 ", max_size=7), hmm=st.booleans())
def test_the_path_is_the_best_of_all(sentences: Sentences, text: str, hmm: bool) -> None:
    """Against the enumeration of all paths: of the lattice, the costs too."""
    slow = reference.fit(sentences)
    ranked = reference.paths(slow, text, hmm)
    segmenter = kernel(estimate(sentences, 0.5, 1.0), hmm)
    lattice = segmenter.lattice(text)
    assert min((lattice.cost(arc) + sum(lattice.link(arc, -1)) for arc in lattice.before(-1)), default=0) == ranked[0][0]
    assert segmenter.cut(text) in [words for total, words in ranked if total == ranked[0][0]]


@given(sentences=SENTENCES, text=st.text(ALPHABET, max_size=15))
def test_the_lattice_has_the_arcs_and_links_of_the_reference(sentences: Sentences, text: str) -> None:
    slow = reference.fit(sentences)
    units, arcs = reference.arcs(slow, text)
    lattice = kernel(estimate(sentences, 0.5, 1.0)).lattice(text)
    what = {
        (units[a.start][1], units[a.end - 1][2]): "blank" if a.name == reference.START else "known" if a.known else "unknown"
        for a in arcs
    }
    assert [(start, end) for start, end, _ in lattice.arcs()] == sorted(what)
    assert {(start, end): kind for start, end, kind in lattice.arcs()} == what
    ordered = sorted(arcs)
    for right, arc in enumerate(ordered):
        for left in lattice.before(right):
            assert sum(lattice.link(left, right)) == reference.link(slow, units, None if left < 0 else ordered[left], arc)


def test_corpora_as_the_reference(corpora: Path) -> None:
    model, slow = sample(corpora)
    segmenter = kernel(model)
    lines = [line for path in sorted(corpora.glob("*.txt")) for line in path.read_text("utf-8").split("\n")]
    for line in random.Random(1).sample(lines, min(len(lines), 200)):
        assert segmenter.cut(line) == reference.cut(line, slow)


# ---- user words


@given(
    st.lists(st.text("甲乙a1 ，", min_size=1, max_size=4), min_size=1, max_size=5, unique=True), st.text("甲乙a1 ，", max_size=20)
)
def test_forced_words_stand_from_the_left_longest_first(words: list[str], text: str) -> None:
    def stands(start: int, end: int) -> bool:
        def together(i: int) -> bool:
            return 0 < i < len(text) and text[i - 1] == text[i] and text[i] in "a1"

        return not together(start) and not together(end)

    found = kernel(estimate([["甲", "乙甲"]], 0.5, 1.0), user=dict.fromkeys(words, 1), force=True).cut(text)
    assert "".join(found) == text
    ends, at = set(), 0
    for word in found:
        at += len(word)
        ends.add(at)
    at = 0
    while at < len(text):
        fits = [word for word in words if text.startswith(word, at) and stands(at, at + len(word))]
        if fits:
            end = at + len(max(fits, key=len))
            assert at in ends | {0} and end in ends and not ends & set(range(at + 1, end))
            at = end
        else:
            at += 1


@pytest.mark.parametrize("word", ["云计算", "C++ 语言", "iPhone 15 Pro", "小🐱咪", "𠮷野家", "a\tb", "的的的的的的的的的的的的"])
@pytest.mark.parametrize("force", [False, True])
def test_a_word_without_frequency_is_kept_whole(corpora: Path, word: str, force: bool) -> None:
    segmenter = kernel(sample(corpora)[0], user={word: -1}, force=force)
    for text in (word, f"我们用{word}。", f"，{word}", f"{word}\n{word}"):
        assert segmenter.cut(text).count(word) == text.count(word)


def test_a_word_of_frequency_0_is_none() -> None:
    model = estimate([["甲乙", "丙"]] * 5, 0.5, 1.0)
    assert kernel(model).cut("甲乙丙") == ["甲乙", "丙"]
    assert kernel(model, user={"甲乙": None}).cut("甲乙丙")[0] != "甲乙"


# ---- other outputs


@given(text=strategies.text())
def test_boundaries_and_spans_agree_with_cut(corpora: Path, text: str) -> None:
    segmenter = kernel(sample(corpora)[0])
    words = segmenter.cut(text)
    assert "".join(words) == text
    starts = [0, *segmenter.boundaries(text).tolist()]
    assert [text[a:b] for a, b in pairwise(starts)] == words
    assert [text[a:b] for a, b, _ in segmenter.spans(text)] == words


@given(st.lists(strategies.line(surrogates=False), max_size=6))
def test_lines_agree_with_cut(corpora: Path, lines: list[str]) -> None:
    segmenter = kernel(sample(corpora)[0])
    block = "".join(f"{line}\n" for line in lines).encode()
    found = segmenter.lines(block, "jsonl").decode().split("\n")[:-1]
    assert [json.loads(line)["words"] for line in found] == [segmenter.cut(line) for line in lines]


def test_words_that_look_alike_stay_as_they_are() -> None:
    segmenter = kernel(estimate([["１９９８年", "ＡＢ", "好"]] * 3, 0.5, 1.0))
    for text in ("2024年xy好", "１９９８年ＡＢ好", "１年Ａ好", "2024年xy好"):
        assert "".join(segmenter.cut(text)) == text
    assert segmenter.cut("2024年xy好") == ["2024年", "xy", "好"]


@pytest.mark.parametrize("unit", ["的", "a", "1", "北京", "，", " ", "\r\n", "\x00", "😀", "龘", "\ud800"])
def test_a_long_line(corpora: Path, unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    assert "".join(kernel(sample(corpora)[0]).cut(text)) == text


# ---- what it refuses


TWO_WORDS = [["甲", "乙甲"], ["甲乙", "乙", "甲"], ["乙甲乙"]]


def tables(model: BigramModel, **changes: Any) -> Tables:
    parts = {**model.arrays, "unknown": model.unknown, "end": model.end, "backoff": model.backoff, "log_mass": 3.0, **changes}
    arrays = [memoryview(parts.pop(name)) for name in ARRAYS]
    return Tables(parts.pop("trie", model.dictionary.trie), *arrays, **parts)


@pytest.mark.parametrize("change", ["shorter", "longer", "empty"])
@pytest.mark.parametrize("name", ARRAYS)
def test_arrays_that_do_not_fit(name: str, change: str) -> None:
    model = estimate(TWO_WORDS, 0.5, 1.0)
    tables(model)
    array = model.arrays[name]
    bad = {"shorter": array[:-1], "longer": array.tolist() + array.tolist()[-1:], "empty": array[:0]}[change]
    with pytest.raises(ValueError, match="fit"):
        tables(model, **{name: np.array(bad, array.dtype)})


@pytest.mark.parametrize("name", ["pair_gaps", "neighbour_gaps"])
@pytest.mark.parametrize("bad", [[0x80], [0xFF] * 9 + [0], [0xFF] * 8 + [0x7F], [0x80, 0x80, 0x80, 0x80, 0x01]])
def test_numbers_of_pairs_that_are_none(name: str, bad: list[int]) -> None:
    """Endless ones, too long ones, and those of words that the trie has not."""
    model = estimate(TWO_WORDS, 0.5, 1.0)
    gaps = model.arrays[name].tolist()
    with pytest.raises(ValueError, match="fit"):
        tables(model, **{name: np.array(gaps[:-1] + bad, np.uint8)})


def test_units_that_have_no_number() -> None:
    """Unit 0 is every one that is not known; a slot of the table with two of them would be free."""
    model = estimate(TWO_WORDS, 0.5, 1.0)
    with pytest.raises(ValueError, match="fit"):
        tables(
            model,
            neighbour_gaps=np.array([0], np.uint8),
            neighbour_seen=np.array([0], np.uint8),
            neighbour_costs=np.empty(0, np.uint16),
        )


@given(st.dictionaries(st.sampled_from([*ARRAYS]), st.binary(max_size=400)), strategies.text())
def test_arrays_of_any_numbers(arrays: dict[str, bytes], text: str) -> None:
    """Refused, or harmless."""
    model = estimate(TWO_WORDS, 0.5, 1.0)
    changes = {name: memoryview(data[: len(data) // 2 * 2]).cast(ARRAYS[name][1]) for name, data in arrays.items()}
    try:
        made = tables(model, **changes)
    except ValueError:
        return
    assert "".join(Bigram(made).cut(text)) == text


@pytest.mark.parametrize("name", ["unknown", "end", "backoff", "log_mass"])
@pytest.mark.parametrize("bad", [-1, 1 << 30, math.nan])
def test_costs_that_make_no_sense(name: str, bad: float) -> None:
    with pytest.raises((ValueError, TypeError, OverflowError)):
        tables(estimate(TWO_WORDS, 0.5, 1.0), **{name: bad})


def test_what_is_not_there() -> None:
    model = estimate(TWO_WORDS, 0.5, 1.0)
    with pytest.raises(KeyError):
        word_numbers(model.dictionary.trie, ["丁"])
    with pytest.raises(TypeError):
        Lattice()
    with pytest.raises(IndexError):
        kernel(model).lattice("甲").link(0, 5)
