"""``nlptk lexicon``: build, add, info, dump."""

from __future__ import annotations

import gzip
import sys
from pathlib import Path
from typing import Any

import pytest

from nlptk import Dictionary
from nlptk.lexicon import packaged_dictionary


@pytest.fixture
def words(tmp_path: Path) -> Path:
    path = tmp_path / "words.txt"
    path.write_text("北京 34488 ns\n北京大学 2053 nt\nC++ 语言\t3\n𠮷\n", "utf-8")
    return path


def fails(done: Any, code: int, *said: str) -> None:
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    for word in said:
        assert word in done.stderr


def test_build_info_dump(nlptk_cli: Any, words: Path, tmp_path: Path) -> None:
    out = tmp_path / "d.nlptk"
    done = nlptk_cli("lexicon", "build", words, "-o", out, "--licence", "MIT", check=True)
    assert done.stdout == f"{out}: 4 words\n"
    assert Dictionary.load(out) == Dictionary.from_file(words)
    info = nlptk_cli("lexicon", "info", out, check=True).stdout
    for said in ("words            4", "36,545", "C++ 语言 (6 characters)", "ns 1"):
        assert said in info
    dumped = nlptk_cli("lexicon", "dump", out, check=True).stdout
    assert dumped == "C++ 语言\t3\n北京\t34488\tns\n北京大学\t2053\tnt\n𠮷\t1\n"
    first = out.read_bytes()
    nlptk_cli("lexicon", "build", words, "-o", out, "--licence", "MIT", check=True)
    assert out.read_bytes() == first


def test_build_of_several(nlptk_cli: Any, words: Path, tmp_path: Path) -> None:
    more = tmp_path / "more.txt.gz"
    more.write_bytes(gzip.compress("北京 7 x\n上海 1\n".encode()))
    nlptk_cli("lexicon", "build", words, more, "-o", tmp_path / "d.nlptk", check=True)
    assert Dictionary.load(tmp_path / "d.nlptk")["北京"] == (7, "x")


def test_add(nlptk_cli: Any, words: Path, tmp_path: Path) -> None:
    for base in ("default", words):
        done = nlptk_cli("lexicon", "add", base, words, "-o", tmp_path / "d.nlptk", check=True)
        grown = Dictionary.load(tmp_path / "d.nlptk")
        assert "C++ 语言" in grown
        assert f"{len(grown):,} words" in done.stdout
    assert "2 of them new" in nlptk_cli("lexicon", "add", "default", words, "-o", tmp_path / "d.nlptk").stdout


def test_info_of_the_packaged_one(nlptk_cli: Any) -> None:
    info = nlptk_cli("lexicon", "info", check=True).stdout
    assert "349,045" in info
    assert "60,101,967" in info


def test_dump_can_be_read_back(nlptk_cli: Any, tmp_path: Path) -> None:
    nlptk_cli("lexicon", "dump", "-o", tmp_path / "all.txt", check=True)
    back = Dictionary.from_file(tmp_path / "all.txt")
    assert back.items() == packaged_dictionary().items()


@pytest.mark.parametrize("word", ["#", "# a", "\ufeff", "a\u3000b", "3", "n", "iPhone 15", "C++ 语言 n"])
def test_dump_of_odd_words_can_be_read_back(nlptk_cli: Any, tmp_path: Path, word: str) -> None:
    Dictionary.from_words([(word, 5, "x"), ("甲", 2)]).save(tmp_path / "d.nlptk")
    nlptk_cli("lexicon", "dump", tmp_path / "d.nlptk", "-o", tmp_path / "back.txt", check=True)
    assert dict(Dictionary.from_file(tmp_path / "back.txt").items()) == {word: (5, "x"), "甲": (2, "")}


def test_malformed_lines(nlptk_cli: Any, words: Path, tmp_path: Path) -> None:
    words.write_text("北京 1\n大学 -1\n\t5\tn\n完 1\n", "utf-8")
    out = tmp_path / "d.nlptk"
    fails(nlptk_cli("lexicon", "build", words, "-o", out), 1, f"{words}:2:", "frequency")
    assert not out.exists()
    done = nlptk_cli("lexicon", "build", words, "-o", out, "--on-error", "skip")
    assert done.returncode == 0
    assert "skipped 2" in done.stderr
    assert list(Dictionary.load(out)) == ["北京", "完"]


def test_encoding(nlptk_cli: Any, words: Path, tmp_path: Path) -> None:
    words.write_bytes("北京 5\n".encode("gb18030"))
    fails(nlptk_cli("lexicon", "build", words, "-o", tmp_path / "d.nlptk"), 1, f"{words}:1:")
    nlptk_cli("lexicon", "build", words, "-o", tmp_path / "d.nlptk", "--encoding", "gb18030", check=True)
    assert list(Dictionary.load(tmp_path / "d.nlptk")) == ["北京"]


def test_bad_files(nlptk_cli: Any, words: Path, tmp_path: Path) -> None:
    out = tmp_path / "d.nlptk"
    for bad in (tmp_path / "missing", tmp_path, sys.executable):
        fails(nlptk_cli("lexicon", "build", bad, "-o", out), 1, str(bad))
        fails(nlptk_cli("lexicon", "info", bad), 1, str(bad))
        fails(nlptk_cli("lexicon", "dump", bad), 1, str(bad))
        fails(nlptk_cli("lexicon", "add", bad, words, "-o", out), 1, str(bad))
    (tmp_path / "damaged.nlptk").write_bytes(b"\0" * 100)
    fails(nlptk_cli("lexicon", "info", tmp_path / "damaged.nlptk"), 1, "damaged.nlptk")
    fails(nlptk_cli("lexicon", "build", words, "-o", tmp_path / "no" / "d.nlptk"), 1, "no such folder")
    fails(nlptk_cli("lexicon", "build", words, "-o", out, "--encoding", "no-such"), 2, "no-such")
    assert not out.exists()


def test_empty_list(nlptk_cli: Any, words: Path, tmp_path: Path) -> None:
    words.write_bytes(b"")
    nlptk_cli("lexicon", "build", words, "-o", tmp_path / "d.nlptk", check=True)
    assert "words            0" in nlptk_cli("lexicon", "info", tmp_path / "d.nlptk", check=True).stdout
    assert nlptk_cli("lexicon", "dump", tmp_path / "d.nlptk", check=True).stdout == ""


def test_dictionary_to_standard_output_is_nothing_but_the_dictionary(nlptk_cli: Any, words: Path, tmp_path: Path) -> None:
    done = nlptk_cli("lexicon", "build", words, "-o", "-", binary=True)
    if done.returncode == 0:
        (tmp_path / "d.nlptk").write_bytes(done.stdout)
        assert len(Dictionary.load(tmp_path / "d.nlptk")) == 4
    else:
        assert done.returncode == 2
        assert done.stdout == b""


def test_too_many_tags_is_one_clear_error(nlptk_cli: Any, words: Path, tmp_path: Path) -> None:
    words.write_text("".join(f"w{i}\t1\tt{i}\n" for i in range(3000)), "utf-8")
    fails(nlptk_cli("lexicon", "build", words, "-o", tmp_path / "d.nlptk"), 1, "tags")
