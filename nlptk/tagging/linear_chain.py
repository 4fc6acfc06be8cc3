"""LinearChain: the model that the CRF and the structured perceptron learn, and its inference."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from ..errors import ModelFormatError, ParameterError
from ..ext.chain import Chain
from .sequences import blocks, run_blocks

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from typing_extensions import Self

    from ..container import Container
    from .sequences import Array, Sequences


class LinearChain:
    r"""Labels of a sentence, scored by attributes of its items and by pairs of neighbouring labels.

    ``score(y) = sum_t sum_a value(t, a) w[a, y_t] + sum_t>0 A[y_t-1, y_t]``, where ``a`` runs over the attributes of item ``t``.
    As a conditional random field, ``p(y) = exp(score(y)) / Z`` (Lafferty, McCallum, Pereira 2001).

    Parameters
    ----------
    labels : sequence of str
        Names of the labels.
    n_attributes : int
    row_ptr : int64, shape (n_attributes + 1,), or None
        Weights ``row_ptr[a] ... row_ptr[a + 1]`` belong to attribute ``a``; None: every attribute has one for each label.
    row_label : uint16 or None
        The label of each weight.
    weights : float
    transitions : float, shape (labels, labels)
        From the label before to the label.
    allowed : bool, shape (labels, labels), optional
        Which labels may follow which.
    start, end : bool, shape (labels,), optional
        Which labels may begin and end a sentence.

    Notes
    -----
    Of label sequences that score the same, the one whose last label has the lower number wins, then the one before it, and so
    on. A sentence that no allowed sequence fits is labelled as if all were allowed. No result depends on the number of threads.
    """

    def __init__(
        self,
        labels: Sequence[str],
        n_attributes: int,
        row_ptr: Array | None,
        row_label: Array | None,
        weights: Array,
        transitions: Array,
        allowed: Array | None = None,
        start: Array | None = None,
        end: Array | None = None,
    ) -> None:
        n = len(labels)
        if n == 0:
            raise ParameterError("no labels")
        self.labels = list(labels)
        self.n_attributes = n_attributes
        self.row_ptr = None if row_ptr is None else np.ascontiguousarray(row_ptr, np.int64)
        self.row_label = None if row_ptr is None or row_label is None else np.ascontiguousarray(row_label, np.uint16)
        self.weights = np.ascontiguousarray(weights, np.float32).reshape(-1)
        self.transitions = np.ascontiguousarray(transitions, np.float64)
        if not (np.isfinite(self.weights).all() and np.isfinite(self.transitions).all()):
            raise ParameterError("weights that are not finite numbers")
        self.allowed = None if allowed is None else np.asarray(allowed, bool)
        self.start = None if start is None else np.asarray(start, bool)
        self.end = None if end is None else np.asarray(end, bool)
        for name, mask, shape in (("allowed", self.allowed, (n, n)), ("start", self.start, (n,)), ("end", self.end, (n,))):
            if mask is not None and mask.shape != shape:
                raise ParameterError(f"{name} has the shape {mask.shape}, expected {shape}")
        self._chain = self._compiled()

    def _compiled(self) -> Chain:
        n = len(self.labels)
        transitions = self.transitions if self.allowed is None else np.where(self.allowed, self.transitions, -np.inf)
        gates = _gate(self.start, n), _gate(self.end, n)
        rows = self.row_ptr, self.row_label, self.weights
        return Chain(n, self.n_attributes, *rows, transitions, *gates, self.transitions)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_chain"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._chain = self._compiled()

    # ---- inference

    def decode(self, seqs: Sequences, threads: int = 1) -> Array:
        """The best labels, a number for each item (Viterbi 1967)."""
        out = np.zeros(seqs.n_items, np.uint16)
        run_blocks(lambda first, last: self._chain.decode(*_parts(seqs), first, last, out), blocks(seqs, threads), threads)
        return out

    def marginals(self, seqs: Sequences, threads: int = 1) -> Array:
        """``p(y_t = label)``, float32 of shape (items, labels)."""
        out = np.zeros((seqs.n_items, len(self.labels)), np.float32)
        run_blocks(lambda first, last: self._chain.marginals(*_parts(seqs), first, last, out), blocks(seqs, threads), threads)
        return out

    def log_likelihood(self, seqs: Sequences, threads: int = 1) -> Array:
        """``log p(labels)`` of each sentence, for the labels of the sequences."""
        if seqs.labels is None:
            raise ParameterError("the sequences have no labels")
        out, labels = np.zeros(len(seqs)), seqs.labels
        run_blocks(
            lambda first, last: self._chain.log_likelihood(*_parts(seqs), labels, first, last, out),
            blocks(seqs, threads),
            threads,
        )
        return out

    def n_best(self, seqs: Sequences, n: int) -> list[list[tuple[float, Array]]]:
        """For each sentence its best label sequences with their scores, the best first; at most ``n``."""
        found = []
        for sentence in range(len(seqs)):
            length = int(seqs.starts[sentence + 1] - seqs.starts[sentence])
            most = min(n, len(self.labels) ** min(length, 64))
            paths, scores = self._chain.n_best(*_parts(seqs), sentence, most)
            found.append(list(zip(scores.tolist(), paths, strict=True)))
        return found

    # ---- other forms of the same

    def constrained(self, allowed: Array | None = None, start: Array | None = None, end: Array | None = None) -> LinearChain:
        """The same weights under other constraints."""
        return LinearChain(
            self.labels, self.n_attributes, self.row_ptr, self.row_label, self.weights, self.transitions, allowed, start, end
        )

    def pruned(self, least: float) -> LinearChain:
        """Without the weights of attributes that are nearer to 0 than ``least``."""
        row_ptr, row_label = self._rows()
        keep = np.abs(self.weights) >= least
        kept = np.concatenate([[0], np.cumsum(keep)])
        return self._with(kept[row_ptr], row_label[keep], self.weights[keep])

    def quantized(self, bits: int = 16) -> LinearChain:
        """With weights rounded to 2^bits steps (8 or 16), which :meth:`arrays` then stores in as few bits."""
        steps, scale = _quantize(self.weights, bits)
        chain = self._with(self.row_ptr, self.row_label, steps.astype(np.float32) * scale)
        chain._stored = steps, scale
        return chain

    _stored: tuple[Array, np.float32] | None = None  # weights as small integers, and what one step is worth

    def _with(self, row_ptr: Array | None, row_label: Array | None, weights: Array) -> LinearChain:
        return LinearChain(
            self.labels, self.n_attributes, row_ptr, row_label, weights, self.transitions, self.allowed, self.start, self.end
        )

    def _rows(self) -> tuple[Array, Array]:
        n = len(self.labels)
        if self.row_ptr is not None and self.row_label is not None:
            return self.row_ptr, self.row_label
        return np.arange(self.n_attributes + 1, dtype=np.int64) * n, np.tile(np.arange(n, dtype=np.uint16), self.n_attributes)

    # ---- files

    def arrays(self) -> dict[str, Any]:
        """What a container holds of it; the labels go elsewhere."""
        arrays: dict[str, Any] = {"transitions": self.transitions}
        if self._stored:
            arrays["weights"], arrays["scale"] = self._stored[0], np.array([self._stored[1]], np.float32)
        else:
            arrays["weights"] = self.weights
        if self.row_ptr is not None and self.row_label is not None:
            small = len(self.labels) <= 256
            arrays["row_size"] = np.diff(self.row_ptr).astype(np.uint8 if len(self.labels) < 256 else np.uint16)
            arrays["row_label"] = self.row_label.astype(np.uint8) if small else self.row_label
        for name in ("allowed", "start", "end"):
            mask = getattr(self, name)
            if mask is not None:
                arrays[name] = mask.astype(np.uint8)
        return arrays

    @classmethod
    def from_arrays(
        cls, labels: Sequence[str], n_attributes: int, arrays: Container | Mapping[str, Array], prefix: str = ""
    ) -> Self:
        """The inverse of :meth:`arrays`; ``prefix`` stands before the names.

        Raises
        ------
        ModelFormatError
            If the arrays cannot be those of a chain.
        """
        get: Callable[[str], Array] = getattr(arrays, "numpy", None) or getattr(arrays, "__getitem__")  # noqa: B009
        names = set(arrays if isinstance(arrays, Mapping) else arrays.names())
        weights, stored = get(f"{prefix}weights"), None
        if f"{prefix}scale" in names:
            stored = weights, np.float32(get(f"{prefix}scale")[0])
            weights = weights.astype(np.float32) * stored[1]
        row_ptr = row_label = None
        if f"{prefix}row_size" in names:
            row_ptr = np.concatenate([[0], np.cumsum(get(f"{prefix}row_size"), dtype=np.int64)])
            row_label = get(f"{prefix}row_label")
        masks = [get(f"{prefix}{name}") != 0 if f"{prefix}{name}" in names else None for name in ("allowed", "start", "end")]
        try:
            chain = cls(labels, n_attributes, row_ptr, row_label, weights, get(f"{prefix}transitions"), *masks)
        except (ValueError, TypeError) as error:
            raise ModelFormatError(f"not the weights of a linear chain: {error}") from error
        chain._stored = stored
        return chain


def _quantize(weights: Array, bits: int) -> tuple[Array, np.float32]:
    """Integers, and what one step is worth."""
    if bits not in (8, 16):
        raise ParameterError(f"bits={bits}: expected 8 or 16")
    most = float(np.abs(weights).max(initial=0))
    largest = 2 ** (bits - 1) - 1
    scale = np.float32(most / largest if most else 1)
    steps = np.clip(np.rint(weights / scale), -largest, largest)
    return steps.astype(np.int8 if bits == 8 else np.int16), scale


def _gate(mask: Array | None, n: int) -> Array:
    """0 for what may be, -inf for what may not."""
    return np.zeros(n, np.float32) if mask is None else np.where(mask, 0, -np.inf).astype(np.float32)


def _parts(seqs: Sequences) -> tuple[Array, Array, Array, Array | None]:
    return seqs.starts, seqs.indptr, seqs.indices, seqs.values
