"""Tasks by name: which model with which template learns what, and what a trained one looks like inside."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..errors import ParameterError
from .component import TaggerComponent, default_tagger, tagger_class

if TYPE_CHECKING:
    from typing import Any

TASKS = ("pos", "ner", "chunk")
MODELS = ("crf", "perceptron", "hmm")


def new_tagger(model: str, task: str | None = None, template: Any = None, **parameters: Any) -> Any:
    """An untrained tagger.

    Parameters
    ----------
    model : {"crf", "perceptron", "hmm"}
        What learns.
    task : {"pos", "ner", "chunk"}, optional
        Brings its template and what suits it of the other parameters, and makes the tagger a component of pipelines.
    template : Template, path or list of features, optional
        In place of the task's.
    **parameters
        Of the model, as in :class:`CRF`, :class:`Perceptron`, :class:`HMM`.

    Returns
    -------
    PosTagger, EntityTagger, Chunker, or without a task CRF, Perceptron, HMM

    Raises
    ------
    ParameterError
        Neither task nor template, or a parameter that the model does not have.

    Examples
    --------
    >>> from nlptk.tagging.tasks import new_tagger
    >>> new_tagger("crf", "pos", c2=0.5)
    PosTagger(tagger=CRF(c2=0.5))
    """
    cls = tagger_class(model)
    possible = cls._defaults()
    unknown = parameters.keys() - possible.keys()
    if unknown:
        raise ParameterError(f"the model {model} has no parameter {min(unknown)!r}; possible: {', '.join(possible)}")
    if template is not None:
        if "template" not in possible:
            raise ParameterError(f"the model {model} takes no template: it looks at the words alone")
        parameters["template"] = template
    elif task is None and "template" in possible:
        raise ParameterError(f"neither a task ({', '.join(TASKS)}) nor a template: what are the features of an item?")
    if task is None:
        return cls(**parameters)
    if task not in TASKS:
        raise ParameterError(f"no task {task!r}; possible: {', '.join(TASKS)}")
    return component_class(task)(default_tagger(model, task, **parameters))


def component_class(task: str) -> type[TaggerComponent]:
    """The component of a task."""
    from .chunk import Chunker
    from .ner import EntityTagger
    from .pos import PosTagger

    return {"pos": PosTagger, "ner": EntityTagger, "chunk": Chunker}[task]


class Inside(NamedTuple):
    """What :func:`inspect` finds.

    Attributes
    ----------
    labels : list of str
    attributes, weights : int
        How many there are; weights that are not 0.
    features : list of (str, str, float)
        Attribute, label, weight: for each label those with the largest weights, then those with the smallest.
    transitions : list of (str, str, float)
        Label, the label after it, weight, the largest first; not those that the scheme forbids.
    """

    labels: list[str]
    attributes: int
    weights: int
    features: list[tuple[str, str, float]]
    transitions: list[tuple[str, str, float]]


def inspect(tagger: Any, top: int = 10, label: str | None = None) -> Inside:
    """Look into a trained tagger.

    Parameters
    ----------
    tagger : CRF, Perceptron, PosTagger, EntityTagger, Chunker
    top : int
        How many features of each label, of either sign, and how many transitions.
    label : str, optional
        Of this label only.

    Raises
    ------
    ParameterError
        If it has no such label, or no weights to look at.
    """
    inner = getattr(tagger, "tagger_", tagger)
    if not hasattr(inner, "chain_"):
        raise ParameterError(f"a {type(inner).__name__} has no weighted features to look at")
    labels = inner.labels_
    if label is not None and label not in labels:
        raise ParameterError(f"no label {label!r}; there are: {', '.join(labels)}")
    chain = inner.chain_
    try:
        names = inner.encoder_.names()
    except ParameterError:  # saved without
        names = [f"attribute {i}" for i in range(inner.encoder_.n_attributes)]
    row_ptr, row_label = chain._rows()
    owner = np.repeat(np.arange(chain.n_attributes), np.diff(row_ptr))
    features = []
    for number, name in enumerate(labels):
        if label is not None and name != label:
            continue
        mine = np.flatnonzero((row_label == number) & (chain.weights != 0))
        order = mine[np.argsort(-chain.weights[mine], kind="stable")]
        best, worst = order[:top], order[max(top, len(order) - top) :]
        best, worst = best[chain.weights[best] > 0], worst[chain.weights[worst] < 0]
        features += [(names[owner[i]], name, float(chain.weights[i])) for i in (*best, *worst)]
    moves = chain.transitions if chain.allowed is None else np.where(chain.allowed, chain.transitions, np.nan)
    pairs = [
        (labels[a], labels[b], float(moves[a, b]))
        for a, b in zip(*np.unravel_index(np.argsort(-moves, axis=None, kind="stable"), moves.shape), strict=True)
        if np.isfinite(moves[a, b]) and label in (None, labels[a], labels[b])
    ]
    pairs = pairs if len(pairs) <= 2 * top else pairs[:top] + pairs[-top:]
    return Inside(list(labels), chain.n_attributes, int(np.count_nonzero(chain.weights)), features, pairs)
