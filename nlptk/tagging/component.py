"""TaggerComponent: a trained tagger as an estimator of a task and a step of a pipeline."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from ..doc import Component
from ..errors import ModelFormatError, ParameterError
from ..estimator import Tagger
from .data import with_known_labels
from .encoding import TemplateEncoder
from .linear_chain import LinearChain
from .template import Template

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import ClassVar

    from typing_extensions import Self

    from ..container import Container
    from ..doc import Doc
    from .evaluation import Evaluation
    from .schemes import Masks
    from .sequences import Array

# kind in a file -> module:class of the taggers that may be inside
_TAGGERS = {"crf": "crf:CRF", "hmm": "hmm:HMM", "perceptron": "perceptron:Perceptron"}


def tagger_class(kind: object) -> type[Any]:
    """The class of taggers of a kind: crf, hmm or perceptron."""
    if not isinstance(kind, str) or kind not in _TAGGERS:
        raise ParameterError(f"no kind of tagger {kind!r}; possible: {', '.join(_TAGGERS)}")
    from importlib import import_module

    module, _, name = _TAGGERS[kind].partition(":")
    found: type[Any] = getattr(import_module(f".{module}", __package__), name)
    return found


# what suits the tasks better than what the models begin with: measured on the last tenth of training data
DEFAULTS: dict[str, dict[str, Any]] = {
    "perceptron": {"epochs": 10, "rule": "pa1", "aggressiveness": 0.1, "margin": 1.0, "burn_in": 0.5},
}
# Names are rare, and most of their contexts are seen once: L-BFGS, which finds the minimum for all of them, does worse.
NER_DEFAULTS: dict[str, dict[str, Any]] = {
    "crf": {"algorithm": "adagrad", "eta": 0.2, "c2": 0.01, "cost": 3.0, "min_freq": 3, "max_iterations": 6},
}


def default_tagger(kind: str, task: str | None = None, **parameters: Any) -> Any:
    """A tagger with what suits the tasks, and the given parameters; with another algorithm, only these."""
    suited = DEFAULTS.get(kind, {})
    if task == "ner":
        suited = NER_DEFAULTS.get(kind, suited)
    if "algorithm" in suited and (
        parameters.get("algorithm", suited["algorithm"]) != suited["algorithm"] or parameters.get("c1")
    ):
        suited = {}  # made for that algorithm, which has no L1 norm
    return tagger_class(kind)(**{**suited, **parameters})


class TaggerComponent(Tagger, Component):
    """Base of the tasks: which columns of a document are the items, what becomes of the labels, the template.

    Parameters
    ----------
    tagger : CRF, Perceptron or HMM, optional
        What learns, with its parameters; it gets the template of the task if it has none.

    Attributes
    ----------
    tagger_ : CRF, Perceptron or HMM
        The trained one.
    labels_ : list of str
        What :meth:`predict` may give, by number.
    """

    task: ClassVar[str] = ""
    columns: tuple[str, ...] = ("words",)  # of a document, one for each column of a row

    tagger_: Any
    labels_: list[str]

    def __init__(self, tagger: Any = None) -> None:
        self.tagger = tagger

    @property
    def requires(self) -> tuple[str, ...]:  # type: ignore[override]
        """Columns that documents must have."""
        return tuple(column for column in self.columns if column != "characters")

    # ---- learning

    def _default_tagger(self) -> Any:
        return default_tagger("perceptron")

    def _template(self, X: Sequence[Sequence[Any]]) -> Template:
        """The template of the task for such items."""
        return Template.of(self.task)

    def _prepare(self, y: list[Sequence[str]]) -> tuple[Sequence[Sequence[str]], Any]:
        """Labels as the tagger is to learn them, and what brings others into the same form."""
        return y, None

    def _learned_scheme(self) -> str | None:
        """Of the labels that the tagger learns: so that it need not learn what the scheme forbids."""
        return None

    def _finish(self) -> None:
        """Set ``labels_``, once the tagger is trained."""
        self.labels_ = list(self.tagger_.labels_)

    def fit(self, X: Any, y: Any, X_dev: Any = None, y_dev: Any = None) -> Self:
        """Learn from sentences and their labels.

        Parameters
        ----------
        X : list of sentences
            Each a list of items: a str, or a row (list or tuple of str) of as many columns as the template uses.
        y : list of lists of str
            A label for each item.
        X_dev, y_dev : optional
            Sentences that are not learned from: the weights that do best on them are kept. Those with labels that training does
            not have are left out.
        """
        inner = self._default_tagger() if self.tagger is None else self.tagger
        parameters = inner.get_params(deep=False)
        if parameters.get("template", "") is None:
            parameters["template"] = self._template(X)
        y, convert = self._prepare(y)
        if parameters.get("scheme", "") is None:
            parameters["scheme"] = self._learned_scheme()
        inner = type(inner)(**parameters)
        dev: tuple[Any, ...] = () if X_dev is None and y_dev is None else (X_dev, y_dev)
        if X_dev is not None and y_dev is not None:
            dev = with_known_labels(X_dev, convert(y_dev) if convert else y_dev, y)
        if dev and "X_dev" not in inner.fit.__code__.co_varnames:
            raise ParameterError(f"a {type(inner).__name__} has no use for X_dev: there is nothing that it could stop early")
        self.tagger_ = inner.fit(X, y, *dev)
        self._finish()
        return self

    def _constrain(self, masks: Masks) -> None:
        if hasattr(self.tagger_, "chain_"):
            self.tagger_.chain_ = self.tagger_.chain_.constrained(*masks)

    # ---- using

    def _codes(self, X: Any) -> tuple[Array, list[int]]:
        """Numbers of the best labels of all items, and where each sentence begins."""
        self._check_fitted()
        tagger = self.tagger_
        if hasattr(tagger, "chain_"):
            seqs = tagger.encode(X)
            return tagger.chain_.decode(seqs, tagger.threads), seqs.starts.tolist()
        found = tagger.predict(X)  # no chain inside: by names
        number = {label: i for i, label in enumerate(tagger.labels_)}
        starts = np.concatenate(([0], np.cumsum([len(each) for each in found]))).astype(int).tolist()
        return np.array([number[label] for each in found for label in each], np.uint16), starts

    def predict(self, X: Any) -> list[list[str]]:
        """The labels of each sentence."""
        codes, starts = self._codes(X)
        named = np.array(self.labels_, object)[codes].tolist()
        return [named[a:b] for a, b in pairwise(starts)]

    def predict_marginals(self, X: Any) -> list[list[dict[str, float]]]:
        """For each item the probability of every label."""
        self._check_fitted()
        names = dict(zip(self.tagger_.labels_, self.labels_, strict=True))
        out = []
        for sentence in self.tagger_.predict_marginals(X):
            rows = []
            for found in sentence:
                row: dict[str, float] = {}
                for label, p in found.items():
                    row[names[label]] = row.get(names[label], 0.0) + p
                rows.append(row)
            out.append(rows)
        return out

    def evaluate(self, X: Any, y: Any) -> Evaluation:
        """Scores of the predicted labels."""
        from .evaluation import evaluate_labels

        return evaluate_labels(y, self.predict(X))

    def annotate(self, docs: list[Doc]) -> None:
        """Fill the column of the task in documents. White space is no item."""
        self._check_fitted()
        rows, kept = [], []
        for doc in docs:
            columns = [_column(doc, name) for name in self.columns]
            keep = [i for i, item in enumerate(columns[0]) if not item.isspace()]
            rows.append([[column[i] for column in columns] for i in keep])
            kept.append(keep)
        codes, starts = self._codes(rows)
        for doc, keep, (a, b) in zip(docs, kept, pairwise(starts), strict=True):
            self._fill(doc, keep, codes[a:b])

    def _fill(self, doc: Doc, keep: list[int], codes: Array) -> None:
        """Write what was found at the items ``keep`` into a document."""
        raise NotImplementedError

    def quantize(self, bits: int = 16, least: float = 0.0, names: bool = True) -> Self:
        """Make the model small.

        Parameters
        ----------
        bits : {16, 8}
            Round weights to so many.
        least : float
            Drop weights that are nearer to 0, and attributes that have no others.
        names : bool
            Keep the names of attributes, by which one can look into the model.
        """
        self._check_fitted()
        inner = self.tagger_
        if not hasattr(inner, "chain_"):
            raise ParameterError(f"a {type(inner).__name__} cannot be made smaller")
        chain = inner.chain_.pruned(least)
        row_ptr, row_label = chain._rows()
        used = np.diff(row_ptr) > 0
        inner.encoder_.keep(used)
        rows = np.append(row_ptr[:-1][used], row_ptr[-1])
        gates = chain.allowed, chain.start, chain.end
        kept = LinearChain(chain.labels, int(used.sum()), rows, row_label, chain.weights, chain.transitions, *gates)
        inner.chain_ = kept.quantized(bits)
        if not names and isinstance(inner.encoder_, TemplateEncoder):
            inner.encoder_.forget_names()
        return self

    # ---- files

    def _stored_parameters(self) -> dict[str, Any]:
        return {name: value for name, value in self.get_params(deep=False).items() if name != "tagger"}

    def _get_state(self) -> tuple[dict[str, Any], dict[str, Any]]:
        inner = self.tagger_
        parameters, learned, arrays = inner._dump()
        record = {"kind": inner.kind, "parameters": parameters, "learned": learned}
        return {"tagger": record, "labels": self.labels_}, {f"tagger/{name}": array for name, array in arrays.items()}

    def _set_state(self, learned: Mapping[str, Any], arrays: Container) -> None:
        record = learned["tagger"]
        try:
            cls = tagger_class(record["kind"])
        except ParameterError as error:
            raise ModelFormatError(str(error)) from None
        self.tagger_ = cls._restore(arrays.part("tagger/", record["learned"], record["parameters"], record["kind"]))
        self.tagger = cls(**self.tagger_.get_params(deep=False))
        self.labels_ = [str(label) for label in learned["labels"]]
        if len(self.labels_) != len(self.tagger_.labels_):
            raise ModelFormatError("the labels of the task are not those of its tagger")


def _column(doc: Doc, name: str) -> Sequence[str]:
    return doc.text if name == "characters" else doc.words if name == "words" else doc.column(name)
