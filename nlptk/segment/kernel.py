"""KernelSegmenter: what every segmenter has that a kernel does the work for."""

from __future__ import annotations

from ..doc import Component
from ..estimator import Transformer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    import numpy as np

    from ..doc import Doc
    from ..ext.cutter import Cutter


class KernelSegmenter(Transformer, Component):
    """A segmenter that compiles its parameters and what it learned into a kernel, once.

    A subclass says how in ``_make``. The kernel is dropped whenever an attribute is set.
    """

    requires: tuple[str, ...] = ()
    provides: tuple[str, ...] = ("words",)

    _made: Any = None

    def __setattr__(self, name: str, value: object) -> None:
        self.__dict__[name] = value
        self.__dict__["_made"] = None  # a parameter may have changed

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_made": None}

    def _make(self) -> Cutter:
        raise NotImplementedError

    @property
    def kernel(self) -> Any:
        """The compiled segmenter; made when first needed."""
        if self._made is None:
            self.__dict__["_made"] = self._make()
        return self._made

    def cut(self, text: str, userdict: Any = None) -> list[str]:
        """The words of a text.

        Parameters
        ----------
        text : str
        userdict : path, words, or list of these, optional
            Words for this call only, in place of the segmenter's own.
        """
        if userdict is not None:
            return self._with_userdict(userdict).cut(text)
        words: list[str] = (self._made or self.kernel).cut(text)
        return words

    def _with_userdict(self, userdict: Any) -> KernelSegmenter:
        """The same segmenter with other words of the user."""
        other = object.__new__(type(self))
        other.__dict__.update({**self.__dict__, "userdict": userdict, "_made": None})
        return other

    def boundaries(self, text: str) -> np.ndarray[Any, np.dtype[np.int32]]:
        """End offsets of the words in characters: an int32 array, no string is made."""
        ends: np.ndarray[Any, np.dtype[np.int32]] = (self._made or self.kernel).boundaries(text)
        return ends

    def annotate(self, docs: list[Doc]) -> None:
        """Set the token boundaries of documents."""
        kernel = self.kernel
        for doc in docs:
            doc.set_ends(kernel.boundaries(doc.text), trusted=True)

    def transform(self, X: Iterable[str]) -> list[list[str]]:
        """The words of each text."""
        cut = self.kernel.cut
        return [cut(text) for text in X]
