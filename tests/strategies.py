"""Hypothesis strategies that every part shares: text as bad as it comes."""

from __future__ import annotations

from hypothesis import strategies as st

COMMON = "的一是不了在人有我他这中大来上国北京清华大学研究生命起源南京市长江大桥计算所买票谢谢哈"
WORDS = ["北京", "清华大学", "中国科学院", "乒乓球", "T恤", "C++", "AT&T", "3.14", "10.5%", "1-3", "--", "baidu.com"]
SPACES = [" ", "  ", "\t", "\n", "\r", "\r\n", "\u00a0", "\u3000", "\u2028", "\x85", "\x1c"]
MARKS = "，。！？、：“”（）《》…—+#&._%-/@'\"\\"
ODD = "\x00\x7f\ufeff\u200d\u0301\uffff\U0010ffff鿕鿖㐀𠮷é한カｋ１😀👍"

han = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF)
ascii_letters = st.characters(min_codepoint=0x20, max_codepoint=0x7E)
lone_surrogates = st.characters(min_codepoint=0xD800, max_codepoint=0xDFFF, categories=["Cs"])
any_character = st.characters(categories=["C", "L", "M", "N", "P", "S", "Z"])  # surrogates and NUL among them


def text(max_pieces: int = 30, *, surrogates: bool = True) -> st.SearchStrategy[str]:
    """Chinese mixed with everything: Latin, digits, blanks, astral characters, NUL, lone surrogates.

    With ``surrogates=False`` the text can be encoded as UTF-8, so it may come from a file.
    """
    pieces = [st.sampled_from(COMMON), st.sampled_from(WORDS), st.sampled_from(SPACES), st.sampled_from(MARKS)]
    pieces += [st.sampled_from(ODD), han, ascii_letters]
    pieces += [any_character, lone_surrogates] if surrogates else [st.characters(codec="utf-8")]
    return st.lists(st.one_of(pieces), max_size=max_pieces).map("".join)


def line(max_pieces: int = 30, *, surrogates: bool = True) -> st.SearchStrategy[str]:
    """:func:`text` without line ends."""
    return text(max_pieces, surrogates=surrogates).map(lambda s: s.replace("\n", "").replace("\r", ""))
