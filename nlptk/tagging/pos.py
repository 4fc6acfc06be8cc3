"""PosTagger: parts of speech of words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .component import TaggerComponent

if TYPE_CHECKING:
    from ..doc import Doc
    from .sequences import Array

BLANK = "x"  # the tag of white space, as in jieba


class PosTagger(TaggerComponent):
    """Parts of speech: words of documents to their tags.

    Parameters
    ----------
    tagger : CRF, Perceptron or HMM, optional
        What learns; a perceptron when left out. It gets the template ``pos`` if it has none.

    Examples
    --------
    >>> from nlptk.tagging import CRF
    >>> tagger = PosTagger(CRF()).fit([["我", "来到", "北京"], ["他", "来"]], [["r", "v", "ns"], ["r", "v"]])
    >>> tagger.predict([["他", "来到", "北京"]])
    [['r', 'v', 'ns']]
    """

    kind = "pos-tagger"
    task = "pos"
    provides: tuple[str, ...] = ("tags",)

    def _fill(self, doc: Doc, keep: list[int], codes: Array) -> None:
        if len(keep) == len(doc):
            doc.tags = codes.tolist(), self._table()
            return
        table = self._table()
        blank = table.index(BLANK)
        tags = [blank] * len(doc)
        for i, code in zip(keep, codes.tolist(), strict=True):
            tags[i] = code
        doc.tags = tags, table

    def _table(self) -> tuple[str, ...]:
        return (*self.labels_, *(() if BLANK in self.labels_ else (BLANK,)))
