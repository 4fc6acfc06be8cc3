"""SequenceTagger: what all trained taggers share, from raw items and labels to a file."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from ..errors import ModelFormatError, ParameterError
from ..estimator import Tagger
from .encoding import DictEncoder, TemplateEncoder
from .linear_chain import LinearChain
from .template import Template

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any, TypeAlias

    from typing_extensions import Self

    from ..container import Container
    from .sequences import Array, Sequences

    Sentences: TypeAlias = Sequence[Sequence[Any]]
    TemplateLike: TypeAlias = Template | str | os.PathLike[str] | Iterable[str]


class SequenceTagger(Tagger):
    """Base of taggers over linear chains; a subclass says in ``_train`` how weights are learned.

    ``X`` has a list for each sentence. With a ``template``, its items are rows of columns (lists or tuples of str; a str is a row
    of one column); without, they are dicts of features or lists of attributes, as for sklearn-crfsuite.

    Attributes
    ----------
    labels_ : list of str
        By number, in the order in which they first appeared.
    encoder_ : TemplateEncoder or DictEncoder
        From items to attribute numbers.
    chain_ : LinearChain
        The weights.
    """

    template: TemplateLike | None = None
    min_freq: int = 0
    threads: int = 1
    warm_start: bool = False

    labels_: list[str]
    encoder_: TemplateEncoder | DictEncoder
    chain_: LinearChain

    # ---- learning

    def fit(self, X: Sentences, y: Sequence[Sequence[str]], X_dev: Sentences | None = None, y_dev: Any = None) -> Self:
        """Learn from sentences and their labels.

        Parameters
        ----------
        X : sequence of sentences
        y : sequence of sequences of str
            A label for each item.
        X_dev, y_dev : optional
            Sentences that are not learned from: the weights that do best on them are kept.

        Raises
        ------
        ParameterError
            Lengths differ, there is nothing to learn from, or a label or value is none; the message says where.
        """
        again = self.warm_start and hasattr(self, "chain_")
        encoder = self.encoder_ if again else self._new_encoder()
        sentences = _listed(X, "X")
        seqs = encoder.transform(sentences) if again else encoder.fit_transform(sentences)
        labels = list(self.labels_) if again else []
        seqs = self._labelled(seqs, y, labels, "y", new=True)
        if not seqs.n_items:
            raise ParameterError("nothing to learn from: no sentence has an item")
        dev = None
        if X_dev is not None or y_dev is not None:
            if X_dev is None or y_dev is None:
                raise ParameterError("X_dev and y_dev belong together")
            dev = self._labelled(encoder.transform(_listed(X_dev, "X_dev")), y_dev, labels, "y_dev", new=False)
        chain = self._train(seqs, labels, dev, self.chain_ if again else None)
        self.encoder_, self.labels_, self.chain_ = encoder, labels, chain
        return self

    def _train(self, seqs: Sequences, labels: list[str], dev: Sequences | None, start: LinearChain | None) -> LinearChain:
        """Weights for encoded and labelled sentences; ``start``: those to begin with."""
        raise NotImplementedError

    def _new_encoder(self) -> TemplateEncoder | DictEncoder:
        if self.template is None:
            return DictEncoder(min_freq=self.min_freq)
        return TemplateEncoder(self.template, min_freq=self.min_freq)

    def _labelled(self, seqs: Sequences, y: Any, labels: list[str], name: str, new: bool) -> Sequences:
        """The sequences with the numbers of their labels; ``new``: unknown ones are added, else they are an error."""
        _check_values(seqs)
        y = _listed(y, name)
        if len(y) != len(seqs):
            raise ParameterError(f"{len(seqs)} sentences, but {name} has {len(y)}")
        numbers = {label: i for i, label in enumerate(labels)}
        found: list[int] = []
        lengths = np.diff(seqs.starts).tolist()
        for i, (sentence, length) in enumerate(zip(y, lengths, strict=True)):
            if len(sentence) != length:
                raise ParameterError(f"sentence {i}: {length} items, but {name} has {len(sentence)} labels")
            try:
                found += [numbers[label] for label in sentence]
            except (KeyError, TypeError):
                found += [self._number(label, numbers, new, f"sentence {i}, item {t}") for t, label in enumerate(sentence)]
        labels[:] = numbers
        return seqs.with_labels(np.array(found, np.uint16))

    @staticmethod
    def _number(label: Any, numbers: dict[str, int], new: bool, where: str) -> int:
        if not isinstance(label, str):
            raise ParameterError(f"{where}: label {label!r}, expected a str")
        if label not in numbers:
            if not new:
                raise ParameterError(f"{where}: label {label!r} is not one of the training data: {', '.join(list(numbers)[:20])}")
            if len(numbers) == 1000:
                raise ParameterError(f"{where}: more than 1000 labels")
            numbers[str(label)] = len(numbers)
        return numbers[label]

    # ---- using

    def encode(self, X: Sentences) -> Sequences:
        """The attributes of sentences, by number; those that training did not see are left out."""
        self._check_fitted()
        seqs = self.encoder_.transform(_listed(X, "X"))
        _check_values(seqs)
        return seqs

    def predict(self, X: Sentences) -> list[list[str]]:
        """The best labels of each sentence."""
        seqs = self.encode(X)
        named = np.array(self.labels_, object)[self.chain_.decode(seqs, self.threads)].tolist()
        return _cut(named, seqs)

    def predict_marginals(self, X: Sentences) -> list[list[dict[str, float]]]:
        """For each item the probability of every label."""
        seqs = self.encode(X)
        labels = self.labels_
        rows = self.chain_.marginals(seqs, self.threads).tolist()
        return _cut([dict(zip(labels, row, strict=True)) for row in rows], seqs)

    def n_best(self, X: Sentences, n: int = 5) -> list[list[tuple[float, list[str]]]]:
        """For each sentence its best label sequences with their scores, the best first.

        A score is the sum of all weights on the way, the logarithm of something proportional to the probability.
        """
        if isinstance(n, bool) or not isinstance(n, int) or n < 1:
            raise ParameterError(f"n={n!r}: expected 1 or more")
        names = np.array(self.labels_ if hasattr(self, "labels_") else [], object)
        found = self.chain_.n_best(self.encode(X), n) if len(names) else self.encode(X) and []
        return [[(score, names[path].tolist()) for score, path in paths] for paths in found]

    def log_likelihood(self, X: Sentences, y: Sequence[Sequence[str]]) -> list[float]:
        """``log p(y | x)`` of each sentence."""
        self._check_fitted()
        seqs = self._labelled(self.encode(X), y, list(self.labels_), "y", new=False)
        return self.chain_.log_likelihood(seqs, self.threads).tolist()  # type: ignore[no-any-return]

    def constrain(
        self,
        allowed: Iterable[tuple[str, str]] | None = None,
        start: Iterable[str] | None = None,
        end: Iterable[str] | None = None,
    ) -> Self:
        """From now on use only these pairs of neighbouring labels, first labels and last labels; None: all.

        Examples
        --------
        >>> tagger.constrain(allowed=[("B", "I"), ("I", "I"), ("I", "O"), ("O", "B")], start="BO")  # doctest: +SKIP
        """
        self._check_fitted()
        numbers = {label: i for i, label in enumerate(self.labels_)}
        n = len(numbers)

        def number(label: str) -> int:
            if label not in numbers:
                raise ParameterError(f"no label {label!r}, expected one of {', '.join(numbers)}")
            return numbers[label]

        pairs, first, last = None, None, None
        if allowed is not None:
            pairs = np.zeros((n, n), bool)
            for before, after in allowed:
                pairs[number(before), number(after)] = True
        if start is not None:
            first = np.zeros(n, bool)
            first[[number(label) for label in start]] = True
        if end is not None:
            last = np.zeros(n, bool)
            last[[number(label) for label in end]] = True
        self.chain_ = self.chain_.constrained(pairs, first, last)
        return self

    def quantize(self, bits: int = 16, least: float = 0.0) -> Self:
        """Make the model small: drop weights nearer to 0 than ``least``, round the others to 8 or 16 bits."""
        self._check_fitted()
        chain = self.chain_.pruned(least) if least else self.chain_
        self.chain_ = chain.quantized(bits)
        return self

    # ---- files

    def _stored_parameters(self) -> dict[str, Any]:
        parameters = {name: value for name, value in self.get_params(deep=False).items() if name != "template"}
        from ..estimator import plain_value

        out = {name: plain_value(value, f"parameter {name!r}") for name, value in parameters.items()}
        if self.template is not None:
            template = getattr(getattr(self, "encoder_", None), "template", None)
            out["template"] = f"{Template.of(self.template if template is None else template)}\n"
        return out

    def _get_state(self) -> tuple[dict[str, Any], dict[str, Any]]:
        arrays = {f"chain.{name}": array for name, array in self.chain_.arrays().items()}
        arrays |= {f"encoder.{name}": array for name, array in self.encoder_.arrays().items()}
        encoder = "dict" if isinstance(self.encoder_, DictEncoder) else "template"
        return {"labels": self.labels_, "encoder": encoder}, arrays

    def _set_state(self, learned: Mapping[str, Any], arrays: Container) -> None:
        labels = learned["labels"]
        if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels) or len(set(labels)) != len(labels):
            raise ModelFormatError("labels: expected different strings")
        kinds: dict[str, Any] = {"dict": DictEncoder, "template": TemplateEncoder}
        prefix = "encoder."
        named: dict[str, Array] = {n.removeprefix(prefix): arrays.numpy(n) for n in arrays.names() if n.startswith(prefix)}
        self.encoder_ = kinds[learned["encoder"]].from_arrays(named)
        self.labels_ = labels
        self.chain_ = LinearChain.from_arrays(labels, self.encoder_.n_attributes, arrays, "chain.")


def _listed(value: Any, name: str) -> Any:
    """Something with a length, of sentences."""
    if isinstance(value, (str, bytes, dict)) or value is None:
        raise ParameterError(f"{name} is {type(value).__name__}, expected a list of sentences")
    return value if hasattr(value, "__len__") else list(value)


def _check_values(seqs: Sequences) -> None:
    if seqs.values is None:
        return
    bad = np.flatnonzero(~np.isfinite(seqs.values))
    if len(bad):
        item = int(np.searchsorted(seqs.indptr, bad[0], "right")) - 1
        sentence = int(np.searchsorted(seqs.starts, item, "right")) - 1
        where = f"sentence {sentence}, item {item - int(seqs.starts[sentence])}"
        raise ParameterError(f"{where}: a feature has the value {seqs.values[bad[0]]}, expected a finite number")


def _cut(items: list[Any], seqs: Sequences) -> list[list[Any]]:
    edges = seqs.starts.tolist()
    return [items[a:b] for a, b in pairwise(edges)]
