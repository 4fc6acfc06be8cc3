"""Training over a corpus that is cut into parts: threads, progress, callbacks, and checkpoints to go on from.

What a part does to the parameters depends on the part only, not on the thread or the time; so with one worker a training that was
stopped and resumed gives the very bits of one that was not.
"""

from __future__ import annotations

import logging
import math
import mmap
import os
import sys
import threading
import time
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ..errors import ModelFormatError, ParameterError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any, TypeAlias

    from numpy.typing import NDArray

    from .word_vectors import WordVectors

    # (epoch, begin, end) -> (sum of losses, examples, words): learns from places begin .. end of the corpus
    Step: TypeAlias = Callable[[int, int, int], tuple[float, int, int]]

_log = logging.getLogger("nlptk")

_LARGEST, _SMALLEST = 1 << 17, 1 << 12  # places of a part
STRIDE = 16  # floats: rows of parameters begin at multiples of so many, that is of 64 bytes


@dataclass
class State:
    """How far a training has come; the JSON values that a checkpoint keeps.

    Attributes
    ----------
    places : int
        Length of the corpus, to know it again.
    epochs : int
        Of the whole training.
    epoch, part : int
        What comes next.
    loss, examples : float, int
        Sums of this epoch.
    """

    places: int
    epochs: int
    epoch: int = 0
    part: int = 0
    loss: float = 0.0
    examples: int = 0
    extra: dict[str, Any] = field(default_factory=dict)  # what the trainer needs besides, such as learning rates

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], extra: Iterable[str]) -> State:
        """The inverse of `to_dict`, with numbers of these names in `extra`; ModelFormatError for what cannot be."""
        state = cls(**values)
        whole = (state.places, state.epochs, state.epoch, state.part, state.examples)
        if (
            not all(type(number) is int and number >= 0 for number in whole)
            or state.epoch > state.epochs
            or state.epochs == 0
            or state.extra.keys() != {*extra}
            or not all(type(number) in (int, float) for number in (state.loss, *state.extra.values()))
        ):
            raise ModelFormatError(f"no state of a training: {dict(values)}")
        return state

    def fraction(self, epoch: int, place: int) -> float:
        """How much of the training is done at a place of an epoch."""
        return (epoch + place / max(1, self.places)) / self.epochs


def parts_of(places: int) -> list[tuple[int, int]]:
    """Cut a corpus: enough parts to keep threads busy, whose number must not matter."""
    size = min(_LARGEST, max(_SMALLEST, places // 64))
    return [(begin, min(places, begin + size)) for begin in range(0, places, size)]


class Training:
    """A run over a corpus.

    Parameters
    ----------
    model : object
        Given to the callbacks.
    state : State
        Where to begin; kept up to date.
    losses : list of float
        Gets the mean loss of each epoch.
    workers : int
        Threads that take parts.
    words : int
        Of an epoch, for the bar.
    callbacks : iterable of object
        With any of the methods ``on_train_begin``, ``on_epoch_begin``, ``on_epoch_end``, ``on_train_end``; each is called with
        the model, between parts, when nothing changes it. If ``on_epoch_end`` returns True, no epoch follows.
    verbose : bool
        Show a bar (words/s, loss, time left) if stderr is a terminal; the ``nlptk`` logger gets a line an epoch in any case.
    parts : list of (int, int), optional
        What is learned at a time; default: :func:`parts_of` the corpus.
    unit : str
        What the bar counts.
    save : callable, optional
        Writes a checkpoint: every so many seconds, and when the training is interrupted.
    every : float
        Seconds.
    """

    def __init__(
        self,
        model: object,
        state: State,
        losses: list[float],
        *,
        workers: int = 1,
        words: int = 0,
        callbacks: Iterable[object] = (),
        verbose: bool = False,
        parts: list[tuple[int, int]] | None = None,
        unit: str = "words",
        save: Callable[[], None] | None = None,
        every: float = 600.0,
    ) -> None:
        self._model, self._state, self._losses, self._workers, self._words = model, state, losses, workers, words
        self._callbacks, self._verbose, self._save, self._every = list(callbacks), verbose, save, every
        self._parts, self._unit = parts_of(state.places) if parts is None else parts, unit
        if state.part > len(self._parts):
            raise ModelFormatError(f"part {state.part} of a training of {len(self._parts)}")
        self._lock = threading.Lock()
        self._bar: Any = None

    def run(self, step: Step) -> None:
        """Train to the end.

        Raises
        ------
        ParameterError
            The loss is no number any more.
        KeyboardInterrupt
            After the parts at work were finished and the checkpoint, if there is one, was written.
        """
        state = self._state
        self._call("on_train_begin")
        try:
            with self._progress():
                while state.epoch < state.epochs and not self._epoch(step):
                    pass
        except (KeyboardInterrupt, SystemExit):
            if self._save is not None and math.isfinite(state.loss):
                self._save()
            raise
        self._call("on_train_end")

    def _epoch(self, step: Step) -> bool:
        """Learn until the epoch ends; whether a callback wants no other."""
        state = self._state
        if state.part == 0:
            self._call("on_epoch_begin")
        while state.part < len(self._parts):
            self._some_parts(step)
            if not math.isfinite(state.loss):
                raise ParameterError(f"the training diverges in epoch {state.epoch + 1}: expected a smaller alpha")
            if state.part < len(self._parts) and self._save is not None:
                self._save()
        self._losses.append(state.loss / state.examples if state.examples else 0.0)
        _log.debug("epoch %d of %d: loss %.4f", state.epoch + 1, state.epochs, self._losses[-1])
        state.epoch, state.part, state.loss, state.examples = state.epoch + 1, 0, 0.0, 0
        return self._call("on_epoch_end")

    def _some_parts(self, step: Step) -> None:
        """All parts of the epoch, or those until the next checkpoint; whatever happens, none is left half done."""
        state, first = self._state, self._state.part
        until = time.monotonic() + self._every if self._save else math.inf
        stop = threading.Event()
        errors: list[BaseException] = []

        def work(ended: threading.Event) -> None:
            try:
                while True:
                    with self._lock:
                        due = state.part > first and time.monotonic() > until  # some part has to come first
                        if stop.is_set() or due or state.part == len(self._parts):
                            return
                        begin, end = self._parts[state.part]
                        state.part += 1
                    loss, examples, words = step(state.epoch, begin, end)
                    with self._lock:
                        state.loss += loss
                        state.examples += examples
                        self._show(words)
            except BaseException as error:
                errors.append(error)
                stop.set()
            finally:
                ended.set()

        # also a single worker is a thread: an interrupt must not hit between a part and the note that it is done
        events = [threading.Event() for _ in range(self._workers)]  # a `join` that was interrupted waits no more
        threads = [threading.Thread(target=work, args=(ended,), daemon=True) for ended in events]
        try:
            for thread in threads:
                thread.start()
            for ended in events:
                ended.wait()
        except BaseException:
            stop.set()
            for thread, ended in zip(threads, events, strict=True):
                if thread.ident is not None:
                    ended.wait()
            if not errors:
                raise
        if errors:
            raise errors[0]

    def _call(self, event: str) -> bool:
        results = [method(self._model) for each in self._callbacks if (method := getattr(each, event, None)) is not None]
        return any(result is True for result in results)

    def _progress(self) -> AbstractContextManager[object]:
        if not (self._verbose and sys.stderr.isatty()):
            return nullcontext()
        from tqdm import tqdm

        done = round(self._words * self._state.epochs * self._state.fraction(self._state.epoch, self._place()))
        total = self._words * self._state.epochs
        self._bar = tqdm(total=total, initial=done, unit=f" {self._unit}", unit_scale=True, leave=False)
        bar: AbstractContextManager[object] = self._bar
        return bar

    def _place(self) -> int:
        return self._parts[self._state.part - 1][1] if self._state.part else 0

    def _show(self, words: int) -> None:
        if self._bar is not None:
            state = self._state
            self._bar.set_postfix(epoch=state.epoch + 1, loss=f"{state.loss / max(1, state.examples):.4f}", refresh=False)
            self._bar.update(words)


def new_rows(n: int, size: int) -> NDArray[np.float32]:
    """A matrix of zeros with rows of `size` floats and padding, shape (n, stride); on huge pages where the system has them.

    Raises
    ------
    ParameterError
        It does not fit in memory.
    """
    stride = -(-size // STRIDE) * STRIDE
    n_bytes = 4 * n * stride
    try:
        pages = mmap.mmap(-1, max(1, n_bytes))
    except (OSError, ValueError, OverflowError, MemoryError):
        raise ParameterError(f"{n:,} vectors of {size} floats take {n_bytes / 1e9:.1f} GB, more than this machine has") from None
    if hasattr(mmap, "MADV_HUGEPAGE"):
        with suppress(OSError):  # a kernel without them
            pages.madvise(mmap.MADV_HUGEPAGE)
    return np.frombuffer(pages, np.float32, n * stride).reshape(n, stride)


def random_rows(rows: NDArray[np.float32], size: int, rng: np.random.Generator, spread: float = 1.0) -> None:
    """Fill with numbers even between -spread / size and spread / size; gensim begins with a spread of 1."""
    for start in range(0, len(rows), 4096):
        block = rows[start : start + 4096, :size]
        block[:] = (rng.random(block.shape, np.float32) * 2 - 1) * np.float32(spread / size)


def first_vectors(init: object, vector_size: int) -> WordVectors:
    """The vectors to begin with, which may be those of a file.

    Raises
    ------
    InputError, ModelFormatError
        The file cannot be read, or is none of vectors.
    ParameterError
        They have other dimensions, or are no vectors.
    """
    from .formats import load_vectors
    from .word_vectors import WordVectors

    if isinstance(init, (str, os.PathLike)):
        init = load_vectors(init)
    if not isinstance(init, WordVectors):
        raise ParameterError(f"init={init!r:.50}: expected WordVectors or a path")
    if init.vector_size != vector_size:
        raise ParameterError(f"init has {init.vector_size} dimensions, vector_size={vector_size}")
    return init


def forget_pages(ids: NDArray[np.int32], begin: int, end: int) -> None:
    """Let go of the memory behind places of a mapped corpus that were read."""
    pages = ids.base.obj if isinstance(ids.base, memoryview) else ids.base
    if isinstance(pages, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        first = begin * ids.itemsize // mmap.PAGESIZE * mmap.PAGESIZE
        last = end * ids.itemsize // mmap.PAGESIZE * mmap.PAGESIZE
        if last > first:
            pages.madvise(mmap.MADV_DONTNEED, first, last - first)


def check_number(
    name: str, value: object, low: float, high: float = math.inf, *, whole: bool = False, above: bool = False
) -> None:
    """Complain about a parameter that is no number from `low` (or, with `above`, above it) to `high`."""
    number = isinstance(value, (int, np.integer)) if whole else isinstance(value, (int, float, np.number))
    if number and not isinstance(value, bool):
        found = float(value)  # type: ignore[arg-type]
        if math.isfinite(found) and (low < found if above else low <= found) and found <= high:
            return
    kind = "a whole number" if whole else "a number"
    limits = f"{'above' if above else 'of at least'} {low:g}" + (f" and at most {high:g}" if high < math.inf else "")
    raise ParameterError(f"{name}={value!r}: expected {kind} {limits}")
