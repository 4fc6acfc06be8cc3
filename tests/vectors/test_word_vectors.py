"""WordVectors: what is asked of them, against NumPy and gensim; and their files."""

from __future__ import annotations

import pickle
import random
import warnings

import numpy as np
import pytest

import nlptk
from nlptk import container
from nlptk.errors import ModelFormatError, NlptkError, ParameterError, UnknownWordError
from nlptk.vectors import SubwordVectors, WordVectors

N, D = 300, 20
WORDS = [f"词{i}" for i in range(N - 2)] + ["King", "a b"]
MATRIX = np.random.default_rng(1).standard_normal((N, D)).astype(np.float32)


@pytest.fixture
def wv() -> WordVectors:
    return WordVectors(WORDS, MATRIX.copy(), np.arange(N, 0, -1))


def cosines(vector: np.ndarray, matrix: np.ndarray = MATRIX) -> np.ndarray:
    matrix = matrix.astype(np.float64)
    return matrix @ vector / np.linalg.norm(matrix, axis=1) / np.linalg.norm(vector)


def units(*words: int) -> np.ndarray:
    return (MATRIX / np.linalg.norm(MATRIX, axis=1, keepdims=True))[list(words)]


def test_words_and_their_vectors(wv):
    assert (len(wv), wv.vector_size, wv.words, list(wv)) == (N, D, WORDS, WORDS)
    assert "词7" in wv
    assert "词" not in wv
    assert 7 not in wv
    assert (wv["词7"] == MATRIX[7]).all()
    assert (wv[7] == MATRIX[7]).all()
    assert (wv[["词7", "King"]] == MATRIX[[7, N - 2]]).all()
    assert wv[[]].shape == (0, D)
    assert wv.get_vector("词7", norm=True) == pytest.approx(units(7)[0])
    assert wv.index("King") == wv.index(N - 2) == N - 2
    assert repr(wv) == "<WordVectors: 300 words, 20 dimensions>"


def test_slices_are_views(wv):
    some = wv[10:20]
    assert (some.words, some.counts.tolist()) == (WORDS[10:20], list(range(290, 280, -1)))
    assert np.shares_memory(some.matrix, wv.matrix)
    assert wv[::-1].words == WORDS[::-1]
    assert len(wv[:0]) == 0


def test_unknown_words_are_key_errors_that_help(wv):
    with pytest.raises(KeyError) as found:
        wv["king"]
    assert str(found.value) == "word 'king' has no vector; there is King"
    assert isinstance(found.value, NlptkError)
    for ask in (lambda: wv.index(N), lambda: wv[-1], lambda: wv.similarity("词1", "x"), lambda: wv.most_similar("x")):
        with pytest.raises(UnknownWordError):
            ask()


def test_arithmetic_on_the_array_itself(wv):
    before = wv.similarity("词1", "词2"), wv.norms.copy()
    assert np.asarray(wv) is wv.matrix
    wv.matrix *= 2
    wv.fill_norms()
    assert wv.similarity("词1", "词2") == pytest.approx(before[0])
    assert wv.norms == pytest.approx(2 * before[1])
    array = np.zeros((2, 3), np.float32)
    WordVectors(["a", "b"], array)["a"][:] = 1
    assert array[0].tolist() == [1, 1, 1]


def test_similarity_and_distance(wv):
    assert wv.similarity("词1", 2) == pytest.approx(cosines(MATRIX[1])[2])
    assert wv.distance("词1", "词2") == pytest.approx(1 - cosines(MATRIX[1])[2])
    assert wv.distances("词1") == pytest.approx(1 - cosines(MATRIX[1]), abs=1e-6)
    assert wv.distances(MATRIX[1], ["词5", 6]) == pytest.approx(1 - cosines(MATRIX[1])[[5, 6]], abs=1e-6)
    mean = MATRIX[[1, 2]].mean(axis=0)
    assert wv.n_similarity(["词1", "词2"], ["词3"]) == pytest.approx(cosines(mean)[3])


def test_most_similar(wv):
    query = units(1)[0] * 2 + units(2)[0] - units(3)[0] * 0.5
    expected = cosines(query)
    order = [i for i in np.argsort(-expected) if i not in (1, 2, 3)]
    found = wv.most_similar([("词1", 2.0), "词2"], [("词3", -0.5)], topn=7)
    assert [word for word, _ in found] == [WORDS[i] for i in order[:7]]
    assert [s for _, s in found] == pytest.approx(expected[order[:7]], abs=1e-6)
    assert wv.most_similar([("词1", 2.0), "词2"], [("词3", -0.5)], topn=None) == pytest.approx(expected, abs=1e-6)
    assert wv.most_similar("词1", topn=0) == []
    assert len(wv.most_similar("词1", topn=1000)) == N - 1
    assert {w for w, _ in wv.most_similar("词250", topn=50, restrict_vocab=20)} == set(WORDS[:20])
    assert wv.most_similar(MATRIX[4], topn=1)[0][0] == "词4"
    assert wv.most_similar(("词1", 2.0)) == wv.most_similar(["词1"])
    assert wv.most_similar(("词1", "词2")) == wv.most_similar(["词1", "词2"])


def test_analogy(wv):
    assert wv.analogy("词1", "词2", "词3", 5) == wv.most_similar(["词2", "词3"], ["词1"], 5)
    s = [(1 + cosines(MATRIX[i])) / 2 for i in (1, 2, 3)]
    expected = s[1] * s[2] / (s[0] + 1e-6)
    order = [i for i in np.argsort(-expected) if i not in (1, 2, 3)][:5]
    found = wv.analogy("词1", "词2", "词3", 5, method="3cosmul")
    assert [word for word, _ in found] == [WORDS[i] for i in order]
    assert [score for _, score in found] == pytest.approx(expected[order], rel=1e-4)
    assert wv.most_similar_cosmul("词1", topn=None).shape == (N,)


def test_doesnt_match(wv):
    near = WordVectors(["a", "b", "c", "d"], [[1, 0, 0], [0.9, 0.1, 0], [-1, 0, 0.2], [1, 0.1, 0.1]])
    assert near.doesnt_match(["a", "b", "c", "d", "unknown"]) == "c"
    assert near.doesnt_match(["a", 2, "b"]) == "c"
    with pytest.raises(UnknownWordError, match="none of 'x', 'y'"):
        near.doesnt_match(["x", "y"])


@pytest.mark.parametrize("restrict", [None, 50])
def test_nearest_is_most_similar_of_each(wv, restrict):
    asked = [f"词{i}" for i in range(0, N - 2, 3)]
    numbers, found = wv.nearest(asked, 5, restrict_vocab=restrict)
    for word, row, values in zip(asked, numbers, found, strict=True):
        expected = wv.most_similar(word, topn=5, restrict_vocab=restrict)
        assert [WORDS[i] for i in row] == [other for other, _ in expected]
        assert values == pytest.approx([value for _, value in expected], abs=1e-6)
    numbers, found = wv.nearest(MATRIX[:4], 1)
    assert numbers.ravel().tolist() == [0, 1, 2, 3]
    assert found.ravel() == pytest.approx([1, 1, 1, 1])


def test_nearest_at_the_edges(wv):
    assert wv.nearest([], 3)[0].shape == (0, 3)
    numbers, found = wv.nearest(["词1"], 10**6)
    assert sorted(numbers[0].tolist()) == [-1, 0, *range(2, N)]
    assert (numbers[0, -1], found[0, -1]) == (-1, -np.inf)
    numbers, _ = wv.nearest(["词100"], 60, restrict_vocab=50)
    assert sorted(numbers[0].tolist()) == [*range(50)]
    alone = WordVectors(["a"], [[1.0]])
    assert alone.nearest(["a"], 3)[0].tolist() == [[-1]]
    assert alone.most_similar("a") == []


def test_zeros_have_no_direction():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        wv = WordVectors(["a", "b"], [[0, 0], [1, 1]])
        assert wv.similarity("a", "b") == 0
        assert wv.most_similar("b") == [("a", 0.0)]
        assert wv.most_similar("a") == [("b", 0.0)]
        assert wv.distances("a").tolist() == [1, 1]


def test_documents(wv):
    assert wv.document_vector(["词1", "unknown", "词2", "词2"]) == pytest.approx(MATRIX[[1, 2, 2]].mean(axis=0))
    assert wv.document_vectors([[], ["unknown"]]).tolist() == [[0.0] * D] * 2
    assert wv.document_vectors([]).shape == (0, D)
    weighted = wv.document_vector(["词1", "词2", "词3"], {"词1": 3.0, "词2": 1.0})
    assert weighted == pytest.approx((3 * MATRIX[1] + MATRIX[2]) / 4, abs=1e-6)


@pytest.mark.parametrize(
    ("words", "matrix", "counts", "problem"),
    [
        (["a", "b"], [[1.0]], None, "2 words and a matrix of shape"),
        (["a"], [1.0], None, "shape"),
        (["a"], np.empty((1, 0)), None, "shape"),
        (["a", "b", "a"], np.ones((3, 1)), None, "'a' is there twice, as number 0 and number 2"),
        (["a", 3], np.ones((2, 1)), None, "a int among the words"),
        (["a"], [[1.0]], [1, 2], "counts of shape"),
    ],
)
def test_what_makes_no_vectors(words, matrix, counts, problem):
    with pytest.raises(ParameterError, match=problem):
        WordVectors(words, matrix, counts)


@pytest.mark.parametrize(
    "ask",
    [
        lambda wv: wv.most_similar(),
        lambda wv: wv.most_similar(np.ones(3, np.float32)),
        lambda wv: wv.most_similar("词1", restrict_vocab=0),
        lambda wv: wv.nearest("词1"),
        lambda wv: wv.nearest(["词1"], 0),
        lambda wv: wv.nearest(np.ones((2, 3))),
        lambda wv: wv.nearest(["词1"], approximate=True),
        lambda wv: wv.analogy("词1", "词2", "词3", method="x"),
        lambda wv: wv.n_similarity([], ["词1"]),
        lambda wv: wv.document_vector([1]),
    ],
)
def test_what_makes_no_sense(wv, ask):
    with pytest.raises(ParameterError):
        ask(wv)


def test_approximate(wv):
    pytest.importorskip("usearch")
    numbers, found = wv.build_index().nearest(WORDS[:50], 5, approximate=True)
    exact, expected = wv.nearest(WORDS[:50], 5)
    assert np.mean([len({*a} & {*b}) for a, b in zip(numbers, exact, strict=True)]) > 4.5
    assert found[:, 0] == pytest.approx(expected[:, 0], abs=1e-3)
    few = WordVectors(["a", "b"], np.eye(2)).build_index()
    assert few.nearest(["a"], 5, approximate=True)[0].tolist() == [[1, -1]]
    assert few.nearest([], 5, approximate=True)[0].shape == (0, 2)
    with pytest.raises(ParameterError, match="connectivity"):
        wv.build_index(connectivity=0)


# ---- files


def test_saved_and_loaded(wv, tmp_path):
    wv.save(tmp_path / "v", licence="CC0", training_data="none")
    wv.save(tmp_path / "again", licence="CC0", training_data="none")
    assert (tmp_path / "v").read_bytes() == (tmp_path / "again").read_bytes()
    for load in (nlptk.load, WordVectors.load, lambda path: nlptk.load(path, verify=True)):
        loaded = load(tmp_path / "v")
        assert type(loaded) is WordVectors
        assert not loaded.matrix.flags.owndata
        assert (loaded.index("词5"), loaded.word(5)) == (5, "词5")  # before the list of words is made
        assert loaded["词5"].tolist() == MATRIX[5].tolist()
        assert loaded.words == WORDS
        assert loaded.counts.tolist() == wv.counts.tolist()
        loaded.save(tmp_path / "third")
        assert (tmp_path / "third").read_bytes() == (tmp_path / "v").read_bytes()


def test_strange_words_come_back(tmp_path):
    words = ["", "\x00", "\ud800", "a\nb", "𠮷", "é", "e\u0301"]
    WordVectors(words, np.eye(7)).save(tmp_path / "v")
    loaded = WordVectors.load(tmp_path / "v")
    assert [loaded.index(word) for word in words] == [*range(7)]
    assert loaded.words == words


def test_pickled(wv):
    copy = pickle.loads(pickle.dumps(wv))
    assert (copy.words, copy.most_similar("词1")) == (wv.words, wv.most_similar("词1"))


def test_files_that_are_damaged(wv, tmp_path):
    path = tmp_path / "v"
    wv.save(path)
    data = path.read_bytes()
    arrays = {name: container.open(path).numpy(name) for name in container.open(path).names()}
    for cut in (0, 7, 100, len(data) - 1):
        path.write_bytes(data[:cut])
        with pytest.raises(ModelFormatError):
            WordVectors.load(path)
    for wrong in (
        {"words.slots": np.zeros(3, np.uint64)},
        {"words.slots": np.zeros(256, np.uint64)},
        {"words.offsets": np.zeros(0, np.int64)},
        {"words.offsets": arrays["words.offsets"][:-1].copy()},
        {"matrix": MATRIX.astype(np.float64)},
        {"matrix": MATRIX[:-1]},
        {"counts": np.arange(3)},
    ):
        container.write(path, "word-vectors", arrays | wrong)
        with pytest.raises(ModelFormatError, match="v: "):
            WordVectors.load(path)
    container.write(path, "word-vectors", arrays | {"words.offsets": arrays["words.offsets"] + 10**9})
    lame = WordVectors.load(path)
    assert "词1" not in lame
    with pytest.raises(ModelFormatError, match="damaged"):
        lame.words  # noqa: B018
    container.write(path, "subword-vectors", arrays, parameters={"min_n": "x"})
    with pytest.raises(ModelFormatError):
        SubwordVectors.load(path)


@pytest.mark.parametrize("count", [1_000, pytest.param(10_000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", ["vectors-crafted", "vectors"])
def test_mutations_are_refused_or_harmless(tmp_path, name, count):
    from fuzz.mutate import mutated
    from fuzz.targets import TARGETS

    target, rng = TARGETS[name](tmp_path), random.Random(5)
    seeds = target.seeds()
    refused = 0
    with np.errstate(all="ignore"):
        for _ in range(count):
            try:
                target.run(target.repaired(mutated(rng, rng.choice(seeds), seeds)))
            except target.allowed:
                refused += 1
    assert refused > count / 4


# ---- gensim


def test_parity_with_gensim(wv):
    gensim = pytest.importorskip("gensim")
    theirs = gensim.models.KeyedVectors(D)
    theirs.add_vectors(WORDS, MATRIX)
    for asked in (
        {"positive": "词3"},
        {"positive": ["词1", "词2"], "negative": ["词3"], "topn": 30},
        {"positive": [("词1", 2.0), ("词2", 0.5)], "negative": [("词9", -0.2), "词3"]},
        {"positive": [MATRIX[5], "词7"]},
        {"positive": [3], "negative": ["词7"], "restrict_vocab": 100},
    ):
        a, b = wv.most_similar(**asked), theirs.most_similar(**asked)
        assert [word for word, _ in a] == [word for word, _ in b]
        assert [value for _, value in a] == pytest.approx([value for _, value in b], abs=1e-6)
    asked = {"positive": ["词1", "词2"], "negative": ["词3"]}
    a, b = wv.most_similar_cosmul(**asked), theirs.most_similar_cosmul(**asked)
    assert [word for word, _ in a] == [word for word, _ in b]
    assert wv.distances("词1") == pytest.approx(theirs.distances("词1"), abs=1e-6)
    assert wv.n_similarity(["词1", "词5"], ["词2"]) == pytest.approx(theirs.n_similarity(["词1", "词5"], ["词2"]), abs=1e-6)
    rng = random.Random(2)
    for _ in range(50):
        some = rng.sample(WORDS, 6)
        assert wv.doesnt_match(some) == theirs.doesnt_match(some)


def test_arrays_of_numpy(wv):
    assert np.asarray(wv) is wv.matrix
    assert np.asarray(wv, np.float64).dtype == np.float64
    assert not np.shares_memory(np.array(wv), wv.matrix)
    names = np.array(WORDS[:3])  # whose items are of a class of their own
    assert (wv[names] == MATRIX[:3]).all()
    assert (wv.nearest(names, 2)[0] == wv.nearest(WORDS[:3], 2)[0]).all()
    assert wv.document_vector(names) == pytest.approx(MATRIX[:3].mean(axis=0))
    assert names[1] in wv


def test_vectors_and_iterators_in_place_of_words(wv):
    assert wv.similarity("词1", MATRIX[2]) == wv.similarity("词1", "词2")
    assert (wv.nearest(iter(["词1", "词2"]), 3)[0] == wv.nearest(["词1", "词2"], 3)[0]).all()


@pytest.mark.parametrize(
    "wrong",
    [
        lambda wv: wv[np.arange(N) < 3],
        lambda wv: wv[[1.5]],
        lambda wv: wv.most_similar([None]),
        lambda wv: wv.most_similar(MATRIX[0].tolist()),
        lambda wv: wv.nearest(MATRIX[0]),
        lambda wv: wv.similarity("词1", None),
        lambda wv: wv.most_similar_cosmul([("词1", 2.0)]),
        lambda wv: wv.doesnt_match("词1 词2"),
        lambda wv: wv.document_vector("词1 词2"),
        lambda wv: wv.document_vectors(["词1 词2"]),
        lambda wv: wv.n_similarity("词1", ["词2"]),
    ],
)
def test_what_is_no_word(wv, wrong):
    with pytest.raises(ParameterError, match=r"in place of a word|one str"):
        wrong(wv)
