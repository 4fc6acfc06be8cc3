"""EntityTagger: names of people, places, organisations ... in text."""

from __future__ import annotations

from bisect import bisect_left
from itertools import chain, islice
from typing import TYPE_CHECKING

import numpy as np

from ..errors import ModelFormatError, ParameterError
from .component import TaggerComponent, default_tagger
from .schemes import LabelTable, convert_labels, detect_scheme, masks, scheme_named, span_arrays, spans
from .template import Template

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from ..container import Container
    from ..doc import Doc
    from .evaluation import Evaluation
    from .schemes import Span
    from .sequences import Array

UNITS = ("characters", "words")
LEARNABLE = ("BIO", "BIOES", "BMES", "BILOU")  # a label of these tells its own meaning; I of IOB1 depends on others

# words with spelling: for names in languages that write capitals
WORDS = """\
U00:%x[-2,0]
U01:%x[-1,0]
U02:%x[0,0]
U03:%x[1,0]
U04:%x[2,0]
U05:%x[-1,0]/%x[0,0]
U06:%x[0,0]/%x[1,0]
U10:%prefix[0,0,1]
U11:%prefix[0,0,2]
U12:%prefix[0,0,3]
U13:%suffix[0,0,1]
U14:%suffix[0,0,2]
U15:%suffix[0,0,3]
U20:%shape[-1,0]
U21:%shape[0,0]
U22:%shape[1,0]
U23:%shape[-1,0]/%shape[0,0]
U24:%shape[0,0]/%shape[1,0]
U25:%shape[-1,0]/%shape[0,0]/%shape[1,0]
B
"""


class EntityTagger(TaggerComponent):
    """Named entities: over the characters of a text (Chinese), or over its words.

    Over characters, an entity found in a document with words is rounded to whole words.

    Parameters
    ----------
    tagger : CRF, Perceptron or HMM, optional
        What learns; a CRF when left out. It gets a template if it has none: ``ner`` over characters, one with affixes and
        shapes over words.
    unit : {"characters", "words"}, optional
        What an item is. Default: characters if nearly all items of the training data have just one.
    scheme : {"BIO", "BIOES", "BMES", "BILOU"}, optional
        Learn labels in this scheme; what is predicted is in that of the training data (in BIO, where that is IOB1). None: learn
        them as they stand.

    Examples
    --------
    >>> from nlptk.tagging import CRF
    >>> X, y = [list("我来到北京"), list("北京人")], [["O", "O", "O", "B-LOC", "I-LOC"], ["B-LOC", "I-LOC", "O"]]
    >>> EntityTagger(CRF()).fit(X, y).predict([list("在北京")])
    [['O', 'B-LOC', 'I-LOC']]
    """

    kind = "entity-tagger"
    task = "ner"
    provides: tuple[str, ...] = ("entities",)

    def __init__(self, tagger: Any = None, unit: str | None = None, scheme: str | None = "BIOES") -> None:
        self.tagger = tagger
        self.unit = unit
        self.scheme = scheme

    unit_: str
    scheme_: str  # of the predicted labels

    @property
    def columns(self) -> tuple[str, ...]:  # type: ignore[override]
        """What an item is."""
        return (self.unit_ if hasattr(self, "unit_") else self.unit or "characters",)

    # ---- learning

    def _default_tagger(self) -> Any:
        return default_tagger("crf", "ner")

    def _template(self, X: Sequence[Sequence[Any]]) -> Template:
        return Template.of("ner" if self.unit_ == "characters" else WORDS)

    def fit(self, X: Any, y: Any, X_dev: Any = None, y_dev: Any = None) -> EntityTagger:
        """Learn from sentences and their labels, such as ``B-PER``; see :meth:`TaggerComponent.fit`."""
        if self.unit not in (None, *UNITS):
            raise ParameterError(f"unit is {self.unit!r}, expected one of {', '.join(UNITS)}")
        if self.unit is None:
            cells = [item if isinstance(item, str) else item[0] for item in islice(chain.from_iterable(X), 10_000)]
            self.unit_ = "characters" if sum(len(cell) == 1 for cell in cells) >= 0.9 * len(cells) else "words"
        else:
            self.unit_ = self.unit
        super().fit(X, y, X_dev, y_dev)
        return self

    def _prepare(self, y: list[Sequence[str]]) -> tuple[Sequence[Sequence[str]], Any]:
        found = detect_scheme(y)
        self.scheme_ = "BIO" if found == "IOB1" else found
        if self.scheme not in (None, *LEARNABLE):
            raise ParameterError(f"scheme is {self.scheme!r}, expected one of {', '.join(LEARNABLE)}")
        inner = self._inner = self.scheme or self.scheme_
        if scheme_named(inner).letters[3] == " ":  # says less than the data: nothing brings the rest back
            self.scheme_ = "BIO"

        def convert(labels: Any) -> Any:
            return labels if labels is None else convert_labels(labels, inner)

        return convert(y), convert

    def _learned_scheme(self) -> str | None:
        return self._inner

    def _finish(self) -> None:
        """The labels by the names of the training data's scheme."""
        labels = self.tagger_.labels_
        self._constrain(masks(labels, self._inner))
        letters, wanted = scheme_named(self._inner).letters, scheme_named(self.scheme_).letters
        back = dict(zip(letters, wanted if wanted[3] != " " else wanted[:3] + wanted[2] + wanted[1], strict=True))
        self.labels_ = [back[label[0]] + label[1:] for label in labels]

    # ---- using

    def entities(self, X: Any) -> list[list[Span]]:
        """The entities of each sentence: (start, end, kind), counted in items."""
        return [spans(labels) for labels in self.predict(X)]

    def evaluate(self, X: Any, y: Any) -> Evaluation:
        """Precision, recall and F1 of entities."""
        from .evaluation import evaluate_spans

        return evaluate_spans(y, self.predict(X))

    def _fill(self, doc: Doc, keep: list[int], codes: Array) -> None:
        roles, kinds, names = self._roles()
        begin, end, kind = span_arrays(np.array([0, len(codes)]), roles[codes], kinds[codes])
        places = zip(begin.tolist(), end.tolist(), kind.tolist(), strict=True)
        found = [(keep[a], keep[b - 1] + 1, names[k]) for a, b, k in places]
        if self.unit_ == "characters":
            if "words" not in doc.columns:
                doc.set_ends(range(1, len(doc.text) + 1), trusted=True)
            elif len(doc) != len(doc.text):
                found = _rounded(found, [0, *doc.ends])
        doc.entities = found

    _table: tuple[list[str], tuple[Array, Array, list[str]]] | None = None

    def _roles(self) -> tuple[Array, Array, list[str]]:
        if self._table is None or self._table[0] is not self.labels_:
            number = {label: i for i, label in enumerate(dict.fromkeys(self.labels_))}  # several may have one name
            places = np.array([number[label] for label in self.labels_])
            roles, kinds, names = LabelTable(list(number)).roles()
            self._table = self.labels_, (roles[places], kinds[places], names)
        return self._table[1]

    # ---- files

    def _get_state(self) -> tuple[dict[str, Any], dict[str, Any]]:
        learned, arrays = super()._get_state()
        return {**learned, "unit": self.unit_, "scheme": self.scheme_}, arrays

    def _set_state(self, learned: Mapping[str, Any], arrays: Container) -> None:
        super()._set_state(learned, arrays)
        self.unit_, self.scheme_ = learned["unit"], learned["scheme"]
        if self.unit_ not in UNITS:
            raise ModelFormatError(f"unit {self.unit_!r}, expected one of {', '.join(UNITS)}")
        self._roles()  # all are labels of a scheme


def _rounded(found: list[Span], edges: list[int]) -> list[Span]:
    """Spans of characters as spans of words: each end moves to the nearest edge, and at least the word it began in remains."""

    def nearest(place: int) -> int:
        i = bisect_left(edges, place)
        return i - 1 if i and place - edges[i - 1] <= edges[min(i, len(edges) - 1)] - place and edges[i] != place else i

    out: list[Span] = []
    for start, end, kind in found:
        a, b = nearest(start), nearest(end)
        if a >= b:
            a = bisect_left(edges, start + 1) - 1
            b = max(bisect_left(edges, end), a + 1)
        if not out or out[-1][1] <= a:
            out.append((a, b, kind))
    return out
