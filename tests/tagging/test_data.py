"""Labelled sequences from files."""

from __future__ import annotations

import pytest

from nlptk.errors import CorpusFormatError, InputError, ParameterError
from nlptk.tagging.data import Labelled, line_of, located, read_labelled, recognise, same_items, with_known_labels

TAGGED = "我/r 爱/v\n\n[北京/ns 大学/n]nt //w\n"
COLUMNS = "我\tr\n爱\tv\n\n\n北京\tns\n大学\tn\n/\tw\n"
CONLLU = "# text\n" + "".join(
    f"{i}\t{w}\t_\t{t}{chr(9) + '_':s}{chr(9) + '_':s}\t0\t_\t_\t_\n"
    for i, w, t in [("1-2", "我爱", "_"), ("1", "我", "PRON"), ("2", "爱", "VERB")]
)


@pytest.fixture
def write(tmp_path):
    def write(text, name="data.txt", encoding="utf-8"):
        path = tmp_path / name
        path.write_text(text, encoding)
        return path

    return write


@pytest.mark.parametrize(
    ("text", "format"), [(TAGGED, "tagged"), (COLUMNS, "columns"), (CONLLU, "conllu"), ("1/2 CD\nand/or CC\n", "columns")]
)
def test_recognised(write, text, format):
    assert recognise(write(text)) == format


def test_read(write):
    assert read_labelled(write(TAGGED)) == (
        [[["我"], ["爱"]], [["北京"], ["大学"], ["/"]]],
        [["r", "v"], ["ns", "n", "w"]],
        "tagged",
    )
    assert read_labelled(write(COLUMNS))[:2] == read_labelled(write(TAGGED))[:2]
    assert read_labelled(write(CONLLU)) == ([[["我"], ["爱"]]], [["PRON", "VERB"]], "conllu")
    assert read_labelled(write("a DT B-NP\n"))[0] == [[["a", "DT"]]]
    assert read_labelled(write(TAGGED, encoding="gb18030"), encoding="gb18030").y[0] == ["r", "v"]
    assert read_labelled(write(TAGGED), "tagged").columns == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no labelled sentence"),
        ("\n \n", "no labelled sentence"),
        ("我来到\n北京\n", "data.txt:1: neither word/tag text nor columns"),
        ("a b\nc\n", "data.txt:2: 1 column, expected 2"),
    ],
)
def test_refused(write, text, message):
    with pytest.raises(CorpusFormatError, match=message):
        read_labelled(write(text))


def test_refused_formats(write, tmp_path):
    with pytest.raises(CorpusFormatError, match="1 column, expected two or more"):
        read_labelled(write("a\n"), "columns")
    with pytest.raises(CorpusFormatError, match="has no /tag"):
        read_labelled(write("a\n"), "tagged")
    with pytest.raises(ParameterError, match="format 'xml', expected auto"):
        read_labelled(write("a\n"), "xml")
    with pytest.raises(ParameterError, match="unknown encoding"):
        read_labelled(write("a\n"), encoding="no-such")
    with pytest.raises(InputError, match="no such file"):
        read_labelled(tmp_path / "missing")


@pytest.mark.parametrize(
    ("text", "where", "line"),
    [(TAGGED, (1, 2), 3), (COLUMNS, (1, 2), 7), (COLUMNS, (0, 1), 2), (CONLLU, (0, 1), 4), (COLUMNS, (5, 0), None)],
)
def test_lines(write, text, where, line):
    path = write(text)
    assert line_of(path, recognise(path), *where) == line


def test_located(write):
    first, second = write(COLUMNS, "first"), write(TAGGED, "second")
    sources = [(path, read_labelled(path)) for path in (first, second)]
    assert str(located(ValueError("sentence 1, item 2: bad"), sources)) == f"{first}:7: bad"
    assert str(located(ValueError("sentence 3, row 1: bad"), sources)) == f"{second}:3: bad"
    assert str(located(ValueError("sequence 2 is bad"), sources)) == f"{second}:1: is bad"
    assert str(located(ValueError("other"), sources)) == f"{first}: other"
    assert str(located(ValueError("sentence 9: bad"), sources)) == "sentence 9: bad"
    assert str(located(ValueError("sentence 0: bad"), [("-", sources[0][1])])) == "<stdin>: sentence 0: bad"


def test_same_items(write):
    gold = write(COLUMNS, "gold")
    ours = read_labelled(gold)
    for text, message in [
        (COLUMNS.replace("大", "太"), "p:6: '太学', but .*gold has '大学'"),
        (COLUMNS.replace("/\tw\n", ""), "p:6: a sentence of 2 items, but .*gold has 3"),
        (TAGGED.split("\n")[0], "p: 1 sentences, but .*gold has 2"),
    ]:
        other = write(text, "p")
        with pytest.raises(CorpusFormatError, match=message):
            same_items(gold, ours, other, read_labelled(other))
    same_items(gold, ours, gold, Labelled(ours.X, [["n"] * len(each) for each in ours.X], "columns"))


def test_known_labels():
    assert with_known_labels([["a"], ["b"], ["c", "d"]], [["X"], ["Z"], ["X", "Y"]], [["X", "Y"]]) == (
        [["a"], ["c", "d"]],
        [["X"], ["X", "Y"]],
    )
    assert with_known_labels([["a"]], [], []) == ([["a"]], [])
