"""Chunker: the phrases of a sentence, found from its words and their parts of speech."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .ner import EntityTagger
from .template import Template

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from ..doc import Doc
    from .sequences import Array


class Chunker(EntityTagger):
    """Phrases (chunks) over words and their parts of speech, as in CoNLL-2000.

    Documents get a column ``chunks`` with a label such as ``B-NP`` for each word.

    Parameters
    ----------
    tagger : CRF, Perceptron or HMM, optional
        What learns; a CRF when left out. It gets the template ``chunk`` if it has none.
    scheme : {"BIO", "BIOES", "BMES", "BILOU"}, optional
        Learn labels in this scheme; what is predicted is in that of the training data.

    Examples
    --------
    >>> from nlptk.tagging import CRF
    >>> X, y = [[("the", "DT"), ("ferry", "NN"), ("left", "VBD")]], [["B-NP", "I-NP", "B-VP"]]
    >>> Chunker(CRF()).fit(X, y).predict([[("a", "DT"), ("ship", "NN")]])
    [['B-NP', 'I-NP']]
    """

    kind = "chunker"
    task = "chunk"
    provides: tuple[str, ...] = ("chunks",)

    def __init__(self, tagger: Any = None, scheme: str | None = None) -> None:
        self.tagger = tagger
        self.scheme = scheme

    unit = "words"

    @property
    def columns(self) -> tuple[str, ...]:  # type: ignore[override]
        """What an item is."""
        return ("words", "tags")

    def _template(self, X: Sequence[Sequence[Any]]) -> Template:
        return Template.of("chunk")

    def _fill(self, doc: Doc, keep: list[int], codes: Array) -> None:
        labels = ["O"] * len(doc)
        for i, code in zip(keep, codes.tolist(), strict=True):
            labels[i] = self.labels_[code]
        doc.set_column("chunks", labels)
