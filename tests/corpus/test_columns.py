"""CoNLL column files, there and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlptk.corpus import read_columns, write_columns
from nlptk.errors import CorpusFormatError, ParameterError

FIELD = st.text(st.characters(codec="utf-8", exclude_characters="\n\r\t \ufeff"), min_size=1, max_size=5)
WIDE_FIELD = st.text(st.characters(codec="utf-8", exclude_characters="\n\r\t\ufeff"), min_size=1, max_size=5)


def sentences(field):
    def of_width(width):
        row = st.lists(field, min_size=width, max_size=width)
        return st.lists(st.lists(row, min_size=1, max_size=4), max_size=4)

    return st.integers(1, 4).flatmap(of_width)


def read(tmp_path, text, *arguments, **options):
    path = tmp_path / "a.txt"
    path.write_bytes(text.encode())
    return list(read_columns(path, *arguments, **options))


@given(sentences(FIELD))
def test_rows_come_back(tmp_path_factory, expected):
    path = tmp_path_factory.mktemp("columns") / "a.xz"
    write_columns(path, expected)
    assert list(read_columns(path)) == expected
    assert list(read_columns(path, "\t")) == expected


@given(sentences(WIDE_FIELD.filter(str.strip)))
def test_rows_with_blanks_come_back_between_tabs(tmp_path_factory, expected):
    path = tmp_path_factory.mktemp("columns") / "a"
    write_columns(path, expected, "\t")
    assert list(read_columns(path, "\t")) == expected


def test_blanks_tabs_and_line_ends(tmp_path):
    text = "北 \t B-LOC\r\n京 I-LOC\r\n \t\r\n\n\n\u3000 O\n"
    assert read(tmp_path, text) == [[["北", "B-LOC"], ["京", "I-LOC"]], [["\u3000", "O"]]]


def test_comments_are_left_out_only_when_asked(tmp_path):
    text = "# text = x\n1\tx\n\n# end\n"
    assert read(tmp_path, text, "\t", 2, comment="#") == [[["1", "x"]]]
    with pytest.raises(CorpusFormatError, match=r"a\.txt:1: 1 column, expected 2"):
        read(tmp_path, text, "\t", 2)


def test_wrong_numbers_of_columns(tmp_path):
    with pytest.raises(CorpusFormatError, match=r"a\.txt:5: 2 columns, expected 3$") as caught:
        read(tmp_path, "a b c\n\nd e f\n\ng h\n")
    assert caught.value.line == 5
    with pytest.raises(CorpusFormatError, match=r"a\.txt:1: 3 columns, expected 2$"):
        read(tmp_path, "a b c\n", columns=2)


def test_sentences_before_a_fault_are_given(tmp_path):
    (tmp_path / "a").write_text("a b\n\nc\n")
    rows = iter(read_columns(tmp_path / "a"))
    assert next(rows) == [["a", "b"]]
    with pytest.raises(CorpusFormatError, match="a:3: 1 column, expected 2"):
        next(rows)


def test_empty_columns(tmp_path):
    with pytest.raises(CorpusFormatError, match=r"a\.txt:2: column 2 is empty"):
        read(tmp_path, "a\tb\nc\t\n", "\t")
    assert read(tmp_path, "\n\n") == []


@pytest.mark.parametrize(
    ("rows", "sep", "message"),
    [
        ([["a", "b"], ["c"]], None, "a.txt:2: 1 columns, expected 2"),
        ([["a", ""]], None, "a.txt:1: column 2 '' is empty"),
        ([["a b"]], None, "a.txt:1: column 1 'a b' holds a blank or tab"),
        ([["a"], ["b\nc"]], "|", "a.txt:2: column 1 .* holds a line feed"),
        ([["a|b"]], "|", r"a.txt:1: column 1 'a\|b' holds the separator"),
        ([[" "]], "|", "a.txt:1: .* would be read as a line end"),
        ([["a\r"]], None, "a.txt:1: .* would be read as a line end"),
        ([[]], None, "a.txt:1: 0 columns"),
    ],
)
def test_rows_that_would_not_come_back_are_refused(tmp_path, rows, sep, message):
    path = tmp_path / "a.txt"
    with pytest.raises(CorpusFormatError, match=message):
        write_columns(path, [rows], sep)
    assert not path.exists()


def test_lines_are_counted_across_sentences_when_writing(tmp_path):
    with pytest.raises(CorpusFormatError, match="a:4: column 1 '' is empty"):
        write_columns(tmp_path / "a", [[["x"], ["y"]], [], [[""]]])


def test_parameters():
    for options in ({"sep": ""}, {"columns": 0}, {"comment": ""}):
        with pytest.raises(ParameterError):
            read_columns("a", **options)
