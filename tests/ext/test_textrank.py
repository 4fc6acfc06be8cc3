"""The TextRank kernel against its reference and against jieba's own graph, to the last bit."""

from __future__ import annotations

from array import array
from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlptk.ext import textrank
from tests.reference import textrank as reference


@st.composite
def texts(draw):
    """(nodes, order, number of nodes)."""
    n = draw(st.integers(1, 12))
    nodes = draw(st.lists(st.integers(-1, n - 1), max_size=80))
    return nodes, draw(st.permutations(range(n))), n


def integers(values):
    return array("i", values)


@given(texts(), st.integers(-1, 12), st.sampled_from([0.0, 0.5, 0.85, 0.99]), st.integers(0, 30), st.sampled_from([0.0, 1e-3]))
def test_rank_equals_the_reference(text, span, damping, iterations, tolerance):
    nodes, order, n = text
    edges = reference.cooccurrences(nodes, span)
    expected = reference.page_rank(edges, order, damping, iterations, tolerance)
    scores, seen = textrank.rank(integers(nodes), integers(order), n, span, damping, iterations, tolerance)
    assert list(seen) == list(expected)
    assert list(scores) == [expected.get(node, 0.0) for node in range(n)]
    assert list(textrank.rescale(scores, seen)) == list(reference.rescale(expected).values())
    assert (len(scores), scores.typecode, seen.typecode) == (n, "d", "i")


@given(texts(), st.integers(2, 7))
def test_rank_equals_jieba(text, span):
    graph = pytest.importorskip("jieba.analyse.textrank").UndirectWeightedGraph()
    nodes, order, n = text
    key = {node: place for place, node in enumerate(order)}
    counts: dict[tuple[int, int], int] = defaultdict(int)
    for i, a in enumerate(nodes):
        for b in nodes[i + 1 : i + span]:
            if a >= 0 and b >= 0:
                counts[key[a], key[b]] += 1
    for (a, b), weight in counts.items():
        graph.addEdge(a, b, weight)
    scores, seen = textrank.rank(integers(nodes), integers(order), n, span)
    ours = [(key[node], weight) for node, weight in zip(seen, textrank.rescale(scores, seen), strict=True)]
    assert ours == list(graph.rank().items())


@given(texts())
def test_order_by_number_is_the_default(text):
    nodes, _, n = text
    assert textrank.rank(integers(nodes), None, n) == textrank.rank(integers(nodes), integers(range(n)), n)


@given(st.lists(st.sets(st.integers(0, 14), max_size=8), max_size=12), st.integers(0, 20))
def test_sentences_equal_the_reference(sentences, iterations):
    words = integers([word for sentence in sentences for word in sorted(sentence)])
    ends = integers([sum(map(len, sentences[: i + 1])) for i in range(len(sentences))])
    scores = textrank.rank_sentences(words, ends, 15, 0.85, iterations, 0.0)
    edges = reference.similarities(sentences)
    expected = reference.page_rank(edges, range(len(sentences)), 0.85, iterations)
    assert list(scores) == pytest.approx([expected.get(i, 0.0) for i in range(len(sentences))], rel=1e-12)


def test_many_pairs_grow_the_tables():
    nodes = [i * i % 997 for i in range(6000)]
    edges = reference.cooccurrences(nodes, 9)
    assert len(edges) > 5000
    expected = reference.page_rank(edges, range(997))
    scores, seen = textrank.rank(integers(nodes), None, 997, 9)
    assert {node: scores[node] for node in seen} == expected


def test_nothing_gives_nothing():
    scores, seen = textrank.rank(integers([]), integers([]), 0)
    assert (len(scores), len(seen), len(textrank.rescale(scores, seen))) == (0, 0, 0)
    assert list(textrank.rank(integers([0, -1]), None, 2)[0]) == [0.0, 0.0]
    assert list(textrank.rank_sentences(integers([]), integers([]), 0)) == []
    assert list(textrank.rank_sentences(integers([]), integers([0, 0]), 0)) == [0.0, 0.0]


def test_a_window_of_any_size():
    nodes = integers([0, 1, 0])
    assert textrank.rank(nodes, None, 2, 2**62) == textrank.rank(nodes, None, 2, 3)
    assert list(textrank.rank(nodes, None, 2, -(2**62))[1]) == []


@pytest.mark.parametrize(
    ("call", "complaint"),
    [
        (lambda: textrank.rank(integers([0, 2]), None, 2), "node 1 is 2, expected -1 to 1"),
        (lambda: textrank.rank(integers([-2]), None, 2), "node 0 is -2, expected -1 to 1"),
        (lambda: textrank.rank(integers([0]), integers([0]), 2), "order has 1 nodes, expected 2"),
        (lambda: textrank.rank(integers([0]), integers([0, 2]), 2), "order 1 is 2, expected 0 to 1"),
        (lambda: textrank.rank(integers([]), None, -1), "numbers of nodes"),
        (lambda: textrank.rank(integers([]), None, 1, iterations=-1), "numbers of nodes and of iterations"),
        (lambda: textrank.rescale(array("d", [1.0]), integers([1])), "node 0 is 1, expected 0 to 0"),
        (lambda: textrank.rank_sentences(integers([3]), integers([1]), 3), "word 0 is 3"),
        (lambda: textrank.rank_sentences(integers([0]), integers([1, 0]), 1), "sentence 1 ends before it begins"),
        (lambda: textrank.rank_sentences(integers([0]), integers([0]), 1), "the last sentence ends at 0, expected 1"),
    ],
)
def test_wrong_input_is_refused(call, complaint):
    with pytest.raises(ValueError, match=complaint):
        call()
