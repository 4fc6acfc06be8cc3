"""The Perceptron estimator."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

import nlptk
from nlptk.errors import NotFittedError, ParameterError
from nlptk.tagging import Perceptron
from tests.behaviour import EstimatorBehaviour

WORDS = ["the", "a", "cat", "dog", "sees", "hears", "big", "small", "often", "never"]
TAGS = dict(zip(WORDS, ["D", "D", "N", "N", "V", "V", "A", "A", "R", "R"], strict=True))


def corpus(n=120, seed=1, unknown=0.0):
    """Sentences of words; now and then a word that says nothing."""
    random = np.random.default_rng(seed)
    X, y = [], []
    for _ in range(n):
        sentence = random.choice(WORDS, random.integers(1, 9)).tolist()
        y.append([TAGS[word] for word in sentence])
        X.append([{"w": word if random.random() >= unknown else f"x{random.integers(9)}", "bias": 1.0} for word in sentence])
    return X, y


class TestPerceptron(EstimatorBehaviour):
    def make(self):
        return Perceptron(epochs=3).fit(*corpus(30))

    def predictions(self, estimator):
        return estimator.predict(corpus(20, seed=2)[0])


def test_learns():
    X, y = corpus(unknown=0.1)
    model = Perceptron(epochs=10).fit(X, y)
    assert model.score(*corpus(seed=5)) == 1
    assert set(model.labels_) == set("DNVAR")
    marginals = model.predict_marginals(X[:3])
    assert all(abs(sum(item.values()) - 1) < 1e-5 for sentence in marginals for item in sentence)


@pytest.mark.parametrize("parameters", [{"rule": "pa"}, {"rule": "pa1", "margin": 1.0}, {"rule": "pa2"}, {"average": False}])
def test_every_rule_learns(parameters):
    assert Perceptron(epochs=10, **parameters).fit(*corpus()).score(*corpus(seed=5)) == 1


def test_a_seed_is_a_model(tmp_path):
    for name, seed, threads in (("a", 1, 1), ("b", 1, 3), ("c", 2, 1)):
        model = Perceptron(epochs=2, seed=seed, threads=threads).fit(*corpus(unknown=0.5))
        model.set_params(seed=0, threads=1).save(tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert (tmp_path / "a").read_bytes() != (tmp_path / "c").read_bytes()


def test_any_loader_opens_it(tmp_path):
    model = Perceptron(epochs=2).fit(*corpus())
    model.save(tmp_path / "m.nlptk")
    assert nlptk.load(str(tmp_path / "m.nlptk")).predict(corpus()[0]) == model.predict(corpus()[0])


def test_stops_when_the_development_set_gets_no_better(monkeypatch):
    X, y = corpus(unknown=0.3)
    X_dev, y_dev = corpus(seed=9, unknown=0.3)
    steps = []
    from nlptk.tagging.watch import Watch

    def noted(self, loss, chain, step=Watch.step):
        stop = step(self, loss, chain)
        steps.append(self.scores[-1])
        return stop

    monkeypatch.setattr(Watch, "step", noted)
    model = Perceptron(epochs=50, patience=2).fit(X, y, X_dev=X_dev, y_dev=y_dev)
    assert len(steps) < 50
    assert model.score(X_dev, y_dev) == max(steps)
    assert max(steps[-2:]) <= max(steps[:-2])


def test_spans_are_scored_as_spans():
    from nlptk.tagging.watch import Development

    X = [[{"w": "a"}, {"w": "b"}, {"w": "c"}]] * 2
    y = [["B-X", "I-X", "O"]] * 2
    model = Perceptron(epochs=3).fit(X, y)
    data = model._labelled(model.encode(X), y, list(model.labels_), "y", new=False)
    held_out = Development(data, model.labels_)
    assert (held_out.measure, held_out.score(model.chain_)) == ("F1", 1.0)
    other = model._labelled(model.encode(X), [["B-X", "I-X", "I-X"], *y[1:]], list(model.labels_), "y", new=False)
    assert Development(other, model.labels_).score(model.chain_) == 0.5


def test_a_scheme_is_kept_in_training_and_after():
    random = np.random.default_rng(4)
    y = [labels for n in range(60) for labels in [["B", "E"] * (n % 3) + ["S"] + ["B", "M", "E"] * (n % 2)]]
    X = [[{"w": str(random.integers(5))} for _ in labels] for labels in y]  # noise: any sequence could come out
    found = Perceptron(epochs=3, scheme="BMES").fit(X, y).predict([[{"w": str(i % 5)} for i in range(n)] for n in range(1, 30)])
    follows = {"B": "ME", "M": "ME", "E": "BS", "S": "BS"}
    for labels in found:
        assert labels[0] in "BS"
        assert labels[-1] in "ES"
        assert all(after in follows[before] for before, after in pairwise(labels))
    with pytest.raises(ParameterError, match=r"sentence 1, item 0"):
        Perceptron(scheme="BMES").fit([[{"a": 1}, {"b": 1}], [{"a": 1}]], [["B", "E"], ["M"]])


def test_partial_fit_goes_on():
    X, y = corpus(unknown=0.2)
    whole = Perceptron(epochs=4, shuffle=False).fit(X, y)
    parts = Perceptron(shuffle=False)
    for _ in range(4):
        parts.partial_fit(X, y)
    np.testing.assert_array_equal(whole.chain_.weights, parts.chain_.weights)
    np.testing.assert_array_equal(whole.chain_.transitions, parts.chain_.transitions)
    parts.partial_fit([[{"w": "cat"}, {"w": "dog"}]], [["N", "new"]])
    assert parts.labels_[-1] == "new"
    assert parts.score(X, y) > 0.7


def test_partial_fit_of_a_loaded_model(tmp_path):
    X, y = corpus()
    Perceptron(epochs=5).fit(X, y).save(tmp_path / "m")
    model = Perceptron.load(tmp_path / "m")
    before = model.score(X, y)
    assert model.partial_fit(X[:1], y[:1]).score(X, y) == before == 1


def test_a_warm_start_keeps_what_was_learned():
    X, y = corpus()
    model = Perceptron(epochs=10, warm_start=True).fit(X, y)
    assert model.fit([[{"w": "cat"}]], [["N"]]).score(X, y) == 1
    assert model.set_params(warm_start=False).fit([[{"w": "cat"}]], [["N"]]).labels_ == ["N"]


def test_templates():
    X = [[[word] for word in ["the", "big", "cat", "sees", "a", "small", "dog"]]] * 3
    y = [[TAGS[row[0]] for row in sentence] for sentence in X]
    model = Perceptron(epochs=5, template="U0:%x[0,0]\nU1:%x[-1,0]/%x[0,0]\nB").fit(X, y)
    assert model.predict(X) == y


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"epochs": 0}, "epochs"),
        ({"epochs": 1.5}, "epochs"),
        ({"rule": "sgd"}, "rule"),
        ({"aggressiveness": 0.0}, "aggressiveness"),
        ({"aggressiveness": float("nan")}, "aggressiveness"),
        ({"margin": -1.0}, "margin"),
        ({"patience": 0}, "patience"),
        ({"burn_in": 1.0}, "burn_in"),
        ({"burn_in": float("nan")}, "burn_in"),
        ({"scheme": "XYZ"}, "XYZ"),
    ],
)
def test_parameters_that_make_no_sense(parameters, message):
    with pytest.raises(ParameterError, match=message):
        Perceptron(**parameters).fit([[{"a": 1}]], [["O"]])


@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        ([], [], "nothing"),
        ([[]], [[]], "nothing"),
        ([[{"a": 1}]], [["x", "y"]], "sentence 0"),
        ([[{"a": 1}]], [["x"], ["y"]], "y has 2"),
        ([[{"a": 1}], [{"b": float("nan")}]], [["x"], ["y"]], "sentence 1, item 0"),
        ([[{"a": 1}]], [[3]], "sentence 0, item 0"),
    ],
)
def test_bad_data_is_refused_with_its_place(X, y, message):
    for method in ("fit", "partial_fit"):
        with pytest.raises(ParameterError, match=message):
            getattr(Perceptron(), method)(X, y)


def test_empty_sentences_are_none():
    model = Perceptron(epochs=3).fit([[], [{"a": 1}], []], [[], ["x"], []])
    assert model.predict([[], [{"a": 1}, {"unknown": 1}], []]) == [[], ["x", "x"], []]
    assert model.partial_fit([[]], [[]]).predict([[{"a": 1}]]) == [["x"]]
    with pytest.raises(NotFittedError):
        Perceptron().predict([[{"a": 1}]])
