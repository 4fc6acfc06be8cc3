"""The units that keywords are made of: tokens without blanks, Latin words whole and in lower case.

``IL-6``, ``café`` and ``web-based`` are one unit each, however the segmenter has cut them. Units know whether the one before
may stand in one phrase with them: nothing between, or between two Latin words a blank or a line's end, but no empty line.
"""

from __future__ import annotations

import re

from .tagging import allows, is_content, is_verb

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

_LATIN = "0-9A-Za-z\u00aa\u00b5\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02af\u0370-\u03ff\u0400-\u052f\u1e00-\u1fff"
_IS_LATIN = re.compile(f"[{_LATIN}]+(?:['’.+#&_-]*[{_LATIN}]+)*[+#]*")
_LETTER = re.compile(r"[^\W\d_]")
_NO_BREAK = re.compile(r"[^\S\n]*(?:\r?\n)?[^\S\n]*")  # white space with at most one line end


class Units:
    """The units of one text, as columns of equal length.

    Attributes
    ----------
    terms : list of str
        Latin words in lower case, others as they are.
    tags : list of str or None
        Parts of speech; ``eng`` for what is put together from Latin pieces.
    latin : list of bool
    joined : list of bool
        Whether a phrase may go on here from the unit before.
    """

    __slots__ = ("joined", "latin", "tags", "terms")

    def __init__(self, words: Sequence[str], tags: Sequence[str] | None) -> None:
        terms: list[str] = []
        latin: list[bool] = []
        joined: list[bool] = []
        own_tags: list[str] | None = None if tags is None else []
        gap = ""  # between the last unit and this token
        hyphen = False  # the last token was a hyphen right after a Latin unit, and no unit yet
        for i, word in enumerate(words):
            if word.isspace():
                gap += word
                hyphen = False
                continue
            is_latin = _IS_LATIN.fullmatch(word) is not None
            if is_latin and not gap and (hyphen or (latin and latin[-1])):  # it goes on
                if hyphen:
                    for column in (terms, latin, joined, own_tags):
                        if column is not None:
                            column.pop()
                    terms[-1] += "-"
                terms[-1] += word.lower()
                if own_tags is not None and tags is not None and own_tags[-1] != tags[i]:
                    own_tags[-1] = "eng"
                hyphen = False
                continue
            hyphen = word == "-" and bool(latin) and latin[-1] and not gap
            if not gap:
                joined.append(bool(terms))
            else:
                joined.append(is_latin and bool(latin) and latin[-1] and _NO_BREAK.fullmatch(gap) is not None)
            terms.append(word.lower() if is_latin else word)
            latin.append(is_latin)
            if own_tags is not None and tags is not None:
                own_tags.append(tags[i])
            gap = ""
        self.terms, self.latin, self.joined, self.tags = terms, latin, joined, own_tags

    def __len__(self) -> int:
        return len(self.terms)

    def content(self, stop: Collection[str], pos: Collection[str] | None, least: int) -> list[bool]:
        """Which units may be keywords, or parts of one.

        Parameters
        ----------
        stop : set of str
            Of single Han characters whose part of speech is known only verbs (是, 有): the others are also parts of terms.
        pos : set of str, optional
            Parts of speech that are wanted; default: all that carry content, if any are known.
        least : int
            Characters that a unit needs.
        """
        out = []
        tags = self.tags
        for i, term in enumerate(self.terms):
            fits = len(term) >= least and _LETTER.search(term) is not None
            if self.latin[i]:
                fits = fits and len(term) > 1
            if fits and tags is not None:
                fits = is_content(tags[i]) if pos is None else allows(pos, tags[i])
            out.append(fits and (term not in stop or (tags is not None and len(term) == 1 and not is_verb(tags[i]))))
        return out

    def surface(self, start: int, end: int) -> str:
        """The units as one term, with a blank between Latin words."""
        terms, latin = self.terms, self.latin
        out = terms[start]
        for i in range(start + 1, end):
            out += " " + terms[i] if latin[i] and latin[i - 1] else terms[i]
        return out
