"""The words of the sample corpora beside the installed jieba, in all its modes."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nlptk import DictionarySegmenter, cut

MODES: dict[str, tuple[Callable[[str], list[str]], Callable[[Any, str], list[str]]]] = {
    "default": (cut, lambda jieba, line: jieba.lcut(line)),
    "no hmm": (lambda line: cut(line, hmm=False), lambda jieba, line: jieba.lcut(line, HMM=False)),
    "full": (lambda line: cut(line, mode="full"), lambda jieba, line: jieba.lcut(line, cut_all=True)),
    "search": (lambda line: cut(line, mode="search"), lambda jieba, line: jieba.lcut_for_search(line)),
    "search, no hmm": (
        lambda line: cut(line, "search", False),
        lambda jieba, line: jieba.lcut_for_search(line, HMM=False),
    ),
}


@pytest.fixture(scope="module")
def jieba(tmp_path_factory: pytest.TempPathFactory) -> Any:
    module = pytest.importorskip("jieba")
    module.setLogLevel(logging.ERROR)
    tokenizer = module.Tokenizer()
    tokenizer.tmp_dir = str(tmp_path_factory.mktemp("jieba"))
    return tokenizer


@pytest.mark.parametrize("mode", MODES)
def test_every_line_of_the_corpora(mode: str, jieba: Any, corpora: Path) -> None:
    ours, theirs = MODES[mode]
    files = sorted(corpora.glob("*.txt"))
    assert len(files) > 5
    for path in files:
        for number, line in enumerate(path.read_text("utf-8").splitlines(keepends=True), 1):
            assert ours(line) == theirs(jieba, line), f"{path.name}:{number}"


@pytest.mark.parametrize("mode", MODES)
def test_whole_files(mode: str, jieba: Any, corpora: Path) -> None:
    ours, theirs = MODES[mode]
    for path in sorted(corpora.glob("*.txt")):
        text = path.read_text("utf-8")
        assert ours(text) == theirs(jieba, text), path.name


def test_user_words(jieba: Any, corpora: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Words that jieba can produce: those of Han characters, ASCII letters, digits and its seven signs."""
    import jieba as module

    lines = [line for line in (corpora / "userdict.txt").read_text("utf-8").splitlines() if not line.startswith("# ")]
    plain = [
        line
        for line in lines
        if all("\u4e00" <= c <= "\u9fd5" or (c.isascii() and (c.isalnum() or c in "+#&._%-")) for c in line.split(" ")[0])
    ]
    plain = [line for line in plain if line.count(" ") <= 2 and "Pro" not in line]
    assert len(plain) > 10
    path = tmp_path / "userdict.txt"
    path.write_text("\n".join(plain), "utf-8")
    theirs = module.Tokenizer()
    theirs.tmp_dir = jieba.tmp_dir
    with path.open("rb") as file:  # given a name, jieba leaves the file open
        theirs.load_userdict(file)
    for hmm in (True, False):
        ours = DictionarySegmenter(userdict=path, hmm=hmm)
        for sample in sorted(corpora.glob("*.zh.txt")):
            for line in sample.read_text("utf-8").split("\n"):
                assert ours.cut(line) == theirs.lcut(line, HMM=hmm), sample.name
        for mode, cut_theirs in (
            ("search", theirs.lcut_for_search),
            ("full", lambda text: theirs.lcut(text, cut_all=True)),
        ):
            text = "我用C++写了边缘计算的大语言模型，在1024程序员节看Wi-Fi。"
            assert DictionarySegmenter(userdict=path, mode=mode).cut(text) == cut_theirs(text)
