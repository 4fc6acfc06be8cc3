"""word/tag text, with the bracket compounds of the People's Daily."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlptk.corpus import read_tagged, write_tagged
from nlptk.errors import CorpusFormatError, ParameterError

PLAIN = st.characters(codec="utf-8", exclude_characters="\ufeff")
WORD = st.text(PLAIN | st.sampled_from("/[]"), min_size=1).filter(lambda s: s.split() == [s])
TAG = st.text(st.sampled_from("anrvw]["), min_size=1, max_size=3)
SENTENCES = st.lists(st.lists(st.tuples(WORD, TAG), min_size=1))


def read(tmp_path, text, **options):
    path = tmp_path / "a.txt"
    path.write_text(text, "utf-8")
    return list(read_tagged(path, **options))


@given(SENTENCES, st.sampled_from(["/", "_", "||"]))
def test_pairs_come_back(tmp_path_factory, sentences, sep):
    if sep != "/":
        sentences = [[(word.replace("|", "x"), tag) for word, tag in s] for s in sentences]
    path = tmp_path_factory.mktemp("tagged") / "a"
    write_tagged(path, sentences, sep)
    assert list(read_tagged(path, sep, brackets="keep")) == sentences


@given(st.lists(st.lists(st.tuples(WORD.filter(lambda w: len(w) == 1 or not w.startswith("[")), st.sampled_from("nvw")),
                         min_size=1)))  # fmt: skip
def test_pairs_without_brackets_come_back_by_default(tmp_path_factory, sentences):
    path = tmp_path_factory.mktemp("tagged") / "a"
    write_tagged(path, sentences)
    assert list(read_tagged(path)) == sentences


def test_the_last_separator_splits(tmp_path):
    assert read(tmp_path, "1/2/m //w a//b/x\n\n \nhttp://a.cn//n") == [
        [("1/2", "m"), ("/", "w"), ("a//b", "x")],
        [("http://a.cn/", "n")],
    ]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("[中央/n 电视台/n]nt 播出/v", [("中央", "n"), ("电视台", "n"), ("播出", "v")]),
        ("[中央/n 电视台/n]/nt 播出/v", [("中央", "n"), ("电视台", "n"), ("播出", "v")]),
        ("[中央/n 电视台/n] 播出/v", [("中央", "n"), ("电视台", "n"), ("播出", "v")]),
        ("[长江/ns]nz", [("长江", "ns")]),
        ("[[a/n b/n]nt c/n]nt", [("a", "n"), ("b", "n"), ("c", "n")]),
        ("[a/n [b/n c/n]nt]nt", [("a", "n"), ("b", "n"), ("c", "n")]),
        ("[/w 注/n ]/w", [("[", "w"), ("注", "n"), ("]", "w")]),
        ("[[/w 注/n ]/w]nt", [("[", "w"), ("注", "n"), ("]", "w")]),
        ("[//w 注/n]nt", [("/", "w"), ("注", "n")]),
        ("[a/n ]/w]nt", [("a", "n"), ("]", "w")]),
    ],
)
def test_bracket_compounds(tmp_path, line, expected):
    assert read(tmp_path, line) == [expected]
    kept = read(tmp_path, line.replace("] ", "]x "), brackets="keep")[0]
    assert [f"{word}/{tag}" for word, tag in kept] == line.replace("] ", "]x ").split()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("a/n b/n foo", r"token 3 'foo' has no /tag"),
        ("foo/", r"token 1 'foo/' has no /tag"),
        ("/n", r"token 1 '/n' has no word"),
        ("[foo b/n]nt", r"token 1 '\[foo' has no /tag"),
        ("[a/n b/]nt", r"token 2 'b/\]nt' has no /tag"),
        ("a/n b/n]nt", r"token 2 'b/n\]nt' closes a bracket that was not opened"),
        ("a/n [b/n c/n", r"token 2 '\[b/n' opens a bracket that is not closed \(brackets='keep' reads it as text\)"),
    ],
)
def test_faults_are_named_with_line_and_token(tmp_path, line, message):
    with pytest.raises(CorpusFormatError, match=f"a.txt:3: {message}$") as caught:
        read(tmp_path, f"好/a\n\n{line}\n")
    assert caught.value.line == 3


@pytest.mark.parametrize("pair", [("", "n"), ("a", ""), ("a b", "n"), ("a", "n n"), ("a", "n/v"), ("a\n", "n")])
def test_pairs_that_would_not_come_back_are_refused(tmp_path, pair):
    path = tmp_path / "a.txt"
    with pytest.raises(CorpusFormatError, match=r"a\.txt:2: token 2 \(.*cannot be written as word/tag"):
        write_tagged(path, [[("x", "n")], [("x", "n"), pair]])
    assert not path.exists()


def test_parameters():
    with pytest.raises(ParameterError, match="'drop' and 'keep'"):
        read_tagged("a", brackets="split")
    for sep in ("", " ", "\n", "/ "):
        with pytest.raises(ParameterError, match="sep is"):
            read_tagged("a", sep)
