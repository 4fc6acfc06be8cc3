"""An analyzer for the whoosh search engine; importing this needs whoosh."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from whoosh.analysis import LowercaseFilter, StemFilter, StopFilter, Token
from whoosh.analysis import Tokenizer as WhooshTokenizer
from whoosh.lang.porter import stem

from .. import tokenize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_ENGLISH = "a an and are as at be by can for from have if in is it may not of on or tbd that the this to us we when will with"
STOP_WORDS = frozenset((*_ENGLISH.split(), "yet", "you", "your", "的", "了", "和"))
accepted_chars = re.compile("[\u4e00-\u9fd5]+")


class ChineseTokenizer(WhooshTokenizer):  # type: ignore[misc]
    """Words of jieba's search mode, without lone signs."""

    def __call__(self, text: str, **kargs: Any) -> Iterator[Any]:
        token = Token()
        for word, start, end in tokenize(text, mode="search"):
            if accepted_chars.match(word) or len(word) > 1:
                token.original = token.text = word
                token.pos = token.startchar = start
                token.endchar = end
                yield token


def ChineseAnalyzer(
    stoplist: frozenset[str] = STOP_WORDS, minsize: int = 1, stemfn: Callable[[str], str] = stem, cachesize: int = 50000
) -> Any:
    """Tokenizer, lower case, stop words, stems."""
    lower, stop = LowercaseFilter(), StopFilter(stoplist=stoplist, minsize=minsize)
    return ChineseTokenizer() | lower | stop | StemFilter(stemfn=stemfn, ignore=None, cachesize=cachesize)
