"""The drop-in against jieba itself."""

from __future__ import annotations

import io
import logging
import random
import threading
from pathlib import Path
from typing import Any

import jieba
import jieba.analyse
import jieba.posseg
import pytest

import nlptk.compat.jieba as ours
import nlptk.compat.jieba.analyse as ours_analyse
import nlptk.compat.jieba.posseg as ours_posseg

jieba.setLogLevel(logging.ERROR)
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # jieba leaves files open


@pytest.fixture(scope="module")
def lines() -> list[str]:
    folder = Path(__file__).parents[2] / "corpora"
    return [line for path in sorted(folder.glob("*.zh.txt")) for line in path.read_text("utf-8").split("\n") if line]


HOSTILE = ["", " ", "\r\n", "a1.5%--b", "3.14.15", "１２３", "𠮷野家", "café-au-lait"]
HOSTILE += ["C++和C#", "AT&T", "\0", "--", "1-3", "．", "㐀㐁", "龥龦"]


def test_cut_in_every_mode(lines: list[str]) -> None:
    for text in lines + HOSTILE:
        assert list(ours.cut(text)) == jieba.lcut(text)
        assert ours.lcut(text, HMM=False) == jieba.lcut(text, HMM=False)
        assert ours.lcut(text, cut_all=True) == jieba.lcut(text, cut_all=True)
        assert ours.lcut_for_search(text) == jieba.lcut_for_search(text)
        for mode in ("default", "search", "anything"):
            assert list(ours.tokenize(text, mode=mode)) == list(jieba.tokenize(text, mode=mode))


def test_posseg(lines: list[str]) -> None:
    for text in lines + HOSTILE:
        for hmm in (True, False):
            expected = [tuple(pair) for pair in jieba.posseg.lcut(text, HMM=hmm)]
            assert [tuple(pair) for pair in ours_posseg.lcut(text, HMM=hmm)] == expected


def test_pairs() -> None:
    pair = ours_posseg.pair("北京", "ns")
    assert str(pair) == "北京/ns" and repr(pair) == "pair('北京', 'ns')" and list(pair) == ["北京", "ns"]
    assert pair == ours_posseg.pair("北京", "ns") != ours_posseg.pair("北京", "n") and hash(pair) == hash("北京")
    assert ours_posseg.pair("a", "x") < ours_posseg.pair("b", "x") and pair.encode("utf-8") == "北京/ns".encode()
    with pytest.raises(NotImplementedError):
        _ = ours_posseg.dt.tokenize


OPTIONS: list[dict[str, Any]] = [
    {"topK": 20, "withWeight": True}, {"topK": None, "withWeight": True}, {"topK": 0}, {"topK": -2}, {"topK": 3},
    {"topK": 5, "allowPOS": ("n", "ns", "v"), "withWeight": True}, {"allowPOS": ("n",), "withFlag": True},
]  # fmt: skip


@pytest.mark.parametrize("options", OPTIONS)
def test_keywords(lines: list[str], options: dict[str, Any]) -> None:
    articles = ["\n".join(lines[i : i + 8]) for i in range(0, len(lines), 8)] + ["", " ", "the of"]
    for article in articles:
        assert repr(ours_analyse.extract_tags(article, **options)) == repr(jieba.analyse.extract_tags(article, **options))
        if article.strip():
            rank = {name: value for name, value in options.items() if name != "allowPOS"}
            assert repr(ours_analyse.textrank(article, **rank)) == repr(jieba.analyse.textrank(article, **rank))


def test_stop_words_and_idf_of_ones_own(tmp_path: Path, lines: list[str]) -> None:
    (tmp_path / "stop.txt").write_text("我们\n今天\n", "utf-8")
    (tmp_path / "idf.txt").write_text("今天 3.5\n大家 1.25\n时候 9\n", "utf-8")
    theirs, mine = jieba.analyse.TFIDF(), ours_analyse.TFIDF()
    text = "".join(lines[:40])
    for extractor in (theirs, mine):
        extractor.set_stop_words(str(tmp_path / "stop.txt"))
        extractor.set_idf_path(str(tmp_path / "idf.txt"))
    assert mine.extract_tags(text, withWeight=True) == theirs.extract_tags(text, withWeight=True)
    mine.stop_words.add("大家"), theirs.stop_words.add("大家")
    assert mine.extract_tags(text, withWeight=True) == theirs.extract_tags(text, withWeight=True)
    for module in (jieba.analyse, ours_analyse):
        with pytest.raises(Exception, match="jieba: file does not exist"):
            module.TFIDF().set_idf_path("missing")


def play(module: Any, seed: int, lines: list[str]) -> list[Any]:
    """A random sequence of dictionary changes and cuts."""
    rng = random.Random(seed)
    tokenizer = module.Tokenizer()
    tokenizer.initialize()
    seen: list[Any] = []
    for _ in range(12):
        line = rng.choice(lines)
        start = rng.randrange(len(line))
        word = line[start : start + rng.randrange(1, 6)]
        kind = rng.choice(["add", "del", "suggest", "load"])
        if kind == "add":
            tokenizer.add_word(word, rng.choice([None, 3, 2000, 0]), rng.choice([None, "n", "zz"]))
        elif kind == "del":
            tokenizer.del_word(word)
        elif kind == "suggest":
            seen.append(tokenizer.suggest_freq(word if rng.random() < 0.5 else (word[:1], word[1:]), rng.random() < 0.6))
        else:
            tokenizer.load_userdict(io.BytesIO(f"{word} 7\n{word}x nz\n\n".encode()))
        text = line + rng.choice(lines)
        seen += [tokenizer.lcut(text), tokenizer.lcut(text, HMM=False), tokenizer.lcut(text, cut_all=True), tokenizer.total]
        seen += [list(tokenizer.cut_for_search(text)), tokenizer.FREQ.get(word), tokenizer.get_DAG(text)]
    return seen


@pytest.mark.parametrize("seed", range(6))
def test_dictionary_changes(seed: int, lines: list[str]) -> None:
    assert play(ours, seed, lines) == play(jieba, seed, lines)


def test_route() -> None:
    text, mine, theirs = "研究生命起源", {}, {}
    ours.calc(text, ours.get_DAG(text), mine)
    jieba.calc(text, jieba.get_DAG(text), theirs)
    assert mine == theirs


def test_another_dictionary(tmp_path: Path) -> None:
    (tmp_path / "d.txt").write_text("云计算 5 n\n计算 3\n", "utf-8")
    (tmp_path / "bad.txt").write_text("云计算 5 n\n计算\n", "utf-8")
    tokenizers = [module.Tokenizer(str(tmp_path / "d.txt")) for module in (ours, jieba)]
    assert tokenizers[0].lcut("云计算机计算") == tokenizers[1].lcut("云计算机计算")
    for module in (ours, jieba):
        with pytest.raises(ValueError, match=r"invalid dictionary entry in .* at Line 2: 计算"):
            module.Tokenizer(str(tmp_path / "bad.txt")).initialize()
        with pytest.raises(Exception, match="jieba: file does not exist"):
            module.Tokenizer().set_dictionary("missing")


def test_what_is_no_text() -> None:
    for module in (ours, jieba):
        with pytest.raises(ValueError, match="jieba: the input parameter should be unicode"):
            list(module.tokenize(b"x"))
        with pytest.raises(AttributeError):
            list(module.cut(5))
    assert list(ours.cut("我来到北京".encode())) == list(ours.cut("我来到北京".encode("gbk"))) == ["我", "来到", "北京"]
    with pytest.warns(UserWarning, match="paddle"):
        list(ours.cut("我", use_paddle=True))


def test_parallel_keeps_user_words(lines: list[str]) -> None:
    text = "独一无二词\n".join(lines[:20])
    try:
        ours.enable_parallel(2)
        ours.add_word("独一无二词", 10**6)
        assert "独一无二词" in list(ours.cut(text))
        assert [str(pair) for pair in ours_posseg.cut(text)] == [str(pair) for pair in ours_posseg.dt.cut(text)]
    finally:
        ours.disable_parallel()
        ours.del_word("独一无二词")


def test_threads(lines: list[str]) -> None:
    tokenizer = ours.Tokenizer()
    tokenizer.add_word("独一无二词", 10**6)
    texts = [line + "独一无二词" for line in lines]
    expected, wrong = [tokenizer.lcut(text) for text in texts], []

    def work() -> None:
        if [tokenizer.lcut(text) for text in texts] != expected:
            wrong.append(1)

    crowd = [threading.Thread(target=work) for _ in range(16)]
    [thread.start() for thread in crowd], [thread.join() for thread in crowd]
    assert not wrong


@pytest.mark.slow
def test_a_million_words() -> None:
    rng = random.Random(3)
    lines = "".join(
        "".join(chr(rng.randrange(0x4E00, 0x9FA5)) for _ in range(rng.randrange(2, 6))) + f" {rng.randrange(1, 999)} n\n"
        for _ in range(1_000_000)
    )
    tokenizer = ours.Tokenizer()
    tokenizer.load_userdict(io.BytesIO(lines.encode()))
    word = lines.split(" ", 1)[0]
    assert tokenizer.FREQ[word] and word in tokenizer.lcut(f"，{word}，")
