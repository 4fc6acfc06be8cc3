"""The kernels of Word2Vec against their reference."""

from __future__ import annotations

import itertools
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlptk.ext.word2vec import Network, Team, alias_table, huffman
from tests.reference.word2vec import Reference, alias_distribution, draw, huffman_cost

COUNTS = np.array([50, 20, 20, 9, 4, 2, 1])


def matrices(n, heights, size, seed=0, scale=0.5):
    """Random rows with padding of zeros."""
    rng = np.random.default_rng(seed)
    stride = -(-size // 16) * 16
    found = []
    for height in (n, heights):
        rows = np.zeros((height, stride), np.float32)
        rows[:, :size] = rng.normal(0, scale, (height, size))
        found.append(rows)
    return found


def corpus(n_words, places, seed=0, ends=0.1):
    rng = np.random.default_rng(seed)
    ids = rng.integers(0, n_words, places).astype(np.int32)
    ids[rng.random(places) < ends] = -1
    return ids


def subwords(n, rows, seed=0):
    """Of each word its own row, and some that words share."""
    rng = np.random.default_rng(seed)
    parts = [[word, *rng.integers(n, n + rows, rng.integers(0, 6))] for word in range(n)]
    starts = np.cumsum([0, *map(len, parts)])
    return starts.astype(np.int64), np.concatenate(parts).astype(np.int32)


def make(size=20, negative=5, hs=False, seed=0, scale=0.5, counts=COUNTS, shared=0, **more):
    """Network and reference with the same numbers; `shared`: rows of subwords."""
    n = len(counts)
    if shared:
        more["subwords"] = subwords(n, shared, seed)
    tree = huffman(counts) if hs else None
    noise = alias_table(counts**0.75) if negative else None
    height = (n if negative or not hs else 0) + (n - 1 if hs else 0)
    rows, output = matrices(n + shared, height, size, seed, scale)
    arguments = {"negative": negative, "noise": noise, "tree": tree, "window": 3, **more}
    return Network(rows, output, **arguments), Reference(rows, output, **arguments), rows, output


def agree(network, reference, rows, output, ids, *where, stream=7):
    found = network.train(ids, *where, 0.05, 0.01, stream)
    expected = reference.train(ids, *where, 0.05, 0.01, stream)
    assert found[0] == pytest.approx(expected[0], rel=1e-4, abs=1e-6)
    assert found[1:] == expected[1:]
    np.testing.assert_allclose(rows, reference.input, atol=2e-5)
    np.testing.assert_allclose(output, reference.output, atol=2e-5)


@pytest.mark.parametrize("cbow", [False, True])
@pytest.mark.parametrize(("negative", "hs"), [(5, False), (0, True), (1, False), (6, True), (11, False), (17, False), (0, False)])
@pytest.mark.parametrize("more", [{}, {"mean": False}, {"shrink": False}, {"window": 1}])
def test_training_equals_the_reference(cbow, negative, hs, more):
    ids = corpus(len(COUNTS), 300)
    agree(*make(negative=negative, hs=hs, cbow=cbow, **more), ids, 0, len(ids))


@given(
    st.integers(1, 40),
    st.integers(0, 8),
    st.booleans(),
    st.booleans(),
    st.integers(1, 6),
    st.lists(st.integers(-2, 8), max_size=120),
    st.integers(0, 2**64 - 1),
    st.booleans(),
)
def test_random_corpora(size, negative, hs, cbow, window, ids, stream, sampled):
    keep = np.linspace(1e9, 2**32 - 1, len(COUNTS)).astype(np.uint32) if sampled else None
    ids = np.array(ids, np.int32)
    begin, end = len(ids) // 5, len(ids)
    agree(*make(size, negative, hs, cbow=cbow, window=window, keep=keep), ids, begin, end, stream=stream)


@pytest.mark.parametrize("cbow", [False, True])
@pytest.mark.parametrize(("negative", "hs"), [(5, False), (0, True), (1, False), (6, True), (11, False)])
@pytest.mark.parametrize("more", [{}, {"mean": False}, {"shrink": False}, {"window": 1}, {"shared": 100}])
def test_subwords_equal_the_reference(cbow, negative, hs, more):
    ids = corpus(len(COUNTS), 200)
    agree(*make(**{"negative": negative, "hs": hs, "cbow": cbow, "scale": 0.2, "shared": 5, **more}), ids, 0, len(ids))


@given(
    st.integers(1, 40),
    st.integers(1, 8),
    st.booleans(),
    st.integers(1, 6),
    st.lists(st.integers(-2, 8), max_size=80),
    st.integers(0, 2**64 - 1),
)
def test_random_corpora_with_subwords(size, negative, cbow, window, ids, stream):
    ids = np.array(ids, np.int32)
    agree(*make(size, negative, cbow=cbow, window=window, shared=9, scale=0.2), ids, 0, len(ids), stream=stream)


@pytest.mark.parametrize("cbow", [False, True])
@pytest.mark.parametrize(("negative", "hs"), [(5, False), (0, True), (8, True)])
def test_team_with_subwords_equals_the_reference(cbow, negative, hs):
    ids = corpus(len(COUNTS), 300, ends=0.3)
    network, reference, rows, output = make(size=40, negative=negative, hs=hs, cbow=cbow, shared=9, scale=0.2)
    team = network.team(ids, 5, len(ids), 0.05, 0.01, 9, 2, 5)
    workers = [threading.Thread(target=team.work, args=(i,)) for i in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    expected = reference.train_block(ids, 5, len(ids), 0.05, 0.01, 9, 5)
    assert team.result[0] == pytest.approx(expected[0], rel=1e-4)
    assert team.result[1:] == expected[1:]
    np.testing.assert_allclose(rows, reference.input, atol=5e-5)
    np.testing.assert_allclose(output, reference.output, atol=5e-5)


@pytest.mark.parametrize(
    ("starts", "rows"),
    [([0, 1], [0]), ([0, 1, 1], [0]), ([0, 1, 3], [0, 1]), ([1, 2, 3], [0, 1, 1]), ([0, 1, 2], [0, 9]), ([0, 1, 2], [0, -1])],
)
def test_subwords_that_cannot_be(starts, rows):
    arguments = {"window": 2, "negative": 1, "noise": alias_table(np.ones(2))}
    with pytest.raises(ValueError, match=r"subwords|noise|shapes"):
        Network(*matrices(3, 2, 16), subwords=(np.array(starts), np.array(rows, np.int32)), **arguments)
    with pytest.raises(ValueError, match="subwords"):
        Network(*matrices(3, 2, 16), window=2, subwords=(np.arange(3), np.arange(2, dtype=np.int32)))


@pytest.mark.parametrize("cbow", [False, True])
def test_words_that_come_again_and_again(cbow):
    ids = np.zeros(200, np.int32)
    counts = np.array([5, 1])
    agree(*make(counts=counts, negative=5, scale=0.1, cbow=cbow), ids, 0, len(ids))


def test_large_products_do_not_overflow():
    network, _, rows, output = make(scale=100.0)
    ids = corpus(len(COUNTS), 500)
    loss, _, _ = network.train(ids, 0, len(ids), 0.025, 0.025, 1)
    assert np.isfinite(loss)
    assert np.isfinite(rows).all()
    assert np.isfinite(output).all()


@pytest.mark.parametrize("ends", [0.0, 0.01, 0.5])
def test_longer_than_the_buffer(ends):
    """Sentences and windows do not notice where the buffer ends."""
    ids = corpus(len(COUNTS), 13_000, ends=ends)
    agree(*make(size=3, negative=1, window=2, scale=0.1), ids, 0, len(ids))
    agree(*make(size=3, negative=1, window=2, scale=0.1, cbow=True, shared=9), ids[:9000], 0, 9000)


@pytest.mark.parametrize("cbow", [False, True])
@pytest.mark.parametrize(("negative", "hs"), [(5, False), (0, True), (8, True)])
@pytest.mark.parametrize("threads", [1, 2, 3])
def test_team_equals_the_reference(cbow, negative, hs, threads):
    ids = corpus(len(COUNTS), 400, ends=0.3)
    network, reference, rows, output = make(size=40, negative=negative, hs=hs, cbow=cbow)
    team = network.team(ids, 5, len(ids), 0.05, 0.01, 9, threads, 10)
    workers = [threading.Thread(target=team.work, args=(i,)) for i in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    expected = reference.train_block(ids, 5, len(ids), 0.05, 0.01, 9, 10)
    assert team.result[0] == pytest.approx(expected[0], rel=1e-4)
    assert team.result[1:] == expected[1:]
    np.testing.assert_allclose(rows, reference.input, atol=2e-5)
    np.testing.assert_allclose(output, reference.output, atol=2e-5)


def test_a_team_of_any_number_gives_the_same_bits():
    found = []
    ids = corpus(len(COUNTS), 3000)
    for threads in (1, 2, 5):
        network, _, rows, output = make(size=70)
        team = network.team(ids, 0, len(ids), 0.05, 0.01, 9, threads, 16)
        workers = [threading.Thread(target=team.work, args=(i,)) for i in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        found.append((rows.tobytes(), output.tobytes(), team.result))
    assert found[0] == found[1] == found[2]


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=40).filter(lambda weights: max(weights) > 0))
def test_alias_table_is_the_distribution(weights):
    table = alias_table(np.array(weights))
    np.testing.assert_allclose(alias_distribution(table), np.array(weights) / sum(weights), atol=1e-8)


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=60))
def test_huffman(counts):
    starts, paths, codes = huffman(np.array(counts))
    lengths = np.diff(starts)
    assert int(lengths @ np.array(counts)) == huffman_cost(counts)
    words = {tuple(codes[a:b]): w for w, (a, b) in enumerate(itertools.pairwise(starts))}
    assert len(words) == len(counts)
    nodes = {}
    for w, (a, b) in enumerate(itertools.pairwise(starts)):  # words with a common prefix share its nodes
        for k in range(a, b):
            assert nodes.setdefault(tuple(codes[a:k]), paths[k]) == paths[k]
        assert words[tuple(codes[a:b])] == w
    assert sorted(nodes.values()) == list(range(len(counts) - 1))


def test_draws_are_known_numbers():
    assert draw(0, 0) == 0xE220A8397B1DCDAF  # the first number of splitmix64 seeded with 0


def test_arguments_are_checked():
    rows, output = matrices(4, 4, 10)
    noise = alias_table(np.ones(4))
    Network(rows, output, 2, 3, noise=noise)
    for wrong in (
        {"negative": 3},
        {"negative": 3, "noise": alias_table(np.ones(3))},
        {"window": 0, "negative": 3, "noise": noise},
        {"negative": -1},
        {"keep": np.ones(3, np.uint32)},
        {"tree": huffman(np.ones(5))},
        {"tree": huffman(np.ones(4))},  # too many rows of output
    ):
        with pytest.raises(ValueError):
            Network(rows, output, **{"window": 2, **wrong})
    with pytest.raises(ValueError):
        Network(rows[:, :10].copy(), output[:, :10].copy(), 2)
    network = Network(rows, output, 2)
    for begin, end in ((-1, 2), (0, 11), (3, 2)):
        with pytest.raises(IndexError):
            network.train(np.zeros(10, np.int32), begin, end, 0.1, 0.1, 1)
    with pytest.raises(ValueError):
        network.team(np.zeros(10, np.int32), 0, 10, 0.1, 0.1, 1, 1, 8)
    with pytest.raises(ValueError):
        Team().work(0)
    for wrong in ([], [0, 0], [-1, 2], [np.nan, 1]):
        with pytest.raises(ValueError):
            alias_table(np.array(wrong, float))
    for wrong in ([], [-1, 2]):
        with pytest.raises(ValueError):
            huffman(np.array(wrong, int))
