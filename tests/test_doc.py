from __future__ import annotations

import copy
import json
import pickle
from array import array

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlptk.doc import Component, Doc
from nlptk.errors import CorpusFormatError, ParameterError, PipelineError
from tests.strategies import any_character

WORDS = st.lists(st.text(any_character, min_size=1, max_size=4), max_size=12)


def annotated() -> Doc:
    doc = Doc("小明在北京", [2, 3, 5])
    doc.tags = ["nr", "p", "ns"]
    doc.heads = [-1, 0, 1]
    doc.relations = ["root", "case", "obl"]
    doc.entities = [(0, 1, "PER"), (2, 3, "LOC")]
    doc.sentences = [(0, 3)]
    doc.set_column("sense", ["a", "b", "a"])
    doc.extra["keywords"] = [["北京", 0.5]]
    return doc


def test_words_are_what_lies_between_the_boundaries():
    doc = Doc("我来到北京", [1, 3, 5])
    assert doc.words == list(doc) == ["我", "来到", "北京"]
    assert len(doc) == 3
    assert (doc[0], doc[-1], doc[1:], doc[::2]) == ("我", "北京", ["来到", "北京"], ["我", "北京"])
    assert doc.spans == [(0, 1), (1, 3), (3, 5)]
    assert doc.join(0, 2) == "我来到"
    assert doc.join(1, 1) == ""
    assert doc.columns == ("words",)
    assert doc.words is doc.words


@given(WORDS)
def test_nothing_is_lost_or_invented(words):
    doc = Doc.from_words(words)
    assert doc.words == words
    assert "".join(doc) == doc.text
    assert Doc(doc.text, doc.ends) == doc
    assert [doc.join(i, i + 1) for i in range(len(doc))] == words
    assert Doc.from_dict(json.loads(json.dumps(doc.to_dict()))) == doc


@pytest.mark.parametrize(
    "ends",
    [
        [1, 3, 5],
        (1, 3, 5),
        range(1, 6, 2),
        iter([1, 3, 5]),
        array("i", [1, 3, 5]),
        array("q", [1, 3, 5]),
        np.array([1, 3, 5], np.int32),
        np.array([1, 3, 5], np.int64),
        np.array([1, 0, 3, 0, 5], np.int32)[::2],
        memoryview(array("i", [1, 3, 5])).toreadonly(),
    ],
    ids=lambda ends: type(ends).__name__,
)
def test_ends_may_come_as_any_row_of_integers(ends):
    doc = Doc("我来到北京", ends)
    assert doc.words == ["我", "来到", "北京"]
    view = np.asarray(doc.ends)
    assert view.dtype == np.int32
    assert not view.flags.writeable


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("ab", []),
        ("ab", [1]),
        ("ab", [1, 1, 2]),
        ("ab", [2, 1]),
        ("ab", [0, 2]),
        ("ab", [-1, 2]),
        ("ab", [1, 3]),
        ("ab", [1, 2, 3]),
        ("", [0]),
        ("ab", [1.0, 2.0]),
        ("ab", ["1", "2"]),
        ("ab", [2**40]),
        ("ab", np.array([[1, 2]], np.int32)),
        ("ab", 2),
    ],
)
def test_boundaries_that_do_not_cover_the_text_are_refused(text, ends):
    with pytest.raises(ParameterError):
        Doc(text, ends)


def test_trusted_boundaries_are_taken_as_they_are_and_copied():
    ends = array("i", [1, 2])
    doc = Doc("ab")
    doc.set_ends(ends, trusted=True)
    ends[0] = 2
    assert doc.words == ["a", "b"]


def test_empty_text_has_no_tokens():
    doc = Doc("", [])
    assert (doc.words, len(doc), doc.spans, bool(doc)) == ([], 0, [], True)
    doc.tags = []
    doc.heads = []
    assert (doc.tags, list(doc.heads)) == ([], [])


@pytest.mark.parametrize("ask", [lambda d: d.words, len, iter, lambda d: d[0], lambda d: d.ends, lambda d: d.spans])
def test_words_before_segmentation_are_an_error(ask):
    with pytest.raises(PipelineError, match="no words yet"):
        ask(Doc("我来到北京"))


def test_missing_columns_are_named():
    doc = Doc("ab", [1, 2])
    for name in ("tags", "relations", "heads", "entities", "sentences"):
        with pytest.raises(PipelineError, match=name):
            getattr(doc, name)
    with pytest.raises(PipelineError, match='"sense", only: words'):
        doc.column("sense")


def test_columns_are_kept_and_named():
    doc = annotated()
    assert doc.tags == ["nr", "p", "ns"]
    assert list(doc.heads) == [-1, 0, 1]
    assert doc.relations == ["root", "case", "obl"]
    assert doc.column("sense") == ["a", "b", "a"]
    assert [doc.join(start, end) for start, end, _ in doc.entities] == ["小明", "北京"]
    assert doc.sentences == [(0, 3)]
    assert set(doc.columns) == {
        "words", "tags", "heads", "relations", "entities", "sentences", "sense", "keywords"
    }  # fmt: skip


def test_labels_are_small_integers_with_a_table():
    table = ("n", "v")
    doc = Doc("abc", [1, 2, 3])
    doc.set_column("tags", (np.array([1, 0, 1], np.int64), table))
    codes, kept = doc.codes("tags")
    assert kept is table
    assert codes.tolist() == [1, 0, 1]
    assert (codes.itemsize, codes.readonly) == (1, True)
    assert doc.tags == ["v", "n", "v"]
    many = Doc.from_words("a" * 300)
    many.set_column("x", [str(i) for i in range(300)])
    assert many.codes("x")[0].itemsize == 2
    assert many.column("x")[299] == "299"
    pair = Doc("ab", [1, 2])
    pair.tags = ("n", "v")  # two labels, not a pair of codes and table
    assert pair.tags == ["n", "v"]


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("tags", ["n"], ParameterError),
        ("tags", ["n", "v", "n"], ParameterError),
        ("tags", ["n", None], TypeError),
        ("tags", [["n"], "v"], TypeError),
        ("tags", ([0, 2], ("n", "v")), ParameterError),
        ("tags", ([0, -1], ("n", "v")), ParameterError),
        ("tags", ([0], ("n", "v")), ParameterError),
        ("tags", ([0, 0], (1,)), TypeError),
        ("tags", ([0, 0], ()), ParameterError),
        ("heads", [0], ParameterError),
        ("heads", [0, 2], ParameterError),
        ("heads", [0, -2], ParameterError),
        ("entities", [(0, 3, "x")], ParameterError),
        ("entities", [(1, 1, "x")], ParameterError),
        ("entities", [(-1, 1, "x")], ParameterError),
        ("entities", [(0, 1, 7)], TypeError),
        ("entities", [(0.0, 1, "x")], TypeError),
        ("sentences", [(0, 3)], ParameterError),
        ("sentences", [(1, 2), (0, 1)], ParameterError),
    ],
)
def test_columns_that_do_not_fit_are_refused_and_leave_no_trace(name, value, error):
    doc = Doc("ab", [1, 2])
    with pytest.raises(error):
        setattr(doc, name, value)
    assert doc.columns == ("words",)


@pytest.mark.parametrize("name", ["words", "text", "heads", "entities", "sentences", "extra", "", "keywords", 7])
def test_taken_names_are_refused(name):
    doc = annotated()
    with pytest.raises(ParameterError):
        doc.set_column(name, ["a", "b", "c"])


def test_new_boundaries_drop_what_was_known_about_the_old_tokens():
    doc = annotated()
    doc.ends = [5]
    assert doc.words == ["小明在北京"]
    assert doc.columns == ("words", "keywords")


def test_refused_boundaries_change_nothing():
    doc = annotated()
    with pytest.raises(ParameterError):
        doc.ends = [3]
    assert doc == annotated()


def test_from_words_refuses_what_is_no_word():
    with pytest.raises(ParameterError, match="word 1 is empty"):
        Doc.from_words(["a", ""])
    with pytest.raises(TypeError, match="word 1 is int"):
        Doc.from_words(["a", 1])
    with pytest.raises(TypeError, match="text is bytes"):
        Doc(b"ab")


@pytest.mark.parametrize("doc", [Doc(""), Doc("ab"), Doc("", []), Doc("a\ud800\0", [1, 3]), annotated()])
def test_goes_through_json_pickle_and_copy(doc):
    assert Doc.from_dict(json.loads(json.dumps(doc.to_dict()))) == doc
    assert pickle.loads(pickle.dumps(doc)) == doc
    assert copy.deepcopy(doc) == doc


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"tags": ["n"]},
        {"text": "ab", "word": ["ab"]},
        {"text": "ab", "words": ["a"]},
        {"text": 7},
        {"text": None, "words": None},
        {"words": [""]},
        {"words": ["a"], "tags": ["n", "v"]},
        {"words": ["a"], "tags": 7},
        {"text": "a", "tags": ["n"]},
        {"words": ["a"], "heads": ["x"]},
        {"words": ["a"], "entities": [[0, 1]]},
        {"words": ["a"], "entities": [[0, "1", "x"]]},
        {"words": ["a"], "columns": ["x"]},
        {"words": ["a"], "columns": {"x": [1]}},
        {"words": ["a"], "extra": [1]},
        [],
        "words",
        None,
    ],
)
def test_a_dictionary_that_is_no_document_is_refused(values):
    with pytest.raises(CorpusFormatError):
        Doc.from_dict(values)


def test_equal_means_same_text_tokens_and_labels():
    assert annotated() == annotated()
    assert Doc("ab") != Doc("ab", [2])
    assert Doc("ab", [2]) != Doc("ab", [1, 2])
    assert Doc("ab") != "ab"
    one, other = Doc("ab", [1, 2]), Doc("ab", [1, 2])
    one.set_column("tags", ([0, 1], ("x", "y")))
    other.set_column("tags", ([1, 0], ("y", "x")))
    assert one == other
    other.tags = ["x", "x"]
    assert one != other
    with pytest.raises(TypeError):
        hash(one)


def test_repr_says_what_is_there():
    assert repr(Doc("ab")) == "<Doc 'ab'; columns: none>"
    assert repr(Doc("a" * 50, [50])) == f"<Doc '{'a' * 39}…', 1 tokens; columns: words>"


def test_text_cannot_be_exchanged():
    with pytest.raises(AttributeError):
        Doc("ab").text = "cd"


def test_component_declares_nothing_by_itself():
    assert (Component().requires, Component().provides) == ((), ())
    with pytest.raises(NotImplementedError):
        Component().annotate([])
