"""The external sort counts what the reference counts, in whatever portions text, positions and tables come."""

from __future__ import annotations

import mmap
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlptk.ext.newwords import GRAM, POSITION, ROOM, Candidates, Gather, Merge, Scan
from tests import strategies
from tests.reference.newwords import new_words

han_text = st.lists(st.sampled_from("甲乙丙丁鿿一，a\n𠮷"), max_size=300).map("".join)
texts = st.one_of(han_text, strategies.text(surrogates=False))


def room(n: int, size: int) -> memoryview:
    return memoryview(mmap.mmap(-1, max(n * size, 1)))[: n * size]


def positions_of(text: bytes, max_length: int, block: int, capacity: int) -> tuple[Gather, list[bytes]]:
    """Sorted runs of at most so many positions, from blocks of so many bytes."""
    gather, buffer, n = Gather(max_length), room(capacity, POSITION), 0
    runs: list[bytes] = []

    def spill() -> int:
        gather.sort(buffer, n)
        runs.append(bytes(buffer[: n * POSITION]))
        return 0

    rest = b""
    for start in range(0, len(text), block):
        part, at, full = rest + text[start : start + block], 0, True
        while full:
            at, n, full = gather.read(part, at, buffer, n)
            if full:
                n = spill()
        rest = part[at:]
    assert not rest
    if capacity - n < ROOM:
        n = spill()
    n = gather.end(buffer, n)
    spill()
    return gather, runs


def merged(runs: list[bytes], part: int) -> bytes:
    """The runs as one, through a buffer with so many positions for each."""
    merge, done, out = Merge(room(part * (len(runs) + 1), POSITION), len(runs)), [0] * len(runs), []

    def fill(run: int) -> None:
        data = runs[run][done[run] : done[run] + part * POSITION]
        merge.room(run)[: len(data)] = data
        merge.filled(run, len(data) // POSITION)
        done[run] += len(data)

    for run in range(len(runs)):
        fill(run)
    merge.start()
    while True:
        n, run = merge.take()
        if not n:
            return b"".join(out)
        out.append(bytes(merge.room(len(runs))[: n * POSITION]))
        if run >= 0:
            fill(run)
            merge.refilled()


def tables_of(positions: bytes, max_length: int, min_count: int, capacity: int) -> dict[int, bytes]:
    """The n-grams of each length, through outputs with room for so many."""
    outputs = [None, None, *(room(capacity, GRAM) for _ in range(2, max_length + 1))]
    scan, tables = Scan(max_length, min_count, outputs), dict.fromkeys(range(2, max_length + 1), b"")

    def flush(always: bool = False) -> None:
        for m in tables:
            if always or scan.is_full(m):
                tables[m] += bytes(outputs[m][: scan.written(m) * GRAM])
                scan.clear(m)

    buffer, start, n = room(len(positions) // POSITION, POSITION), 0, len(positions) // POSITION
    buffer[:] = positions
    while start < n:
        start += scan.read(buffer, start, n - start)
        flush()
    scan.end()
    flush(always=True)
    return tables


def words_of(gather: Gather, tables: dict[int, bytes], min_pmi: float, min_entropy: float, capacity: int, block: int):
    """The words, with so many candidates at a time and tables in blocks of so many n-grams."""
    found, candidates = [], Candidates(capacity)
    for length, table in tables.items():
        start = 0
        while start * GRAM < len(table):
            candidates.start(length)
            start += candidates.add(table, start, min_entropy)
            for at in range(1, length):
                for side in (0, 1):
                    m = candidates.split(at, side)
                    if m == 1:
                        candidates.count_characters(gather)
                    else:
                        parts = range(0, len(tables[m]), block * GRAM)
                        joined = any(candidates.join(tables[m][i : i + block * GRAM]) for i in parts)
                        assert joined or not len(candidates)
                candidates.multiply()
            found += candidates.words(gather.total, min_pmi)
    return found


def all_of(text: str, max_length: int, min_count: int, small: bool, seed: int = 0):
    rng = random.Random(seed)

    def size(most: int) -> int:
        return rng.randint(1, most) if small else 1 << 14

    gather, runs = positions_of(text.encode(), max_length, size(20), ROOM + size(20))
    positions = merged(runs, size(5)) if len(runs) > 1 else runs[0]
    tables = tables_of(positions, max_length, min_count, size(4))
    return words_of(gather, tables, -99, 0, size(5), size(3))


@given(texts, st.integers(2, 6), st.integers(1, 3), st.integers(0, 99))
def test_equals_the_reference_in_any_portions(text, max_length, min_count, seed):
    whole = all_of(text, max_length, min_count, small=False)
    assert all_of(text, max_length, min_count, small=True, seed=seed) == whole  # to the last bit
    expected = new_words([text], min_count, max_length, -99, 0)
    assert len(whole) == len(expected)
    for word, count, *numbers in whole:
        assert count == expected[word][0]
        assert numbers == pytest.approx(expected[word][1:], rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("max_length", [2, 4, 6])
def test_corpora(corpora, max_length):
    text = "".join(path.read_text("utf-8") for path in sorted(corpora.glob("*.zh.txt"))) * 9
    whole = all_of(text, max_length, 12, small=False)
    expected = new_words([text], 12, max_length, -99, 0)
    assert {word: (count, *numbers) for word, count, *numbers in whole} == {
        word: (count, *(pytest.approx(x, rel=1e-12, abs=1e-12) for x in numbers)) for word, (count, *numbers) in expected.items()
    }
    assert max(count for _, count, *_ in whole) > 64  # histograms, too


def test_grams_of_a_length_come_in_order():
    rng = random.Random(3)
    text = "".join(rng.choices("天地玄黄宇宙洪荒", k=3000))
    for length in range(2, 7):
        words = [word for word, *_ in all_of(text, 6, 1, small=False) if len(word) == length]
        assert words == sorted(set(words))


@pytest.mark.parametrize("max_length", [2, 3, 4, 6])
def test_sort(max_length):
    gather, n, rng = Gather(max_length), 5000, random.Random(5)
    buffer = room(n, POSITION)
    bytes_ = [rng.choice([bytes(16), b"\xff" * 16, rng.randbytes(16), b"ab" + rng.randbytes(1) * 14]) for _ in range(n)]
    buffer[:] = b"".join(x[7::-1] + x[:7:-1] for x in bytes_)  # two little-endian words
    gather.sort(buffer, n)
    after = [bytes(buffer[i : i + 8])[::-1] + bytes(buffer[i + 8 : i + 16])[::-1] for i in range(0, n * 16, 16)]
    assert sorted(after) == sorted(bytes_)
    assert [x[: gather.depth] for x in after] == sorted(x[: gather.depth] for x in bytes_)


@pytest.mark.parametrize(
    ("text", "at"), [(b"a\xff", 1), ("中".encode() + b"\xe4\xb8a", 3), (b"\xed\xa0\x80", 0), (b"\xc0\x80", 0)]
)
def test_other_bytes_are_refused_with_their_place(text, at):
    with pytest.raises(UnicodeDecodeError) as caught:
        Gather(4).read(text, 0, room(50, POSITION), 0)
    assert caught.value.start == at


@pytest.mark.parametrize("text", [b"\xe4", b"\xe4\xb8", b"\xf0\x9f\x98", b"\xc3"])
def test_a_character_cut_short_is_left_for_the_next_block(text):
    assert Gather(4).read(b"a" + text, 0, room(50, POSITION), 0) == (1, 0, False)


def test_wrong_sizes_are_refused():
    gather = Gather(4)
    with pytest.raises(ValueError):
        Gather(7)
    with pytest.raises(ValueError):
        gather.end(room(8, POSITION), 0)
    with pytest.raises(ValueError):
        gather.sort(room(8, POSITION), 9)
    with pytest.raises(ValueError):
        gather.read(b"", 1, room(8, POSITION), 0)
    with pytest.raises(ValueError):
        Merge(room(1, POSITION), 1)
    with pytest.raises(ValueError):
        Scan(4, 1, [None, None, room(1, GRAM)])
    with pytest.raises(ValueError):
        Candidates(0)
    candidates = Candidates(3)
    with pytest.raises(ValueError):
        candidates.add(b"12345", 0, 0.0)
    with pytest.raises(ValueError):
        candidates.split(1, 0)
