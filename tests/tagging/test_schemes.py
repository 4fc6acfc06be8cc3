from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlptk.errors import ParameterError
from nlptk.tagging.schemes import SCHEMES, convert_labels, detect_scheme, labels_of, masks, spans, spans_of_all
from tests.reference.spans import lenient, strict


def sequences(letters: str):
    label = st.sampled_from(["O", *(f"{letter}-{kind}" for letter in letters for kind in ("X", "Y-Z")), *letters])
    return st.lists(st.lists(label, max_size=9), max_size=5)


@given(sequences("BIESMLU"))
def test_lenient_spans(found):
    assert spans_of_all(found) == [lenient(labels) for labels in found]


@given(sequences("BIES"))
def test_strict_bioes(found):
    assert spans_of_all(found, "BIOES") == [strict(labels) for labels in found]


@given(sequences("BMES"))
def test_strict_bmes(found):
    assert spans_of_all(found, "BMES") == [strict(labels, inside="M") for labels in found]


@given(sequences("BILU"))
def test_strict_bilou(found):
    assert spans_of_all(found, "BILOU") == [strict(labels, single="U", last="L") for labels in found]


@given(sequences("BI"))
def test_strict_bio(found):
    assert spans_of_all(found, "IOB2") == [strict(labels, single="", last="") for labels in found]


# what seqeval 1.2.2 gives with mode="strict", scheme=IOB1
IOB1 = [
    ("I-X I-X O I-X", [(0, 2, "X"), (3, 4, "X")]),
    ("I-X B-X I-X I-Y", [(0, 1, "X"), (1, 3, "X"), (3, 4, "Y")]),
    ("O B-X I-X", [(2, 3, "X")]),
    ("I-X B-Y", [(0, 1, "X")]),
    ("B-X B-X B-Y", []),
    ("", []),
]


@pytest.mark.parametrize(("labels", "expected"), IOB1)
def test_strict_iob1(labels, expected):
    assert spans(labels.split(), "IOB1") == expected


@given(sequences("BIES"), st.sampled_from(SCHEMES))
def test_round_trip(found, to):
    expected = spans_of_all(found)
    written = convert_labels(found, to)
    assert spans_of_all(written) == expected
    assert spans_of_all(written, to) == expected
    assert [labels_of(each, len(labels), to) for each, labels in zip(expected, found, strict=True)] == written


@given(sequences("BIES"), st.sampled_from(SCHEMES))
def test_what_is_written_is_allowed(found, scheme):
    written = convert_labels(found, scheme)
    labels = sorted({label for each in written for label in each})
    allowed, start, end = masks(labels, scheme)
    number = {label: i for i, label in enumerate(labels)}
    for each in written:
        if each:
            assert start[number[each[0]]] and end[number[each[-1]]]
            assert all(allowed[number[a], number[b]] for a, b in pairwise(each))


def test_masks_refuse():
    allowed, start, end = masks(["B", "M", "E", "S"], "BMES")
    assert allowed.tolist() == [[0, 1, 1, 0], [0, 1, 1, 0], [1, 0, 0, 1], [1, 0, 0, 1]]
    assert start.tolist() == [True, False, False, True] and end.tolist() == [False, False, True, True]
    allowed, start, end = masks(["O", "B-X", "I-X", "B-Y", "I-Y"], "BIO")
    assert np.argwhere(~allowed).tolist() == [[0, 2], [0, 4], [1, 4], [2, 4], [3, 2], [4, 2]]
    assert start.tolist() == [True, True, False, True, False] and end.all()
    assert masks([], "BIO").allowed.shape == (0, 0)


@pytest.mark.parametrize(
    ("labels", "scheme"),
    [
        ("O B-X I-X B-X", "BIO"), ("O I-X", "IOB1"), ("I-X B-X O", "IOB1"), ("B-X B-X", "BIO"), ("B-X M-X E-X", "BMES"),
        ("B M E S", "BMES"), ("B-X I-X E-X", "BIOES"), ("S-X O", "BIOES"), ("U-X B-X L-X", "BILOU"), ("O O", "BIO"), ("", "BIO"),
    ],
)  # fmt: skip
def test_detection(labels, scheme):
    assert detect_scheme([labels.split()]) == scheme


def test_errors_say_where():
    with pytest.raises(ParameterError, match="sequence 1, item 2: 'NN' is no label of a tag scheme"):
        spans_of_all([["O"], ["B-X", "O", "NN"]])
    with pytest.raises(ParameterError, match="sequence 0, item 1: 'E-X' is no label of the scheme BIO"):
        spans(["B-X", "E-X"], "BIO")
    with pytest.raises(ParameterError, match="no tag scheme 'XYZ'; possible: BIO"):
        spans(["O"], "XYZ")
    with pytest.raises(ParameterError, match="overlaps"):
        labels_of([(0, 2, "X"), (1, 3, "Y")], 3)
    with pytest.raises(ParameterError, match="past the 3 items"):
        labels_of([(2, 4, "X")], 3)
    for label in ("", "b-X", "B_X", "-X", "OO"):
        with pytest.raises(ParameterError, match="no label"):
            spans([label])


def test_kinds_may_hold_hyphens_and_be_missing():
    assert spans(["B-A-B", "I-A-B", "B", "I"]) == [(0, 2, "A-B"), (2, 4, "_")]
    assert convert_labels([["B", "I"]], "BMES") == [["B", "E"]]
