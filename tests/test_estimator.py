"""Estimator under scikit-learn's own checks, by toy estimators, and its files."""

from __future__ import annotations

import pickle
import subprocess
import sys

import numpy as np
import pytest
import sklearn
from sklearn.base import clone, is_classifier
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import NotFittedError as TheirNotFittedError
from sklearn.feature_selection import SelectKBest
from sklearn.model_selection import GridSearchCV, cross_val_score, cross_validate
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, validate_data

from nlptk import container, loading
from nlptk.errors import ModelFormatError, NotFittedError, ParameterError
from nlptk.estimator import Classifier, Estimator, Tagger, Transformer
from tests.behaviour import EstimatorBehaviour


class Nearest(Classifier):
    """The class whose mean is nearest, after shrinking the means towards the mean of all."""

    kind = "toy-nearest"

    def __init__(self, shrink=0.0, *, metric="euclid"):
        self.shrink = shrink
        self.metric = metric

    def fit(self, X, y, sample_weight=None):
        X, y = validate_data(self, X, y)
        check_classification_targets(y)
        weight = _check_sample_weight(sample_weight, X)
        X, y, weight = X[weight > 0], y[weight > 0], weight[weight > 0]
        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError("only one class, expected two or more")
        middle = np.average(X, axis=0, weights=weight)
        means = [np.average(X[codes == c], axis=0, weights=weight[codes == c]) for c in range(len(self.classes_))]
        self.means_ = (1 - self.shrink) * np.array(means) + self.shrink * middle
        return self

    def predict(self, X):
        self._check_fitted()
        X = validate_data(self, X, reset=False)
        order = 1 if self.metric == "city" else 2
        distance = np.linalg.norm(X[:, None, :] - self.means_[None], ord=order, axis=2)
        return self.classes_[distance.argmin(axis=1)]

    def _get_state(self):
        return {"classes": self.classes_.tolist(), "features": self.n_features_in_}, {"means": self.means_}

    def _set_state(self, learned, arrays):
        self.classes_ = np.array(learned["classes"])
        self.n_features_in_ = learned["features"]
        self.means_ = arrays.numpy("means")
        if self.means_.shape != (len(self.classes_), self.n_features_in_):
            raise ModelFormatError("means do not fit the classes")


class Centre(Transformer):
    """Subtract the mean of each feature."""

    kind = "toy-centre"

    def __init__(self, scale=1.0):
        self.scale = scale

    def fit(self, X, y=None, sample_weight=None):
        X = validate_data(self, X, dtype=float)
        self.mean_ = np.average(X, axis=0, weights=_check_sample_weight(sample_weight, X))
        return self

    def transform(self, X):
        self._check_fitted()
        return (validate_data(self, X, reset=False, dtype=float) - self.mean_) * self.scale

    def get_feature_names_out(self, input_features=None):
        self._check_fitted()
        return np.array([f"centred{i}" for i in range(self.n_features_in_)], dtype=object)

    def _get_state(self):
        return {}, {"mean": self.mean_}

    def _set_state(self, learned, arrays):
        self.mean_ = arrays.numpy("mean")
        self.n_features_in_ = len(self.mean_)


class MostFrequent(Tagger):
    """The label that a word had most often."""

    kind = "toy-tagger"

    def __init__(self, unknown="x"):
        self.unknown = unknown

    def fit(self, X, y):
        counts = {}
        for words, labels in zip(X, y, strict=True):
            for word, label in zip(words, labels, strict=True):
                of = counts.setdefault(word, {})
                of[label] = of.get(label, 0) + 1
        self.labels_ = {word: max(of, key=of.get) for word, of in counts.items()}
        return self

    def predict(self, X):
        self._check_fitted()
        return [[self.labels_.get(word, self.unknown) for word in words] for words in X]

    def _get_state(self):
        return {"labels": self.labels_}, {}

    def _set_state(self, learned, arrays):
        self.labels_ = dict(learned["labels"])


class Outer(Estimator):
    def __init__(self, inner, count=3, *, names=("a",), key):
        self.inner = inner
        self.count = count
        self.names = names
        self.key = key


class Stateless(Estimator):
    kind = "toy-stateless"
    requires_fit = False

    def __init__(self, a=None):
        self.a = a


@pytest.fixture(autouse=True)
def toys_can_be_loaded(monkeypatch):
    for toy in (Nearest, Centre, MostFrequent, Stateless):
        monkeypatch.setitem(loading._CLASSES, toy.kind, "toys:unused")
    known = loading.class_of
    toys = {toy.kind: toy for toy in (Nearest, Centre, MostFrequent, Stateless)}
    monkeypatch.setattr(loading, "class_of", lambda kind: toys.get(kind) or known(kind))


@pytest.fixture
def routing():
    with sklearn.config_context(enable_metadata_routing=True):
        yield


RNG = np.random.default_rng(0)
X = np.vstack([RNG.normal(0, 1, (40, 3)), RNG.normal(2, 1, (40, 3))])
Y = np.repeat(["a", "b"], 40)

# No check of scikit-learn is expected to fail.
EXPECTED_FAILURES: dict[str, str] = {}


@parametrize_with_checks([Nearest(), Centre()], expected_failed_checks=lambda estimator: EXPECTED_FAILURES)
def test_scikit_learns_own_checks(estimator, check):
    check(estimator)


class TestNearest(EstimatorBehaviour):
    def make(self):
        return Nearest(shrink=0.5).fit(X, Y)

    def predictions(self, estimator):
        return estimator.predict(X).tolist()


class TestCentre(EstimatorBehaviour):
    def make(self):
        return Centre(scale=2).fit(X)

    def predictions(self, estimator):
        return estimator.transform(X).tolist()


class TestMostFrequent(EstimatorBehaviour):
    def make(self):
        return MostFrequent().fit([["a", "b"], ["a"], []], [["n", "v"], ["n"], []])

    def predictions(self, estimator):
        return estimator.predict([["a", "b", "c"], []])


class TestStateless(EstimatorBehaviour):
    def make(self):
        return Stateless()


# ---- parameters


def test_parameters_are_those_of_the_constructor():
    outer = Outer(Nearest(), key=7)
    assert outer.get_params(deep=False) == {"inner": outer.inner, "count": 3, "names": ("a",), "key": 7}
    assert outer.get_params()["inner__shrink"] == 0.0
    assert Outer._defaults()["names"] == ("a",)
    assert Estimator().get_params() == {}


def test_set_params_reaches_inner_estimators():
    outer = Outer(None, key=7).set_params(inner=Nearest(), inner__shrink=0.5, count=4)
    assert (outer.inner.shrink, outer.count) == (0.5, 4)
    with pytest.raises(ParameterError, match=r"no parameter 'shrink'; possible: inner, count, names, key"):
        outer.set_params(shrink=1)
    with pytest.raises(ParameterError, match=r"possible: shrink, metric"):
        outer.set_params(inner__size=1)
    with pytest.raises(ParameterError, match="'count' is no estimator"):
        outer.set_params(count__x=1)


def test_a_refused_set_params_changes_nothing():
    estimator = Nearest()
    with pytest.raises(ParameterError):
        estimator.set_params(shrink=1.0, size=2)
    assert estimator.shrink == 0.0


def test_repr_shows_what_is_not_default():
    assert repr(Nearest()) == "Nearest()"
    assert repr(Nearest(0.5, metric="city")) == "Nearest(shrink=0.5, metric='city')"
    assert repr(Outer(Nearest(), key=7)) == "Outer(inner=Nearest(), key=7)"


def test_constructor_must_name_its_parameters():
    class Any(Estimator):
        def __init__(self, **options):
            pass

    with pytest.raises(TypeError, match="must name every parameter"):
        Any().get_params()


# ---- scikit-learn


def test_clone_keeps_parameters_and_forgets_the_rest():
    copy = clone(Nearest(0.5).fit(X, Y))
    assert copy.shrink == 0.5
    assert not copy.__sklearn_is_fitted__()


def test_kinds_are_known_by_their_tags():
    assert is_classifier(Nearest())
    assert not is_classifier(Centre())
    assert sklearn.utils.get_tags(Centre()).transformer_tags is not None
    assert not sklearn.utils.get_tags(Stateless()).requires_fit
    assert not sklearn.utils.get_tags(MostFrequent()).input_tags.two_d_array


def test_pipeline_grid_search_and_cross_validation():
    pipeline = make_pipeline(Centre(), SelectKBest(k=2), Nearest())
    assert cross_val_score(pipeline, X, Y, cv=4).mean() > 0.85
    search = GridSearchCV(pipeline, {"nearest__shrink": np.array([0.0, 0.5, 1.0]), "centre__scale": [1, 2]}, cv=3)
    search.fit(X, Y)
    assert search.best_params_["nearest__shrink"] in (0.0, 0.5)
    assert search.score(X, Y) > 0.85
    fitted = cross_validate(Nearest(), X, Y, return_estimator=True)["estimator"]
    assert all(isinstance(estimator.means_, np.ndarray) for estimator in fitted)


def test_sequences_go_through_cross_validation():
    sequences, labels = [["a", "b"], ["a"], ["b", "a", "b"]] * 10, [["n", "v"], ["n"], ["v", "n", "v"]] * 10
    assert cross_val_score(MostFrequent(), sequences, labels, cv=3).tolist() == [1, 1, 1]
    search = GridSearchCV(MostFrequent(), {"unknown": ["n", "v"]}, cv=2).fit(sequences, labels)
    assert search.predict([["a"]]) == [["n"]]


def test_tagger_score_counts_items():
    tagger = MostFrequent().fit([["a", "b"]], [["n", "v"]])
    assert tagger.score([["a", "b", "a", "b"], ["c"]], [["n", "v", "n", "n"], ["n"]]) == 3 / 5
    assert tagger.score([["a"], ["c"]], [["n"], ["n"]], sample_weight=[3, 1]) == 3 / 4
    assert tagger.score([], []) == 0.0
    with pytest.raises(ParameterError, match="sequence 1 has 1 items and 2 labels"):
        tagger.score([["a"], ["a"]], [["n"], ["n", "n"]])
    with pytest.raises(ParameterError, match="1 label sequences for 2"):
        tagger.score([["a"], ["a"]], [["n"]])


def test_sample_weight_is_routed_where_it_is_asked_for(routing):
    weight = np.ones(80)
    weight[:10] = 0.0
    nearest = Nearest().set_fit_request(sample_weight=True).set_score_request(sample_weight=False)
    assert clone(nearest).get_metadata_routing().fit.requests == {"sample_weight": True}
    pipeline = Pipeline([("centre", Centre().set_fit_request(sample_weight=False)), ("nearest", nearest)])
    pipeline.fit(X, Y, sample_weight=weight)
    expected = Nearest().fit(Centre().fit_transform(X), Y, sample_weight=weight)
    np.testing.assert_array_equal(pipeline["nearest"].means_, expected.means_)
    search = GridSearchCV(nearest, {"shrink": [0.0, 0.5]}, cv=2).fit(X, Y, sample_weight=weight)
    assert search.score(X, Y) > 0.8
    with pytest.raises(ValueError, match="sample_weight"):
        cross_val_score(Nearest(), X, Y, params={"sample_weight": weight}, error_score="raise")


def test_request_under_another_name(routing):
    nearest = Nearest().set_fit_request(sample_weight="w").set_score_request(sample_weight=False)
    assert nearest.get_metadata_routing().fit.requests == {"sample_weight": "w"}
    assert nearest.set_fit_request(sample_weight="$UNCHANGED$").get_metadata_routing().fit.requests == {"sample_weight": "w"}
    cross_val_score(nearest, X, Y, params={"w": np.ones(80)}, error_score="raise")
    with pytest.raises(TypeError, match="no 'weight'"):
        nearest.set_fit_request(weight=True)
    assert Nearest().get_metadata_routing().fit.requests == {"sample_weight": None}


def test_requests_need_routing_to_be_on():
    with pytest.raises(RuntimeError, match="enable_metadata_routing"):
        Nearest().set_fit_request(sample_weight=True)


def test_only_methods_with_metadata_have_a_setter():
    assert hasattr(Nearest, "set_fit_request")
    assert not hasattr(Nearest, "set_predict_request")
    assert not hasattr(MostFrequent, "set_fit_request")


def test_set_output_is_stored_cloned_and_refused_without_names():
    class Nameless(Transformer):
        def fit(self, X, y=None):
            return self

        def transform(self, X):
            return X

    copy = clone(Centre().set_output(transform="pandas").set_output(transform=None))
    assert copy._sklearn_output_config == {"transform": "pandas"}
    with pytest.raises(ParameterError, match="no feature names"):
        Nameless().set_output(transform="pandas")
    assert Nameless().set_output(transform="default").fit_transform(X) is X


def test_output_becomes_a_data_frame_on_request():
    pandas = pytest.importorskip("pandas")
    frame = Centre().set_output(transform="pandas").fit_transform(X)
    assert isinstance(frame, pandas.DataFrame)
    assert list(frame.columns) == ["centred0", "centred1", "centred2"]
    assert isinstance(Centre().fit_transform(X), np.ndarray)
    with sklearn.config_context(transform_output="pandas"):
        assert isinstance(Centre().fit(X).transform(X), pandas.DataFrame)
    ColumnTransformer([("all", Centre(), [0, 1])]).set_output(transform="pandas").fit_transform(X)


def test_unfitted_is_an_error_of_ours_and_of_scikit_learn():
    for expected in (NotFittedError, TheirNotFittedError):
        with pytest.raises(expected, match="this Nearest is not fitted") as caught:
            Nearest().predict(X)
    assert isinstance(pickle.loads(pickle.dumps(caught.value)), NotFittedError)


# ---- files


def test_numpy_numbers_and_tuples_can_be_saved(tmp_path):
    Stateless((np.int64(1), np.float32(0.5), {"x": [True, None]})).save(tmp_path / "model")
    assert Stateless.load(tmp_path / "model").a == [1, 0.5, {"x": [True, None]}]


@pytest.mark.parametrize("value", [len, np.zeros(3), {1: 2}, b"bytes", {"x"}, [object()], float("inf"), np.nan])
def test_parameters_that_a_file_cannot_hold_are_named(tmp_path, value):
    with pytest.raises(ParameterError, match="parameter 'a' is "):
        Stateless(value).save(tmp_path / "model")
    assert not any(tmp_path.iterdir())


def test_no_kind_no_file(tmp_path):
    with pytest.raises(TypeError, match="Outer cannot be saved"):
        Outer(None, key=1).save(tmp_path / "model")


def test_origin_stays_with_the_model(tmp_path):
    Stateless().save(tmp_path / "a", licence="MIT", training_data="none", scores={"f1": 1.0})
    loaded = Stateless.load(tmp_path / "a")
    loaded.save(tmp_path / "b", training_data="some")
    manifest = container.open(tmp_path / "b").manifest
    assert (manifest["licence"], manifest["training_data"], manifest["scores"]) == ("MIT", "some", {"f1": 1.0})


@pytest.mark.parametrize(
    ("parameters", "learned", "arrays"),
    [
        ({"size": 1}, {"classes": ["a"], "features": 1}, {"means": np.zeros((1, 1))}),
        ({}, {}, {"means": np.zeros((1, 1))}),
        ({}, {"classes": ["a"], "features": 1}, {}),
        ({}, {"classes": ["a"], "features": 2}, {"means": np.zeros((1, 1))}),
        ({}, {"classes": 7, "features": 1}, {"means": np.zeros((1, 1))}),
    ],
)
def test_impossible_state_is_a_format_error_with_the_path(tmp_path, parameters, learned, arrays):
    path = tmp_path / "model"
    container.write(path, "toy-nearest", arrays, parameters=parameters, learned=learned)
    with pytest.raises(ModelFormatError, match="model") as caught:
        Nearest.load(path)
    assert caught.value.path == str(path)


def test_import_costs_nothing():
    code = (
        "import sys, nlptk.doc, nlptk.estimator, nlptk.pipeline, nlptk.loading\n"
        "heavy = 'numpy sklearn inspect dataclasses typing concurrent.futures json logging'.split()\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
