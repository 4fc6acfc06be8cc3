"""CRF: the estimator, its optimizers, and python-crfsuite as oracle where it is installed."""

from __future__ import annotations

import random

import numpy as np
import pytest

import nlptk
from nlptk.errors import ParameterError
from nlptk.tagging.optimize import minimize


def toy(n=60, seed=2):
    rng = random.Random(seed)
    X = [
        [{f"w={rng.choice('abcdefgh')}": 1.0, f"v={rng.choice('abcdefgh')}": 1.0} for _ in range(rng.randrange(3, 9))]
        for _ in range(n)
    ]
    return X, [[rng.choice("XYZ") for _ in sentence] for sentence in X]


def learnable(n=80, seed=0):
    """A label is the word's, turned after an "n"."""
    rng = random.Random(seed)
    X = [[rng.choice("abn") for _ in range(rng.randrange(1, 8))] for _ in range(n)]
    y = [["N" if w == "n" else "B" if (w == "a") == (t > 0 and s[t - 1] == "n") else "A" for t, w in enumerate(s)] for s in X]
    return [[[w] for w in s] for s in X], y


TEMPLATE = "U00:%x[0,0]\nU01:%x[-1,0]/%x[0,0]\nB\n"
X, Y = toy()


def weights_of(crf):
    """(attribute, label) -> weight."""
    names, chain = crf.encoder_.names(), crf.chain_
    row_ptr, row_label = chain._rows()
    return {
        (names[a], crf.labels_[row_label[f]]): float(chain.weights[f])
        for a in range(len(names))
        for f in range(row_ptr[a], row_ptr[a + 1])
    }


@pytest.mark.parametrize(
    "c1, c2, transitions, states",
    [(0, 0.5, True, False), (0, 1.0, False, True), (0.5, 0.1, True, False), (1.0, 0.0, False, False)],
)
def test_weights_and_marginals_equal_crfsuite(tmp_path, c1, c2, transitions, states):
    pycrfsuite = pytest.importorskip("pycrfsuite")
    trainer = pycrfsuite.Trainer(algorithm="lbfgs", verbose=False)
    trainer.set_params({"c1": c1, "c2": c2, "max_iterations": 5000, "epsilon": 1e-9, "delta": 1e-14})
    trainer.set_params({"feature.possible_transitions": transitions, "feature.possible_states": states})
    for sentence, labels in zip(X, Y, strict=True):
        trainer.append([list(item) for item in sentence], labels)
    trainer.train(str(tmp_path / "model"))
    tagger = pycrfsuite.Tagger()
    tagger.open(str(tmp_path / "model"))
    crf = nlptk.CRF(c1=c1, c2=c2, max_iterations=5000, epsilon=1e-9, delta=1e-14)
    crf.set_params(all_possible_transitions=transitions, all_possible_states=states).fit(X, Y)
    info = tagger.info()
    assert all(abs(w - info.state_features.get(key, 0)) < 1e-4 for key, w in weights_of(crf).items())
    for i, before in enumerate(crf.labels_):
        for j, after in enumerate(crf.labels_):
            assert abs(crf.chain_.transitions[i, j] - info.transitions.get((before, after), 0)) < 1e-4
    for sentence, marginals in zip(X[:10], crf.predict_marginals(X[:10]), strict=True):
        tagger.set([list(item) for item in sentence])
        for t, p in enumerate(marginals):
            assert all(abs(tagger.marginal(label, t) - p[label]) < 1e-4 for label in crf.labels_)


@pytest.mark.parametrize("c1", [0.0, 0.5])
def test_threads_do_not_change_the_model(c1):
    models = [nlptk.CRF(c1=c1, threads=threads, max_iterations=30).fit(X, Y).chain_ for threads in (1, 3)]
    assert np.array_equal(models[0].weights, models[1].weights)
    assert np.array_equal(models[0].transitions, models[1].transitions)


@pytest.mark.parametrize("algorithm", ["lbfgs", "sgd", "adagrad"])
def test_every_algorithm_learns(algorithm):
    X, y = learnable()
    crf = nlptk.CRF(algorithm=algorithm, c2=0.1, max_iterations=40, template=TEMPLATE).fit(X, y)
    assert crf.score(*learnable(40, 1)) > 0.98


@pytest.mark.parametrize("algorithm", ["sgd", "adagrad"])
def test_stochastic_gradient_depends_on_the_seed_only(algorithm):
    weights = [nlptk.CRF(algorithm=algorithm, max_iterations=3, seed=seed).fit(X, Y).chain_.weights for seed in (1, 1, 2)]
    assert np.array_equal(weights[0], weights[1])
    assert not np.array_equal(weights[0], weights[2])


@pytest.mark.parametrize("linesearch", ["MoreThuente", "Backtracking", "StrongBacktracking"])
@pytest.mark.parametrize("diagonal", [False, True])
def test_minimize_finds_the_minimum(linesearch, diagonal):
    scale, at = np.geomspace(0.01, 100, 40), np.linspace(-1, 1, 40)

    def evaluate(x, g):
        g[:] = scale * np.sinh(x - at)
        return float((scale * np.cosh(x - at)).sum())

    end = minimize(
        evaluate,
        np.zeros(40),
        linesearch=linesearch,
        epsilon=1e-9,
        period=0,
        max_iterations=500,
        diagonal=scale if diagonal else None,
    )
    np.testing.assert_allclose(end.x, at, atol=1e-3)


def test_an_l1_norm_makes_weights_zero():
    few, many = (np.count_nonzero(nlptk.CRF(c1=c1, c2=0.0).fit(X, Y).chain_.weights) for c1 in (2.0, 0.01))
    assert few < many


def test_warm_start_begins_where_it_ended():
    crf = nlptk.CRF(c2=0.5, max_iterations=500, epsilon=1e-7, delta=0, warm_start=True).fit(X, Y)
    weights = crf.chain_.weights
    crf.set_params(max_iterations=1).fit(X, Y)
    np.testing.assert_allclose(crf.chain_.weights, weights, atol=1e-3)
    assert nlptk.CRF(c2=0.5, max_iterations=1).fit(X, Y).chain_.weights.max() < weights.max() / 2
    crf.set_params(max_iterations=50).fit([*X, X[0]], [*Y, ["new"] * len(X[0])])
    assert crf.labels_[-1] == "new"


def test_held_out_sentences_end_the_training():
    X, y = learnable()
    held_out = learnable(30, 5)
    crf = nlptk.CRF(template=TEMPLATE, patience=2, max_iterations=200, epsilon=0, delta=0).fit(X, y, *held_out)
    assert crf.score(*held_out) == 1.0


def test_saved_and_loaded(tmp_path):
    X, y = learnable()
    for crf in (nlptk.CRF(template=TEMPLATE).fit(X, y), nlptk.CRF().fit([[{"w": w} for (w,) in s] for s in X], y)):
        items = X if crf.template else [[{"w": w} for (w,) in s] for s in X]
        crf.save(tmp_path / "crf.nlptk")
        again = nlptk.load(tmp_path / "crf.nlptk")
        assert again.predict(items) == crf.predict(items)
        assert again.n_best(items[:3], 3) == crf.n_best(items[:3], 3)


def test_a_template_without_b_has_no_transitions():
    X, y = learnable()
    assert not nlptk.CRF(template="U00:%x[0,0]\n").fit(X, y).chain_.transitions.any()


def test_constraints():
    X, y = learnable()
    crf = nlptk.CRF(template=TEMPLATE).fit(X, y).constrain(allowed=[("A", "B"), ("B", "A")], start="A")
    for path in crf.predict(X):
        assert path == (["A", "B"] * 4)[: len(path)]


@pytest.mark.parametrize(
    "X, y, message",
    [
        ([[["a"]]], [], "1 sentences, but y has 0"),
        ([[["a"], ["b"]]], [["X"]], "sentence 0: 2 items, but y has 1 labels"),
        ([[], []], [[], []], "nothing to learn from"),
        ([], [], "nothing to learn from"),
        ([[{"w": 1.0}], [{"w": 1.0}, {"w": float("nan")}]], [["X"], ["X", "X"]], "sentence 1, item 1"),
        ([[{"w": 1.0}], [{"w": 1.0}]], [["X"], [3]], "sentence 1, item 0: label 3"),
        ("abc", [["X"]], "X is str"),
    ],
)
def test_bad_data(X, y, message):
    with pytest.raises(ParameterError, match=message):
        nlptk.CRF().fit(X, y)


def test_unknown_labels_in_held_out_data_and_scores():
    crf = nlptk.CRF().fit([[["a"]]], [["X"]])
    with pytest.raises(ParameterError, match="sentence 0, item 0: label 'Q' is not one of the training data"):
        crf.log_likelihood([[["a"]]], [["Q"]])
    with pytest.raises(ParameterError, match="sentence 0, item 0: label 'Q'"):
        nlptk.CRF().fit([[["a"]]], [["X"]], [[["a"]]], [["Q"]])
    with pytest.raises(ParameterError, match="belong together"):
        nlptk.CRF().fit([[["a"]]], [["X"]], X_dev=[[["a"]]])


@pytest.mark.parametrize(
    "parameters",
    [
        {"algorithm": "lbfg"}, {"c1": -1}, {"c2": float("nan")}, {"c1": 1.0, "algorithm": "sgd"}, {"linesearch": "none"},
        {"num_memories": 0}, {"threads": 0}, {"patience": 0}, {"eta": 0.0, "algorithm": "sgd"},
    ],
)  # fmt: skip
def test_bad_parameters(parameters):
    with pytest.raises(ParameterError):
        nlptk.CRF(**parameters).fit(X, Y)


def test_empty_sentences():
    crf = nlptk.CRF().fit([[], *X], [[], *Y])
    assert crf.predict([[], X[0], []])[::2] == [[], []]
    assert crf.predict([]) == crf.predict_marginals([]) == crf.n_best([]) == []
