"""The feature kernel against its reference, and against whatever a caller may throw at it."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlptk.errors import ParameterError
from nlptk.ext.features import Plan, Rows, Table
from nlptk.tagging import DictEncoder, Template, TemplateEncoder
from nlptk.tagging.template import Cell, Macro
from tests import strategies
from tests.reference import features as reference

cells_of_text = st.one_of(st.sampled_from(["a", "b", "", "_B-1", "ab", "B", "北京", "北", "京", "1", "Ab1"]), strategies.text(4))
DICTIONARIES = {"d": ["ab", "a", "北京", "bab", "京1"], "e": ["b" * 6, "Ab1"]}


@st.composite
def cells(draw):
    function = draw(st.sampled_from(["x", "x", "x", "fold", "class", "shape", "length", "prefix", "suffix", "dict"]))
    argument = {"prefix": st.integers(1, 4), "suffix": st.integers(1, 4), "dict": st.sampled_from("de")}.get(function, st.none())
    return Cell(function, draw(st.integers(-3, 3)), draw(st.integers(0, 1)), draw(argument))


@st.composite
def templates(draw):
    """Macros with and without names of their own, shifts of each other among them."""
    macros = []
    for i in range(draw(st.integers(1, 8))):
        parts = ["U" if draw(st.booleans()) else f"U{i}:"]
        for cell in draw(st.lists(cells(), max_size=3)):
            parts += [cell, "/"]
        macros.append(Macro(tuple(parts)))
        if draw(st.booleans()):
            shift = draw(st.integers(-3, 3))
            macros.append(Macro(tuple(p if isinstance(p, str) else p._replace(row=p.row + shift) for p in parts)))
    return Template.parse("\n".join(map(str, macros)))


sentences = st.lists(st.lists(st.tuples(cells_of_text, cells_of_text), max_size=6), max_size=5)


def items_of(encoded, names):
    """The names of each item's attributes, sorted."""
    bounds = encoded.indptr.tolist()
    return [sorted(names[i] for i in encoded.indices[a:b].tolist()) for a, b in pairwise(bounds)]


def expected_items(X, template, known=None):
    items = [item for sentence in reference.template_attributes(X, template, DICTIONARIES) for item in sentence]
    return [sorted(name for name in item if known is None or name in known) for item in items]


@settings(max_examples=300)
@given(sentences, sentences, templates(), st.integers(0, 4))
def test_encoding_equals_the_reference(train, test, template, min_freq):
    encoder = TemplateEncoder(template, min_freq, DICTIONARIES)
    encoded = encoder.fit_transform(train)
    names = encoder.names()
    known = reference.frequent(expected_items(train, template), min_freq)
    # "_B-1" in a cell and before the sentence are the same text, and so are one attribute; nothing else may be twice
    assert set(names) == known
    if not any(a != b and "_B" in a for a, b in zip(names, sorted(names), strict=False)):
        assert len(names) == len(set(names)) == encoder.n_attributes
    for X, found in ((train, encoded), (train, encoder.transform(train)), (test, encoder.transform(test, threads=2))):
        assert items_of(found, names) == expected_items(X, template, known)
        assert found.starts.tolist() == [0, *np.cumsum([len(s) for s in X]).tolist()]
        assert (found.n_attributes, found.values, found.labels) == (len(names), None, None)
        assert (found.starts.dtype, found.indptr.dtype, found.indices.dtype) == (np.int64, np.int64, np.uint32)


@given(sentences, templates(), st.randoms(use_true_random=False))
def test_what_is_kept_is_numbered_in_the_same_order(train, template, rng):
    encoder = TemplateEncoder(template, dictionaries=DICTIONARIES)
    encoder.fit_transform(train)
    which = np.array([rng.random() < 0.5 for _ in range(encoder.n_attributes)], bool)
    names = encoder.names()
    again = TemplateEncoder.from_arrays(encoder.arrays())
    assert again.names() == names
    again.keep(which)
    left = [name for name, kept in zip(names, which, strict=True) if kept]
    assert again.names() == left
    assert items_of(again.transform(train), left) == expected_items(train, template, set(left))
    assert encoder.numbers_in(again).tolist() == [int(which[:i].sum()) if kept else -1 for i, kept in enumerate(which)]


numbers = st.one_of(st.booleans(), st.integers(-5, 5), st.floats(-10, 10, width=32))
values = st.one_of(cells_of_text, numbers, st.lists(cells_of_text, max_size=3))
dicts = st.recursive(st.dictionaries(cells_of_text, values, max_size=4), lambda d: st.dictionaries(cells_of_text, d, max_size=2))
items = st.one_of(dicts, st.lists(cells_of_text, max_size=4))


@given(st.lists(st.lists(items, max_size=4), max_size=4), st.integers(0, 3))
def test_dicts_equal_the_reference(X, min_freq):
    encoder = DictEncoder(min_freq)
    encoded = encoder.fit_transform(X)
    pairs = [reference.dict_attributes(item) for sentence in X for item in sentence]
    known = reference.frequent([[name for name, _ in item] for item in pairs], min_freq)
    names = encoder.names()
    assert set(names) == known and len(names) == len(known)
    for found in (encoded, encoder.transform(X), DictEncoder.from_arrays(encoder.arrays()).transform(X)):
        bounds = found.indptr.tolist()
        weights = np.ones(len(found.indices)) if found.values is None else found.values
        ours = [
            [(names[i], v) for i, v in zip(found.indices[a:b].tolist(), weights[a:b].tolist(), strict=True)]
            for a, b in pairwise(bounds)
        ]
        assert ours == [[pair for pair in item if pair[0] in known] for item in pairs]


def test_dicts_equal_crfsuite():
    crfsuite = pytest.importorskip("pycrfsuite")
    nest = {"a": "b", "d": {"e": "f", "g": 0.5}}
    given = [{"w": "x", "b": True, "c": False, "n": 2, "f": -1.5, "nest": nest, "l": ["p", "q"], "": "e"}]
    encoder = DictEncoder()
    encoded = encoder.fit_transform([given])
    names = [encoder.names()[i] for i in encoded.indices]
    assert dict(zip(names, encoded.values.tolist(), strict=True)) == crfsuite.ItemSequence(given).items()[0]


def test_every_character_has_the_class_and_the_lower_case_of_the_reference():
    characters = [chr(c) for c in range(0x35000)] + ["\U0010ffff"]
    encoder = TemplateEncoder(Template.parse("UC%class[0,0]\nUF%fold[0,0]"))
    encoded = encoder.fit_transform([characters])
    names = encoder.names()
    assert items_of(encoded, names) == [["UC" + reference.character_class(c), "UF" + reference.fold(c)] for c in characters]


def test_numbers_fall_with_frequency_and_neighbours_stand_together():
    encoder = TemplateEncoder(Template.parse("U0:%x[-1,0]\nU1:%x[0,0]\nU2:%x[0,1]"))
    encoder.fit_transform([[("a", "p"), ("b", "p"), ("b", "p")]])
    assert encoder.names() == ["U0:b", "U1:b", "U2:p", "U0:a", "U1:a", "U0:_B-1"]


def test_macros_without_a_name_share_their_attributes_even_between_columns():
    encoder = TemplateEncoder(Template.parse("U%x[-1,0]\nU%x[1,0]\nU%x[0,1]"))
    encoded = encoder.fit_transform([[("a", "b"), ("b", "a")]])
    assert encoder.names().count("Ua") == encoder.names().count("Ub") == 1
    assert items_of(encoded, encoder.names()) == [["U_B-1", "Ub", "Ub"], ["U_B+1", "Ua", "Ua"]]


def test_more_macros_of_one_pattern_than_an_entry_has_slots():
    template = Template.parse("\n".join(f"U{row}:%x[{row},0]" for row in range(-99, 100)))
    X = [[[c] for c in "abcab"], [["c"]], []]
    encoder = TemplateEncoder(template)
    encoded = encoder.fit_transform(X)
    assert items_of(encoded, encoder.names()) == expected_items(X, template)
    assert np.array_equal(encoder.transform(X).indices, encoded.indices)


def test_a_very_long_sentence_and_very_long_cells():
    words = [[("w" * (i % 50)) + str(i % 1000)] for i in range(100_000)]
    encoder = TemplateEncoder(Template.of("pos"), min_freq=2)
    encoded = encoder.fit_transform([words, [["x" * 1_000_000]]])
    assert np.array_equal(encoder.transform([words, [["x" * 1_000_000]]]).indices, encoded.indices)


def test_many_entries_survive_the_growth_of_the_table():
    X = [[[str(i)] for i in range(50_000)]]
    encoder = TemplateEncoder(Template.parse("U%x[0,0]"))
    assert encoder.fit_transform(X).indices.tolist() == list(range(50_000)) == encoder.transform(X).indices.tolist()
    assert encoder.names() == [f"U{i}" for i in range(50_000)]


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (None, "X is not a list of sentences"),
        ([3], "sentence 0 is a int, expected a list of rows"),
        ([[["a", "b"]], [["a", "b"], ["c"]]], "sentence 1, row 1: 1 column, but the template looks at 2"),
        ([["word"]], "sentence 0, row 0: 1 column, but"),
        ([[[]]], "sentence 0, row 0: 0 columns, but"),
        ([[("a", 3)]], "sentence 0, row 0, column 1: int, expected str"),
        ([[("a", None)]], "sentence 0, row 0, column 1: NoneType, expected str"),
        ([[b"ab"]], "column 0: int, expected str"),
        ([[7]], "sentence 0, row 0: int, expected a list of cells"),
    ],
)
def test_bad_rows_are_refused_with_their_place(X, message):
    encoder = TemplateEncoder(Template.parse("U%x[0,1]/%x[0,0]"))
    for method in (encoder.fit_transform, lambda X: fitted(encoder).transform(X)):
        with pytest.raises(ParameterError) as caught:
            method(X)
        assert message in str(caught.value)


def fitted(encoder):
    encoder.fit_transform([[("a", "b")]])
    return encoder


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (None, "X is not a list of sentences"),
        (["ab"], "sentence 0 is a str, expected a list of items"),
        ([{"a": 1}], "sentence 0 is a dict, expected a list of items"),
        ([["ab"]], "sentence 0, item 0: a str, expected a dict of features"),
        ([[["a"], 3]], "sentence 0, item 1: int, expected a dict"),
        ([[{"a": None}]], "sentence 0, item 0: a value is a NoneType"),
        ([[{"a": float("nan")}]], "sentence 0, item 0: a value is nan, expected a finite number"),
        ([[{"a": 1e300}]], "expected a finite number"),
        ([[{3: "a"}]], "the name of a feature is a int"),
        ([[["a", 2]]], "the name of a feature is a int"),
        ([[{"a": b"\xff"}]], "not UTF-8"),
    ],
)
def test_bad_dicts_are_refused_with_their_place(X, message):
    encoder = DictEncoder()
    encoder.fit_transform([[["x"]]])
    for method in (DictEncoder().fit_transform, encoder.transform):
        with pytest.raises(ParameterError) as caught:
            method(X)
        assert message in str(caught.value)


def test_dicts_within_dicts_end():
    item: dict = {}
    item["self"] = item
    with pytest.raises(ParameterError, match="more than 32 dicts"):
        DictEncoder().fit_transform([[item]])


def test_iterables_that_misbehave():
    X: list = [[["a"]], [["b"]]]

    class Growing:
        def __iter__(self):
            X.extend([[["c"]]] * 100)
            yield ["d"]

    X.insert(0, Growing())
    with pytest.raises(ParameterError, match="X changed"):
        TemplateEncoder(Template.parse("U%x[0,0]")).fit_transform(X)
    encoder = TemplateEncoder(Template.parse("U%x[0,0]"))
    assert len(encoder.fit_transform(iter([iter([iter("a")]), ({"b": 1},)])).indices) == 2


@pytest.mark.parametrize(
    "change",
    [
        {"kinds": [[9, 0, 0]]},
        {"kinds": [[0, 1, 0]]},
        {"kinds": [[7, 0, 0]]},
        {"cells": [[1, 0]]},
        {"cells": [[0, -1]]},
        {"patterns": [[0, 2, 0, 0, 1]]},
        {"patterns": [[-1, 1, 0, 0, 1]]},
        {"patterns": [[0, 1, 1, 0, 1]]},
        {"patterns": [[0, 1, -2000, 0, 1]]},
        {"patterns": [[0, 1, 0, 0, 33]]},
        {"macros": [[1, 0, 0]]},
        {"macros": [[0, 1, 0]]},
        {"macros": [[0, 0, 1]]},
        {"seeds": []},
        {"seeds": [0]},
    ],
)
def test_a_plan_that_would_leave_its_arrays_is_refused(change):
    good = {"kinds": [[0, 0, 0]], "cells": [[0, 0]], "patterns": [[0, 1, 0, 0, 1]], "macros": [[0, 0, 0]], "seeds": [5]}

    def plan(kinds, cells, patterns, macros, seeds):
        tables = (np.array(t, np.int32) for t in (kinds, cells, patterns))
        return Plan(1, *tables, np.array(seeds, np.uint64), np.array(macros, np.int32), [])

    plan(**good)
    with pytest.raises(ValueError):
        plan(**{**good, **change})


def test_tables_and_rows_check_their_arguments():
    with pytest.raises(ValueError):
        Table(np.zeros(2, np.uint64), np.zeros(3, np.uint8))
    with pytest.raises(ValueError):
        Table(np.zeros(2, np.uint64), np.zeros(2, np.uint64))
    with pytest.raises(ValueError):
        Rows([], 2, b"\x01")
    encoder = fitted(TemplateEncoder(Template.parse("U%x[0,0]")))
    rows = encoder._plan.rows([[["a"]], [["b"]]])
    table = Table(np.array([5, 5, 0], np.uint64), np.array([1, 1, 1], np.uint8))
    with pytest.raises(IndexError):
        table.encode(encoder._plan, rows, 0, 3, np.zeros(9, np.int64), np.zeros(9, np.uint32))
    with pytest.raises(ValueError):
        table.encode(encoder._plan, rows, 0, 2, np.zeros(1, np.int64), np.zeros(9, np.uint32))
    with pytest.raises(ValueError):
        table.encode(encoder._plan, rows, 0, 2, np.zeros(2, np.int64), np.zeros(1, np.uint32))
