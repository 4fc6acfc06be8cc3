"""The HMM estimator: counts and smoothing against the reference, expectation-maximisation, files."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nlptk
from nlptk.errors import ModelFormatError, NotFittedError, ParameterError
from nlptk.tagging import HMM
from nlptk.tagging import hmm_estimate as estimate
from tests.behaviour import EstimatorBehaviour
from tests.reference import hmm as reference

X = [["a", "dog", "barks"], ["the", "cat", "walks"], ["the", "dog", "walks", "often"], [], ["walks"]]
y = [["D", "N", "V"], ["D", "N", "V"], ["D", "N", "V", "R"], [], ["N"]]

labelled = st.lists(
    st.lists(st.tuples(st.sampled_from(["aa", "ba", "ab", "cb", "B1", "x"]), st.integers(0, 2)), max_size=5), max_size=6
)


def counts_of(sentences, order, n_labels=3):
    """(Counts, words, label n-grams counted the slow way)."""
    words = sorted({word for sentence in sentences for word, _ in sentence})
    starts = np.cumsum([0, *map(len, sentences)])
    items = [pair for sentence in sentences for pair in sentence]
    numbers = np.array([words.index(word) for word, _ in items], np.int64)
    labels = np.array([label for _, label in items], np.int64)
    ngrams = Counter()
    for sentence in sentences:
        padded = [n_labels] * order + [label for _, label in sentence] + [n_labels]
        ngrams.update(tuple(padded[t : t + order + 1]) for t in range(len(sentence) + 1))
    return estimate.count(starts, numbers, labels, len(words), n_labels, order), words, ngrams


class TestHMM(EstimatorBehaviour):
    def make(self):
        return HMM().fit(X, y)

    def predictions(self, estimator):
        return estimator.predict(X), estimator.log_likelihood(X)


class TestUnlabelledHMM(EstimatorBehaviour):
    def make(self):
        return HMM(order=1, n_labels=3, max_iterations=5).fit(X)

    def predictions(self, estimator):
        return estimator.predict(X), estimator.log_likelihood(X)


@given(labelled, st.integers(1, 2))
def test_counts_are_those_of_the_slow_way(sentences, order):
    counts, words, ngrams = counts_of(sentences, order)
    expected = np.zeros((4,) * (order + 1))
    for key, n in ngrams.items():
        expected[key] = n
    np.testing.assert_array_equal(counts.transitions, expected)
    pairs = Counter(pair for sentence in sentences for pair in sentence)
    found = {(words[w], int(y)): n for w, y, n in zip(counts.row_word, counts.row_label, counts.row_count, strict=True)}
    assert found == pairs


@given(labelled, st.integers(1, 2))
def test_transitions_are_distributions(sentences, order):
    counts, _, ngrams = counts_of(sentences, order)
    for p in (estimate.maximum_likelihood(counts.transitions), estimate.add_k(counts.transitions, 0.5)):
        np.testing.assert_allclose(p.sum(-1), 1)
    if not sentences:
        return
    p = estimate.interpolated(counts.transitions)
    np.testing.assert_allclose(p.sum(-1), 1)
    assert all(p[key] > 0 for key in ngrams)
    votes = np.array(reference.deleted_interpolation(ngrams, order)) * sum(ngrams.values()) + 1
    np.testing.assert_allclose(estimate.interpolation_weights(counts.transitions), votes / votes.sum())


@given(labelled.filter(any), st.sampled_from(["aa", "zba", "b", "x", "q", "", "B2", "aB1"]), st.integers(1, 3), st.integers(1, 9))
def test_unknown_words_are_those_of_the_reference(sentences, word, longest, rare):
    counts, words, _ = counts_of(sentences, 1)
    by_word = {}
    for w, label, n in zip(counts.row_word, counts.row_label, counts.row_count, strict=True):
        by_word.setdefault(words[w], {})[int(label)] = int(n)
    table = {w: row for w, row in by_word.items() if sum(row.values()) <= rare} or by_word
    same_case = {w: row for w, row in table.items() if w[:1].isupper() == word[:1].isupper()} or table
    plain = {estimate.plain(w): row for w, row in same_case.items()}  # "B1" is the only one with a digit
    expected = reference.suffix_probabilities(plain, estimate.plain(word), longest, 3)
    found = estimate.Suffixes(words, counts, longest, rare).probabilities(word)
    np.testing.assert_allclose(found, expected)
    assert found.sum() == pytest.approx(1)


@given(labelled.filter(any), st.integers(1, 2), st.sampled_from(["interpolation", "add-k"]))
def test_predictions_are_those_of_enumeration(sentences, order, smoothing):
    """The best labels, their marginals and log p, with the model's own probabilities."""
    words = [[word for word, _ in sentence] for sentence in sentences]
    model = HMM(order=order, smoothing=smoothing).fit(words, [[str(label) for _, label in sentence] for sentence in sentences])
    data, n = model._encode([*words, ["unknown", "aa"]]), len(model.labels_)
    step = estimate.interpolated if smoothing == "interpolation" else lambda n: estimate.add_k(n, model.k)
    transitions = step(model.counts_.transitions)
    rows = [
        dict(zip(data.row_label[a:b].tolist(), np.exp(data.row_log[a:b]).tolist(), strict=True))
        for a, b in pairwise(data.row_ptr)
    ]
    log_probs, marginals = model.log_likelihood([*words, ["unknown", "aa"]]), model.predict_marginals([*words, ["unknown", "aa"]])
    for i, (a, b) in enumerate(pairwise(data.starts)):
        items = [rows[row] for row in data.rows[a:b]]
        p, each, _ = reference.expectations(items, order, n, lambda labels: transitions[tuple(labels)])
        assert log_probs[i] == pytest.approx(np.log(p))
        for (t, label), q in each.items():
            assert marginals[i][t][model.labels_[label]] == pytest.approx(q, abs=1e-6)


def test_it_learns():
    for parameters in ({}, {"order": 1}, {"smoothing": "add-k"}, {"max_suffix": 0}, {"smoothing": "add-k", "max_suffix": 0}):
        model = HMM(**parameters).fit(X, y)
        assert model.predict(X)[:4] == y[:4]
        assert model.predict([["the", "hog", "talks"]]) == [["D", "N", "V"]]
        assert model.score(X, y) > 0.9


def test_rows_and_words_are_alike():
    rows = [[[word, "column"] for word in sentence] for sentence in X]
    tuples = [[(word,) for word in sentence] for sentence in X]
    model = HMM().fit(rows, y)
    assert model.predict(rows) == model.predict(tuples) == model.predict(X) == HMM().fit(X, y).predict(X)


def test_parts_give_what_the_whole_gives():
    parts = HMM().partial_fit(X[:1], y[:1]).partial_fit(X[1:3], y[1:3]).partial_fit(X[3:], y[3:])
    whole = HMM().fit(X, y)
    assert (parts.words_, parts.labels_) == (whole.words_, whole.labels_)
    for a, b in zip(parts.counts_, whole.counts_, strict=True):
        np.testing.assert_array_equal(a, b)
    warm = HMM(warm_start=True).fit(X[:2], y[:2]).fit(X[2:], y[2:])
    assert warm.log_likelihood(X) == whole.log_likelihood(X)


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_threads_change_nothing(threads):
    random = np.random.default_rng(0)
    many = [random.choice(["a", "b", "c", "d"], 9).tolist() for _ in range(600)]
    labels = [[random.choice(["X", "Y"]) for _ in sentence] for sentence in many]
    model = HMM(threads=threads).fit(many, labels)
    alone = HMM().fit(many, labels)
    assert model.predict(many) == alone.predict(many)
    assert model.log_likelihood(many) == alone.log_likelihood(many)
    assert model.predict_marginals(many) == alone.predict_marginals(many)


# ---- without labels


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_likelihood_never_falls(order, seed):
    random = np.random.default_rng(seed)
    many = [random.choice(list("abcdef"), random.integers(0, 12)).tolist() for _ in range(40)]
    model = HMM(order=order, n_labels=3, seed=seed, max_iterations=60, tol=0.0).fit(many)
    found = model.log_likelihoods_
    assert all(after >= before - 1e-9 * abs(before) for before, after in pairwise(found))
    assert found[-1] > found[0]
    assert sum(model.log_likelihood(many)) == pytest.approx(found[-1], rel=1e-9)
    again = HMM(order=order, n_labels=3, seed=seed, max_iterations=60, tol=0.0).fit(many)
    assert again.log_likelihoods_ == found
    assert again.predict(many) == model.predict(many)


def test_hidden_classes_are_found():
    """Two kinds of words that take turns."""
    random = np.random.default_rng(5)
    many = [[str(random.choice(["a", "b"] if t % 2 else ["x", "y"])) for t in range(10)] for _ in range(50)]
    labels = HMM(order=1, n_labels=2, seed=1).fit(many).predict(many)
    assert all(labels[0][t] == sentence[t] != sentence[t + 1] for sentence in labels for t in range(0, 8, 2))


@pytest.mark.parametrize("order", [1, 2])
def test_unlabelled_sentences_go_on_from_labelled_ones(order):
    model = HMM(order=order, warm_start=True, max_iterations=10).fit(X, y)
    model.fit([["the", "hog", "walks"], ["a", "cat", "barks"]])
    assert model.predict([["the", "hog", "walks"]]) == [["D", "N", "V"]]
    found = model.log_likelihoods_
    assert all(after >= before - 1e-9 for before, after in pairwise(found))
    model = HMM(order=order, warm_start=True, max_iterations=3).fit(X, y).fit([["new", "words"]]).fit([["a", "new"]])
    assert model.words_ == ["a", "new"]
    if order == 2:  # it knows sentences of two words only
        with pytest.raises(ParameterError, match="sentence 1"):
            model.fit([["a", "new"], ["a", "new", "dog"]])


# ---- what is wrong


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"order": 3}, "order"),
        ({"smoothing": "none"}, "smoothing"),
        ({"k": 0.0}, "k="),
        ({"k": float("nan")}, "k="),
        ({"max_suffix": -1}, "max_suffix"),
        ({"rare": 0}, "rare"),
        ({"threads": 0}, "threads"),
        ({"max_iterations": 1.5}, "max_iterations"),
    ],
)
def test_parameters_that_make_no_sense(parameters, message):
    with pytest.raises(ParameterError, match=message):
        HMM(**parameters).fit(X, y)


@pytest.mark.parametrize(
    ("sentences", "labels", "message"),
    [
        ([], [], "nothing"),
        ([[]], [[]], "nothing"),
        ([["a"]], [["X"], ["Y"]], "1 sentences, but y has 2"),
        ([["a"], ["b"]], [["X"], ["Y", "Z"]], "sentence 1: 1 items, but y has 2"),
        ([["a"], ["b", 3]], [["X"], ["Y", "Z"]], "X: sentence 1, item 1 is 3"),
        ([["a"], ["b", []]], [["X"], ["Y", "Z"]], "X: sentence 1, item 1"),
        ([["a"], ["b"]], [["X"], [None]], "y: sentence 1, item 0 is None"),
        ("abc", [["X"]], "X is str"),
        ([["a"]], None, "n_labels"),
        ([["a"]], "X", "y is str"),
    ],
)
def test_bad_data_is_refused_with_its_place(sentences, labels, message):
    with pytest.raises(ParameterError, match=message):
        HMM().fit(sentences, labels)


def test_more_that_is_refused():
    with pytest.raises(ParameterError, match="nothing"):
        HMM(n_labels=2).fit([[]])
    many = [str(i) for i in range(201)]
    with pytest.raises(ParameterError, match="201 labels"):
        HMM().fit([many], [many])
    assert HMM(order=1).fit([many], [many]).predict([many]) == [many]
    with pytest.raises(NotFittedError):
        HMM().predict(X)
    with pytest.raises(ParameterError, match="order"):
        HMM(order=1).fit(X, y).set_params(order=2).partial_fit(X, y)
    assert HMM().fit(X, y).predict([[], ["unknown", "\ud83d", ""], []])[::2] == [[], []]


def test_any_loader_opens_it(tmp_path):
    model = HMM().fit(X, y)
    model.save(tmp_path / "m.nlptk")
    assert nlptk.load(str(tmp_path / "m.nlptk")).predict(X) == model.predict(X)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("transitions", lambda a: a[..., :-1]),
        ("transitions", lambda a: -a),
        ("transitions", lambda a: a * np.nan),
        ("transitions", lambda a: a.astype(np.float32)),
        ("row_ptr", lambda a: a[:-1]),
        ("row_ptr", lambda a: a[::-1]),
        ("row_ptr", lambda a: a * 0),
        ("row_label", lambda a: a + 9),
        ("row_label", lambda a: a * 0),
        ("row_label", lambda a: a[:-1]),
        ("row_count", lambda a: a * 0),
        ("row_count", lambda a: a * np.inf),
        ("row_count", lambda a: a * 1e300),
        ("row_count", lambda a: a.astype(np.int64)),
        ("labels", lambda a: a[:-1]),
        ("labels", lambda a: [a[0], *a[:-1]]),
        ("labels", lambda a: [1, *a[1:]]),
        ("expected", lambda a: 2),
        ("words.offsets", lambda a: a[:-1]),
    ],
)
def test_damaged_models_are_refused(tmp_path, name, change):
    sentences = [["a", "b", "a", "c"]]
    model = HMM(order=1).fit(sentences, [["X", "Y", "Y", "Z"]])
    learned, arrays = model._get_state()
    part = learned if name in learned else arrays
    part[name] = change(learned[name]) if part is learned else np.ascontiguousarray(change(arrays[name]))
    model._get_state = lambda: (learned, arrays)
    model.save(tmp_path / "bad")
    with pytest.raises(ModelFormatError):
        HMM.load(tmp_path / "bad")


def test_impossible_parameters_in_a_file_are_refused(tmp_path):
    for parameters in ({"order": 3}, {"threads": "x"}, {"k": None}):
        model = HMM().fit(X, y)
        model.set_params(**parameters).save(tmp_path / "bad")
        with pytest.raises(ModelFormatError):
            HMM.load(tmp_path / "bad")
