"""Labelled tables, there and back."""

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlptk.corpus import read_labelled, write_labelled
from nlptk.errors import CorpusFormatError, ParameterError

ANY = st.text(st.characters(codec="utf-8", exclude_characters="\0\ufeff") | st.sampled_from('",\r\n\t '), max_size=9)
FLAT = st.text(st.characters(codec="utf-8", exclude_characters="\0\ufeff\t\r\n"), max_size=9)


def read(tmp_path, table, *arguments, **options):
    path = tmp_path / "a.csv"
    path.write_bytes(table.encode())
    return list(read_labelled(path, *arguments, **options))


@given(st.lists(st.tuples(ANY, ANY)), st.booleans())
def test_csv_comes_back(tmp_path_factory, rows, header):
    path = tmp_path_factory.mktemp("labelled") / "a.csv"
    write_labelled(path, rows, header=header)
    assert list(read_labelled(path, header=header)) == rows
    with path.open(newline="", encoding="utf-8") as file:
        plain = [tuple(row) for row in csv.reader(file)]
    assert plain == [("text", "label")] * header + rows


@given(st.lists(st.tuples(FLAT, FLAT)), st.booleans())
def test_tsv_comes_back(tmp_path_factory, rows, header):
    path = tmp_path_factory.mktemp("labelled") / "a.tsv.gz"
    write_labelled(path, rows, "tsv", header=header)
    assert list(read_labelled(path, "tsv", header=header)) == rows


def test_columns_by_name_and_by_number(tmp_path):
    table = "id,class,review\n1,好,真不错\n2,差,太慢了\n"
    expected = [("真不错", "好"), ("太慢了", "差")]
    assert read(tmp_path, table, text="review", label="class") == expected
    assert read(tmp_path, table, text=2, label=1) == expected
    assert read(tmp_path, table, text=2, label=1, header=False) == [("review", "class"), *expected]


def test_quotes_line_ends_and_blank_lines(tmp_path):
    table = '\ufefftext,label\r\n"他说：""走""，\r\n然后走了",x\r\n\r\n好,"y"\r\n'
    assert read(tmp_path, table) == [('他说："走"，\r\n然后走了', "x"), ("好", "y")]


def test_tsv_knows_no_quotes(tmp_path):
    assert read(tmp_path, '"a\tb"\n\n', "tsv", header=False) == [('"a', 'b"')]


@pytest.mark.parametrize(
    ("table", "options", "message"),
    [
        ("text,label\na,b\n\nc\n", {}, "a.csv:4: 1 column, expected 2"),
        ('text,label\n"a\nb",c\nd,e,f\n', {}, "a.csv:4: 3 columns, expected 2"),
        ("a\tb\nc\n", {"format": "tsv", "header": False}, "a.csv:2: 1 column, expected 2"),
        ("review,class\n", {}, "a.csv:1: no columns named 'text' in the header review, class"),
        ("text,text,label\n", {}, "a.csv:1: 2 columns named 'text'"),
        ("a,b\n", {"header": False, "text": 2}, "a.csv:1: no column number 2"),
        ('text,label\nx,y\n"a"b,c\n', {}, "a.csv:3: not csv"),
        ('text,label\nx,y\n"a,b\nc,d\n', {}, "a.csv:3: not csv"),
        ("text,label\na\rb,c\n", {}, "a.csv:2: not csv"),
    ],
)
def test_faults_are_named_with_their_line(tmp_path, table, options, message):
    with pytest.raises(CorpusFormatError, match=message):
        read(tmp_path, table, **options)


def test_skipped_lines_count_in_line_numbers(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"text,label\n\xff,x\na\n")
    with pytest.raises(CorpusFormatError, match=r"a\.csv:3: 1 column"):
        list(read_labelled(path, on_error="skip"))


def test_a_field_beyond_the_limit_of_the_csv_module_is_an_error(tmp_path):
    with pytest.raises(CorpusFormatError, match=r"a\.csv:2: not csv: field larger"):
        read(tmp_path, "text,label\n" + "长" * (csv.field_size_limit() + 1) + ",x\n")


@pytest.mark.parametrize("field", ["a\tb", "a\nb", "a\r"])
def test_tsv_fields_that_would_not_come_back_are_refused(tmp_path, field):
    with pytest.raises(CorpusFormatError, match=r"a:3: .* holds a tab or line end"):
        write_labelled(tmp_path / "a", [("x", "y"), (field, "y")], "tsv")
    assert not (tmp_path / "a").exists()


def test_parameters(tmp_path):
    for options in ({"format": "xls"}, {"text": "review", "header": False}, {"label": -1}):
        with pytest.raises(ParameterError):
            read_labelled("a", **options)
    with pytest.raises(ParameterError, match="format"):
        write_labelled(tmp_path / "a", [], "xls")
