"""Word2Vec: what it learns, the same again, more of it, interrupted and resumed, and what it says to nonsense."""

from __future__ import annotations

import copy
import logging
import pickle
import signal
import threading
import time

import numpy as np
import pytest

import nlptk
from nlptk import Word2Vec, WordVectors
from nlptk.errors import CorpusFormatError, InputError, ModelFormatError, ParameterError
from nlptk.vectors.training import State, Training, new_rows, parts_of
from nlptk.vectors.word2vec import keep_thresholds
from tests.behaviour import EstimatorBehaviour

SMALL = {"vector_size": 16, "min_count": 1, "workers": 1, "sample": 0, "epochs": 3}


def sentences(n=400, seed=0):
    """Two topics of 12 words each, never mixed."""
    rng = np.random.default_rng(seed)
    return [[f"{'ab'[topic]}{i}" for i in rng.integers(0, 12, 10)] for topic in rng.integers(0, 2, n)]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    path = tmp_path_factory.mktemp("w2v") / "corpus.txt"
    path.write_text("".join(" ".join(sentence) + "\n" for sentence in sentences(2000)), "utf-8")
    return path


class TestEstimator(EstimatorBehaviour):
    def make(self):
        return Word2Vec(**SMALL).fit(sentences(20))


@pytest.mark.parametrize(
    "more",
    [
        {"sg": 1},
        {"sg": 0},
        {"sg": 1, "hs": 1, "negative": 0},
        {"sg": 0, "hs": 1, "negative": 0},
        {"sg": 1, "hs": 1, "negative": 3},
        {"sg": 1, "negative": 0},
        {"sg": 0, "negative": 0},
        {"sg": 1, "deterministic": True},
        {"sg": 0, "deterministic": True, "workers": 2},
        {"sg": 1, "workers": 2},
        {"sg": 1, "shrink_windows": False},
        {"sg": 1, "sample": 0.01},
        {"sg": 1, "negative": 12},
    ],
    ids=str,
)
def test_words_of_a_topic_come_together(more):
    model = Word2Vec(**{**SMALL, "epochs": 8, "alpha": 0.05, **more}).fit(sentences())
    near = [word for word, _ in model.vectors_.most_similar("a3", topn=11)]
    assert {word[0] for word in near} == {"a"}
    assert len(model.loss_) == 8
    assert model.loss_[-1] < model.loss_[0]


def test_cbow_with_sums_learns():
    model = Word2Vec(**SMALL, cbow_mean=0, alpha=0.05).fit(sentences())
    assert model.loss_[-1] < 0.7 * 6 * np.log(2)


def test_a_training_that_diverges_is_an_error():
    with pytest.raises(ParameterError, match="alpha"):
        Word2Vec(**{**SMALL, "alpha": 1e30}).fit(sentences())


def test_loss_of_a_network_that_knows_nothing():
    """All products are 0: each of the 6 targets costs log 2, a full softmax log V."""
    model = Word2Vec(**{**SMALL, "epochs": 1, "alpha": 1e-9, "min_alpha": 0, "sg": 1, "negative": 5}).fit(sentences(50))
    assert 5 * np.log(2) < model.loss_[0] <= 6 * np.log(2) + 1e-6  # noise that is the word itself does not count
    model.set_params(negative=0).fit(sentences(50))
    assert model.loss_[0] == pytest.approx(np.log(24), rel=1e-6)


def test_the_same_seed_gives_the_same_bits(corpus):
    def matrix(**more):
        return Word2Vec(**{**SMALL, "sg": 1, **more}).fit(corpus).vectors_.matrix

    first = matrix()
    assert np.array_equal(first, matrix())
    assert not np.array_equal(first, matrix(seed=2))
    together = [matrix(deterministic=True, workers=workers) for workers in (1, 2, 3, 5)]
    assert all(np.array_equal(together[0], other) for other in together[1:])


def test_files_streams_and_lists_are_the_same_corpus(corpus):
    words = [line.split() for line in corpus.read_text("utf-8").splitlines()]
    expected = Word2Vec(**SMALL).fit(corpus).vectors_
    for same in (str(corpus), [corpus], words, iter(words), (" ".join(sentence) for sentence in words)):
        found = Word2Vec(**SMALL).fit(same).vectors_
        assert found.words == expected.words
        assert np.array_equal(found.matrix, expected.matrix)


def test_gensims_way_in_two_steps(corpus):
    model = Word2Vec(**SMALL)
    model.build_vocab(corpus)
    encoded = model._corpus
    model.train(corpus)
    assert model._corpus is encoded  # not read again
    assert np.array_equal(model.vectors_.matrix, Word2Vec(**SMALL).fit(corpus).vectors_.matrix)
    model.train(sentences(30), epochs=1, start_alpha=0.01, end_alpha=0.001)
    assert len(model.loss_) == 4
    model.close()
    with pytest.raises(ParameterError, match="which corpus"):
        model.train()
    with pytest.raises(ParameterError, match="build_vocab"):
        Word2Vec().train(corpus)


def test_keep_thresholds():
    counts = np.array([10_000, 100, 1])
    kept = keep_thresholds(counts, 1e-3) / 2**32
    t = 1e-3 * 10_101
    np.testing.assert_allclose(kept, np.minimum(1, np.sqrt(t / counts) + t / counts), rtol=1e-6)
    assert keep_thresholds(counts, 0) is None
    assert keep_thresholds(counts, 5)[2] == 2**32 - 1


@pytest.mark.parametrize("more", [{"sg": 1}, {"hs": 1, "negative": 0}, {"negative": 0}])
def test_vocabulary_grows(more):
    model = Word2Vec(**SMALL, **more).fit(sentences(50))
    before = model.vectors_
    model.build_vocab([["new", "newer", "a1", "new"]], update=True)
    assert model.vocabulary_.words == [*before.words, "new", "newer"]
    assert model.vocabulary_.counts[before.words.index("a1")] == before.counts[before.words.index("a1")] + 1
    assert np.array_equal(model.vectors_.matrix[:-2], before.matrix)
    model.partial_fit([["new", "a1", "a2"], ["newest", "a2"]] * 20)
    assert "newest" in model.vectors_
    assert len(model.loss_) == 6
    assert np.isfinite(model.vectors_.matrix).all()
    assert Word2Vec(**SMALL).partial_fit(sentences(5)).vectors_.words  # the first time it is fit


def test_begins_with_given_vectors(tmp_path):
    given = WordVectors(["a1", "b2", "unheard"], np.full((3, 16), 0.25, np.float32))
    given.save_word2vec_format(tmp_path / "given.bin", binary=True)
    for init in (given, tmp_path / "given.bin"):
        model = Word2Vec(**SMALL, init=init).build_vocab(sentences(20))
        assert np.array_equal(model.vectors_["a1"], given["a1"])
        assert "unheard" not in model.vectors_
        model.train().save(tmp_path / "model.nlptk")
    with pytest.raises(ParameterError, match="16 dimensions"):
        Word2Vec(**{**SMALL, "vector_size": 8}, init=given).fit(sentences(20))


@pytest.mark.parametrize("more", [{}, {"hs": 1, "negative": 0}, {"negative": 0}])
def test_saved_and_trained_on(tmp_path, corpus, more):
    model = Word2Vec(**SMALL, **more).fit(corpus)
    model.save(tmp_path / "m.nlptk")
    loaded = nlptk.load(tmp_path / "m.nlptk")
    assert isinstance(loaded, Word2Vec)
    for each in (loaded, copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert each.get_params() == model.get_params()
        assert each.vectors_.words == model.vectors_.words
        assert each.vocabulary_.raw_total == model.vocabulary_.raw_total
        assert np.array_equal(each.vectors_.matrix, model.vectors_.matrix)
    model.train(corpus)
    loaded.train(corpus)
    assert np.array_equal(loaded.vectors_.matrix, model.vectors_.matrix)
    assert loaded.loss_ == model.loss_


# ---- progress, callbacks, checkpoints


class Interrupting:
    """As if somebody pressed Ctrl-C soon after an epoch began."""

    def __init__(self, epoch):
        self.epoch, self.begun = epoch, 0

    def on_epoch_begin(self, model):
        self.begun += 1
        if self.begun == self.epoch + 1:
            threading.Timer(0.02, signal.raise_signal, [signal.SIGINT]).start()


@pytest.mark.parametrize("more", [{"workers": 1}, {"workers": 2, "deterministic": True}])
def test_interrupted_and_resumed_is_never_interrupted(tmp_path, more):
    text = sentences(30_000)
    settings = {**SMALL, "vector_size": 100, "sg": 1, "epochs": 4, **more}
    expected = Word2Vec(**settings).fit(text)
    model = Word2Vec(**settings).build_vocab(text)
    with pytest.raises(KeyboardInterrupt):
        model.train(callbacks=[Interrupting(1)], checkpoint=tmp_path / "half.nlptk")
        time.sleep(10)  # a fast machine is done before the signal: then it comes here
    loaded = Word2Vec.load(tmp_path / "half.nlptk")
    with pytest.raises(ParameterError, match="another corpus"):
        loaded.train(text[:-1], resume=True)
    for each in (model, loaded):
        assert len(each.loss_) < 4
        each.train(text, resume=True)
        assert np.array_equal(each.vectors_.matrix, expected.vectors_.matrix)
        assert each.loss_ == expected.loss_
        with pytest.raises(ParameterError, match="not interrupted"):
            each.train(text, resume=True)


def test_checkpoints_come_in_time(tmp_path, monkeypatch):
    model = Word2Vec(**SMALL).build_vocab(sentences(3000))
    saved = []
    monkeypatch.setattr(model, "save", lambda path: saved.append((path, model._unfinished.part)))
    model.train(checkpoint="there", checkpoint_every=0)
    assert len(saved) > 3
    assert {path for path, _ in saved} == {"there"}


def test_callbacks(caplog):
    class Watching:
        def __init__(self):
            self.seen = []

        def on_train_begin(self, model):
            self.seen.append("begin")

        def on_epoch_end(self, model):
            self.seen.append((len(model.loss_), float(model.vectors_.matrix.sum())))
            return len(model.loss_) == 2

    watching = Watching()
    with caplog.at_level(logging.DEBUG, "nlptk"):
        model = Word2Vec(**SMALL).fit(sentences(20), callbacks=[watching, object()])
    assert watching.seen[0] == "begin"
    assert [n for n, _ in watching.seen[1:]] == [1, 2]  # the third epoch was called off
    assert watching.seen[1][1] != watching.seen[2][1] == float(model.vectors_.matrix.sum())
    assert "epoch 2 of 3: loss" in caplog.text


def test_an_error_in_a_thread_comes_out():
    def step(epoch, begin, end):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Training(None, State(10_000, 1), [], workers=3).run(step)


@pytest.mark.parametrize("places", [0, 1, 4096, 4097, 300_000, 40_000_000])
def test_parts_are_the_whole(places):
    parts = parts_of(places)
    assert [begin for begin, _ in parts] == [0, *(end for _, end in parts[:-1])][: len(parts)]
    assert sum(end - begin for begin, end in parts) == places
    assert max((end - begin for begin, end in parts), default=0) <= 1 << 17


# ---- nonsense


@pytest.mark.parametrize(
    "wrong",
    [
        {"vector_size": 0},
        {"vector_size": 10**9},
        {"vector_size": 2.5},
        {"vector_size": True},
        {"window": 0},
        {"negative": -1},
        {"alpha": float("nan")},
        {"alpha": 0},
        {"min_alpha": -1},
        {"sample": float("inf")},
        {"sample": -1e-3},
        {"epochs": 0},
        {"workers": 0},
        {"ns_exponent": "much"},
        {"seed": -1},
        {"min_count": -1},
        {"max_vocab_size": 0},
        {"min_count": None},
        {"init": 3},
        {"sg": 2},
        {"hs": "no"},
        {"cbow_mean": None},
    ],
    ids=str,
)
def test_parameters_that_make_no_sense(wrong):
    with pytest.raises(ParameterError, match=next(iter(wrong))):
        Word2Vec(**{**SMALL, **wrong}).fit(sentences(5))


@pytest.mark.parametrize("later", [{"vector_size": 17}, {"vector_size": 8}, {"hs": 1}, {"negative": 0}], ids=str)
def test_parameters_that_the_vectors_were_made_with(later, tmp_path):
    model = Word2Vec(**SMALL).fit(sentences(5))
    before = model.vectors_.matrix
    model.set_params(**later)
    name = next(iter(later))
    for use in (
        lambda: model.train(sentences(5)),
        lambda: model.partial_fit(sentences(5)),
        lambda: model.save(tmp_path / "m.nlptk"),
    ):
        with pytest.raises(ParameterError, match=f"{name}=.* made with"):
            use()
    assert (model.set_params(**{name: getattr(Word2Vec(**SMALL), name)}).vectors_.matrix == before).all()
    assert len(model.set_params(**later).fit(sentences(5)).vectors_) == len(before)


def test_too_large_for_memory():
    with pytest.raises(ParameterError, match="GB"):
        new_rows(2**31 - 1, 100_000)


def test_full_softmax_is_for_few_words():
    with pytest.raises(ParameterError, match="full softmax"):
        Word2Vec(min_count=1, negative=0).fit([[str(i) for i in range(30_000)]])


def test_corpora_that_make_no_sense(tmp_path):
    with pytest.raises(InputError, match="nowhere"):
        Word2Vec().fit(tmp_path / "nowhere.txt")
    for nothing in ([], [[]], ["", " "]):
        with pytest.raises(CorpusFormatError, match="not a word"):
            Word2Vec().fit(nothing)
    with pytest.raises(ParameterError, match="'a', occurs 3 times"):
        Word2Vec(min_count=5).fit([["a", "b", "a", "a"]])
    (tmp_path / "bad.txt").write_bytes(b"good words\nbad \xff words\n")
    with pytest.raises(CorpusFormatError, match=r"bad.txt:2"):
        Word2Vec(min_count=1).fit(tmp_path / "bad.txt")
    model = Word2Vec(**SMALL).fit(sentences(5))
    with pytest.raises(CorpusFormatError, match="vocabulary"):
        model.train([["strange", "words"]])


@pytest.mark.parametrize("more", [{"sg": 1}, {"deterministic": True, "workers": 2}, {"hs": 1, "negative": 0}])
def test_odd_corpora(more):
    settings = {**SMALL, **more}
    lonely = Word2Vec(**settings).fit([["one"], ["two"], ["one"]])  # no word has a neighbour: nothing to learn
    assert lonely.loss_ == [0, 0, 0]
    assert np.isfinite(lonely.vectors_.matrix).all()
    assert Word2Vec(**settings).fit([["same"] * 50]).vectors_.words == ["same"]
    long = Word2Vec(**settings).fit([["word", "other"] * 500_000])
    assert np.isfinite(long.vectors_.matrix).all()


def test_damaged_files(tmp_path):
    from nlptk import container

    model = Word2Vec(**SMALL).fit(sentences(20))
    path = tmp_path / "m.nlptk"
    state = State(200, 3, extra={"alpha": 0.1, "last": 0.0})
    for change in (
        lambda learned, arrays: arrays.pop("output"),
        lambda learned, arrays: arrays.update(input=arrays["input"][:-1].copy()),
        lambda learned, arrays: arrays.update(counts=np.zeros(len(arrays["counts"]), np.int64)),
        lambda learned, arrays: learned.pop("loss"),
        lambda learned, arrays: learned.update(unfinished={"strange": 1}),
        *(
            lambda learned, arrays, wrong=wrong: learned.update(unfinished={**state.to_dict(), **wrong})
            for wrong in (
                {"part": -1},
                {"epoch": 4},
                {"epochs": 0},
                {"places": "many"},
                {"loss": None},
                {"extra": {}},
                {"extra": {"alpha": "low", "last": 0}},
            )
        ),
    ):
        parameters, learned, arrays = model._dump()
        change(learned, arrays)
        container.write(path, "word2vec", arrays, parameters=parameters, learned=learned)
        with pytest.raises(ModelFormatError):
            Word2Vec.load(path)
