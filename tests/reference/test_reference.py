"""The references themselves: against the installed jieba, published vectors, and enumeration."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.reference import segment
from tests.reference.checksum import xxh64
from tests.reference.segment import Hmm, Lexicon
from tests.reference.trie import Trie
from tests.strategies import WORDS, text

HOSTILE = """\
我来到北京清华大学
小明硕士毕业于中国科学院计算所，后在日本京都大学深造
工信处女干事每月经过下属科室都要亲口交代24口交换机等技术性器件的安装工作
他来到了网易杭研大厦，买了3.14kg的苹果（打折10.5%），共1-3箱--便宜！
T恤C++和c#语言AT&T的B超卡拉OK一下3D打印abcT恤def
www.baidu.com/path?a=1&b=2#top mail: foo.bar+baz@qq.com
1 2  3\t4 \u3000全角空格\u00a0不换行空格\u2003
１２３ＡＢＣ全角ｋｇ，。！？；：“”‘’（）《》【】…—～·
café naïve Ärger ß 한국어 カタカナとひらがな 日本語の文章
𠮷野家の𠮷 㐀㐁 鿕鿖鿿 𝒳𝒴 😀👨‍👩‍👧👍🏽 e\u0301
永和服装饰品有限公司 结婚的和尚未结婚的 研究生命的起源 乒乓球拍卖完了 南京市长江大桥
+#&._%- -- ... __ %% 5% .5 5. 5.% 5.5.5 a.5 a.5% 1e-5 -1 +1 #话题# &amp; 100%的 50%-60%
aaaaaaaaaaaaaaaaaaaaaaaaaaaa 0000000000 的的的的的的的的的的 （（（（）））） 哈哈哈哈哈哈哈
龘靐齉爩 彧赟翀 李旻昊 欧阳娜娜 王菲菲在微博上说 张三丰和郭靖 习近平 特朗普
一二三四五六七八九十百千万亿零〇 二〇二四年十二月三十一日 2024年12月31日23:59:59 ２０２４
""".splitlines()
RAW = ["", " ", "\r\n", "\n", "\r", "a\r\nb\r\r\n\n", "\x00\x01\x1c\x1d\x1e\x1f\x85\u2028"]
RAW += ["中\x00国", "\ud800北京\udfff", "\ufeff北京"]
PIECES = [
    *"的一是不了在人有我他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可她里后小么心多天而能好",
    *"龘靐齉爩彧赟翀旻昊㐀𠮷鿕鿖",
    *"aZ09+#&._%- \t\r\n\u3000，。（é한カ😀\x00",
    *WORDS,
]


@pytest.fixture(scope="session")
def lines(corpora: Path) -> list[str]:
    """Real lines, lines written against us, and random ones."""
    rng = random.Random(20)
    found = [line for path in sorted(corpora.glob("*.txt")) for line in path.read_text("utf-8").split("\n")]
    made = ["".join(rng.choices(PIECES, k=rng.randrange(1, 40))) for _ in range(200)]
    han = ["".join(chr(rng.randrange(0x4E00, 0x9FD6)) for _ in range(rng.randrange(1, 12))) for _ in range(100)]
    return [*rng.sample(found, min(len(found), 400)), *HOSTILE, "\r\n".join(HOSTILE), *RAW, *made, *han]


@pytest.fixture(scope="session")
def jieba(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """jieba's own functions; its cache goes into a folder of ours."""
    module = pytest.importorskip("jieba")
    module.setLogLevel(logging.ERROR)
    tokenizer = module.Tokenizer()
    tokenizer.tmp_dir = str(tmp_path_factory.mktemp("jieba"))
    return SimpleNamespace(lcut=tokenizer.lcut, lcut_for_search=tokenizer.lcut_for_search)


MODES: dict[str, tuple[Callable, Callable]] = {
    "default": (lambda s, ref: segment.unigram(s, ref), lambda s, jb: jb.lcut(s)),
    "no hmm": (lambda s, ref: segment.unigram(s, ref, hmm=False), lambda s, jb: jb.lcut(s, HMM=False)),
    "full": (lambda s, ref: segment.full(s, ref), lambda s, jb: jb.lcut(s, cut_all=True)),
    "search": (lambda s, ref: segment.search(s, ref), lambda s, jb: jb.lcut_for_search(s)),
    "search, no hmm": (
        lambda s, ref: segment.search(s, ref, hmm=False),
        lambda s, jb: jb.lcut_for_search(s, HMM=False),
    ),
}


@pytest.mark.parametrize("mode", MODES)
def test_same_words_as_jieba(mode: str, lines: list[str], jieba: SimpleNamespace) -> None:
    ours, theirs = MODES[mode]
    lexicon = segment.load_jieba()
    for line in lines:
        assert ours(line, lexicon) == theirs(line, jieba), f"line {line!r}"


@pytest.mark.parametrize("mode", MODES)
@given(st.data())
def test_same_words_as_jieba_on_any_text(mode: str, jieba: SimpleNamespace, data: st.DataObject) -> None:
    line = data.draw(text())
    ours, theirs = MODES[mode]
    assert ours(line, segment.load_jieba()) == theirs(line, jieba)


@given(text())
def test_nothing_lost_or_invented(line: str) -> None:
    lexicon = segment.load_jieba()
    for cut in (segment.unigram, segment.forward, segment.backward, segment.bidirectional):
        assert "".join(cut(line, lexicon)) == line


def segmentations(block: str, lexicon: Lexicon) -> Iterator[list[str]]:
    """All of them. A single character that is no word is allowed only where no word starts."""
    if not block:
        yield []
        return
    for end in [end for end in range(1, len(block) + 1) if block[:end] in lexicon] or [1]:
        for rest in segmentations(block[end:], lexicon):
            yield [block[:end], *rest]


@given(st.text("甲乙丙a", max_size=9), st.dictionaries(st.text("甲乙丙a", min_size=1, max_size=4), st.integers(1, 50)))
def test_best_path_by_enumeration(block: str, freq: dict[str, int]) -> None:
    lexicon = Lexicon(freq, total=1000)

    def chance(words: list[str]) -> int:
        """The product of frequencies over total^words, brought to one denominator, so that it is exact."""
        value = 1
        for word in words:
            value *= freq.get(word, 1)
        return value * 1000 ** (len(block) - len(words))

    assert chance(segment.best_path(block, lexicon)) == max(map(chance, segmentations(block, lexicon)))


@given(st.text("甲乙丙", min_size=1, max_size=6), st.lists(st.integers(-9, -1), min_size=24, max_size=24))
def test_hmm_by_enumeration(observed: str, costs: list[int]) -> None:
    cost = iter(map(float, costs))
    start = {state: next(cost) for state in "BMES"}
    after = {"B": "ME", "M": "ME", "E": "BS", "S": "BS"}
    trans = {state: {following: next(cost) for following in after[state]} for state in "BMES"}
    emit = {state: {character: next(cost) for character in "甲乙丙"} for state in "BMES"}
    hmm = Hmm(start, trans, emit)

    def score(states: str) -> float:
        total = start[states[0]] + emit[states[0]][observed[0]]
        for before, state, character in zip(states, states[1:], observed[1:], strict=False):
            total += trans[before].get(state, float("-inf")) + emit[state][character]
        return total

    paths = ["".join(p) for p in product("BMES", repeat=len(observed)) if p[-1] in "ES"]
    best = segment.hmm_viterbi(observed, hmm)
    assert best in paths
    assert score(best) == max(map(score, paths))


LEXICON = Lexicon({"研究": 3, "研究生": 2, "生命": 2, "命": 1, "的": 9, "起源": 1, "ab": 1, "c": 1}, total=19)


@pytest.mark.parametrize(
    ("cut", "line", "words"),
    [
        (segment.forward, "研究生命的起源", "研究生|命|的|起源"),
        (segment.backward, "研究生命的起源", "研究|生命|的|起源"),
        (segment.bidirectional, "研究生命的起源", "研究|生命|的|起源"),
        (segment.forward, "研究xyz12人", "研究|xyz12|人"),
        (segment.backward, "研究xyz12人", "研究|xyz12|人"),
        (segment.forward, "xabcab", "x|ab|c|ab"),
        (segment.backward, "xabcy", "x|ab|c|y"),
        (segment.forward, "x.y 1，\r\n\n研究", "x|.|y| |1|，|\r\n|\n|研究"),
        (segment.backward, "", ""),
    ],
)
def test_maximum_matching(cut: Callable, line: str, words: str) -> None:
    assert cut(line, LEXICON) == (words.split("|") if words else [])


@given(st.dictionaries(st.text("甲乙a𠮷", min_size=1, max_size=4), st.integers(0, 9)), st.text("甲乙a𠮷", max_size=12))
def test_trie(words: dict[str, int], line: str) -> None:
    trie = Trie(words)
    assert trie.completions() == sorted(words.items())
    for start in range(len(line) + 1):
        rest = line[start:]
        expected = [(start + size, words[rest[:size]]) for size in range(1, len(rest) + 1) if rest[:size] in words]
        assert trie.prefixes(line, start) == expected
        assert trie.longest(line, start) == (expected[-1] if expected else None)
        assert trie.completions(rest) == sorted(item for item in words.items() if item[0].startswith(rest))
        assert trie.contains(rest) == (rest in words)


@pytest.mark.parametrize(
    ("data", "seed", "digest"),
    [
        (b"", 0, 0xEF46DB3751D8E999),
        (b"a", 0, 0xD24EC4F1A98C6E5B),
        (b"abc", 0, 0x44BC2CF5AD770999),
        (b"Nobody inspects the spammish repetition", 0, 0xFBCEA83C8A378BF1),  # more than one stripe of 32
        (b"Call me Ishmael. Some years ago--never mind how long precisely-", 0, 0x02A2E85470D6FD96),  # 63 bytes
        (b"", 1, 0xD5AFBA1336A3BE4B),
    ],
)
def test_xxh64_known_values(data: bytes, seed: int, digest: int) -> None:
    assert xxh64(data, seed) == digest
