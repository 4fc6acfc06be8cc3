"""FastText: what it learns, from n-grams too; its files and fastText's; more text, and what it says to nonsense."""

from __future__ import annotations

import copy

import numpy as np
import pytest

import nlptk
from nlptk import FastText, WordVectors
from nlptk.errors import ModelFormatError, ParameterError
from nlptk.vectors import SubwordVectors
from nlptk.vectors.fasttext_format import LOSSES, MODELS, read_fasttext, write_fasttext
from nlptk.vectors.subwords import buckets_of
from tests.behaviour import EstimatorBehaviour

SMALL = {"vector_size": 16, "min_count": 1, "workers": 1, "sample": 0, "epochs": 3, "bucket": 500, "alpha": 0.05}
STEMS = ["kitten", "北京大学", "walking"]


def sentences(n=300, seed=0):
    """Words of one stem stand together."""
    rng = np.random.default_rng(seed)
    return [[f"{STEMS[topic]}{'abcdefgh'[i]}" for i in rng.integers(0, 8, 10)] for topic in rng.integers(0, 3, n)]


class TestEstimator(EstimatorBehaviour):
    def make(self):
        return FastText(**SMALL).fit(sentences(20))


@pytest.mark.parametrize(
    "more",
    [
        {"sg": 1},
        {"sg": 0},
        {"sg": 1, "hs": 1, "negative": 0},
        {"sg": 0, "hs": 1, "negative": 0},
        {"sg": 1, "hs": 1, "negative": 3},
        {"sg": 1, "deterministic": True},
        {"sg": 0, "deterministic": True, "workers": 2},
        {"sg": 1, "workers": 2},
        {"sg": 0, "cbow_mean": 0, "alpha": 0.15},
        {"sg": 1, "window": 1, "shrink_windows": False},
        {"sg": 1, "negative": 12},
        {"sg": 1, "min_n": 1, "max_n": 2},
        {"sg": 1, "max_n": 0, "epochs": 20},
        {"sg": 1, "bucket": 0, "epochs": 20},
        {"sg": 1, "bucket": 1},
    ],
    ids=str,
)
def test_words_of_a_topic_come_together(more):
    model = FastText(**{**SMALL, "epochs": 8, **more}).fit(sentences())
    near = [word for word, _ in model.vectors_.most_similar("kittena", topn=7)]
    assert {word[:6] for word in near} == {"kitten"}
    assert model.loss_[-1] < model.loss_[0]
    assert isinstance(model.vectors_, SubwordVectors)


def test_words_that_were_never_seen():
    vectors = FastText(**SMALL, sg=1).fit(sentences()).vectors_
    assert vectors.most_similar("kittenz", topn=1)[0][0].startswith("kitten")
    expected = np.mean([vectors.rows[len(vectors) + b] for b in buckets_of("xyzw", 3, 6, 500)], axis=0)
    np.testing.assert_allclose(vectors["xyzw"], expected, atol=1e-7)


def test_n_grams_that_no_word_has_take_no_memory():
    model = FastText(**{**SMALL, "bucket": 2_000_000}).fit([["ab", "c"]] * 3)
    assert len(model._input) == 2 + len({*buckets_of("ab", 3, 6, 2_000_000), *buckets_of("c", 3, 6, 2_000_000)})
    assert not model.vectors_["unheard"].any()


def test_the_same_seed_gives_the_same_bits():
    def matrix(**more):
        return FastText(**{**SMALL, "sg": 1, **more}).fit(sentences()).vectors_.rows

    assert np.array_equal(matrix(), matrix())
    assert not np.array_equal(matrix(), matrix(seed=2))
    together = matrix(deterministic=True)
    assert np.array_equal(together, matrix(deterministic=True, workers=2))


def test_more_text_brings_words_and_n_grams():
    model = FastText(**SMALL, sg=1).fit(sentences())
    known = len(model.vocabulary_)
    before = model.vectors_.rows
    model.build_vocab([["kittena", "novelty", "novelties"]] * 4, update=True)
    assert model.vocabulary_.words[known:] == ["novelty", "novelties"]
    grown = model.vectors_.rows
    assert np.array_equal(grown[:known], before[:known])
    used = [bucket for word in model.vocabulary_.words[:known] for bucket in buckets_of(word, 3, 6, 500)]
    assert np.array_equal(grown[known + 2 :][used], before[known:][used])
    model.train()
    model.partial_fit(sentences(50, seed=1))
    assert len(model.vocabulary_) == known + 2
    assert model.vectors_["novelty"].any()


def test_saved_and_loaded(tmp_path):
    model = FastText(**SMALL, sg=1).fit(sentences())
    model.save(tmp_path / "m.nlptk")
    again = nlptk.load(tmp_path / "m.nlptk")
    assert isinstance(again, FastText)
    assert np.array_equal(again.vectors_.rows, model.vectors_.rows)
    more = [each.partial_fit(sentences(50, seed=1)).vectors_.matrix for each in (model, again)]
    assert np.array_equal(*more)


def test_damaged(tmp_path):
    model = FastText(**SMALL, sg=1).fit(sentences())
    for buckets in (model._buckets + 1, np.full_like(model._buckets, 3), model._buckets + 500):
        wrong = copy.copy(model)
        wrong._buckets = buckets
        wrong.save(tmp_path / "wrong.nlptk")
        with pytest.raises(ModelFormatError):
            nlptk.load(tmp_path / "wrong.nlptk")
    wrong = copy.copy(model).set_params(max_n=0)
    wrong._made_for = wrong._layout()
    wrong.save(tmp_path / "wrong.nlptk")
    with pytest.raises(ModelFormatError, match="n-grams"):
        nlptk.load(tmp_path / "wrong.nlptk")


@pytest.mark.parametrize(
    "more",
    [{"sg": 1}, {"sg": 0}, {"sg": 1, "hs": 1, "negative": 0}, {"sg": 1, "max_n": 0}, {"sg": 1, "hs": 1}, {"sg": 1, "min_n": 1}],
    ids=str,
)
def test_files_of_fasttext(tmp_path, more):
    model = FastText(**{**SMALL, **more}).fit(sentences())
    path = tmp_path / "m.bin"
    model.save_fasttext(path)
    again = FastText.load_fasttext(path)
    assert again.vocabulary_.words == model.vocabulary_.words
    assert again.vocabulary_.counts.tolist() == model.vocabulary_.counts.tolist()
    assert np.array_equal(again.vectors_.rows, model.vectors_.rows)
    np.testing.assert_array_equal(again._output, model._output[: len(again._output)])
    assert (again.sg, again.window, again.min_n, again.max_n) == (model.sg, model.window, model.min_n, model.max_n)
    assert np.array_equal(SubwordVectors.load_fasttext(path).matrix, model.vectors_.matrix)
    again.set_params(workers=1, alpha=0.01)
    again.train(sentences(), epochs=1)
    assert again.loss_[-1] < model.loss_[0]
    again.partial_fit([["novelty", "kittena"]] * 5)
    assert again.vocabulary_.words == [*model.vocabulary_.words, "novelty"]


def test_files_of_fasttext_that_are_no_such_model(tmp_path):
    model = FastText(**SMALL, sg=1).fit(sentences())
    path = tmp_path / "m.bin"
    model.save_fasttext(path)
    file = read_fasttext(path)
    for name, value in (("loss", LOSSES["softmax"]), ("loss", 77), ("ws", 0), ("neg", 0), ("neg", -3), ("t", -1.0)):
        changed = copy.deepcopy(file)
        setattr(changed.arguments, name, value)
        write_fasttext(path, changed)
        with pytest.raises(ModelFormatError, match=r"m\.bin"):
            FastText.load_fasttext(path)
    file.arguments.model = MODELS["supervised"]
    file.labels, file.label_counts, file.output = ["a"], np.ones(1, np.int64), file.output[:1]
    write_fasttext(path, file)
    with pytest.raises(ModelFormatError, match="a classifier"):
        FastText.load_fasttext(path)


def test_peers_read_the_same_vectors(tmp_path):
    model = FastText(**SMALL, sg=1).fit(sentences())
    path = tmp_path / "m.bin"
    model.save_fasttext(path)
    words = ["kittena", "北京大学a", "unheard", "北京", "é", "ab"]
    fasttext = pytest.importorskip("fasttext")
    theirs = fasttext.load_model(str(path))
    for word in words:
        assert np.abs(theirs.get_word_vector(word) - _vector(model.vectors_, word)).max() < 1e-6


def _vector(vectors, word):
    return vectors[word] if vectors.knows(word) else np.zeros(vectors.vector_size)


def test_begin_with_other_vectors():
    first = FastText(**SMALL, sg=1).fit(sentences()).vectors_
    model = FastText(**SMALL, sg=1, init=first).build_vocab([["kittena", "fresh"]] * 3)
    assert np.array_equal(model.vectors_["kittena"], first["kittena"])
    plain = WordVectors(["fresh", "other"], np.ones((2, 16)))
    model = FastText(**SMALL, sg=1, init=plain).build_vocab([["kittena", "fresh"]] * 3)
    assert model.vectors_.rows[model.vectors_.index("fresh")].tolist() == [1] * 16
    with pytest.raises(ParameterError, match="init has 3 dimensions"):
        FastText(**SMALL, init=WordVectors(["a"], np.ones((1, 3)))).fit(sentences())
    model.close()


@pytest.mark.parametrize("later", [{"min_n": 1}, {"max_n": 0}, {"bucket": 7}, {"bucket": 10_000}], ids=str)
def test_parameters_that_the_vectors_were_made_with(later):
    model = FastText(**SMALL).fit(sentences(5)).set_params(**later)
    with pytest.raises(ParameterError, match="made with"):
        model.partial_fit(sentences(5))


def test_words_that_a_file_counts_0_times(tmp_path):
    path = tmp_path / "v.bin"
    vectors = SubwordVectors(["a", "b"], np.ones((12, 3)), 1, 2, 10, [0, 0])
    vectors.save_fasttext(path)
    assert FastText.load_fasttext(path).train([["a", "b"]] * 5).vocabulary_.counts.tolist() == [1, 1]


@pytest.mark.parametrize(
    "more", [{"min_n": -1}, {"max_n": 1.5}, {"bucket": -1}, {"bucket": 2**31}, {"negative": 0}, {"window": 0}], ids=str
)
def test_parameters_that_make_no_sense(more):
    with pytest.raises(ParameterError, match=next(iter(more))):
        FastText(**{**SMALL, **more}).fit(sentences(5))
