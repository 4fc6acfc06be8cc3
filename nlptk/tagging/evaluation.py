"""Scoring labels against a gold standard: spans as conlleval and seqeval count them, and labels one by one."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, starmap
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..errors import ParameterError
from .schemes import LabelTable, check_letters, located, span_arrays, starts_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, TypeAlias

    Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

NONE = "(none)"  # in the confusion of spans: nothing at this place


class LabelScore(NamedTuple):
    """Counts of one label.

    Attributes
    ----------
    label : str
    gold, predicted, correct : int
        How often it is in the gold standard, in the prediction, and in both at the same place.
    """

    label: str
    gold: int
    predicted: int
    correct: int

    @property
    def precision(self) -> float:
        """Correct ones among the predicted."""
        return self.correct / self.predicted if self.predicted else 0.0

    @property
    def recall(self) -> float:
        """Correct ones among those of the gold standard."""
        return self.correct / self.gold if self.gold else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of the two."""
        return 2 * self.correct / (self.gold + self.predicted) if self.gold + self.predicted else 0.0


@dataclass(frozen=True, eq=False)
class Evaluation:
    """The outcome of a comparison.

    Attributes
    ----------
    rows : list of LabelScore
        Of each label (or kind of span), in alphabetical order.
    items, correct_items : int
        Labels compared one by one, and how many were right.
    labels : list of str
        Names of rows and columns of `confusion`.
    confusion : int64 array, shape (labels, labels)
        How often the gold standard has the one (row) and the prediction the other (column). For spans: at exactly the same items,
        and the last row and column for spans that have no partner there.
    unit : str
        What was counted: spans or labels.
    """

    rows: list[LabelScore]
    items: int
    correct_items: int
    labels: list[str]
    confusion: Array
    unit: str

    @property
    def total(self) -> LabelScore:
        """The counts of all labels together: micro average."""
        rows = self.rows
        return LabelScore("micro avg", sum(r.gold for r in rows), sum(r.predicted for r in rows), sum(r.correct for r in rows))

    @property
    def precision(self) -> float:
        """Over all labels together."""
        return self.total.precision

    @property
    def recall(self) -> float:
        """Over all labels together."""
        return self.total.recall

    @property
    def f1(self) -> float:
        """Over all labels together."""
        return self.total.f1

    @property
    def accuracy(self) -> float:
        """Right labels, item by item."""
        return self.correct_items / self.items if self.items else 0.0

    def average(self, weighted: bool = False) -> tuple[float, float, float]:
        """Precision, recall and F1 averaged over the labels, each counting the same or as often as the gold standard has it."""
        weights = [row.gold if weighted else 1 for row in self.rows]
        total = sum(weights)
        if not total:
            return 0.0, 0.0, 0.0
        values = [(row.precision, row.recall, row.f1) for row in self.rows]
        p, r, f = (sum(w * x for w, x in zip(weights, column, strict=True)) / total for column in zip(*values, strict=True))
        return p, r, f

    def confusions(self, top: int | None = None) -> list[tuple[str, str, int]]:
        """What was mistaken for what, the most frequent first: (gold, predicted, count)."""
        counts = self.confusion.copy()
        np.fill_diagonal(counts, 0)
        gold, predicted = np.nonzero(counts)
        order = np.argsort(-counts[gold, predicted], kind="stable")[:top]
        return [(self.labels[i], self.labels[j], int(counts[i, j])) for i, j in zip(gold[order], predicted[order], strict=True)]

    def table(self) -> str:
        """The scores as text, a line a label."""
        averages: list[tuple[str, float, float, float, int]] = [(r.label, r.precision, r.recall, r.f1, r.gold) for r in self.rows]
        total = self.total
        if self.unit == "spans":
            averages.append((total.label, total.precision, total.recall, total.f1, total.gold))
        averages.append(("macro avg", *self.average(), total.gold))
        averages.append(("weighted avg", *self.average(weighted=True), total.gold))
        width = max(len(name) for name, *_ in averages)
        lines = [f"{'':<{width}}  precision  recall      F1  support"]
        lines += [f"{name:<{width}}  {p:9.4f}  {r:6.4f}  {f:6.4f}  {n:7}" for name, p, r, f, n in averages]
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON-able values."""
        return {
            "unit": self.unit,
            "precision": self.precision,
            "recall": self.recall,
            "F1": self.f1,
            "accuracy": self.accuracy,
            "items": self.items,
            "macro": dict(zip(("precision", "recall", "F1"), self.average(), strict=True)),
            "weighted": dict(zip(("precision", "recall", "F1"), self.average(weighted=True), strict=True)),
            "gold": self.total.gold,
            "predicted": self.total.predicted,
            "correct": self.total.correct,
            "labels": {
                row.label: {
                    "precision": row.precision,
                    "recall": row.recall,
                    "F1": row.f1,
                    "gold": row.gold,
                    "predicted": row.predicted,
                    "correct": row.correct,
                }
                for row in self.rows
            },
            "confusion": {"labels": self.labels, "counts": self.confusion.tolist()},
        }


def evaluate_spans(gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]], scheme: str | None = None) -> Evaluation:
    """Compare the spans that labels stand for.

    A span is correct if one of the same kind begins and ends at the same items. The counts are those of conlleval and of seqeval.

    Parameters
    ----------
    gold, predicted : sequences of sequences of str
        Labels such as ``B-PER``, in any scheme.
    scheme : {"BIO", "IOB1", "BIOES", "BMES", "BILOU"}, optional
        Count only spans that keep its rules (seqeval's ``mode="strict"``). Default: as conlleval does.

    Raises
    ------
    ParameterError
        If the numbers of sequences or of items are not the same, or a label is none; with its place.

    Examples
    --------
    >>> evaluate_spans([["B-PER", "I-PER", "O"]], [["B-PER", "O", "O"]]).f1
    0.0
    """
    starts = check_lengths(gold, predicted)
    table = LabelTable()
    codes = table.encode(gold), table.encode(predicted)
    try:
        roles, kinds, names = table.roles()
        check_letters(table.labels, scheme)
    except ParameterError as error:
        raise located(error, [*gold, *predicted]) from None
    (begin, end, kind), theirs = (span_arrays(starts, roles[c], kinds[c], scheme) for c in codes)
    n = len(names)
    end_at, kind_at = np.zeros((2, int(starts[-1])), np.int64)
    end_at[theirs[0]], kind_at[theirs[0]] = theirs[1:]
    met = end_at[begin] == end if len(begin) else np.zeros(0, bool)
    confusion = np.zeros((n + 1, n + 1), np.int64)
    np.add.at(confusion, (kind, np.where(met, kind_at[begin], n)), 1)
    confusion[n, :n] = np.bincount(theirs[2], minlength=n) - confusion[:n, :n].sum(0)
    order = np.array(sorted(range(n), key=names.__getitem__), np.int64)
    confusion = confusion[np.ix_(np.append(order, n), np.append(order, n))]
    names = [names[i] for i in order]
    counts = zip(names, confusion.sum(1).tolist(), confusion.sum(0).tolist(), confusion.diagonal().tolist(), strict=False)
    rows = [row for row in starmap(LabelScore, counts) if row.gold or row.predicted]
    right = int((codes[0] == codes[1]).sum())
    return Evaluation(rows, int(starts[-1]), right, [*names, NONE], confusion, "spans")


def evaluate_labels(gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]) -> Evaluation:
    """Compare labels item by item, such as parts of speech.

    Parameters
    ----------
    gold, predicted : sequences of sequences of str
        The labels.

    Raises
    ------
    ParameterError
        If the numbers of sequences or of items are not the same; with the place.

    Examples
    --------
    >>> evaluate_labels([["n", "v", "n"]], [["n", "n", "n"]]).confusions()
    [('v', 'n', 1)]
    """
    starts = check_lengths(gold, predicted)
    table = LabelTable(sorted(set(chain(chain.from_iterable(gold), chain.from_iterable(predicted)))))
    n = len(table.labels)
    a, b = table.encode(gold), table.encode(predicted)
    confusion = np.bincount(a * n + b, minlength=n * n).reshape(n, n) if n else np.zeros((0, 0), np.int64)
    counts = zip(table.labels, confusion.sum(1).tolist(), confusion.sum(0).tolist(), confusion.diagonal().tolist(), strict=True)
    return Evaluation(
        [LabelScore(*row) for row in counts], int(starts[-1]), int((a == b).sum()), table.labels, confusion, "labels"
    )


def scores(gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]) -> dict[str, float]:
    """The figures to remember: F1 of spans where the gold labels are those of a scheme, and accuracy."""
    try:
        roles, _, _ = LabelTable(sorted(set(chain.from_iterable(gold)))).roles()
        found = evaluate_spans(gold, predicted) if roles.any() else None
    except ParameterError:  # tags, not spans
        found = None
    accuracy = (found or evaluate_labels(gold, predicted)).accuracy
    return {**({"F1": round(found.f1, 6)} if found else {}), "accuracy": round(accuracy, 6)}


def check_lengths(gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]) -> Array:
    """Where each sequence begins among all items; ParameterError unless both have the same shape."""
    if len(gold) != len(predicted):
        raise ParameterError(f"{len(predicted)} sequences of predicted labels, the gold standard has {len(gold)}")
    for i, (a, b) in enumerate(zip(gold, predicted, strict=True)):
        if isinstance(a, str) or isinstance(b, str):
            raise ParameterError(f"sequence {i} is a str, expected a list of labels")
        if len(a) != len(b):
            raise ParameterError(f"sequence {i} has {len(b)} predicted labels, the gold standard has {len(a)}")
    return starts_of(gold)
