"""Parts of speech for keywords: where they come from, and which of them carry content."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

    from ..segment.tagged import PosSegmenter

_cache: list[PosSegmenter] = []

# First letters of content tags in jieba's (ICTCLAS, PKU) set: nouns, verbs, adjectives, abbreviations, idioms, morphemes,
# time and place, affixes. Tags in capitals are those of CTB, the Penn Treebank and Universal Dependencies.
_SMALL = frozenset("nvabjligtskz")
_SMALL_EMPTY = frozenset(("vshi", "vyou", "zg"))
_CAPITAL = ("NN", "NR", "NT", "NOUN", "PROPN", "VV", "VA", "VB", "VERB", "JJ", "ADJ", "FW")


def tagger() -> PosSegmenter:
    """The packaged segmenter that also tags, made when first needed."""
    if not _cache:
        from ..segment.tagged import PosSegmenter

        _cache.append(PosSegmenter())
    return _cache[0]


def is_content(tag: str) -> bool:
    """Whether words of this part of speech can be part of a keyword: nouns, verbs, adjectives, names, foreign words.

    >>> [is_content(tag) for tag in ("vn", "eng", "NNP", "PROPN", "d", "u", "DEG", "PUNCT")]
    [True, True, True, True, False, False, False, False]
    """
    if tag == "eng":
        return True
    if tag[:1].isupper():
        return tag.startswith(_CAPITAL)
    return tag[:1] in _SMALL and tag not in _SMALL_EMPTY


def allows(pos: Collection[str], tag: str) -> bool:
    """Whether a tag is among those wanted, which may end in ``*`` for all that begin so: ``n*``."""
    return tag in pos or any(wanted[-1:] == "*" and tag.startswith(wanted[:-1]) for wanted in pos)


def is_verb(tag: str) -> bool:
    """Whether it is a verb proper, not one used as a noun."""
    return tag in ("v", "VV", "VERB", "VBD", "VBP", "VBZ")


def is_modifier(tag: str) -> bool:
    """Whether a phrase that ends in it is not complete: adjectives, words of time."""
    return tag[:1] in ("a", "b", "t") or tag.startswith(("JJ", "ADJ", "NT"))
