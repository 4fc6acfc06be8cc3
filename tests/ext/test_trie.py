"""The double array and what is laid over it, against nested dicts."""

from __future__ import annotations

import random
import subprocess
import sys
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlptk.ext.trie import MAX_FREQUENCY, Trie, Words
from tests.reference.trie import Trie as Reference

# few letters, so that words share beginnings; of every kind that is stored in another way
LETTERS = "甲乙丙a\x00𠮷\ud800\udfff\U0010ffff\uffff"
WORDS = st.dictionaries(st.text(LETTERS, min_size=1, max_size=6), st.integers(1, MAX_FREQUENCY), max_size=30)
any_character = st.characters(categories=["C", "L", "M", "N", "P", "S", "Z"])
ANY_WORDS = st.dictionaries(st.text(any_character, min_size=1, max_size=8), st.integers(1, 1 << 30), max_size=40)


def words_of(frequencies: dict[str, int], base: Trie | None = None) -> Words:
    words = Words(base)
    for word, frequency in frequencies.items():
        words.add(word, frequency)
    return words


def viewed(trie: Trie) -> Trie:
    cells, tags, characters = trie.arrays()
    return Trie.view(cells, tags, characters, trie.tag_names, trie.total, len(trie))


def check(trie: Trie, frequencies: dict[str, int], texts: list[str]) -> None:
    reference = Reference(frequencies)
    assert len(trie) == len(frequencies)
    assert sorted((word, frequency) for word, frequency, _ in trie.items()) == sorted(frequencies.items())
    for text in [*frequencies, *texts]:
        begins = any(word.startswith(text) for word in frequencies)
        assert trie.frequency(text) == (frequencies.get(text, 0) if begins and text else -1)
        assert trie.tag(text) == ("" if text in frequencies else None)
        assert sorted((word, frequency) for word, frequency, _ in trie.items(text)) == reference.completions(text)
        for start in range(len(text) + 2):
            assert trie.prefixes(text, start) == reference.prefixes(text, start)


@given(WORDS, st.lists(st.text(LETTERS, max_size=12), max_size=4))
def test_built_and_viewed(frequencies: dict[str, int], texts: list[str]) -> None:
    trie = Trie.build(words_of(frequencies))
    check(trie, frequencies, texts)
    check(viewed(trie), frequencies, texts)
    assert trie.total == viewed(trie).total == pytest.approx(sum(frequencies.values()))


@given(ANY_WORDS, st.text(any_character, max_size=30))
def test_any_characters(frequencies: dict[str, int], text: str) -> None:
    check(viewed(Trie.build(words_of(frequencies), text)), frequencies, [text])


@given(WORDS, st.text(LETTERS + "xyz", max_size=30))
def test_ranking_changes_no_answer(frequencies: dict[str, int], ranked: str) -> None:
    check(Trie.build(words_of(frequencies), ranked), frequencies, [ranked])


@given(WORDS, WORDS, st.lists(st.text(LETTERS, max_size=12), max_size=4))
def test_words_over_a_trie(base: dict[str, int], added: dict[str, int], texts: list[str]) -> None:
    words = words_of(added, Trie.build(words_of(base)))
    merged = base | added
    reference = Reference(merged)
    assert len(words) == len(added)
    assert sorted((word, frequency) for word, frequency, _ in words.items()) == sorted(added.items())
    for text in [*merged, *texts]:
        begins = any(word.startswith(text) for word in merged)
        assert words.frequency(text) == (merged.get(text, 0) if begins and text else -1)
        assert words.has_own(text) == (text in added)
        for start in range(len(text) + 1):
            assert words.prefixes(text, start) == reference.prefixes(text, start)


@given(
    st.lists(
        st.tuples(st.text("甲乙", min_size=1, max_size=3), st.integers(0, 3), st.sampled_from([None, "", "n", "v"])),
        max_size=30,
    )
)
def test_the_later_word_counts_and_zero_takes_it_away(given: list[tuple[str, int, str | None]]) -> None:
    words = Words()
    known: dict[str, tuple[int, str]] = {}
    for word, frequency, tag in given:
        words.add(word, frequency, tag)
        known[word] = frequency, known.get(word, (0, ""))[1] if tag is None else tag
    trie = Trie.build(words)
    left = {word: entry for word, entry in known.items() if entry[0]}
    assert {word: (frequency, tag) for word, frequency, tag in trie.items()} == left
    assert {word: (frequency, tag) for word, frequency, tag in words.items()} == known
    assert len(words) == len(trie) == len(left)
    assert words.total == trie.total == sum(frequency for _, frequency, _ in given)


def test_a_zero_over_a_trie_hides_its_word() -> None:
    words = words_of({"甲乙": 0}, Trie.build(words_of({"甲乙": 5, "甲": 1})))
    assert words.prefixes("甲乙") == [(1, 1)]
    assert words.frequency("甲乙") == 0


def test_every_frequency_comes_back_exactly() -> None:
    rng = random.Random(4)
    numbers = [
        1,
        2,
        3,
        MAX_FREQUENCY,
        MAX_FREQUENCY - 1,
        *range(1, 2000),
        *(rng.randrange(1, MAX_FREQUENCY) for _ in range(20_000)),
    ]
    frequencies = {f"w{i}": number for i, number in enumerate(numbers)}
    trie = Trie.build(words_of(frequencies))
    assert {word: frequency for word, frequency, _ in trie.items()} == frequencies


@pytest.mark.parametrize("first", [0, 0x4E00, 0xD000, 0x1F000, 0x100000])
def test_many_children(first: int) -> None:
    """3,000 under the root and under two others."""
    rng = random.Random(first)
    characters = [chr(first + i) for i in range(3000)]
    frequencies = {prefix + c: rng.randrange(1, 99) for prefix in ("", characters[7], "甲乙") for c in characters}
    trie = viewed(Trie.build(words_of(frequencies)))
    assert {word: frequency for word, frequency, _ in trie.items()} == frequencies
    for c in rng.sample(characters, 50):
        assert trie.prefixes(characters[7] + c) == Reference(
            {w: f for w, f in frequencies.items() if w[0] == characters[7]}
        ).prefixes(characters[7] + c)


def test_words_grow() -> None:
    """Node numbers change as the table grows; no word may be lost."""
    rng = random.Random(6)
    words, frequencies = Words(), {}
    for number in range(30_000):
        word = "".join(rng.choices("甲乙丙丁戊己庚辛", k=rng.randrange(1, 9)))
        frequencies[word] = number + 1
        words.add(word, number + 1)
        if number % 5000 == 0:
            assert {w: f for w, f, _ in words.items()} == frequencies
    assert {w: f for w, f, _ in words.items()} == frequencies
    assert {w: f for w, f, _ in Trie.build(words).items()} == frequencies


def test_expected_is_only_a_guess() -> None:
    for expected in (0, 1, 1000):
        words = Words(expected=expected)
        for i in range(500):
            words.add(f"w{i}", i + 1)
        assert len(words) == 500


def test_long_words() -> None:
    long = "甲" * 65_535
    words = words_of({long: 3, long[:-1]: 2})
    trie = Trie.build(words)
    assert trie.frequency(long) == 3
    assert trie.prefixes(long + "甲") == [(65_534, 2), (65_535, 3)]
    assert len(trie.items()) == 2
    for wrong in ("", "甲" * 65_536):
        with pytest.raises(ValueError, match="65535"):
            Words().add(wrong)


def test_two_long_words_take_no_time() -> None:
    """Growing the table must not climb every word from every node."""
    from time import perf_counter

    start = perf_counter()
    words_of({"甲" * 16_000: 1, "乙" * 16_000: 1, "丙" * 16_000: 1})
    assert perf_counter() - start < 0.25


@pytest.mark.parametrize(
    ("word", "frequency", "tag"),
    [
        ("甲", MAX_FREQUENCY + 1, None),
        ("甲", float("nan"), None),
        ("甲", float("inf"), None),
        ("甲", 1, "名"),
        ("甲", 1, "\ud800"),
    ],
)
def test_what_cannot_be_added_is_refused(word: str, frequency: float, tag: str | None) -> None:
    words = Words()
    with pytest.raises(ValueError):
        words.add(word, frequency, tag)
    assert len(words) == 0
    assert words.total == 0


def test_frozen_words_stay() -> None:
    words = words_of({"甲": 1})
    words.freeze()
    with pytest.raises(ValueError, match="frozen"):
        words.add("乙")
    with pytest.raises(ValueError, match="frozen"):
        words.read("乙".encode())
    assert words.items() == [("甲", 1, "")]


def test_read_counts_lines_and_stops_at_the_first_problem() -> None:
    text = "甲 1 n\n\n# c\n乙 -1\n丙\t1\tn\tx\n丁 2\n".encode()
    words = Words()
    assert [line for line, _ in words.read(text)] == [4]
    assert [word for word, _, _ in words.items()] == ["甲"]
    words = Words()
    assert [line for line, _ in words.read(text, True)] == [4, 5]
    assert sorted(words.items()) == [("丁", 2, ""), ("甲", 1, "n")]


@given(
    st.lists(st.one_of(st.binary(max_size=20), st.sampled_from([b"\n", b"\t", b" ", b"#", b"9", "甲".encode()])), max_size=20),
    st.booleans(),
)
def test_read_takes_any_bytes(pieces: list[bytes], skip: bool) -> None:
    data = b"".join(pieces)
    words = Words()
    problems = words.read(data, skip)
    assert len(words) + len(problems) <= data.count(b"\n") + 1
    wrong = {number for number, line in enumerate(data.split(b"\n"), 1) if line.decode("utf-8", "replace").encode() != line}
    if skip:
        assert wrong <= {number for number, _ in problems}
    else:
        assert len(problems) <= 1
        assert bool(problems) >= bool(wrong)


def test_a_trie_of_nothing_does_not_crash() -> None:
    """Trie() is not how one is made, but it is Python that can be written."""
    code = "from nlptk.ext.trie import Trie\ntry: Trie().frequency('a')\nexcept (TypeError, ValueError): pass"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_read_and_add_agree() -> None:
    rng = random.Random(8)
    given = {
        "".join(rng.choices("甲乙丙丁a1𠮷", k=rng.randrange(1, 6))) + "x": (rng.randrange(1, 10**9), rng.choice("nvax"))
        for _ in range(3000)
    }
    by_read, by_add = Words(), Words()
    assert by_read.read("".join(f"{w}\t{f}\t{t}\n" for w, (f, t) in given.items()).encode()) == []
    for word, (frequency, tag) in given.items():
        by_add.add(word, frequency, tag)
    assert sorted(by_read.items()) == sorted(by_add.items())
    assert by_read.total == by_add.total


def test_many_tags_and_too_many() -> None:
    words = Words()
    for i in range(2047):  # and the empty one
        words.add(f"w{i}", 1, f"t{i}")
    trie = viewed(Trie.build(words))
    assert all(trie.tag(f"w{i}") == f"t{i}" for i in range(2047))
    with pytest.raises(OverflowError, match="2048 tags"):
        words.add("w", 1, "one more")


def test_special_words_get_the_wide_ones() -> None:
    special = Words()
    words = Words(None, special, wide_only=True)
    for word in ("北京", "a b", "C++", "é", "𠮷"):
        words.add(word)
    assert sorted(word for word, _, _ in special.items()) == ["a b", "é", "𠮷"]
    assert len(words) == 5


def test_threads_may_ask_at_once() -> None:
    frequencies = {f"{a}{b}{c}": ord(c) for a in "甲乙丙丁" for b in "戊己庚辛" for c in "子丑寅卯"}
    trie = Trie.build(words_of(frequencies))
    wrong: list[str] = []

    def ask() -> None:
        for _ in range(30):
            wrong.extend(word for word, frequency in frequencies.items() if trie.prefixes(word) != [(3, frequency)])

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


# ---- views of arrays that are wrong


def test_view_keeps_what_it_looks_at() -> None:
    import gc

    trie = viewed(Trie.build(words_of({"甲乙": 5})))  # nothing else holds the arrays now
    gc.collect()
    assert trie.items() == [("甲乙", 5, "")]


@pytest.mark.parametrize(
    "change",
    [
        lambda cells, tags, chars: (cells, tags[:-1], chars),
        lambda cells, tags, chars: (cells, tags, chars[:0]),
        lambda cells, tags, chars: (cells[:1], tags[:1], chars),
        lambda cells, tags, chars: (cells[:0], tags[:0], chars[:0]),
        lambda cells, tags, chars: (cells[:, :3].copy(), tags, chars),
        lambda cells, tags, chars: (cells, tags, chars.repeat(50)),
    ],
)
def test_arrays_that_do_not_fit_together_are_refused(change) -> None:
    import numpy as np

    trie = Trie.build(words_of({"甲乙": 5, "丙": 1}))
    arrays = change(*(np.array(array) for array in trie.arrays()))
    with pytest.raises(ValueError):
        Trie.view(*arrays, trie.tag_names, trie.total, len(trie))


@pytest.mark.parametrize(("total", "n_words"), [(-1.0, 1), (float("nan"), 1), (float("inf"), 1), (1.0, -1), (1.0, 1 << 40)])
def test_totals_that_make_no_sense_are_refused(total: float, n_words: int) -> None:
    trie = Trie.build(words_of({"甲": 1}))
    with pytest.raises(ValueError):
        Trie.view(*trie.arrays(), trie.tag_names, total, n_words)


@given(
    st.integers(0, 1 << 30),
    st.integers(0, 200),
    st.sampled_from([0, 1]),
    st.integers(-(1 << 31), (1 << 31) - 1),
    st.text("甲乙丙a", max_size=20),
)
def test_changed_cells_are_refused_or_harmless(seed: int, at: int, column: int, value: int, text: str) -> None:
    import numpy as np

    rng = random.Random(seed)
    trie = Trie.build(words_of({"".join(rng.choices("甲乙丙a", k=rng.randrange(1, 4))): 1 for _ in range(20)}))
    cells, tags, characters = (np.array(array) for array in trie.arrays())
    cells[at % len(cells), column] = rng.choice([value, rng.randrange(len(cells))])
    try:
        trie = Trie.view(cells, tags, characters, trie.tag_names, trie.total, len(trie))
    except ValueError:
        return
    trie.items()
    trie.prefixes(text)
    trie.items(text[:2])
