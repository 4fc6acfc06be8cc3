"""TaggedSegmenter: words from labels of characters, learned from segmented text."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..errors import ModelFormatError, ParameterError
from ..ext.char_tagger import BIGRAM_ROWS, MAX_MATCH, CharTagger
from ..ext.trie import Trie, Words
from ..lexicon.dictionary import fill_words
from .kernel import KernelSegmenter
from .user import user_sources

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from typing_extensions import Self

    from ..container import Container
    from ..lexicon.dictionary import Source
    from .trained_fit import Sentences

PRIORITIES = ("weight", "force")
MODELS = ("crf", "perceptron", "hmm")
_TABLES = {"chars": (None, None, None), "matches": (None, 4), "context": (None, 4), "types": (None, 4), "repeats": (None, 4)}


class TaggerModel(NamedTuple):
    """What the kernel needs; see ``nlptk.ext.char_tagger``.

    Attributes
    ----------
    characters : buffer of uint32
        Those of the training text, folded, the commonest first: the first has code 1.
    words : list of str
        Known words of two characters or more.
    mostly : buffer of uint8
        Of each word: 2 where its characters mostly are this word where they stand, else 1.
    pairs : buffer of uint32
        Codes of two characters.
    chars, matches, context, types, repeats : buffers of int16
        Weights, 256 is 1.
    bigrams : buffer of int8
        Weights, 32 is 1.
    transitions : list of int
    """

    characters: Any
    words: list[str]
    mostly: Any
    pairs: Any
    chars: Any
    bigrams: Any
    matches: Any
    context: Any
    types: Any
    repeats: Any
    transitions: list[int]

    def __reduce__(self) -> tuple[Any, ...]:
        """With copies of what lies in a mapped file."""
        import numpy as np

        return TaggerModel, tuple(np.array(value) if isinstance(value, memoryview) else value for value in self)

    def kernel(self, user: Words | None = None, force: bool = False) -> CharTagger:
        """The compiled model."""
        words = Words(expected=2 * len(self.words) + len(self.characters))
        characters = "".join(map(chr, self.characters))
        for character in characters:
            words.add(character, 1)
        for word, frequency in zip(self.words, self.mostly, strict=True):
            words.add(word, frequency)
        trie = Trie.build(words, characters)
        if trie.n_codes != len(characters) + 1:
            raise ValueError("a character is there twice, or words have others than these")
        bigrams = self.bigrams if len(self.pairs) else None
        tables = (self.chars, self.pairs, bigrams, self.matches, self.context, self.types, self.repeats)
        return CharTagger(trie, *tables, self.transitions, user, force)


class TaggedSegmenter(KernelSegmenter):
    """Segmenter that learns from segmented text where words begin and end.

    Each character is labelled: it begins a word, is inside one, ends one, or is one. The labels are those of greatest score
    together; features are the characters around, pairs of them, known words that begin, end, and stand there, and classes of
    characters. What the words of the training text say is learned as in a text in which a part of them is new, so that known
    words are trusted as much as they deserve. Full-width forms count as half-width, all digits and all letters as one.

    Parameters
    ----------
    model : {"crf", "perceptron", "hmm"}
        What is trained: a conditional random field; an averaged perceptron, in half the time and nearly as good; or a hidden
        Markov model of characters, for comparison.
    epochs : int
        Passes over the training data.
    c2 : float
        crf: weight of the squared weights.
    cost : float
        crf: by how much right labels have to win over each wrong one (softmax margin); 0 is plain likelihood.
    prune : float
        Pairs of characters none of whose weights is larger are left out: a smaller model.
    seed : int
        Of the order in which sentences are learned from.
    userdict : path, Dictionary, words, or list of these, optional
        Words to add, as for :class:`~nlptk.DictionarySegmenter`. A word of frequency f is favoured by log(1 + f); one without
        by what it takes to win where it stands alone, and a little more.
    user_priority : {"weight", "force"}
        ``force``: words of the user win wherever they stand, the longest from the left; but not inside a longer run of letters,
        or of digits.

    Attributes
    ----------
    model_ : TaggerModel
        The weights.

    Examples
    --------
    >>> segmenter = TaggedSegmenter().fit(["研究 生命 的 起源", "研究生 的 命运", "他 研究 历史"])
    >>> segmenter.cut("他研究生命的起源")
    ['他', '研究', '生命', '的', '起源']
    """

    kind = "tagged-segmenter"

    def __init__(
        self,
        model: str = "crf",
        epochs: int = 8,
        c2: float = 0.05,
        cost: float = 2.0,
        prune: float = 0.2,
        seed: int = 0,
        userdict: Source | list[Source] | None = None,
        user_priority: str = "weight",
    ) -> None:
        self.model = model
        self.epochs = epochs
        self.c2 = c2
        self.cost = cost
        self.prune = prune
        self.seed = seed
        self.userdict = userdict
        self.user_priority = user_priority

    def fit(self, X: Sentences, y: Any = None, progress: Callable[[int, float], object] | None = None) -> Self:
        """Learn from segmented text.

        Parameters
        ----------
        X : path, iterable of str, or iterable of lists of str
            Sentences of words; in a file, and in a str, separated by blanks.
        y : ignored
        progress : callable, optional
            Called after each pass with its number and its loss (perceptron: wrong labels).

        Raises
        ------
        CorpusFormatError, ParameterError
            No words, or never two in a line; or a parameter that makes no sense.

        Notes
        -----
        The loss of the conditional random field is a softmax margin (Gimpel & Smith 2010, "Softmax-margin CRFs"), minimised by
        AdaGrad; the weights of the last passes are averaged.
        """
        from .trained_fit import train

        self._check()
        options: dict[str, Any] = {name: getattr(self, name) for name in ("model", "epochs", "c2", "cost", "prune", "seed")}
        self.model_: TaggerModel = train(X, **options, progress=progress)
        self.kernel  # noqa: B018 - a wrong parameter shows now
        return self

    def _check(self) -> None:
        for name, possible in (("model", MODELS), ("user_priority", PRIORITIES)):
            if getattr(self, name) not in possible:
                raise ParameterError(f"{name}={getattr(self, name)!r}: expected one of {', '.join(possible)}")
        if self.epochs < 1:
            raise ParameterError(f"epochs={self.epochs!r}: expected 1 or more")
        for name in ("c2", "cost", "prune"):
            if not 0 <= getattr(self, name) <= 1000:
                raise ParameterError(f"{name}={getattr(self, name)!r}: expected a number from 0 to 1000")

    def _make(self) -> CharTagger:
        self._check_fitted()
        self._check()
        user = None if self.userdict is None else fill_words(Words(open_frequencies=True), user_sources(self.userdict))
        return self.model_.kernel(user, self.user_priority == "force")

    # ---- files

    def _stored_parameters(self) -> dict[str, Any]:
        return {name: value for name, value in self.get_params(deep=False).items() if name != "userdict"}

    def _get_state(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """What was learned, and user words as (word, frequency), -1 for none."""
        m = self.model_
        learned: dict[str, Any] = {"transitions": m.transitions}
        if self.userdict is not None:
            user = fill_words(Words(open_frequencies=True), user_sources(self.userdict))
            learned["userdict"] = sorted([word, frequency] for word, frequency, _ in user.items())
        arrays: dict[str, Any] = {name: getattr(m, name) for name in ("characters", "mostly", "pairs", *_TABLES)}
        flat = memoryview(m.bigrams).cast("B") if len(m.pairs) else memoryview(b"")  # a buffer of nothing has no shape
        arrays["bigrams"] = flat.cast("b")
        arrays["words"] = "\n".join(m.words).encode("utf-8", "surrogatepass")
        return learned, arrays

    def _set_state(self, learned: Mapping[str, Any], arrays: Container) -> None:
        words = bytes(arrays.array("words", "U8", (None,))).decode("utf-8", "surrogatepass")
        pairs, bigrams = arrays.array("pairs", "U32", (None,)), arrays.array("bigrams", "I8", (None,))
        tables = {name: arrays.array(name, "I16", shape) for name, shape in _TABLES.items()}
        if len(pairs):
            bigrams = bigrams.cast("B").cast("b", (len(pairs), BIGRAM_ROWS, 4))
        self.model_ = TaggerModel(
            arrays.array("characters", "U32", (None,)),
            words.split("\n") if words else [],
            arrays.array("mostly", "U8", (None,)),
            pairs,
            bigrams=bigrams,
            **tables,
            transitions=[int(t) for t in learned["transitions"]],
        )
        if not all(1 < len(word) <= MAX_MATCH for word in self.model_.words):
            raise ModelFormatError(f"not a usable segmenter: known words have 2 to {MAX_MATCH} characters")
        if "userdict" in learned:
            userdict: Any = [(word,) if frequency < 0 else (word, frequency) for word, frequency in learned["userdict"]]
            self.userdict = userdict
        try:
            self.kernel  # noqa: B018 - a damaged file shows now
        except (ParameterError, TypeError, ValueError, OverflowError) as error:
            raise ModelFormatError(f"not a usable segmenter: {error}") from None
