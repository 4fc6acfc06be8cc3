"""The segmentation kernels against the reference, text by text and file block by file block."""

from __future__ import annotations

import gc
import json
import random
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlptk.ext.segment import ALGORITHMS, FORMATS, Segmenter
from nlptk.ext.trie import Trie, Words
from nlptk.lexicon import packaged_dictionary
from nlptk.segment.hmm import packaged_hmm
from tests import strategies
from tests.reference import segment as reference
from tests.reference.segment import Lexicon

CUTS: dict[str, Callable[[str, Lexicon, bool], list[str]]] = {
    "unigram": reference.unigram,
    "search": reference.search,
    "full": lambda text, lexicon, hmm: reference.full(text, lexicon),
    "forward": lambda text, lexicon, hmm: reference.forward(text, lexicon),
    "backward": lambda text, lexicon, hmm: reference.backward(text, lexicon),
    "bidirectional": lambda text, lexicon, hmm: reference.bidirectional(text, lexicon),
}
WAYS = [(algorithm, hmm) for algorithm in CUTS for hmm in ((True, False) if algorithm in ("unigram", "search") else (True,))]
WHOLE = ("unigram", "forward", "backward", "bidirectional")  # the words, joined, give the text back


def kernel(algorithm: str = "unigram", hmm: bool = True, **options: object) -> Segmenter:
    return Segmenter(packaged_dictionary().trie, algorithm, packaged_hmm() if hmm else None, **options)


def trie_of(frequencies: dict[str, int]) -> Trie:
    words = Words()
    for word, frequency in frequencies.items():
        words.add(word, frequency)
    return Trie.build(words)


def corpus_lines(corpora: Path) -> Iterator[str]:
    for path in sorted(corpora.glob("*.txt")):
        yield from path.read_text("utf-8").split("\n")


def test_the_algorithms_are_those_compared() -> None:
    assert set(ALGORITHMS) == set(CUTS)


@pytest.mark.parametrize(("algorithm", "hmm"), WAYS)
@given(text=strategies.text())
def test_any_text_as_the_reference(algorithm: str, hmm: bool, text: str) -> None:
    assert kernel(algorithm, hmm).cut(text) == CUTS[algorithm](text, reference.load_jieba(), hmm)


@pytest.mark.parametrize(("algorithm", "hmm"), WAYS)
def test_corpora_as_the_reference(algorithm: str, hmm: bool, corpora: Path) -> None:
    segmenter, lexicon = kernel(algorithm, hmm), reference.load_jieba()
    lines = list(corpus_lines(corpora))
    for line in random.Random(1).sample(lines, min(len(lines), 300)):
        assert segmenter.cut(line) == CUTS[algorithm](line, lexicon, hmm)


LEXICONS = st.dictionaries(st.text("甲乙丙丁aB1.-+", min_size=1, max_size=5), st.integers(1, 1000), max_size=25)


@pytest.mark.parametrize(("algorithm", "hmm"), WAYS)
@given(frequencies=LEXICONS, text=st.text("甲乙丙丁aB1.-+ ，\r\n", max_size=30))
def test_any_dictionary_as_the_reference(algorithm: str, hmm: bool, frequencies: dict[str, int], text: str) -> None:
    lexicon = Lexicon(frequencies, sum(frequencies.values()) or 1, reference.load_jieba().hmm)
    found = Segmenter(trie_of(frequencies), algorithm, packaged_hmm() if hmm else None).cut(text)
    assert found == CUTS[algorithm](text, lexicon, hmm)


@pytest.mark.parametrize(("algorithm", "hmm"), WAYS)
@given(
    base=LEXICONS,
    user=LEXICONS,
    gone=st.sets(st.text("甲乙丙丁", min_size=1, max_size=2), max_size=3),
    text=st.text("甲乙丙丁aB1.-+ ，", max_size=30),
)
def test_user_words_as_the_reference(
    algorithm: str, hmm: bool, base: dict[str, int], user: dict[str, int], gone: set[str], text: str
) -> None:
    words = Words(trie_of(base))
    given = user | dict.fromkeys(gone, 0)
    for word, frequency in given.items():
        words.add(word, frequency)
    lexicon = Lexicon(base | given, sum(base.values()) + sum(given.values()) or 1, reference.load_jieba().hmm)
    found = Segmenter(words.base, algorithm, packaged_hmm() if hmm else None, words=words).cut(text)
    assert found == CUTS[algorithm](text, lexicon, hmm)


@given(st.sets(st.text("甲乙丙", min_size=2, max_size=3), max_size=4), st.text("甲乙丙", max_size=20))
def test_split_words_as_the_reference(split: set[str], text: str) -> None:
    words = Words()
    for word in split:
        words.add(word, 1)
    lexicon = replace(reference.load_jieba(), split=frozenset(split))
    assert kernel(split=words).cut(text) == reference.unigram(text, lexicon)


# ---- words with anything in them, and forced ones


WIDE = ["C++ 语言", "iPhone 15 Pro", "café", "小🐱咪", "A/B测试", "👨‍👩‍👧", "AT&T 公司", "𠮷野家", "a\tb", "ｋｇ"]


def special_kernel(words: list[str], algorithm: str = "unigram", force: bool = False) -> Segmenter:
    special = Words()
    if force:
        for word in words:
            special.add(word)
        return kernel(algorithm, special=special, force=True)
    laid = Words(packaged_dictionary().trie, special, wide_only=True, suggest=True)
    for word in words:
        laid.add(word, 1_000_000)
    return kernel(algorithm, words=laid, special=special if len(special) else None)


@pytest.mark.parametrize("algorithm", [a for a in ALGORITHMS])
@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("word", WIDE)
def test_wide_words_are_found(algorithm: str, force: bool, word: str) -> None:
    segmenter = special_kernel([word], algorithm, force)
    for text in (word, f"我用{word}。", f"，{word}", f"{word}\n{word}"):
        assert segmenter.cut(text).count(word) == text.count(word)


@pytest.mark.parametrize("algorithm", WHOLE)
@pytest.mark.parametrize("force", [False, True])
@given(
    text=st.one_of(
        strategies.text(),
        st.lists(st.sampled_from([*WIDE, " ", "我", "C", "15", "a", "，", "\t", "\r\n"]), max_size=15).map("".join),
    )
)
def test_wide_words_lose_nothing(algorithm: str, force: bool, text: str) -> None:
    assert "".join(special_kernel(WIDE, algorithm, force).cut(text)) == text


@given(
    st.lists(st.text("甲乙a1 ，", min_size=1, max_size=4), min_size=1, max_size=5, unique=True),
    st.text("甲乙a1 ，", max_size=20),
)
def test_forced_words_stand_from_the_left_longest_first(words: list[str], text: str) -> None:
    """Against the rule written out: not inside a longer run of letters or digits; other text stays as without them."""

    def stands(start: int, end: int) -> bool:
        def together(i: int) -> bool:
            return 0 < i < len(text) and text[i - 1] == text[i] and text[i] in "a1"

        return not together(start) and not together(end)

    expected, plain, at = [], "", 0
    ordinary = kernel()
    while at < len(text):
        fits = [word for word in words if text.startswith(word, at) and stands(at, at + len(word))]
        if fits:
            expected += [*ordinary.cut(plain), max(fits, key=len)]
            plain, at = "", at + len(expected[-1])
        else:
            plain, at = plain + text[at], at + 1
    assert special_kernel(words, force=True).cut(text) == [*expected, *ordinary.cut(plain)]


def test_a_forced_word_is_not_torn_from_letters() -> None:
    segmenter = special_kernel(["art", "15"], force=True)
    assert segmenter.cut("start art 150 15") == ["start", " ", "art", " ", "150", " ", "15"]


# ---- the other outputs


@pytest.mark.parametrize("algorithm", WHOLE)
@given(text=strategies.text())
def test_boundaries_and_spans_agree_with_cut(algorithm: str, text: str) -> None:
    segmenter = kernel(algorithm)
    words, ends, spans = segmenter.cut(text), segmenter.boundaries(text), segmenter.spans(text)
    assert ends.dtype == np.int32
    assert [text[a:b] for a, b in pairwise([0, *ends.tolist()])] == words
    assert [text[start:end] for start, end, _ in spans] == words
    for (_, _, known), word in zip(spans, words, strict=True):
        assert not known or word in packaged_dictionary()


@pytest.mark.parametrize(("algorithm", "hmm"), WAYS)
@given(
    text=st.lists(strategies.line(surrogates=False), max_size=6),
    ends=st.lists(st.sampled_from(["\n", "\r\n"]), min_size=6, max_size=6),
)
def test_lines_are_the_words_of_each_line(algorithm: str, hmm: bool, text: list[str], ends: list[str]) -> None:
    segmenter = kernel(algorithm, hmm)
    block = "".join(line + end for line, end in zip(text, ends, strict=False)).encode()
    cut = [segmenter.cut(line) for line in text]
    joined = "".join("|".join(word for word in words if word) + end for words, end in zip(cut, ends, strict=False))
    assert segmenter.lines(block, "text", b"|").decode() == joined
    blank = "".join(" ".join(word for word in words if word.strip(" ")) + end for words, end in zip(cut, ends, strict=False))
    assert segmenter.lines(block).decode() == blank
    assert segmenter.lines(block, sep=b"").decode() == "".join(
        "".join(words) + end for words, end in zip(cut, ends, strict=False)
    )
    assert segmenter.lines(block, sep=b"<=>").decode() == joined_with("<=>", cut, ends)
    assert [json.loads(line)["words"] for line in segmenter.lines(block, "jsonl").decode().split("\n")[:-1]] == cut
    assert table(segmenter.lines(block, "tsv").decode()) == cut


def joined_with(sep: str, cut: list[list[str]], ends: list[str]) -> str:
    return "".join(sep.join(word for word in words if word) + end for words, end in zip(cut, ends, strict=False))


def table(text: str) -> list[list[str]]:
    """The words of a tsv output, unescaped; checks that positions are those of the words."""
    lines: list[list[str]] = [[]]
    for row in text.split("\n")[:-1]:
        if not row:
            lines.append([])
            continue
        word, start, end = row.split("\t")
        word = (
            word.replace("\\\\", "\0\0").replace("\\t", "\t").replace("\\r", "\r").replace("\0\0", "\\")
            if "\0" not in word
            else unescaped(word)
        )
        lines[-1].append(word)
        assert 0 <= int(start) <= int(end)
    return lines[:-1]


def unescaped(word: str) -> str:
    out, escape = [], False
    for c in word:
        if escape:
            out.append({"t": "\t", "r": "\r", "\\": "\\"}[c])
        elif c != "\\":
            out.append(c)
        escape = not escape and c == "\\"
    return "".join(out)


def test_escapes() -> None:
    segmenter = kernel()
    text = 'a"b\\c\td\x00\x01\x1f\x7f\u2028\r'
    assert json.loads(segmenter.lines(text.encode(), "jsonl"))["words"] == segmenter.cut(text)
    assert b"\\u0000" in segmenter.lines(text.encode(), "jsonl")
    assert segmenter.lines("\\\t\r甲".encode(), "tsv") == "\\\\\t0\t1\n\\t\t1\t2\n\\r\t2\t3\n甲\t3\t4\n\n".encode()


def test_tsv_counts_characters() -> None:
    assert kernel().lines("𠮷北京é\n".encode(), "tsv").decode() == "𠮷\t0\t1\n北京\t1\t3\né\t3\t4\n\n"


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\n",
        b"\r\n",
        b"\n\n",
        b"\r",
        b"\r\r\n",
        "\n北京".encode(),
        "北京".encode(),
        "北京\r".encode(),
        b" ",
        b"\x00",
    ],
)
@pytest.mark.parametrize("form", FORMATS)
def test_blank_and_open_lines(text: bytes, form: str) -> None:
    """In a process of its own: these have crashed."""
    code = (
        "import sys, nlptk\nout = nlptk.DictionarySegmenter().kernel.lines(bytes.fromhex(sys.argv[1]), sys.argv[2], b'|')\n"
        "sys.stdout.buffer.write(out)"
    )
    done = subprocess.run([sys.executable, "-c", code, text.hex(), form], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    if form == "text":
        assert done.stdout.replace(b"|", b"") == text
        assert done.stdout.count(b"\n") == text.count(b"\n")
    elif form == "jsonl":
        assert len(done.stdout.splitlines()) == len(text.split(b"\n")) - (text.endswith(b"\n") or not text)


BAD = [
    b"\x80", b"\xbf", b"\xc0\x80", b"\xc1\xbf", b"\xc2", b"\xc2a", b"\xc2\xc2", b"\xe0\x80\x80", b"\xe0\x9f\xbf",
    b"\xe4", b"\xe4\xb8",
    b"\xe4\xb8a", b"\xe4a\x80", b"\xed\xa0\x80", b"\xed\xbf\xbf", b"\xed\xa0\xbd\xed\xb8\x80", b"\xf0", b"\xf0\x9f",
    b"\xf0\x9f\x98",
    b"\xf0\x80\x80\x80", b"\xf0\x8f\xbf\xbf", b"\xf0\x9f\x98a", b"\xf4\x90\x80\x80", b"\xf5\x80\x80\x80", b"\xf8\x88\x80\x80\x80",
    b"\xfe", b"\xff", b"\xff\xfe", b"\xfe\xff",
]  # fmt: skip


@pytest.mark.parametrize("bad", BAD, ids=bytes.hex)
@pytest.mark.parametrize("before", [b"", b"a", "北京".encode(), "𠮷\n".encode(), b"a\r\n\xe4\xb8\x80\r\n"])
@pytest.mark.parametrize("after", [b"", b"\n", "大学\n".encode()])
def test_wrong_bytes_are_found_where_python_finds_them(bad: bytes, before: bytes, after: bytes) -> None:
    block = before + bad + after
    with pytest.raises(UnicodeDecodeError) as expected:
        block.decode("utf-8")
    with pytest.raises(UnicodeDecodeError) as found:
        kernel().lines(block)
    assert found.value.start == expected.value.start


@given(
    st.lists(
        st.one_of(st.binary(max_size=3), st.sampled_from(BAD), strategies.line(3, surrogates=False).map(str.encode)),
        max_size=6,
    ).map(b"".join)
)
def test_bytes_are_taken_exactly_when_python_takes_them(line: bytes) -> None:
    block = b"x" + line  # (an empty first line: see test_blank_and_open_lines)
    try:
        block.decode("utf-8")
    except UnicodeDecodeError as error:
        with pytest.raises(UnicodeDecodeError) as found:
            kernel().lines(block)
        assert found.value.start == error.start
    else:
        assert kernel().lines(block, sep=b"") == block


def test_buffers_of_any_kind() -> None:
    data = "我来到北京\n".encode()
    expected = kernel().lines(data)
    for buffer in (bytearray(data), memoryview(data), np.frombuffer(data, np.uint8)):
        assert kernel().lines(buffer) == expected
    for wrong in ("text", None, memoryview(data)[::2]):
        with pytest.raises((TypeError, ValueError, BufferError)):
            kernel().lines(wrong)


def test_wrong_arguments() -> None:
    trie = packaged_dictionary().trie
    with pytest.raises(ValueError, match="unigram"):
        Segmenter(trie, "best")
    with pytest.raises(ValueError, match="jsonl"):
        kernel().lines(b"a", "xml")
    with pytest.raises(ValueError, match="another trie"):
        Segmenter(trie, "unigram", words=Words(trie_of({"甲": 1})))
    for wrong in (None, b"bytes", 1):
        for method in ("cut", "boundaries", "spans"):
            with pytest.raises(TypeError):
                getattr(kernel(), method)(wrong)
    with pytest.raises(TypeError):
        Segmenter(None, "unigram")


@pytest.mark.parametrize("method", ["cut", "boundaries", "spans"])
def test_subclasses_of_str_are_text(method: str) -> None:
    """What an array of strings gives: numpy.str_."""
    segmenter = kernel()
    found, expected = getattr(segmenter, method)(np.str_("我来到北京")), getattr(segmenter, method)("我来到北京")
    assert list(found) == list(expected)


# ---- state


def test_called_again_from_within() -> None:
    """The collector may run other code while the list is made, and that code may come back to the same segmenter."""
    segmenter, inner, depth = kernel(), [], [0]

    def come_back(phase: str, info: dict[str, int]) -> None:
        if depth[0] == 0:
            depth[0] = 1
            inner.append(segmenter.cut("小明硕士毕业于中国科学院计算所"))
            depth[0] = 0

    text = "我来到北京清华大学，买了3.14kg苹果𠮷😀。" * 3
    expected, expected_inner = kernel().cut(text), kernel().cut("小明硕士毕业于中国科学院计算所")
    threshold = gc.get_threshold()
    gc.callbacks.append(come_back)
    gc.set_threshold(1)
    try:
        found = [segmenter.cut(text) for _ in range(300)]
    finally:
        gc.set_threshold(*threshold)
        gc.callbacks.remove(come_back)
    assert inner
    assert all(words == expected_inner for words in inner)
    assert all(words == expected for words in found)


def test_threads_share_a_segmenter() -> None:
    segmenter = kernel()
    texts = ["我来到北京清华大学", "小明硕士毕业于中国科学院计算所" * 400, "𠮷野家😀" * 2000, "a 1 " * 3000]
    expected = [kernel().cut(text) for text in texts]
    wrong: list[int] = []

    def work() -> None:
        for _ in range(20):
            wrong.extend(i for i, text in enumerate(texts) if segmenter.cut(text) != expected[i] or "".join(expected[i]) != text)
            block = "\n".join(texts).encode()
            wrong.extend([9] * (segmenter.lines(block, sep=b"") != block))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_words_added_later_are_seen() -> None:
    words = Words(trie_of({"甲": 5, "乙": 5}))
    segmenter = Segmenter(words.base, "unigram", words=words)
    assert segmenter.cut("甲乙") == ["甲", "乙"]
    words.add("甲乙", 100)
    assert segmenter.cut("甲乙") == ["甲乙"]
    words.add("甲乙", 0)
    assert segmenter.cut("甲乙") == ["甲", "乙"]


def test_strings_are_given_back() -> None:
    """No reference is lost or leaked: the words outlive the segmenter, and memory does not grow."""
    words = kernel().cut("我来到北京清华大学𠮷😀")
    gc.collect()
    assert words == ["我", "来到", "北京", "清华大学", "𠮷", "😀"]
    segmenter = kernel()
    word = segmenter.cut("清华大学")[0]
    before = sys.getrefcount(word)
    for _ in range(100):
        segmenter.cut("清华大学")
    assert sys.getrefcount(word) == before


def test_collected_as_part_of_a_cycle() -> None:
    """The collector clears a segmenter's references before it is freed; in a process of its own, this has crashed.

    The strings it keeps must be given back then too: each word loses one reference.
    """
    code = """
import gc, sys
from nlptk.ext.segment import Segmenter
from nlptk.lexicon import packaged_dictionary
class Holder: pass
trie = packaged_dictionary().trie
for _ in range(30):
    kernel = Segmenter(trie, "unigram")
    words = kernel.cut("来到北京清华大学")
    before = [sys.getrefcount(word) for word in words]
    holder = Holder()
    holder.kernel, holder.itself = kernel, holder
    del kernel, holder
    gc.collect()
    assert [sys.getrefcount(word) for word in words] == [count - 1 for count in before]
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr or f"ended by signal {-done.returncode}"


@pytest.mark.parametrize("piece", ["a", "1", "的", "清华大学", "（", "哈", "龘", "- ", "1.", "\n"])
@pytest.mark.parametrize("algorithm", WHOLE)
def test_a_long_line_costs_what_it_should(piece: str, algorithm: str) -> None:
    text = piece * (200_000 // len(piece))
    assert "".join(kernel(algorithm).cut(text)) == text
