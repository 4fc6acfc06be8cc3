"""The kernel that labels characters, and its training, against their references."""

from __future__ import annotations

import random
from functools import cache
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlptk.ext.char_tagger import SCALE, CharTagger, Trainer, character_class, fold
from nlptk.ext.trie import Words
from nlptk.segment.trained import TaggerModel
from nlptk.segment.trained_fit import _codes, _longest_words, read, train
from tests import strategies
from tests.reference import bigram as units
from tests.reference import char_tagger as reference

ALPHABET = "甲乙丙丁aBＣ12３.％ 　\r\n年一"
SENTENCES = st.lists(st.lists(st.text("甲乙丙丁aＢ1２.年", min_size=1, max_size=9), max_size=6), min_size=1, max_size=12)
SENTENCES = SENTENCES.filter(lambda sentences: any(len(sentence) > 1 for sentence in sentences))


def learned(sentences: Any, model: str = "crf", **options: Any) -> TaggerModel:
    return train(sentences, **{"model": model, "epochs": 2, "c2": 0.05, "cost": 1.0, "prune": 0.0, "seed": 1, **options})


@cache
def sample(corpora: Path) -> TaggerModel:
    return learned(corpora / "segmented.zh.txt", epochs=5)


def check(model: TaggerModel, text: str, user: dict[str, int | None] | None = None, force: bool = False) -> None:
    words = None
    biases: dict[str, int] = {}
    if user is not None:
        words = Words(open_frequencies=True)
        for word, frequency in user.items():
            words.add(word, -1 if frequency is None else frequency)
        biases = user_biases(model, user)
        words.freeze()
    assert model.kernel(words, force).cut(text) == reference.cut(text, reference.of(model), biases, force)


def user_biases(model: TaggerModel, user: dict[str, int | None]) -> dict[str, int]:
    """Frequencies as the kernel counts them; words without one are asked to win alone, by its own scores."""
    tables = reference.of(model)
    step = dict(zip(reference.ALLOWED, tables.transitions, strict=True))
    biases = {}
    for word, frequency in user.items():
        if frequency == 0:
            continue
        if frequency is not None:
            biases[word] = int(np.ceil(SCALE * (np.log(frequency) + np.log(2)) / len(word) - 1e-9))
            continue
        scores, whole, bias = reference.sentence_scores(tables, word), reference.inside(len(word)), 0

        def total(labels: list[int], scores: list[list[int]] = scores) -> int:
            return sum(s[y] for s, y in zip(scores, labels, strict=True)) + sum(step[p] for p in pairwise(labels))

        while True:
            rows = [[s + bias * (y == right) for y, s in enumerate(row)] for row, right in zip(scores, whole, strict=True)]
            found = reference.best_labels(reference.without_parted_runs(word, rows), tables.transitions)
            if found == whole:
                break
            bias = (total(found) - total(whole)) // sum(a != b for a, b in zip(found, whole, strict=True)) + 1
        biases[word] = bias + SCALE
    return biases


@given(text=strategies.text())
def test_any_text_as_the_reference(corpora: Path, text: str) -> None:
    check(sample(corpora), text)


@given(SENTENCES, st.text(ALPHABET, max_size=30), st.sampled_from(["crf", "perceptron", "hmm"]), st.sampled_from([0.0, 0.2]))
def test_any_model_as_the_reference(sentences: Any, text: str, model: str, prune: float) -> None:
    check(learned(sentences, model, prune=prune), text)


def random_model(seed: int, sentences: Any, size: int = 300) -> TaggerModel:
    rng = np.random.default_rng(seed)
    m = learned(sentences)
    names = ("chars", "bigrams", "matches", "context", "types", "repeats")
    tables = {name: rng.integers(-size, size, np.shape(getattr(m, name))).astype(np.int16) for name in names}
    tables["bigrams"] = (tables["bigrams"] // 8).astype(np.int8)
    return m._replace(**tables, transitions=rng.integers(-size, size, 8).tolist())


@given(st.integers(0, 2**32), SENTENCES, st.text(ALPHABET, max_size=30))
def test_any_weights_as_the_reference(seed: int, sentences: Any, text: str) -> None:
    model = random_model(seed, sentences)
    check(model, text)
    tables = reference.of(model)
    expected: list[list[int]] = []
    for sentence, blank in _parts(text):
        expected += [[0, 0, 0, 0]] * len(sentence) if blank else reference.sentence_scores(tables, sentence)
    assert [list(row) for row in model.kernel().scores(text)] == expected


def _parts(text: str) -> list[tuple[str, bool]]:
    out: list[tuple[str, bool]] = []
    for c in text:
        blank = c in units.SPACES
        if out and out[-1][1] == blank:
            out[-1] = out[-1][0] + c, blank
        else:
            out.append((c, blank))
    return out


@given(st.integers(0, 2**32), SENTENCES, st.text("甲乙丙a1年", max_size=6))
def test_the_path_is_the_best_of_all(seed: int, sentences: Any, text: str) -> None:
    model = random_model(seed, sentences)
    kernel = model.kernel()
    scores, step = kernel.scores(text), dict(zip(reference.ALLOWED, model.transitions, strict=True))

    def total(labels: tuple[int, ...]) -> int:
        runs = sum(y in (0, 3) and i > 0 and reference.runs_on(text[i - 1], text[i]) for i, y in enumerate(labels))
        return sum(s[y] for s, y in zip(scores, labels, strict=True)) + sum(step[p] for p in pairwise(labels)) - 10**9 * runs

    paths = [
        y
        for y in product(range(4), repeat=len(text))
        if not y or (y[0] in (0, 3) and y[-1] in (2, 3) and all(p in step for p in pairwise(y)))
    ]
    found = tuple(label for word in kernel.cut(text) for label in reference.inside(len(word)))
    assert total(found) == max(map(total, paths))


USER = st.dictionaries(st.text("甲乙丙aB1. 年", min_size=1, max_size=4), st.one_of(st.none(), st.integers(0, 1000)), max_size=6)


@given(SENTENCES, st.text(ALPHABET, max_size=25), USER, st.booleans())
def test_user_words_as_the_reference(sentences: Any, text: str, user: dict[str, int | None], force: bool) -> None:
    check(learned(sentences), text, user, force)


@given(st.integers(0, 2**32), SENTENCES, st.text(ALPHABET, max_size=25), USER, st.booleans())
def test_user_words_with_any_weights(seed: int, sentences: Any, text: str, user: dict[str, int | None], force: bool) -> None:
    check(random_model(seed, sentences), text, user, force)


def test_corpora_as_the_reference(corpora: Path) -> None:
    model = sample(corpora)
    kernel, tables = model.kernel(), reference.of(model)
    lines = [line for path in sorted(corpora.glob("*.txt")) for line in path.read_text("utf-8").split("\n")]
    for line in random.Random(1).sample(lines, min(len(lines), 200)):
        assert kernel.cut(line) == reference.cut(line, tables)


def test_long_texts(corpora: Path) -> None:
    """Longer than what is looked at at a time, and than what memory is shared for."""
    model = sample(corpora)
    kernel, tables = model.kernel(), reference.of(model)
    text = "".join(line for line in (corpora / "segmented.zh.txt").read_text("utf-8").replace(" ", "").split("\n"))
    for n in (255, 256, 257, 510, 1000, 5000):
        piece = (text * (n // len(text) + 1))[:n]
        assert kernel.cut(piece) == reference.cut(piece, tables)


@given(st.lists(st.text("甲乙丙 a1", max_size=8), max_size=4), st.text("甲乙丙 a1\r", max_size=10))
def test_lines_as_cut(corpora: Path, lines: list[str], last: str) -> None:
    kernel = sample(corpora).kernel()
    text = "\n".join([*lines, last])
    words = [[w for w in kernel.cut(line.removesuffix("\r")) if w != " "] for line in text.split("\n")]
    found = kernel.lines(text.encode()).decode()
    assert [line.split(" ") for line in found.replace("\r", "").split("\n")] == [ws or [""] for ws in words] or "\r" in last


def test_characters() -> None:
    for c in [*range(0x3100), *range(0x4E00, 0xA000), *range(0xFF00, 0x10000), 0x1F600]:
        assert fold(c) == ord(units.unit(chr(c)))
        assert character_class(c) == reference.character_class(chr(c)), hex(c)


# ---- what is learned


@given(SENTENCES)
def test_known_words_are_those_of_the_other_parts(sentences: Any) -> None:
    sentences = [words for words in sentences if words]
    text = read(sentences)
    words, *found = _longest_words(text, _codes(text)[0])
    expected = reference.cross_fitted(sentences)
    for kind in range(3):
        assert found[kind].tolist() == [match for sentence in expected for match in sentence[kind]]
    shapes = [["".join(map(units.unit, word)) for word in line] for line in sentences]
    assert {word: frequency == 2 for word, frequency in words.items()} == reference.known_words(shapes)


def arrays(seed: int, n_attributes: int = 20, n_features: int = 3) -> tuple[Any, ...]:
    rng = np.random.default_rng(seed)
    lengths = rng.integers(0, 6, 4)
    starts = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
    labels = []
    for n in lengths:
        while n:
            k = int(rng.integers(1, n + 1))
            labels += reference.inside(k)
            n -= k
    features = rng.integers(0, n_attributes, (len(labels), n_features)).astype(np.int32)
    return starts, features, np.array(labels, np.uint8)


def loss(starts: Any, features: Any, labels: Any, weights: Any, transitions: Any, cost: float) -> float:
    """By enumeration."""
    step = dict(zip(reference.ALLOWED, transitions, strict=True))
    total = 0.0
    for a, b in pairwise(starts):
        if a == b:
            continue
        scores = weights[features[a:b]].sum(1)
        gold = tuple(labels[a:b].tolist())
        values = []
        for y in product(range(4), repeat=b - a):
            if y[0] in (0, 3) and y[-1] in (2, 3) and all(p in step for p in pairwise(y)):
                value = sum(scores[i, label] for i, label in enumerate(y)) + sum(step[p] for p in pairwise(y))
                values.append(value + cost * sum(label != right for label, right in zip(y, gold, strict=True)))
                if y == gold:
                    total -= value
        total += float(np.logaddexp.reduce(values))
    return total


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("cost", [0.0, 1.5])
def test_loss_and_gradient(seed: int, cost: float) -> None:
    """A pass over one sentence with squares so large that all rates are alike shows the gradient."""
    starts, features, labels = arrays(seed)
    trainer = Trainer(starts, features, labels, 20)
    rng = np.random.default_rng(seed + 100)
    weights0, transitions0 = rng.normal(size=(20, 4)).astype(np.float32), rng.normal(size=8).astype(np.float32)
    for s in range(len(starts) - 1):
        weights, transitions = weights0.copy(), transitions0.copy()
        squares, transition_squares = np.full((20, 4), 1e10, np.float32), np.full(8, 1e10, np.float32)
        a, b = starts[s : s + 2]
        found = trainer.crf(
            np.array([s]), weights, squares, np.ones(20, np.float32), transitions, transition_squares, 1e5, 0.0, cost
        )
        one = (np.array([0, b - a]), features[a:b], labels[a:b])
        assert found == pytest.approx(loss(*one, weights0.astype(float), transitions0, cost), abs=1e-4)
        for index in rng.integers(0, 80, 6):
            moved = [weights0.astype(float) for _ in range(2)]
            moved[0].flat[index] += 1e-4
            moved[1].flat[index] -= 1e-4
            expected = (loss(*one, moved[0], transitions0, cost) - loss(*one, moved[1], transitions0, cost)) / 2e-4
            assert (weights0 - weights).flat[index] == pytest.approx(expected, abs=1e-4)
        for k in range(8):
            shift = np.eye(8)[k] * 1e-4
            expected = (
                loss(*one, weights0, transitions0 + shift, cost) - loss(*one, weights0, transitions0 - shift, cost)
            ) / 2e-4
            assert (transitions0 - transitions)[k] == pytest.approx(expected, abs=2e-3)


@pytest.mark.parametrize("seed", range(8))
def test_perceptron_as_the_reference(seed: int) -> None:
    starts, features, labels = arrays(seed)
    trainer = Trainer(starts, features, labels, 20)
    weights, totals = np.zeros((20, 4), np.float32), np.zeros((20, 4), np.float32)
    transitions, transition_totals = np.zeros(8, np.float32), np.zeros(8, np.float32)
    slow, slow_transitions = np.zeros((20, 4)), np.zeros(8)
    sums, sum_transitions = np.zeros((20, 4)), np.zeros(8)
    order = np.random.default_rng(seed).permutation(4)
    for done in range(5):
        wrong = trainer.perceptron(order, weights, totals, transitions, transition_totals, done * 4)
        expected = 0
        for s in order:
            a, b = starts[s : s + 2]
            gold = labels[a:b].tolist()
            found = reference.best_labels(slow[features[a:b]].sum(1).tolist(), slow_transitions.tolist())
            for y, sign in ((gold, 1), (found, -1)):
                for i, label in enumerate(y):
                    for f in features[a + i]:
                        slow[f, label] += sign
                    if i:
                        slow_transitions[reference.ALLOWED.index((y[i - 1], label))] += sign
            expected += sum(x != y for x, y in zip(gold, found, strict=True))
            sums += slow
            sum_transitions += slow_transitions
        assert wrong == expected
        assert np.array_equal(weights, slow)
        assert np.array_equal(transitions, slow_transitions)
    # weights before a sentence is learned from do not count what it teaches: n * w - totals is their sum
    assert np.allclose(weights * 20 - totals, sums, atol=1e-3)
    assert np.allclose(transitions * 20 - transition_totals, sum_transitions, atol=1e-3)


# ---- what makes no sense


def tables(corpora: Path) -> dict[str, Any]:
    return sample(corpora)._asdict()


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("chars", lambda a: a[:-1]),
        ("chars", lambda a: a[:, :-1]),
        ("chars", lambda a: a[..., :3]),
        ("bigrams", lambda a: a[:-1]),
        ("matches", lambda a: a[:-1]),
        ("context", lambda a: a[:-1]),
        ("types", lambda a: a[:-1]),
        ("repeats", lambda a: a[:-1]),
        ("matches", lambda a: a * 0 + 32767),
        ("pairs", lambda a: a * 0),
        ("pairs", lambda a: a * 0 + 0xFFFFFFFF),
        ("pairs", lambda a: np.concatenate((a[1:], a[-1:]))),
        ("transitions", lambda a: a[1:]),
        ("transitions", lambda a: [1 << 40, *a[1:]]),
        ("characters", lambda a: a[1:]),
        ("characters", lambda a: a * 0),
        ("words", lambda a: [*a[1:], "字" * 9]),
    ],
)
def test_tables_that_do_not_fit(corpora: Path, name: str, change: Any) -> None:
    changed = change(getattr(sample(corpora), name))
    if isinstance(changed, np.ndarray):
        changed = np.ascontiguousarray(changed)
    with pytest.raises((ValueError, OverflowError)):
        TaggerModel(**{**tables(corpora), name: changed}).kernel()


def test_training_data_that_does_not_fit() -> None:
    starts, features, labels = arrays(1)
    for wrong in (
        (starts[:-1], features, labels, 20),
        (starts[::-1].copy(), features, labels, 20),
        (starts, features, labels[1:], 20),
        (starts, features, labels + np.uint8(4), 20),
        (starts, features, labels, 2),
        (starts, features - np.int32(5), labels, 20),
    ):
        with pytest.raises(ValueError, match="training data"):
            Trainer(*wrong)
    trainer = Trainer(starts, features, labels, 20)
    zeros, eight = np.zeros((20, 4), np.float32), np.zeros(8, np.float32)
    with pytest.raises(ValueError, match="no sentence"):
        trainer.perceptron(np.array([9]), zeros, zeros.copy(), eight, eight.copy(), 0)
    with pytest.raises(ValueError, match="do not fit"):
        trainer.perceptron(np.array([0]), zeros[1:].copy(), zeros.copy(), eight, eight.copy(), 0)
    assert isinstance(CharTagger, type)
