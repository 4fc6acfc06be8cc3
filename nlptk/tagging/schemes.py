"""Schemes: spans written as one label an item, and back.

=========  ==========  ==============================================================================
BIO        IOB2        ``B-x`` begins a span, ``I-x`` goes on with it, ``O`` is outside
IOB1                   ``I-x``; ``B-x`` only where a span begins right after another of its kind
BIOES      IOBES       also ``E-x`` for the last item of a span and ``S-x`` for its only one
BMES                   the same with ``M-x`` for ``I-x``; without kinds (``B M E S``): words over characters
BILOU                  the same with ``L-x`` for ``E-x`` and ``U-x`` for ``S-x``
=========  ==========  ==============================================================================

What to make of labels that break the rules: by default what conlleval and seqeval do (``I-x`` after ``O`` begins a span all the
same); with a scheme named, only what it allows is a span, as in seqeval's strict mode.

References
----------
L. Ramshaw, M. Marcus, Text chunking using transformation-based learning, 1995 (IOB1). E. Tjong Kim Sang, S. Buchholz,
Introduction to the CoNLL-2000 shared task: chunking, 2000 (IOB2 and conlleval). H. Nakayama, seqeval, 2018.
"""

from __future__ import annotations

from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any, TypeAlias

    Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]
    Span: TypeAlias = tuple[int, int, str]

NO_KIND = "_"  # the kind of a bare B, I, E or S; seqeval has this name for it

_ROLES = "OBIES"
_ROLE_OF = {**{letter: role for role, letter in enumerate(_ROLES)}, "M": 2, "L": 3, "U": 4}


class Scheme(NamedTuple):
    """A scheme's letters and rules.

    Attributes
    ----------
    letters : str
        How it writes O, B, I, E and S; a blank where it has no such label.
    start, inside, end, valid : bool arrays, shape (5, 5, 2)
        By roles of an item and the one after it, and whether their kinds are the same: whether a span begins with the second,
        goes on there, may end between the two, and whether the two may follow each other.
    """

    letters: str
    start: Array
    inside: Array
    end: Array
    valid: Array


def _rules(text: str) -> Array:
    """``*B II! IE=``: any item then B; I then I of another kind; I then E of the same kind."""
    table = np.zeros((5, 5, 2), bool)
    for rule in text.split():
        before = slice(None) if rule[0] == "*" else _ROLES.index(rule[0])
        after = slice(None) if rule[1] == "*" else _ROLES.index(rule[1])
        table[before, after, {"=": 1, "!": 0}.get(rule[2:], slice(None))] = True
    return table


_CLOSED = "OO EO SO OB EB SB OS ES SS BI= BE= II= IE="
_SCHEMES = {
    "": ("OBIES", "*B *S OI OE EI EE SI SE BI! BE! II! IE!", "BI= BE= II= IE=", "**", "**"),  # conlleval, seqeval's default
    "BIO": ("OBI  ", "*B", "BI= II=", "**", "*O *B BI= II="),
    "IOB1": ("OBI  ", "OI II! BI IB= BB=", "BI= II=", "II! IO IB BO BI! BB=", "*O *I IB= BB="),
    "BIOES": ("OBIES", "*B *S", "BI= BE= II= IE=", "E* S*", _CLOSED),
    "BMES": ("OBMES", "*B *S", "BI= BE= II= IE=", "E* S*", _CLOSED),
    "BILOU": ("OBILU", "*B *S", "BI= BE= II= IE=", "E* S*", _CLOSED),
}
_ALIASES = {"IOB2": "BIO", "IOBES": "BIOES", "IOB": "BIO"}
SCHEMES = ("BIO", "IOB1", "BIOES", "BMES", "BILOU")


@cache
def scheme_named(name: str | None) -> Scheme:
    """A scheme by its name; None: no rules, as conlleval reads labels."""
    letters, *rules = _SCHEMES.get(_ALIASES.get(name or "", name or ""), ("",))
    if not rules:
        raise ParameterError(f"no tag scheme {name!r}; possible: {', '.join([*SCHEMES, *_ALIASES])}")
    return Scheme(letters, *map(_rules, rules))


def role_and_kind(label: str) -> tuple[int, str]:
    """``B-PER`` as (1, "PER").

    Raises
    ------
    ParameterError
        If it is no label of any scheme.
    """
    if label == "O":
        return 0, ""
    role = _ROLE_OF.get(label[:1], 0)
    if not role or (len(label) > 1 and label[1] != "-"):
        raise ParameterError(f"{label!r} is no label of a tag scheme: O, or one of B I M E S L U, then a hyphen and a kind")
    return role, label[2:] or NO_KIND


class LabelTable:
    """Label strings as numbers by first appearance, and their roles and kinds."""

    def __init__(self, labels: Iterable[str] = ()) -> None:
        self._numbers = _Numbers()
        for label in labels:
            self._numbers[label]

    @property
    def labels(self) -> list[str]:
        """The labels, by number."""
        return list(self._numbers)

    def encode(self, sequences: Sequence[Sequence[str]]) -> Array:
        """The numbers of all items of all sequences, one after the other; new labels get new numbers."""
        return np.fromiter(map(self._numbers.__getitem__, chain.from_iterable(sequences)), np.int64)

    def roles(self) -> tuple[Array, Array, list[str]]:
        """Role and number of the kind of each label, and the kinds; O has the kind -1."""
        kinds = _Numbers()
        pairs = [role_and_kind(label) for label in self._numbers]
        numbers = [kinds[kind] if role else -1 for role, kind in pairs]
        return np.array([role for role, _ in pairs], np.int8), np.array(numbers, np.int64), list(kinds)


class _Numbers(dict[str, int]):
    def __missing__(self, key: str) -> int:
        number = self[key] = len(self)
        return number


def span_arrays(starts: Array, roles: Array, kinds: Array, scheme: str | None = None) -> tuple[Array, Array, Array]:
    """The spans in many sequences at once.

    Parameters
    ----------
    starts : int array, shape (sequences + 1,)
        Where each sequence begins among the items.
    roles, kinds : arrays, shape (items,)
        As in :meth:`LabelTable.roles`, of each item.
    scheme : str, optional
        See :func:`spans`.

    Returns
    -------
    begin, end, kind : int64 arrays
        Of each span, in order, counted over the items of all sequences.
    """
    rules = scheme_named(scheme)
    sequence = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    place = np.arange(len(roles)) + sequence  # each sequence is followed by an O that keeps it from the next
    size = len(roles) + len(starts) - 1
    if not size:
        empty = np.zeros(0, np.int64)
        return empty, empty, empty
    role, kind = np.zeros(size, np.int8), np.full(size, -1, np.int64)
    role[place], kind[place] = roles, kinds
    before = np.concatenate(([0], role[:-1]))
    same = np.concatenate(([False], kind[1:] == kind[:-1])).astype(np.int8)
    heads = ~rules.inside[before, role, same]
    run = np.cumsum(heads) - 1  # items that hang together; a span begins at the first place of a run where one may
    begin = np.flatnonzero(rules.start[before, role, same] & (role > 0))
    begin = begin[np.concatenate(([True], np.diff(run[begin]) != 0))] if len(begin) else begin
    end = np.append(np.flatnonzero(heads), size)[run[begin] + 1]
    good = rules.end[role[end - 1], role[end], same[end]]
    begin, end = begin[good], end[good]
    back = np.zeros(size, np.int64)
    back[place] = sequence
    shift = back[begin]
    return begin - shift, end - shift, kind[begin]


def spans(labels: Sequence[str], scheme: str | None = None) -> list[Span]:
    """The spans that a sequence of labels stands for.

    Parameters
    ----------
    labels : sequence of str
        Such as ``["B-PER", "I-PER", "O"]``; M is read as I, L as E, U as S.
    scheme : {"BIO", "IOB1", "BIOES", "BMES", "BILOU"}, optional
        What breaks its rules is no span, as in seqeval's strict mode. Default: spans as conlleval finds them.

    Returns
    -------
    list of (start, end, kind)
        The end is exclusive; labels without a kind have the kind ``_``.

    Raises
    ------
    ParameterError
        For a label that is none of a scheme, or not of this scheme.

    Examples
    --------
    >>> spans(["B-PER", "I-PER", "O", "I-LOC"])
    [(0, 2, 'PER'), (3, 4, 'LOC')]
    >>> spans(["B-PER", "I-PER", "O", "I-LOC"], scheme="BIO")
    [(0, 2, 'PER')]
    """
    return spans_of_all([labels], scheme)[0]


def spans_of_all(sequences: Sequence[Sequence[str]], scheme: str | None = None) -> list[list[Span]]:
    """:func:`spans` of many sequences."""
    table = LabelTable()
    codes = table.encode(sequences)
    try:
        roles, kinds, names = table.roles()
        check_letters(table.labels, scheme)
    except ParameterError as error:
        raise located(error, sequences) from None
    starts = starts_of(sequences)
    begin, end, kind = span_arrays(starts, roles[codes], kinds[codes], scheme)
    found: list[list[Span]] = [[] for _ in sequences]
    owner = np.searchsorted(starts, begin, "right") - 1
    first = starts[owner]
    for i, a, b, k in zip(owner.tolist(), (begin - first).tolist(), (end - first).tolist(), kind.tolist(), strict=True):
        found[i].append((a, b, names[k]))
    return found


def starts_of(sequences: Sequence[Sequence[str]]) -> Array:
    """Where each sequence begins among the items of all."""
    return np.concatenate(([0], np.cumsum(np.fromiter(map(len, sequences), np.int64, len(sequences)))))


def check_letters(labels: Iterable[str], scheme: str | None) -> None:
    """Raise ParameterError for a label whose letter the scheme does not have."""
    letters = scheme_named(scheme).letters + ("MLU" if scheme is None else "")
    for label in labels:
        role_and_kind(label)
        if label[0] not in letters:
            raise ParameterError(f"{label!r} is no label of the scheme {scheme}, which has {' '.join(letters.replace(' ', ''))}")


def located(error: ParameterError, sequences: Sequence[Sequence[str]]) -> ParameterError:
    """The error about a label, with the first place where the label stands."""
    message = str(error)
    for i, sequence in enumerate(sequences):
        for j, label in enumerate(sequence):
            if message.startswith(f"{label!r} "):
                return ParameterError(f"sequence {i}, item {j}: {message}")
    return error


def detect_scheme(sequences: Iterable[Sequence[str]]) -> str:
    """The scheme in which labels are written.

    The letters tell; between BIO and IOB1, which have the same ones, it is IOB1 if there are spans that begin with I and no B but
    where it parts a span from another of its kind.

    Examples
    --------
    >>> detect_scheme([["B-PER", "M-PER", "E-PER"]]), detect_scheme([["B-PER", "I-PER"]]), detect_scheme([["O", "I-PER"]])
    ('BMES', 'BIO', 'IOB1')
    """
    pairs: set[tuple[str, str]] = set()
    for labels in sequences:
        pairs.update(zip(["O", *labels], labels, strict=False))
    labels_seen = {after for _, after in pairs}
    for label in labels_seen:
        role_and_kind(label)
    letters = {label[0] for label in labels_seen}
    if "M" in letters:
        return "BMES"
    if letters & set("LU"):
        return "BILOU"
    if letters & set("ES"):
        return "BIOES"
    parted = all(before[0] in "BI" and before[1:] == after[1:] for before, after in pairs if after[0] == "B")
    return "IOB1" if parted and "I" in letters else "BIO"


def labels_of(found: Iterable[Span], length: int, scheme: str = "BIO") -> list[str]:
    """The labels for spans, the inverse of :func:`spans`.

    Parameters
    ----------
    found : iterable of (start, end, kind)
        In any order, without overlap.
    length : int
        How many items the sequence has.
    scheme : {"BIO", "IOB1", "BIOES", "BMES", "BILOU"}
        How to write them.

    Examples
    --------
    >>> labels_of([(0, 2, "PER"), (3, 4, "LOC")], 5, "BMES")
    ['B-PER', 'E-PER', 'O', 'S-LOC', 'O']
    """
    name = _ALIASES.get(scheme, scheme)
    begin, inside, last, single = list(scheme_named(name or "no name").letters[1:])
    out = ["O"] * length
    end, before = 0, ""
    for start, stop, kind in sorted(found):
        if not end <= start < stop <= length:
            raise ParameterError(f"span {(start, stop, kind)!r}: empty, past the {length} items, or it overlaps another one")
        tail = "" if kind == NO_KIND else f"-{kind}"
        first = inside if name == "IOB1" and not (start == end and start and before == kind) else begin
        out[start:stop] = [first + tail] + [inside + tail] * (stop - start - 1)
        if last != " ":
            out[stop - 1] = (single if stop == start + 1 else last) + tail
        end, before = stop, kind
    return out


def convert_labels(sequences: Sequence[Sequence[str]], to: str, scheme: str | None = None) -> list[list[str]]:
    """Write labels in another scheme.

    Parameters
    ----------
    sequences : sequence of sequences of str
        Labels in any scheme.
    to : str
        The scheme wanted.
    scheme : str, optional
        The scheme they are in, whose rules they must keep to make spans; see :func:`spans`.

    Examples
    --------
    >>> convert_labels([["B-PER", "I-PER", "O"]], "BIOES")
    [['B-PER', 'E-PER', 'O']]
    """
    scheme_named(to)
    found = spans_of_all(sequences, scheme)
    return [labels_of(each, len(labels), to) for each, labels in zip(found, sequences, strict=True)]


class Masks(NamedTuple):
    """What a scheme allows, for the constraints of a tagger.

    Attributes
    ----------
    allowed : bool array, shape (labels, labels)
        Whether the second label may follow the first.
    start, end : bool arrays, shape (labels,)
        Whether a sequence may begin and end with a label.
    """

    allowed: Array
    start: Array
    end: Array


def masks(labels: Sequence[str], scheme: str) -> Masks:
    """Which labels may follow each other, begin and end a sequence.

    Examples
    --------
    >>> masks(["O", "B-PER", "I-PER"], "BIO").allowed.tolist()
    [[True, True, False], [True, True, True], [True, True, True]]
    """
    table = LabelTable(labels)
    roles, kinds, _ = table.roles()
    check_letters(labels, scheme)
    valid = scheme_named(scheme).valid
    same = (kinds[:, None] == kinds[None, :]).astype(np.int8)
    allowed = valid[roles[:, None], roles[None, :], same]
    outside = (kinds == -1).astype(np.int8)
    return Masks(allowed, valid[0, roles, outside], valid[roles, 0, outside])
