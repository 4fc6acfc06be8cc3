"""The estimates of the kernel are those of the reference, and neither memory nor threads change a bit of them."""

from __future__ import annotations

import io
import random
from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlptk.lm.estimate import Estimate, count_ngrams, estimate
from tests.reference import ngram
from tests.reference.ngram import BOS, EOS, UNK, Gram, Model

SMOOTHINGS = ["kneser-ney", "witten-bell", "jelinek-mercer", "add-k", "stupid-backoff"]
NOTHING = -12.0  # a logarithm that stands for rounding errors, or for no probability at all


def n_grams(found: Estimate) -> list[dict[Gram, tuple[float, float]]]:
    """The n-grams of each order with their numbers, in the order in which they come."""
    orders: list[dict[Gram, tuple[float, float]]] = []
    below: list[Gram] = [()]
    for n in range(1, found.order + 1):
        rows: dict[Gram, tuple[float, float]] = {}
        for columns in found.chunks(n):
            assert [column.dtype for column in columns] == [np.uint32, np.uint32, np.float32, np.float32]
            assert len({len(column) for column in columns}) == 1
            for suffix, first, log_p, log_backoff in zip(*(column.tolist() for column in columns), strict=True):
                rows[(found.words[first], *below[suffix])] = (log_p, log_backoff)
        assert len(rows) == found.counts[n - 1]
        orders.append(rows)
        below = list(rows)
    return orders


def close(a: float, b: float) -> bool:
    return abs(a - b) < 2e-6 or max(a, b) < NOTHING


def assert_equal(found: Estimate, expected: Model) -> None:
    assert found.order == expected.order
    assert found.words == expected.words
    assert found.counts == expected.counts
    assert (found.tokens, found.sentences) == (expected.tokens, expected.sentences)
    if expected.discounts is None:
        assert found.discounts is None
    else:
        assert found.discounts is not None
        assert np.allclose(found.discounts, expected.discounts, rtol=0, atol=1e-6)
    for n, rows in enumerate(n_grams(found), 1):
        assert list(rows) == ngram.suffix_sorted(expected, n)
        for gram, (log_p, log_backoff) in rows.items():
            wanted = expected.grams[n - 1][gram]
            assert close(log_p, wanted[0]), (gram, log_p, wanted)
            assert close(log_backoff, wanted[1]), (gram, log_backoff, wanted)


def arpa_of(found: Estimate) -> str:
    target = io.BytesIO()
    found.write_arpa(target)
    return target.getvalue().decode("utf-8")


def compare(
    sentences: Sequence[Sequence[str]], order: int, smoothing: str = "kneser-ney", *, memory: str = "64M", **options: object
) -> None:
    with estimate(sentences, order=order, smoothing=smoothing, memory=memory, **options) as found:  # type: ignore[arg-type]
        assert_equal(found, ngram.estimate(sentences, order, smoothing, **options))  # type: ignore[arg-type]


def zipf(seed: int, n_sentences: int, n_words: int, longest: int, letters: str = "w") -> list[list[str]]:
    """Sentences of an invented language: some words are common, some phrases come back."""
    rng = random.Random(seed)
    weights = [1 / (i + 1) for i in range(n_words)]
    words = [f"{rng.choice(letters)}{i}" for i in range(n_words)]
    phrases = [rng.choices(words, weights, k=rng.randint(1, 6)) for _ in range(max(n_sentences // 10, 1))]
    sentences = []
    for _ in range(n_sentences):
        sentence: list[str] = []
        for _ in range(rng.randint(0, 3)):
            sentence += rng.choice(phrases) if rng.random() < 0.5 else rng.choices(words, weights, k=rng.randint(0, longest // 3))
        sentences.append(sentence)
    return sentences


ALPHABETS = [["a"], ["a", "b"], list("abcdefg"), ["北京", "大学", "，", "𠮷", "é", "\u3000", "\u00a0", "\ufeffx", "\x0e", "#"]]
corpora = st.sampled_from(ALPHABETS).flatmap(
    lambda words: st.lists(st.lists(st.sampled_from(words), max_size=9), max_size=40).filter(any)
)
thresholds = st.lists(st.integers(0, 3), max_size=7).map(sorted)


@given(corpora, st.integers(1, 7), st.sampled_from(SMOOTHINGS), thresholds)
def test_equals_the_reference(sentences, order, smoothing, prune):
    compare(sentences, order, smoothing, prune=prune[:order])


@given(corpora, st.integers(1, 4), st.sampled_from(SMOOTHINGS), st.data())
def test_limited_vocabularies_equal_the_reference(sentences, order, smoothing, data):
    words = sorted({word for sentence in sentences for word in sentence} | {"elsewhere"})
    vocabulary = data.draw(st.none() | st.lists(st.sampled_from(words), unique=True))
    most = data.draw(st.none() | st.integers(1, 8))
    least = data.draw(st.integers(1, 4))
    compare(sentences, order, smoothing, vocabulary=vocabulary, max_vocabulary=most, min_count=least)


@given(corpora, st.integers(1, 4), st.floats(0.01, 0.99), st.floats(1e-3, 10), st.floats(0.01, 1))
def test_parameters_of_the_smoothings(sentences, order, weight, k, backoff):
    compare(sentences, order, "jelinek-mercer", weight=weight)
    compare(sentences, order, "add-k", k=k)
    compare(sentences, order, "stupid-backoff", backoff=backoff)
    compare(sentences, order, "kneser-ney", discount_fallback=(weight, 2 * weight, 3 * weight))


@pytest.mark.parametrize("smoothing", SMOOTHINGS)
@pytest.mark.parametrize("order", range(1, 8))
def test_every_smoothing_and_order(order, smoothing):
    compare(zipf(order, 300, 60, 12), order, smoothing)
    compare(zipf(order, 300, 60, 12), order, smoothing, prune=[0, 1, 1, 2, 2, 3, 3][:order])
    compare(zipf(order, 300, 60, 12), order, smoothing, prune=[1], min_count=2)


@pytest.mark.parametrize("smoothing", SMOOTHINGS)
@pytest.mark.parametrize(
    "sentences",
    [
        [["a"]],
        [["a"]] * 100,
        [["a"] * 1000],
        [["a", "b"], ["b", "a"]] * 50,
        [["a"], [], [], ["b"]],
        [[*"abc"]] * 7 + [[*"bcd"]] * 7 + [["x"]],
        [[f"w{i}" for i in range(500)]],
        [[f"w{i}"] for i in range(500)],
        [[f"w{i}"] for i in range(500)] * 3,
        [["unknown"], ["x"]],
    ],
    ids=["one", "same", "run", "two", "blank", "ties", "once", "short", "thrice", "unk"],
)
def test_odd_corpora(sentences, smoothing):
    for order in (1, 2, 3, 6):
        compare(sentences, order, smoothing)
        compare(sentences, order, smoothing, prune=[0, 1][:order])


@given(corpora, st.integers(1, 7))
def test_counts_equal_the_reference(sentences, order):
    counted = list(count_ngrams(sentences, order))
    expected = ngram.raw_counts(sentences, order)[-1]
    if order == 1:
        expected[(BOS,)] = len(sentences)
    assert dict(counted) == expected
    place = {word: i for i, word in enumerate(dict.fromkeys([UNK, BOS, EOS, *(word for s in sentences for word in s)]))}
    assert [gram for gram, _ in counted] == sorted(expected, key=lambda gram: [place[word] for word in reversed(gram)])


def test_the_highest_order():
    compare(zipf(3, 50, 5, 40), 20)
    compare([["a", "b"]], 20, "witten-bell")


def test_a_long_sentence():
    rng = random.Random(4)
    compare([[f"w{int(rng.paretovariate(0.5)) % 3000}" for _ in range(100_000)]], 3)


def test_the_text_may_hold_the_unknown_word():
    compare([[UNK, "a", "b"], ["a", UNK], ["a", "b", UNK, UNK]] * 5, 3)
    compare([[UNK]] * 2, 2, "witten-bell")


@given(corpora, st.integers(1, 5), st.sampled_from(SMOOTHINGS[:4]), thresholds, st.integers(1, 3), st.data())
def test_probabilities_after_a_history_sum_to_one(sentences, order, smoothing, prune, least, data):
    with estimate(sentences, order=order, smoothing=smoothing, prune=prune[:order], min_count=least) as found:
        model = Model(order, found.words, found.counts, None, [], 0, 0, n_grams(found))
    words = [word for word in found.words if word != BOS]
    history = data.draw(st.lists(st.sampled_from([word for word in words if word != EOS]), max_size=order))
    for given_ in (history, [BOS, *history], data.draw(st.sampled_from(sentences))):
        total = sum(10 ** ngram.log_probability(model, given_, word) for word in words)
        assert total == pytest.approx(1, abs=1e-6)


@pytest.fixture(scope="module")
def sentences() -> list[list[str]]:
    """Some 200,000 tokens: their n-grams are many times what 1M of memory holds."""
    return zipf(8, 16_000, 8000, 30, "abc中文")


def variants(sentences: list[list[str]], **options: object) -> Iterator[str]:
    for memory, threads in (("1G", 1), ("1M", 1), ("2M", 2), (5_000_000, 2), ("1G", 2)):
        with estimate(sentences, memory=memory, threads=threads, **options) as found:  # type: ignore[arg-type]
            yield arpa_of(found)


@pytest.mark.parametrize("smoothing", SMOOTHINGS)
def test_neither_memory_nor_threads_change_a_bit(sentences, smoothing):
    assert len(set(variants(sentences, order=3, smoothing=smoothing))) == 1


@pytest.mark.parametrize(
    "options", [{"order": 5}, {"order": 4, "prune": [0, 0, 1]}, {"order": 3, "prune": [1], "max_vocabulary": 900}]
)
def test_orders_pruned_and_limited_in_any_memory(sentences, options):
    first, *others = variants(sentences, **options)
    assert all(other == first for other in others)
    compare(sentences[:3000], memory="1M", **options)


def test_skewed_text_in_little_memory():
    """One n-gram has nearly all positions: no way of splitting makes it smaller."""
    skewed = [["a"] * 150_000, *zipf(2, 2000, 500, 30)]
    first, *others = variants(skewed, order=4)
    assert all(other == first for other in others)


def test_counts_do_not_depend_on_memory(sentences):
    counted = [dict(count_ngrams(sentences, 3, memory=memory)) for memory in ("1M", "1G")]
    assert counted[0] == counted[1] == ngram.raw_counts(sentences, 3)[-1]


@pytest.mark.slow
@pytest.mark.parametrize("smoothing", SMOOTHINGS)
@pytest.mark.parametrize("memory", ["1M", "1G"])
def test_much_text_equals_the_reference(sentences, smoothing, memory):
    compare(sentences, 5, smoothing, memory=memory)
    compare(sentences, 4, smoothing, memory=memory, prune=[0, 1, 1, 2], min_count=2)


@pytest.mark.slow
def test_a_thousand_random_corpora():
    for seed in range(1000):
        rng = random.Random(seed)
        text = zipf(seed, rng.choice([1, 2, 5, 50, 300]), rng.choice([1, 2, 3, 8, 30, 300]), rng.choice([3, 9, 30]))
        order = rng.randint(1, 7)
        prune = sorted(rng.choices([0, 0, 0, 1, 2], k=rng.randint(0, order)))
        try:
            compare(text if any(text) else [["a"]], order, rng.choice(SMOOTHINGS), prune=prune, min_count=rng.choice([1, 1, 2]))
        except AssertionError as error:
            raise AssertionError(f"seed {seed}") from error
