"""Templates: CRF++'s files, the Python form, and what is wrong with either."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlptk.errors import CorpusFormatError, InputError, ParameterError
from nlptk.tagging import Template, TemplateEncoder
from nlptk.tagging.template import MAX_MACROS, Cell
from nlptk.tagging.templates import TEMPLATES

FILE = """\
# Unigram
U00:%x[-2,0]
  U01:%x[-1,0]/%x[+1,1]\r

U02:%suffix[0,0,2]|%shape[ 0 , 1 ]%dict[1,0,places]
U03:100%%
B
"""


def test_a_file_of_crfpp():
    template = Template.parse(FILE)
    assert [macro.cells for macro in template.macros] == [
        (Cell("x", -2, 0),),
        (Cell("x", -1, 0), Cell("x", 1, 1)),
        (Cell("suffix", 0, 0, 2), Cell("shape", 0, 1), Cell("dict", 1, 0, "places")),
        (),
    ]
    assert template.macros[3].parts == ("U03:100%",)
    assert (template.transitions, template.n_columns, template.dictionaries) == (True, 2, ("places",))
    assert str(template).split("\n")[2:] == ["U02:%suffix[0,0,2]|%shape[0,1]%dict[1,0,places]", "U03:100%%", "B"]
    assert Template.parse(str(template)) == template != Template.parse("U00:%x[-2,0]")
    assert not Template.parse("U00:%x[-2,0]").transitions


def test_files_and_whatever_names_a_template(tmp_path):
    (tmp_path / "t").write_text("\ufeff" + FILE, "utf-8")
    template = Template.from_file(tmp_path / "t")
    for value in (tmp_path / "t", str(tmp_path / "t"), FILE, template):
        assert Template.of(value) == template
    assert Template.of(["word[0]"]) == Template(["word[0]"])
    with pytest.raises(InputError):
        Template.of(str(tmp_path / "none"))


def test_the_python_form():
    template = Template(["word[-1]/tag[+1]", "shape( word[0] )", "prefix(word[-1],3)/dict(tag[0], d)"], transitions=False)
    assert str(template) == "U00:%x[-1,0]/%x[1,1]\nU01:%shape[0,0]\nU02:%prefix[-1,0,3]/%dict[0,1,d]"
    assert Template(["b[0]"], columns=["a", "b"]).n_columns == 2
    assert repr(template) == "<Template: 3 macros, 2 columns>"
    assert hash(template) == hash(copy.deepcopy(template)) == hash(pickle.loads(pickle.dumps(template)))


@pytest.mark.parametrize("task", TEMPLATES)
def test_templates_of_tasks_can_be_written_and_read(task):
    template = Template.of(task)
    assert Template.parse(str(template)) == template and template.transitions
    names = [str(macro).partition(":")[0] for macro in template.macros]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("X00:%x[0,0]", "a line begins with U, B or #"),
        ("U00:%x[0]", "%x[0]: expected %x[row,column]"),
        ("U00:%x[0,0,0]", "expected %x[row,column]"),
        ("U00:%x[a,0]", "expected %x[row,column]"),
        ("U00:%x[,0]", "expected %x[row,column]"),
        ("U00:%x[0,-1]", "a column from 0 to 999"),
        ("U00:%x[100,0]", "a row from -99 to 99"),
        ("U00:%x[999999999,0]", "a row from -99 to 99"),
        ("U00:%x[9999999999,0]", "expected %x[row,column]"),
        ("U00:%x[0,1000]", "a column from 0 to 999"),
        ("U00:%x(0,0)", "'%x(0,0)': expected %x[row,column]"),
        ("U00:%", "expected %x[row,column] (%% is a per cent sign)"),
        ("U00:%X[0,0]", "expected %x[row,column]"),
        ("U00:%y[0,0]", "%y[0,0]: no such macro, expected one of %x, %fold"),
        ("U00:%prefix[0,0]", "expected %prefix[row,column,n]"),
        ("U00:%prefix[0,0,0]", "a number of characters from 1 to 99"),
        ("U00:%suffix[0,0,-1]", "a number of characters from 1 to 99"),
        ("U00:%dict[0,0]", "expected %dict[row,column,name]"),
        ("U00:%dict[0,0,a b]", "the name of a dictionary"),
        ("U00:" + "%x[0,0]" * 17, "more than 16 cells"),
        ("B00:%x[0,0]", "label pairs with cells are not supported"),
    ],
)
def test_errors_of_files_name_the_line(line, message, tmp_path):
    (tmp_path / "t").write_text(f"U:%x[0,0]\n# comment\n{line}\n")
    with pytest.raises(CorpusFormatError) as caught:
        Template.from_file(tmp_path / "t")
    assert str(caught.value).startswith(f"{tmp_path / 't'}:3: ") and message in str(caught.value)
    with pytest.raises(CorpusFormatError, match=r"^template:1: "):
        Template.parse(line)


@pytest.mark.parametrize("text", ["", "# nothing\n\n", "\n".join(["U"] * (MAX_MACROS + 1))])
def test_empty_and_endless_templates(text):
    with pytest.raises(CorpusFormatError, match=r"^template: "):
        Template.parse(text)


@pytest.mark.parametrize(
    ("features", "columns", "message"),
    [
        ("word[0]", ["word"], "not one str"),
        (["word[0]"], "word", "not one str"),
        (["lemma[0]"], ["word"], "no column 'lemma' among word"),
        (["word"], ["word"], "expected cells such as word[-1]"),
        (["word[0"], ["word"], "expected cells such as"),
        (["shape(word[0]"], ["word"], "expected cells such as"),
        (["shape word[0])"], ["word"], "expected cells such as"),
        (["word[0],2"], ["word"], "expected cells such as"),
        (["word[0]//word[1]"], ["word"], "expected cells such as"),
        (["suffix(word[0])"], ["word"], "expected %suffix[row,column,n]"),
        (["shape(word[0], 2)"], ["word"], "expected %shape[row,column]"),
        (["__import__('os')"], ["word"], "expected cells such as"),
        (["word[100]"], ["word"], "a row from -99 to 99"),
        ([3], ["word"], "a str expected"),
        (["/".join(["word[0]"] * 17)], ["word"], "more than 16 cells"),
        (["word[0]"], ["word", "word"], "different names"),
        (["word[0]"], ["a b"], "different names"),
        (["shape[0]"], ["shape"], "none of them a function's"),
    ],
)
def test_errors_of_the_python_form(features, columns, message):
    with pytest.raises(ParameterError) as caught:
        Template(features, columns)
    assert message in str(caught.value)


@given(st.text(st.sampled_from("UB%x[]0-1,9:/#\n suffixdict\\\ufeff\x00"), max_size=40))
def test_any_text_is_a_template_or_an_error(text):
    try:
        template = Template.parse(text)
    except CorpusFormatError:
        return
    assert Template.parse(str(template)) == template


def test_a_missing_column_is_named_with_its_place():
    encoder = TemplateEncoder(Template.parse("U%x[0,2]"))
    with pytest.raises(ParameterError, match=r"sentence 1, row 0: 2 columns, but the template looks at 3"):
        encoder.fit_transform([[["a", "b", "c"]], [["a", "b"]]])
