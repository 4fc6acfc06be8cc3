"""Attributes of items by a template, beside attribute strings made in Python for CRFsuite."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

from benchmarks.frame import Case, Options, Run, lines_of

PEERS = ["python-crfsuite"]

OURS_MB, THEIRS_MB = 2.0, 0.1

Sentences = list[list[list[str]]]


def cases(options: Options) -> Iterator[Case]:
    """Columns of characters and their classes, by the 19 macros of a chunking template."""
    from nlptk.tagging import DictEncoder, Template, TemplateEncoder

    many, size = rows(options, OURS_MB)
    few, little = rows(options, THEIRS_MB)
    template = Template.of("chunk")
    encoder = TemplateEncoder(template)
    encoder.fit_transform(many)
    make = item_sequence()
    theirs = None if make is None else lambda: [make(strings(sentence)) for sentence in few]
    runs = [Run("nlptk", lambda: encoder.transform(many), size), Run("python-crfsuite", theirs, little)]
    yield Case("19 macros, known attributes", runs)
    yield Case("19 macros, learned", [Run("nlptk", lambda: TemplateEncoder(template).fit_transform(many), size)])
    ready = [strings(sentence) for sentence in few]
    lists = DictEncoder()
    lists.fit_transform(ready)
    theirs = None if make is None else lambda: [make(sentence) for sentence in ready]
    runs = [Run("nlptk", lambda: lists.transform(ready), little), Run("python-crfsuite", theirs, little)]
    yield Case("lists of attributes", runs)


def rows(options: Options, megabytes: float) -> tuple[Sentences, float]:
    """Every character with its Unicode category, so that any text will do."""
    import unicodedata

    lines, size = lines_of(options.texts, megabytes)
    return [[[c, unicodedata.category(c)] for c in line] for line in lines], size


def strings(sentence: list[list[str]]) -> list[list[str]]:
    """The attributes of the items of a sentence, as one writes them for CRFsuite."""

    def at(i: int, column: int) -> str:
        return sentence[i][column] if 0 <= i < len(sentence) else f"_{i}"

    out = []
    for t in range(len(sentence)):
        names = [f"w{o}={at(t + o, 0)}" for o in (-2, -1, 0, 1, 2)]
        names += [f"w-1w0={at(t - 1, 0)}/{at(t, 0)}", f"w0w1={at(t, 0)}/{at(t + 1, 0)}"]
        names += [f"p{o}={at(t + o, 1)}" for o in (-2, -1, 0, 1, 2)]
        names += [f"p{o}p{o + 1}={at(t + o, 1)}/{at(t + o + 1, 1)}" for o in (-2, -1, 0, 1)]
        names += [f"p{o}p{o + 2}={at(t + o, 1)}/{at(t + o + 1, 1)}/{at(t + o + 2, 1)}" for o in (-2, -1, 0)]
        out.append(names)
    return out


def item_sequence() -> Callable[[list[list[str]]], Any] | None:
    """What CRFsuite reads attributes into, or None where it is not installed."""
    try:
        make: Callable[[list[list[str]]], Any] = import_module("pycrfsuite").ItemSequence
    except ImportError:
        return None
    return make
