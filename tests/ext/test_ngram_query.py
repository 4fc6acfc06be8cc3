"""Scores of the kernel are those of the reference, to the last bit; damaged arrays do no harm."""

from __future__ import annotations

import random
from collections.abc import Sequence
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlptk.ext.ngram_query import MAX_ORDER, NONE, QUANTIZED, Model
from nlptk.lm.tables import from_estimate, quantized
from tests.reference.ngram_query import SPECIAL, Backoff, Estimated, Ngrams
from tests.strategies import text

WORDS = ["a", "b", "c", "的", "清华大学", "w" * 7, "w" * 8, "w" * 9, "w" * 40, "\x01", "a\x02b", "a\x0e", "é\u3000", "𠮷"]


def random_ngrams(rng: random.Random, order: int, words: Sequence[str] = WORDS, size: int = 60) -> Ngrams:
    """N-grams with random numbers; with each its first and its last words are in the model too."""

    def number(least: float) -> float:
        return float(np.float32(round(rng.uniform(least, 0), rng.choice((1, 7)))))

    grams: Ngrams = {(w,): (number(-5), number(-2)) for w in (*SPECIAL, *words)}
    for _ in range(size if order > 1 else 0):
        gram = rng.choices([*words, "<unk>"], k=rng.randrange(2, order + 1))
        gram[0] = "<s>" if rng.random() < 0.3 else gram[0]
        gram[-1] = "</s>" if rng.random() < 0.2 else gram[-1]
        for n in range(2, len(gram) + 1):
            for i in range(len(gram) - n + 1):
                grams.setdefault(tuple(gram[i : i + n]), (number(-5), number(-2) if n < order else 0.0))
    return grams


def sentence(rng: random.Random) -> list[str]:
    return rng.choices([*WORDS, "unknown", "ab", "</s>", "<s>", "<unk>"], k=rng.choice((0, 1, 2, 5, 20, 47, 48, 49, 200)))


def model_of(grams: Ngrams) -> Model:
    return from_estimate(Estimated(grams))


@pytest.mark.parametrize("order", [1, 2, 3, 5, MAX_ORDER])
@pytest.mark.parametrize("seed", range(6))
def test_scores_are_those_of_the_reference(order: int, seed: int) -> None:
    rng = random.Random(f"{order} {seed}")
    grams = random_ngrams(rng, order)
    model, reference = model_of(grams), Backoff(grams)
    sentences = [sentence(rng) for _ in range(12)]
    for bos in (True, False):
        for eos in (True, False):
            expected = [reference.score(words, bos, eos) for words in sentences]
            for words, total in zip(sentences, expected, strict=True):
                blank = rng.choice([" ", "  ", "\t", "\n", " \r\v\f", "\0"])
                for form in (words, tuple(words), blank.join(words), f" {' '.join(words)}\n", " ".join(words).encode()):
                    assert model.score(form, bos, eos) == total
                assert model.full_scores(words, bos, eos) == reference.full_scores(words, bos, eos)
            for many in (sentences, [" ".join(words) for words in sentences]):
                sums = np.full(len(many), np.nan)
                model.score_batch(many, sums, bos, eos)
                assert sums.tolist() == expected


@pytest.mark.parametrize("order", [1, 2, 4])
@pytest.mark.parametrize("is_quantized", [False, True])
def test_word_by_word(order: int, is_quantized: bool) -> None:
    """255 different numbers of an order at most, so nothing is lost when quantised."""
    rng = random.Random(order)
    grams = random_ngrams(rng, order)
    model = quantized(model_of(grams)) if is_quantized else model_of(grams)
    reference = Backoff(grams)
    for _ in range(20):
        bos = rng.random() < 0.5
        before, state = ["<s>"] * bos, model.begin_state() if bos else model.null_state()
        for word in sentence(rng):
            scores = np.empty(len(model), np.float32)
            model.score_words(state, scores)
            score, after = model.score_word(state, word)
            assert (score, scores[model.find_word(word)]) == (reference.word(before, word)[0],) * 2
            before.append(word)
            assert len(after) == len(after.words) <= min(len(before), max(order - 1, 0))
            state = after
        assert model.score(before[bos:], bos, False) == Backoff(grams).score(before[bos:], bos, False)


def test_states_compare_by_their_words() -> None:
    model = model_of({**random_ngrams(random.Random(1), 3, size=0), ("a", "b"): (-1, -1), ("a", "b", "c"): (-1, 0)})
    _, one = model.score_word(model.begin_state(), "a")
    _, two = model.score_word(model.null_state(), "a")
    assert one == two
    assert hash(one) == hash(two)
    assert one != model.null_state()
    assert one != "a"
    assert len({one, two, model.begin_state(), model.begin_state(), model.null_state()}) == 3
    _, three = model.score_word(one, "b")
    assert [model.find_word(w) for w in ("a", "b")] == list(three.words)


@given(text(surrogates=True))
def test_any_text_is_split_at_ascii_white_space_and_nul(line: str) -> None:
    grams = random_ngrams(random.Random(7), 2, ["北京", "a", "T恤"])
    model, reference = model_of(grams), Backoff(grams)
    raw = line.encode("utf-8", "surrogatepass")
    words = [word.decode("utf-8", "surrogatepass") for word in raw.replace(b"\0", b" ").split()]
    assert model.score(line) == model.score(raw) == model.score(words) == reference.score(words)
    assert model.total([line])[2:] == (len(words) + 1, sum((w,) not in grams or w == "<unk>" for w in words))


@given(st.lists(st.binary(max_size=20).filter(lambda word: word not in (b"<unk>", b"<s>", b"</s>")), unique=True, max_size=60))
def test_words_are_found_whatever_their_bytes(words: list[bytes]) -> None:
    everything = [*(word.encode() for word in SPECIAL), *words]
    offsets = np.cumsum([0, *map(len, everything)])
    slots = np.empty((len(everything) + 1, 2), np.uint32)
    numbers = np.zeros((len(everything), 2), np.float32)
    model = Model(b"".join(everything), offsets, slots, numbers, [])
    model.index_words(slots)
    assert [model.find_word(word) for word in everything] == [*range(len(everything))]
    assert [model.find_word(word + b"\x00") for word in everything if word + b"\x00" not in everything] == [0] * sum(
        word + b"\x00" not in everything for word in everything
    )


def test_sentences_of_the_wrong_type_are_named() -> None:
    model = model_of(random_ngrams(random.Random(1), 2))
    for wrong in ([1], ["a", 1], ["a", ["a"]], [["a"], "a"], [["a", 1]], [["a"], None]):
        with pytest.raises(TypeError):
            model.score_batch(wrong, np.empty(len(wrong)))
    with pytest.raises(TypeError):
        model.score(1)
    with pytest.raises(ValueError, match="room"):
        model.score_batch(["a"], np.empty(2))
    model.score_batch([], np.empty(0))
    assert model.total([]) == (0, 0, 0, 0)


# ---- arrays that are wrong


def arrays_of(model: Model) -> dict[str, np.ndarray]:
    arrays = {name: np.array(getattr(model, name)) for name in ("offsets", "slots", "unigrams")}
    arrays["blob"] = np.frombuffer(model.blob, np.uint8).copy()
    return arrays | {f"table {i}": np.array(table) for i, table in enumerate(model.tables)}


def model_from(arrays: dict[str, np.ndarray], codebooks: list[np.ndarray] | None) -> Model:
    tables = [array for name, array in arrays.items() if name.startswith("table")]
    return Model(arrays["blob"], arrays["offsets"], arrays["slots"], arrays["unigrams"], tables, codebooks)


@pytest.mark.parametrize("is_quantized", [False, True])
@given(seed=st.integers(0, 1 << 30))
def test_changed_arrays_are_refused_or_harmless(is_quantized: bool, seed: int) -> None:
    rng = random.Random(seed)
    grams = random_ngrams(rng, rng.randrange(1, 6), size=20)
    model = quantized(model_of(grams)) if is_quantized else model_of(grams)
    arrays = arrays_of(model)
    for _ in range(rng.randrange(1, 40)):
        raw = arrays[rng.choice([*arrays])].reshape(-1).view(np.uint8)
        at = rng.randrange(len(raw))
        raw[at : at + rng.choice((1, 1, 4, 8, 64))] = rng.choice((0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)))
    damaged = model_from(arrays, model.codebooks)
    for n in range(1, damaged.order + 1):
        with suppress(ValueError):
            damaged.check(n, sum(len(g) == n for g in grams))
    state = damaged.begin_state()
    for words in (sentence(rng), sentence(rng)):
        damaged.score(words)
        damaged.full_scores(" ".join(words))
        for word in words:
            _, state = damaged.score_word(state, word)
    damaged.score_words(state, np.empty(len(damaged), np.float32))
    rows = np.array([[rng.choice((0, 1, 5, NONE, len(damaged)))] * damaged.order for _ in range(100)], np.uint32)
    damaged.find(rows, 0, damaged.order, np.empty(100, np.uint32))
    with suppress(ValueError):
        damaged.index_words(np.empty_like(arrays["slots"]))


def test_a_table_without_an_empty_slot_ends_the_search() -> None:
    model = model_of(random_ngrams(random.Random(1), 2))
    arrays = arrays_of(model)
    arrays["table 0"][:] = 5
    arrays["slots"][:, 1] = 3
    model_from(arrays, None).score("a b c")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("offsets", np.zeros(3, np.int64)),
        ("slots", np.zeros((0, 2), np.uint32)),
        ("slots", np.zeros((8, 3), np.uint32)),
        ("unigrams", np.zeros((4, 2), np.float32)),
        ("unigrams", np.zeros((17, 3), np.float32)),
        ("table 0", np.zeros((0, 4), np.uint32)),
        ("table 0", np.zeros((9, 5), np.uint32)),
    ],
)
def test_arrays_of_a_wrong_shape_are_refused(name: str, value: np.ndarray) -> None:
    arrays = arrays_of(model_of(random_ngrams(random.Random(1), 2)))
    assert model_from(arrays, None).order == 2
    with pytest.raises(ValueError):
        model_from(arrays | {name: value}, None)
    with pytest.raises(ValueError):
        model_from(arrays, [])
    with pytest.raises(ValueError):
        Model(*[arrays[n] for n in ("blob", "offsets", "slots", "unigrams")], [arrays["table 0"]] * MAX_ORDER)
    with pytest.raises(ValueError):
        model_from(arrays | {"table 0": np.zeros((9, QUANTIZED), np.uint8)}, [np.zeros((2, 255), np.float32)])


@pytest.mark.parametrize(
    ("column", "value", "problem"),
    [
        (0, 99, "outside"),
        (1, 99, "outside"),
        (1, NONE, "outside"),
        (2, np.nan, "finite"),
        (2, -np.inf, "finite"),
        (2, 0.5, "above 1"),
        (3, np.nan, "finite"),
        (0, 1, "twice"),
    ],
)
def test_ngrams_that_cannot_be_are_refused(column: int, value: float, problem: str) -> None:
    model = model_of(random_ngrams(random.Random(1), 1))
    columns = [np.array(c) for c in ([1, 0], [1, 1], [-1, -1], [0, 0])]
    columns = [c.astype(np.uint32 if i < 2 else np.float32) for i, c in enumerate(columns)]
    columns[column][1] = value
    table, slots = np.full((3, 4), NONE, np.uint32), np.empty(2, np.uint32)
    with pytest.raises(ValueError, match=f"2-gram 2 .*{problem}"):
        model.insert(table, *columns, slots)
    with pytest.raises(ValueError, match="arrays of 2 and 1"):
        model.insert(table, *columns, slots[:1])
    with pytest.raises(ValueError, match="fit"):
        columns = [np.array([1, 2], np.uint32), np.array([3, 4], np.uint32), *np.zeros((2, 2), np.float32)]
        model.insert(np.full((1, 4), NONE, np.uint32), *columns, slots)


def test_check_finds_what_is_wrong() -> None:
    grams = random_ngrams(random.Random(3), 3)
    model = model_of(grams)
    counts = [sum(len(g) == n for g in grams) for n in (1, 2, 3)]
    for n, count in enumerate(counts, 1):
        model.check(n, count)
        with pytest.raises(ValueError, match="as many"):
            model.check(n, count + 1)
    for name, change, problem in (
        ("unigrams", lambda a: a.__setitem__((2, 0), np.nan), "finite"),
        ("table 0", lambda a: a.__setitem__((a[:, 1] != NONE, 1), 99), "outside"),
        ("table 1", lambda a: a.__setitem__((a[:, 1] != NONE, 0), 10_000), "outside"),
        ("table 1", lambda a: a.__setitem__((a[:, 1] != NONE, 2), 0x7FC00000), "finite"),
    ):
        arrays = arrays_of(model)
        change(arrays[name])
        with pytest.raises(ValueError, match=problem):
            for n, count in enumerate(counts, 1):
                model_from(arrays, None).check(n, count)
