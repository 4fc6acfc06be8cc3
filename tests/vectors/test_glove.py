"""GloVe: what it learns, that it does not depend on threads and memory, files, and what it refuses."""

from __future__ import annotations

import itertools
import pickle
from collections import Counter

import numpy as np
import pytest

import nlptk
from nlptk.errors import CorpusFormatError, NotFittedError, OutputError, ParameterError
from nlptk.vectors import GloVe
from nlptk.vectors.cooccurrence import count_cooccurrences
from nlptk.vectors.glove_rows import Rows, tournament
from tests.behaviour import EstimatorBehaviour
from tests.reference.glove import cooccurrences

TOPICS = [[f"{topic}{k}" for k in range(12)] for topic in "abcd"]


def sentences(n=600, seed=0):
    """Each mostly of words of one topic."""
    rng = np.random.default_rng(seed)
    words = [word for topic in TOPICS for word in topic]
    return [[str(w) for w in rng.choice(6 * TOPICS[rng.integers(4)] + words, 12)] for _ in range(n)]


def small(**parameters):
    return GloVe(**{"vector_size": 12, "window": 5, "min_count": 1, "epochs": 10, "x_max": 10.0, **parameters})


class TestBehaviour(EstimatorBehaviour):
    def make(self):
        return small(vector_size=4, epochs=2).fit(sentences(20))

    def predictions(self, estimator):
        return estimator.vectors_.matrix.tolist()


def test_words_of_a_topic_are_near_each_other():
    model = small(epochs=25).fit(sentences())
    wv = model.vectors_
    for topic in TOPICS:
        near = [word for word, _ in wv.most_similar(topic[0], topn=8)]
        assert sum(word in topic for word in near) >= 6
    assert len(model.loss_) == 25
    assert model.loss_[-1] < 0.3 * model.loss_[0]
    matrices = model.word_vectors_.matrix, model.context_vectors_.matrix
    np.testing.assert_allclose(wv.matrix, matrices[0] + matrices[1], rtol=1e-5)
    assert wv.words == model.vocabulary_.words
    assert wv.matrix.dtype == np.float32


@pytest.mark.parametrize("symmetric", [True, False])
def test_the_result_depends_on_the_seed_only(symmetric, tmp_path):
    path = tmp_path / "corpus.txt"
    path.write_text("\n".join(" ".join(s) for s in sentences(200)))
    one = small(symmetric=symmetric).fit(path)
    for other in (
        small(symmetric=symmetric, workers=3).fit(path),
        small(symmetric=symmetric, memory="64K", workers=1).fit(sentences(200)),
        small(symmetric=symmetric).build_vocab(path).train(path),
        small(symmetric=symmetric, epochs=4).fit(path).train(path, epochs=6),
    ):
        other.close()
        assert np.array_equal(one.vectors_.matrix, other.vectors_.matrix)
        assert one.loss_ == other.loss_
    assert not np.array_equal(one.vectors_.matrix, small(symmetric=symmetric, seed=2).fit(path).vectors_.matrix)


def test_names_of_stanford_parameters_change_the_result():
    one = small().fit(sentences(50)).vectors_.matrix
    for change in ({"window": 2}, {"x_max": 3.0}, {"alpha": 0.5}, {"learning_rate": 0.1}, {"distance_weighting": False}):
        assert not np.array_equal(one, small(**change).fit(sentences(50)).vectors_.matrix)


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize(("memory", "threads"), [(1 << 30, 1), (1 << 30, 3), (1 << 18, 2)])
def test_counts_are_those_of_a_counter(symmetric, memory, threads, monkeypatch):
    rng = np.random.default_rng(1)
    texts = [np.minimum(rng.zipf(1.2, n) - 1, 999).tolist() for n in rng.integers(0, 60, 4000)]
    ids = np.array([w for s in texts for w in [*s, -1]], np.int32)
    monkeypatch.setattr("nlptk.vectors.cooccurrence._LEAST_CHUNK", 500)
    expected = Counter({c: float(np.float32(v * 2.0**-32)) for c, v in cooccurrences(texts, 6, symmetric).items()})
    done = []
    with count_cooccurrences(
        ids, 1000, window=6, symmetric=symmetric, memory=memory, threads=threads, shift=2, progress=done.append
    ) as found:
        assert sum(done) == (ids >= 0).sum()
        assert found.n_records == len(expected)
        cells = {}
        for a, b in itertools.product(range(4), repeat=2):
            for first, second, x in found.of(a, b).tolist():
                i, j = first << 2 | a, second << 2 | b
                cells[i, j] = x
                if symmetric:
                    cells[j, i] = x
        assert cells == expected
        assert isinstance(found.pairs, np.memmap) == (memory < 1 << 30)


def test_rows_come_back():
    rng = np.random.default_rng(0)
    for n_words, size in itertools.product((1, 7, 8, 9, 1000), (1, 14, 15, 30)):
        vectors, squares = rng.random((2, n_words, 2, size + 1), np.float32)
        rows = Rows(vectors, squares)
        assert rows.array.ctypes.data % 64 == 0
        assert rows.array.shape[-1] % 16 == 0
        back = rows.unpack()
        assert np.array_equal(back[0], vectors) and np.array_equal(back[1], squares)


@pytest.mark.parametrize("n", [1, 2, 8, 64])
def test_in_a_tournament_all_meet_once(n):
    rounds = list(tournament(n))
    for games in rounds[1:]:
        assert sorted(itertools.chain(*games)) == list(range(n))
    met = [tuple(sorted(game)) for games in rounds for game in games]
    assert sorted(met) == sorted((a, b) for a in range(n) for b in range(a, n))


def test_new_words_and_new_text():
    model = small().fit(sentences(100))
    before, loss = model.vectors_, list(model.loss_)
    model.partial_fit([["new", "word", "a0", "a1"]] * 20)
    assert model.vectors_.words[:-2] == before.words
    assert set(model.vectors_.words[-2:]) == {"new", "word"}
    assert model.loss_[: len(loss)] == loss and len(model.loss_) == 2 * len(loss)
    unseen = [word for word in before.words if word not in ("a0", "a1")]
    assert all(np.array_equal(model.vectors_[word], before[word]) for word in unseen)
    first = small().partial_fit(sentences(100))
    assert np.array_equal(first.vectors_.matrix, before.matrix)
    with pytest.raises(ParameterError, match="vector_size=13"):
        model.set_params(vector_size=13).partial_fit(sentences(3))


def test_saved_models_go_on(tmp_path):
    model = small(epochs=3).fit(sentences(100))
    model.save(tmp_path / "model.nlptk")
    loaded = nlptk.load(tmp_path / "model.nlptk")
    assert isinstance(loaded, GloVe)
    assert np.array_equal(loaded.vectors_.matrix, model.vectors_.matrix)
    assert loaded.loss_ == model.loss_
    for each in (model, loaded, pickle.loads(pickle.dumps(model))):
        each.train(sentences(100))
        each.close()
        assert np.array_equal(each.vectors_.matrix, small(epochs=6).fit(sentences(100)).vectors_.matrix)


class Saving:
    """Saves the model as it is in the middle of training."""

    def __init__(self, path):
        self.path = path

    def on_epoch_end(self, model):
        if len(model.loss_) == 2:
            model.save(self.path)


@pytest.mark.parametrize("symmetric", [True, False])
def test_resumed_training_is_as_if_it_had_not_been_interrupted(symmetric, tmp_path):
    whole = small(symmetric=symmetric, epochs=5).fit(sentences(50), callbacks=[Saving(tmp_path / "half.nlptk")])
    half = nlptk.load(tmp_path / "half.nlptk").set_params(workers=1)
    assert len(half.loss_) == 2
    with pytest.raises(ParameterError, match="another corpus"):
        half.train(sentences(51), resume=True)
    half.train(sentences(50), resume=True, checkpoint=tmp_path / "again.nlptk", checkpoint_every=0)
    half.close()
    assert half.loss_ == whole.loss_
    assert np.array_equal(half.vectors_.matrix, whole.vectors_.matrix)
    with pytest.raises(ParameterError, match="not interrupted"):
        half.train(sentences(50), resume=True)
    again = nlptk.load(tmp_path / "again.nlptk")  # in the middle of an epoch
    again.train(sentences(50), resume=True)
    again.close()
    assert np.array_equal(again.vectors_.matrix, whole.vectors_.matrix)


def test_vectors_to_begin_with(tmp_path):
    given = small(epochs=5).fit(sentences(100)).vectors_
    given.save_word2vec_format(tmp_path / "given.bin", binary=True)
    for init in (given, tmp_path / "given.bin"):
        model = small(init=init).build_vocab(sentences(100, seed=1))
        np.testing.assert_allclose(model.vectors_["a0"], given["a0"], rtol=1e-6)
        model.train(epochs=1).close()
        model.save(tmp_path / "model.nlptk")
        assert nlptk.load(tmp_path / "model.nlptk").init is None
    with pytest.raises(ParameterError, match="init has 12"):
        small(vector_size=5, init=given).fit(sentences(5))


def test_hard_corpora():
    long = [[f"w{k % 50}" for k in range(20_000)]]
    assert len(small(epochs=1).fit(long).vectors_) == 50
    mixed = [["one"], [], ["two", "three"], ["four"] * 3]
    assert set(small(epochs=1).fit(mixed).vectors_.words) == {"one", "two", "three", "four"}
    with pytest.raises(ParameterError, match="stand near"):
        small().fit([["one"], ["two"]])
    with pytest.raises(ParameterError, match="occurs 1 times"):
        small(min_count=2).fit([["one"], ["two"]])
    with pytest.raises(CorpusFormatError, match="not a word"):
        small().fit([[]])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("vector_size", 0),
        ("vector_size", 100_001),
        ("window", 0),
        ("window", 1001),
        ("epochs", 0),
        ("workers", 0),
        ("seed", -1),
        ("seed", 1.5),
        ("x_max", 0.0),
        ("x_max", float("nan")),
        ("alpha", float("inf")),
        ("learning_rate", float("nan")),
        ("learning_rate", -1),
        ("memory", "lots"),
        ("min_count", -1),
        ("min_count", None),
        ("init", 0.5),
        ("max_vocab_size", 0),
    ],
)
def test_parameters_that_make_no_sense(name, value):
    with pytest.raises(ParameterError, match=name):
        small(**{name: value}).fit(sentences(3))


def test_another_vector_size_needs_other_vectors(tmp_path):
    model = small().fit(sentences(20)).set_params(vector_size=7)
    for use in (lambda: model.train(sentences(20)), lambda: model.partial_fit([["a"]]), lambda: model.save(tmp_path / "m")):
        with pytest.raises(ParameterError, match="vector_size=7"):
            use()


def test_runaway_training_is_an_error():
    with pytest.raises(ParameterError, match="learning_rate"):
        small(learning_rate=1e30, epochs=50).fit(sentences(50))


def test_unfitted_and_without_a_corpus():
    with pytest.raises(NotFittedError):
        small().vectors_  # noqa: B018
    with pytest.raises(NotFittedError):
        small().train(sentences(3))
    with pytest.raises(ParameterError, match="which corpus"):
        small().fit(sentences(3)).train()


def test_a_full_disk_is_one_error(monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.posix_fallocate", full)
    with pytest.raises(OutputError, match="no space left"):
        small(memory="1K").fit(sentences(200))
