"""Segmentation with a dictionary: the most probable path through the word lattice, or maximum matching."""

from __future__ import annotations

import os

from ..errors import ModelFormatError, ParameterError
from ..ext.segment import Segmenter
from ..lexicon.dictionary import Dictionary, UserWords
from ..lexicon.packaged import packaged_dictionary
from .hmm import packaged_hmm
from .kernel import KernelSegmenter
from .user import StoredWords, user_sources

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from typing_extensions import Self

    from ..doc import Doc
    from ..lexicon.dictionary import Source
    from .lattice import Lattice

MODES = ("default", "search", "full")
ALGORITHMS = ("dictionary", "forward", "backward", "bidirectional", "full")
PRIORITIES = ("weight", "force")

# (mode, hmm) -> kernel of the packaged dictionary, made when first asked for
_kernels: dict[tuple[str, bool], Segmenter] = {}


def cut(text: str, mode: str = "default", hmm: bool = True, userdict: Source | list[Source] | None = None) -> list[str]:
    """Segment a text with the packaged dictionary; the words are those of jieba 0.42.1.

    Parameters
    ----------
    text : str
    mode : {"default", "search", "full"}
        ``search`` adds the shorter words inside long ones; ``full`` gives every word of the dictionary that occurs. Except in
        these two modes the words, joined, give the text back.
    hmm : bool
        Join single characters into words that the dictionary does not have.
    userdict : path, words, or list of these, optional
        Words of your own for this call; see :class:`DictionarySegmenter`, which is the faster way for more than one call.

    Returns
    -------
    list of str

    Examples
    --------
    >>> cut("小明硕士毕业于中国科学院计算所", mode="search")
    ['小明', '硕士', '毕业', '于', '中国', '科学', '学院', '科学院', '中国科学院', '计算', '计算所']
    """
    if userdict is not None:
        return DictionarySegmenter(userdict=userdict, mode=mode, hmm=hmm).cut(text)
    kernel = _kernels.get((mode, hmm))
    if kernel is None:
        kernel = _kernels[mode, hmm] = DictionarySegmenter(mode=mode, hmm=hmm).kernel
    return kernel.cut(text)


class DictionarySegmenter(KernelSegmenter):
    """Segmenter over a dictionary, with words of your own.

    Parameters
    ----------
    dictionary : Dictionary or path, optional
        Default: the packaged one.
    userdict : path, Dictionary, words, or list of these, optional
        Words to add: a file of lines ``word [frequency] [tag]``; or ``["云计算", ("C++ 语言", 9), ("小🐱咪", 3, "nz")]``; or a
        mapping of words to frequencies. A word without frequency gets the smallest one that keeps it whole. A word may
        hold anything, also blanks and signs at which words otherwise end. In a list, a str with a suffix such as ``.txt`` or an
        absolute path is a file, any other a word.
    mode : {"default", "search", "full"}
        As in :func:`cut`.
    algorithm : {"dictionary", "forward", "backward", "bidirectional", "full"}
        ``dictionary``: the path of highest probability, p(w1) p(w2) ..., with p(w) = frequency / total. Maximum matching from
        the left, from the right, or the better of the two in each block (fewer words, then fewer single characters,
        then backward). ``full`` is the same as ``mode="full"``.
    hmm : bool
        Join single characters of the path into words that the dictionary does not have.
    user_priority : {"weight", "force"}
        ``weight``: user words compete by frequency, as in jieba. ``force``: they win wherever they stand, the longest from the
        left; but not inside a longer run of letters, or of digits.

    Examples
    --------
    >>> segmenter = DictionarySegmenter(userdict=["云计算", "创新办"])
    >>> segmenter.cut("李小福是创新办主任也是云计算方面的专家")
    ['李小福', '是', '创新办', '主任', '也', '是', '云计算', '方面', '的', '专家']
    >>> segmenter.boundaries("云计算方面")
    array([3, 5], dtype=int32)
    """

    kind = "dictionary-segmenter"
    requires_fit = False

    def __init__(
        self,
        dictionary: Dictionary | str | os.PathLike[str] | None = None,
        userdict: Source | list[Source] | None = None,
        mode: str = "default",
        algorithm: str = "dictionary",
        hmm: bool = True,
        user_priority: str = "weight",
    ) -> None:
        self.dictionary = dictionary
        self.userdict = userdict
        self.mode = mode
        self.algorithm = algorithm
        self.hmm = hmm
        self.user_priority = user_priority

    # ---- from parameters to a kernel

    def _make(self) -> Segmenter:
        for name, possible in (("mode", MODES), ("algorithm", ALGORITHMS), ("user_priority", PRIORITIES)):
            if getattr(self, name) not in possible:
                raise ParameterError(f"{name}={getattr(self, name)!r}: expected one of {', '.join(possible)}")
        if self.algorithm in ("forward", "backward", "bidirectional"):
            if self.mode != "default":
                raise ParameterError(f"mode={self.mode!r} needs algorithm='dictionary', not {self.algorithm!r}")
            algorithm = self.algorithm
        elif self.algorithm == "full" and self.mode == "search":
            raise ParameterError("mode='search' needs algorithm='dictionary', not 'full'")
        else:
            algorithm = "full" if self.algorithm == "full" else {"default": "unigram"}.get(self.mode, self.mode)
        base = self._base()
        hmm = packaged_hmm() if self.hmm else None
        if self.userdict is None:
            return Segmenter(base.trie, algorithm, hmm)
        force = self.user_priority == "force"
        user = UserWords(base, user_sources(self.userdict), force=force)
        return Segmenter(base.trie, algorithm, hmm, words=user.words, special=user.special, force=force)

    def _base(self) -> Dictionary:
        if self.dictionary is None:
            return packaged_dictionary()
        return self.dictionary if isinstance(self.dictionary, Dictionary) else Dictionary.from_file(self.dictionary)

    # ---- segmenting

    def explain(self, text: str) -> Lattice:
        """The lattice behind a segmentation: all arcs with weight and source, and the best path."""
        from .lattice import explain

        return explain(self, text)

    def annotate(self, docs: list[Doc]) -> None:
        """Set the token boundaries of documents."""
        if self.mode != "default" or self.algorithm == "full":
            raise ParameterError("words that overlap (modes 'search' and 'full') cannot be the tokens of a document")
        super().annotate(docs)

    # ---- scikit-learn

    def fit(self, X: Any = None, y: Any = None) -> Self:
        """Nothing is learned; checks the parameters."""
        self.kernel  # noqa: B018 - made now, so that a wrong parameter shows here
        return self

    def fit_transform(self, X: Iterable[str], y: Any = None, **fit_params: Any) -> list[list[str]]:
        """The same as ``transform``."""
        return self.fit().transform(X)

    # ---- files

    def _stored_parameters(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("mode", "algorithm", "hmm", "user_priority")}

    def _get_state(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """A dictionary of one's own is stored whole, user words as (word, frequency, tag)."""
        learned: dict[str, Any] = {}
        arrays: dict[str, Any] = {}
        if self.dictionary is not None:
            base = self._base()
            arrays = base.arrays()
            learned |= {"total": base.trie.total, "words": len(base)}
        if self.userdict is not None:
            user = UserWords(self._base(), user_sources(self.userdict), force=self.user_priority == "force")
            own = user.words if user.words is not None else user.special
            assert own is not None
            learned["userdict"] = sorted([word, frequency, tag] for word, frequency, tag in own.items())
            learned["user_total"] = own.total
        return learned, arrays

    def _set_state(self, learned: Mapping[str, Any], arrays: Any) -> None:
        if "total" in learned:
            self.dictionary = Dictionary.from_container(arrays)
        if "userdict" in learned:
            self.userdict = StoredWords((word, frequency, tag) for word, frequency, tag in learned["userdict"])
            self.userdict.total = learned.get("user_total")
        try:
            self.kernel  # noqa: B018 - a damaged file shows now
        except (ParameterError, TypeError) as error:
            raise ModelFormatError(f"not a usable segmenter: {error}") from None
