from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlptk.errors import ParameterError
from nlptk.tagging.evaluation import NONE, evaluate_labels, evaluate_spans
from tests.reference.spans import lenient

GOLD = ["B-PER I-PER O O B-LOC I-LOC", "O B-ORG I-ORG I-ORG B-LOC", "", "I-PER O B-PER B-PER I-PER"]
PREDICTED = ["B-PER I-PER O B-LOC I-LOC I-LOC", "O B-ORG I-ORG O B-ORG", "", "B-PER O B-PER I-PER I-PER"]
gold, predicted = ([line.split() for line in lines] for lines in (GOLD, PREDICTED))


def test_figures_of_seqeval():
    """seqeval 1.2.2: precision_recall_fscore_support of the above, and with mode="strict", scheme=IOB2."""
    found = evaluate_spans(gold, predicted)
    assert (found.precision, found.recall, found.f1) == pytest.approx((1 / 3, 2 / 7, 4 / 13))
    assert found.average() == pytest.approx((2 / 9, 1 / 6, 4 / 21))
    assert found.average(weighted=True) == pytest.approx((8 / 21, 2 / 7, 16 / 49))
    assert [tuple(row) for row in found.rows] == [("LOC", 2, 1, 0), ("ORG", 1, 2, 0), ("PER", 4, 3, 2)]
    assert found.accuracy == 10 / 16
    found = evaluate_spans(gold, predicted, "BIO")
    assert [tuple(row) for row in found.rows] == [("LOC", 2, 1, 0), ("ORG", 1, 2, 0), ("PER", 3, 3, 1)]


def test_confusion_of_spans():
    found = evaluate_spans(gold, predicted)
    assert found.labels == ["LOC", "ORG", "PER", NONE]
    assert found.confusion.tolist() == [[0, 1, 0, 1], [0, 0, 0, 1], [0, 0, 2, 2], [1, 1, 1, 0]]
    assert found.confusions(2) == [("PER", NONE, 2), ("LOC", "ORG", 1)]


labels = st.sampled_from(["O", "B-X", "I-X", "B-Y", "I-Y", "E-X", "S-Y"])


@given(st.lists(st.lists(st.tuples(labels, labels), max_size=8), max_size=6))
def test_counts(pairs):
    a, b = ([[pair[i] for pair in each] for each in pairs] for i in (0, 1))
    found = evaluate_spans(a, b)
    ours, theirs = ({(n, *span) for n, each in enumerate(side) for span in lenient(each)} for side in (a, b))
    total = found.total
    assert (total.gold, total.predicted, total.correct) == (len(ours), len(theirs), len(ours & theirs))
    for row in found.rows:
        x, y = ({span for span in side if span[3] == row.label} for side in (ours, theirs))
        assert (row.gold, row.predicted, row.correct) == (len(x), len(y), len(x & y))
    tags = evaluate_labels(a, b)
    flat = [pair for each in pairs for pair in each]
    assert tags.correct_items == sum(x == y for x, y in flat) and tags.items == len(flat)
    assert tags.confusion.sum() == len(flat)
    assert tags.accuracy == pytest.approx(tags.f1)
    for text in (found.table(), tags.table(), json.dumps([found.to_dict(), tags.to_dict()])):
        assert text


def test_labels():
    found = evaluate_labels([["n", "v"], [], ["n", "n", "a"]], [["n", "n"], [], ["n", "v", "a"]])
    assert found.accuracy == 0.6
    assert [tuple(row) for row in found.rows] == [("a", 1, 1, 1), ("n", 3, 3, 2), ("v", 1, 1, 0)]
    assert np.array_equal(found.confusion, [[1, 0, 0], [0, 2, 1], [0, 1, 0]])
    assert found.table().splitlines()[1].split() == ["a", "1.0000", "1.0000", "1.0000", "1"]


@pytest.mark.parametrize("compare", [evaluate_labels, evaluate_spans])
def test_shapes(compare):
    assert compare([], []).f1 == 0
    assert compare([[]], [[]]).accuracy == 0
    with pytest.raises(ParameterError, match="1 sequences of predicted labels, the gold standard has 2"):
        compare([["O"], ["O"]], [["O"]])
    with pytest.raises(ParameterError, match="sequence 1 has 2 predicted labels, the gold standard has 1"):
        compare([["O"], ["O"]], [["O"], ["O", "O"]])
    with pytest.raises(ParameterError, match="sequence 0 is a str"):
        compare(["O"], ["O"])


def test_wrong_label():
    with pytest.raises(ParameterError, match="'n' is no label"):
        evaluate_spans([["O"]], [["n"]])
