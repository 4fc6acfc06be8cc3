"""BigramSegmenter: the best path through the lattice of words, by a bigram model learned from segmented text."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..errors import ModelFormatError, ParameterError
from ..ext.bigram import SCALE, Bigram
from ..ext.trie import Words
from ..lexicon.dictionary import Dictionary, fill_words
from .bigram_model import ARRAYS, BigramModel
from .kernel import KernelSegmenter
from .user import user_sources

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from typing_extensions import Self

    from ..container import Container
    from ..lexicon.dictionary import Source
    from ..lm.model import NgramLM
    from .bigram_fit import Sentences
    from .lattice import Lattice

PRIORITIES = ("weight", "force")
_COSTS = ("unknown", "end", "backoff", "mass")
_LAYOUT = 2  # of the arrays in a file


class Path(NamedTuple):
    """A segmentation and what speaks for it.

    Attributes
    ----------
    score : float
        Log (base e) of its probability, up to a constant factor.
    words : list of str
    """

    score: float
    words: list[str]


class BigramSegmenter(KernelSegmenter):
    """Segmenter that learns words, pairs of words, and how words are spelled, from segmented text.

    The best path through the lattice of all words that the text may consist of, where a word w after v counts
    ``weight * c(v w) / c(v) + (1 - weight) * p(w)``; and a chain over characters and their places in words, which also speaks
    for words never seen. See ``nlptk/segment/bigram_fit.py`` for the formulas.

    Parameters
    ----------
    weight : float
        Of the bigrams, from 0 to below 1.
    characters : float
        How much the chain of characters counts beside the words; 0 leaves it out of known words.
    prune : float
        Makes the model smaller: pairs of words, and of characters, are left out that cost (-log p, base e) nearly what they would
        if they had not met in training, the difference being less than this.
    hmm : bool
        Join characters into words that are not known.
    userdict : path, Dictionary, words, or list of these, optional
        Words to add, as for :class:`~nlptk.DictionarySegmenter`. A frequency counts among those of the training text; a word
        without one is made to win over its parts where it stands alone; one of frequency 0 is no word.
    user_priority : {"weight", "force"}
        ``force``: words of the user win wherever they stand, the longest from the left; but not inside a longer run of letters,
        or of digits.

    Attributes
    ----------
    dictionary_ : Dictionary
        The words learned, with their counts; runs of digits are 0, runs of Latin letters a, full-width forms half-width.

    Examples
    --------
    >>> segmenter = BigramSegmenter().fit(["研究 生命 的 起源", "研究生 的 命运", "他 研究 历史"])
    >>> segmenter.cut("他研究生命的起源")
    ['他', '研究', '生命', '的', '起源']
    """

    kind = "bigram-segmenter"

    def __init__(
        self,
        weight: float = 0.5,
        characters: float = 1.0,
        prune: float = 0.0,
        hmm: bool = True,
        userdict: Source | list[Source] | None = None,
        user_priority: str = "weight",
    ) -> None:
        self.weight = weight
        self.characters = characters
        self.prune = prune
        self.hmm = hmm
        self.userdict = userdict
        self.user_priority = user_priority

    def fit(self, X: Sentences, y: Any = None) -> Self:
        """Learn from segmented text.

        Parameters
        ----------
        X : path, iterable of str, or iterable of lists of str
            Sentences of words; in a file, and in a str, separated by blanks.

        Raises
        ------
        CorpusFormatError, ParameterError
            No words, or never two in a line.
        """
        from .bigram_fit import estimate

        self.model_ = estimate(X, self.weight, self.characters, self.prune)
        self.kernel  # noqa: B018 - a wrong parameter shows now
        return self

    @property
    def dictionary_(self) -> Dictionary:
        """The words learned, with their counts."""
        self._check_fitted()
        return self.model_.dictionary

    def _make(self) -> Bigram:
        self._check_fitted()
        if self.user_priority not in PRIORITIES:
            raise ParameterError(f"user_priority={self.user_priority!r}: expected one of {', '.join(PRIORITIES)}")
        return Bigram(self.model_.tables, bool(self.hmm), self._user_words(), self.user_priority == "force")

    def _user_words(self) -> Words | None:
        return None if self.userdict is None else fill_words(Words(open_frequencies=True), user_sources(self.userdict))

    # ---- more than the best path

    def n_best(self, text: str, n: int = 5) -> list[Path]:
        """The best segmentations, the best first.

        Parameters
        ----------
        text : str
        n : int
            How many at most.

        Notes
        -----
        A* from the end of the text: what a path still costs to the start is known exactly from the search forwards (Soong &
        Huang 1991, "A tree-trellis based fast search for finding the N best sentence hypotheses").
        """
        from .paths import n_best

        self._refuse_forced("n_best")
        return [Path(-cost / SCALE, words) for cost, words in n_best(self.kernel.lattice(text), text, n)]

    def rescore(self, text: str, lm: NgramLM, weight: float = 1.0, beam: int = 64) -> Path:
        """The best path by a language model of any order over words.

        Parameters
        ----------
        text : str
        lm : NgramLM
            Trained on segmented text; words that it lacks keep the bigram model's costs.
        weight : float
            Of the language model, from 0 to 1; the rest is the bigram model's. The chain of characters counts in any case.
        beam : int
            Paths followed at each place of the text.
        """
        from .paths import rescored

        self._refuse_forced("rescore")
        if not 0 <= weight <= 1:
            raise ParameterError(f"weight={weight!r}: expected a number from 0 to 1")
        if beam < 1:
            raise ParameterError(f"beam={beam!r}: expected 1 or more")
        cost, words = rescored(self.kernel.lattice(text), text, lm, weight, beam)
        return Path(-cost / SCALE, words)

    def _refuse_forced(self, method: str) -> None:
        if self.userdict is not None and self.user_priority == "force":
            raise ParameterError(f"{method} knows no forced words: set user_priority='weight'")

    def explain(self, text: str) -> Lattice:
        """All words that the text may consist of; of each, how much better the best path is than the best one with this word.

        The weight of an arc is the log of that ratio of probabilities: 0 for words of the result, and below 0 for others. Its
        source is ``dictionary``, ``user``, ``characters`` for an unknown word, or ``blank``.
        """
        from .paths import explain

        user = self._user_words()
        return explain(self.kernel, text, set() if user is None else {word for word, frequency, _ in user.items() if frequency})

    # ---- files

    def _stored_parameters(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("weight", "characters", "prune", "hmm", "user_priority")}

    def _get_state(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """What was learned, and user words as (word, frequency), -1 for none."""
        m = self.model_
        learned: dict[str, Any] = {"layout": _LAYOUT, **{name: getattr(m, name) for name in _COSTS}}
        learned |= {"total": m.dictionary.trie.total, "words": len(m.dictionary)}
        user = self._user_words()
        if user is not None:
            learned["userdict"] = sorted([word, frequency] for word, frequency, _ in user.items())
        return learned, {**m.dictionary.arrays(), **{name: m.arrays[name] for name in ARRAYS}}

    def _set_state(self, learned: Mapping[str, Any], arrays: Container) -> None:
        layout = learned.get("layout", 1)
        if layout != _LAYOUT:
            raise ModelFormatError(f"a bigram segmenter in layout {layout}, this version reads {_LAYOUT}: train it again")
        tables = {name: arrays.array(name, dtype, (None,)) for name, (dtype, _) in ARRAYS.items()}
        self.model_ = BigramModel(Dictionary.from_container(arrays), tables, *(learned[name] for name in _COSTS))
        if "userdict" in learned:
            userdict: Any = [(word,) if frequency < 0 else (word, frequency) for word, frequency in learned["userdict"]]
            self.userdict = userdict
        try:
            self.kernel  # noqa: B018 - a damaged file shows now
        except (ParameterError, TypeError, ValueError, OverflowError) as error:
            raise ModelFormatError(f"not a usable segmenter: {error}") from None
