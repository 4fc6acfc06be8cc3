"""Lines and segmented text, there and back."""

import io
import pickle
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

import nlptk.corpus
from nlptk.corpus import read_lines, read_tokens, write_lines, write_tokens
from nlptk.errors import CorpusEncodingError, CorpusFormatError, InputError, ParameterError

CHARACTERS = st.characters(codec="utf-8", exclude_characters="\n")
LINES = st.lists(st.text(CHARACTERS).map(lambda s: s.rstrip("\r").lstrip("\ufeff")))
TOKEN = st.text(CHARACTERS, min_size=1).filter(lambda s: s.split() == [s] and not s.startswith("\ufeff"))


@given(LINES, st.sampled_from(["", ".gz", ".zst"]), st.sampled_from(["utf-8", "gb18030", "utf-16", "utf-8-sig"]))
def test_lines_come_back(tmp_path_factory, lines, suffix, encoding):
    path = tmp_path_factory.mktemp("lines") / f"a{suffix}"
    write_lines(path, lines, encoding)
    assert list(read_lines(path, encoding)) == lines


@given(st.lists(st.lists(TOKEN)), st.sampled_from([" ", "  ", "\t", "\u3000"]))
def test_tokens_come_back(tmp_path_factory, sentences, sep):
    path = tmp_path_factory.mktemp("tokens") / "a"
    write_tokens(path, sentences, sep)
    assert list(read_tokens(path, keep_empty=True)) == sentences
    assert list(read_tokens(path)) == [s for s in sentences if s]


@given(st.lists(st.lists(st.text(CHARACTERS, min_size=1).filter(lambda s: "|" not in s and s[-1] != "\r"))))
def test_tokens_come_back_with_a_separator_of_your_own(tmp_path_factory, sentences):
    path = tmp_path_factory.mktemp("tokens") / "a"
    sentences = [[token.replace("\ufeff", "x") for token in s] for s in sentences]
    write_tokens(path, sentences, sep="|")
    assert list(read_tokens(path, sep="|", keep_empty=True)) == sentences


def test_tokens_are_split_at_any_white_space(tmp_path):
    path = tmp_path / "a"
    path.write_text(" 我\u3000来到\t北京  \n\n \n大学\n", "utf-8")
    assert list(read_tokens(path)) == [["我", "来到", "北京"], ["大学"]]
    assert list(read_tokens(path, keep_empty=True)) == [["我", "来到", "北京"], [], [], ["大学"]]


def test_readers_start_again_at_each_pass(tmp_path):
    path = tmp_path / "a"
    write_lines(path, ["a b", "c"])
    lines, tokens = read_lines(path), read_tokens(path)
    assert [list(lines), list(lines)] == [["a b", "c"]] * 2
    assert [list(tokens), list(tokens)] == [[["a", "b"], ["c"]]] * 2
    assert list(zip(lines, lines, strict=True)) == [("a b", "a b"), ("c", "c")]
    assert list(pickle.loads(pickle.dumps(tokens))) == list(tokens)


def test_standard_input_is_read_once(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("一 二\n三\n".encode())))
    tokens = read_tokens("-")
    assert list(tokens) == [["一", "二"], ["三"]]
    with pytest.raises(InputError, match="<stdin>: standard input can be read only once"):
        list(tokens)


def test_standard_input_of_a_process_names_itself_in_errors():
    code = "from nlptk.corpus import read_lines\nfor line in read_lines('-'): print(line)"
    run = subprocess.run([sys.executable, "-c", code], input=b"a\n\xff\n", capture_output=True)
    assert run.stdout.split() == [b"a"]
    assert b"CorpusEncodingError: <stdin>:2: byte 1 of the line is 0xFF" in run.stderr


def test_repr_shows_how_it_was_made(tmp_path):
    assert repr(read_lines("a.txt")) == "read_lines('a.txt', encoding='utf-8', on_error='stop')"
    shown = "read_tokens('-', encoding='gbk', on_error='skip', sep=None, keep_empty=True)"
    assert repr(read_tokens("-", "gbk", "skip", keep_empty=True)) == shown
    assert eval(shown, {"read_tokens": read_tokens}).encoding == "gbk"


def test_skipped_lines_count_in_line_numbers(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"\xff\na||b\n")
    with pytest.raises(CorpusFormatError, match=r"a:2: token 2 is empty"):
        list(read_tokens(path, on_error="skip", sep="|"))


@pytest.mark.parametrize(
    ("sentence", "sep", "message"),
    [
        (["a", ""], " ", "token 2 '' is empty"),
        (["a b"], " ", "token 1 'a b' holds white space"),
        (["a\u3000b"], " ", "holds white space"),
        (["a\nb"], " ", "holds a line feed"),
        (["x", "a|b"], "|", r"token 2 'a\|b' holds the separator '\|'"),
        (["a\r"], "|", "ends in a carriage return"),
    ],
)
def test_tokens_that_would_not_come_back_are_refused(tmp_path, sentence, sep, message):
    path = tmp_path / "a.txt"
    with pytest.raises(CorpusFormatError, match=f"a.txt:2: .*{message}"):
        write_tokens(path, [["fine"], sentence], sep)
    assert not path.exists()


def test_lines_that_would_not_come_back_are_refused(tmp_path):
    with pytest.raises(CorpusFormatError, match="a:2: the line holds a line feed"):
        write_lines(tmp_path / "a", ["x", "y\nz"])
    with pytest.raises(CorpusEncodingError, match=r"a:2: character U\+D800 cannot be written in utf-8"):
        write_lines(tmp_path / "a", ["x", "y\ud800"])
    with pytest.raises(CorpusEncodingError, match=r"<stdout>:1: character U\+20BB7 cannot be written in gbk"):
        write_lines(None, ["𠮷"], "gbk")
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("sep", ["", "\n", "a\nb", "\r"])
def test_senseless_separators(tmp_path, sep):
    with pytest.raises(ParameterError, match="sep is"):
        write_tokens(tmp_path / "a", [], sep)
    with pytest.raises(ParameterError, match="sep is"):
        read_tokens("a", sep=sep)
    with pytest.raises(ParameterError, match="encoding"):
        write_lines(tmp_path / "a", [], "klingon")


def test_an_error_in_the_source_leaves_no_file(tmp_path):
    def source():
        yield "a"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_lines(tmp_path / "a", source())
    assert not list(tmp_path.iterdir())


def test_public_names():
    assert {*nlptk.corpus.__all__} == {*nlptk.corpus._PUBLIC} <= {*dir(nlptk.corpus)}
    for name in nlptk.corpus.__all__:
        assert getattr(nlptk.corpus, name).__doc__
    with pytest.raises(AttributeError, match="read_everything"):
        _ = nlptk.corpus.read_everything
