"""KeywordExtractor: what all methods share - parameters, tokens, stop words, filters, the best terms."""

from __future__ import annotations

from ..doc import Component, Doc
from ..errors import ParameterError, PipelineError
from ..estimator import Transformer
from .phrases import rank_phrases
from .stopwords import stop_words_of
from .units import Units

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from typing import Any

    from typing_extensions import Self

    from .stopwords import StopWords

    Keywords = list[tuple[str, float]]


class KeywordExtractor(Transformer, Component):
    """Base of the methods; they differ in how much a word matters to a text."""

    requires_fit = False
    provides: tuple[str, ...] = ("keywords",)

    top_k: int | None
    phrases: bool
    stop_words: StopWords
    pos: Collection[str] | None
    min_length: int
    segmenter: Any

    _needs_tags = False  # even without phrases and without pos
    _stop: frozenset[str] | None = None

    def __setattr__(self, name: str, value: object) -> None:
        self.__dict__[name] = value
        if not name.endswith("_"):
            self.__dict__["_stop"] = None  # a parameter may have changed

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_stop": None}

    # ---- what a method says

    def _salience(self, units: Units, content: list[bool]) -> Mapping[str, float]:
        """How much each word matters, in the order in which the words are met."""
        raise NotImplementedError

    def _weights(self, units: Units, content: list[bool]) -> Mapping[str, float]:
        """The weights of single words as keywords."""
        raise NotImplementedError

    def _rarity(self, units: Units) -> Callable[[str], float] | None:
        """How rare words are in general, for phrases; None: all alike."""
        return None

    # ---- parameters

    def _check(self) -> frozenset[str]:
        """The set of stop words, after a look at all parameters."""
        if self._stop is None:
            for name, least in (("top_k", 0), ("min_length", 1)):
                value = getattr(self, name)
                if (value is not None or name != "top_k") and (not _is_int(value) or value < least):
                    raise ParameterError(f"{name}={value!r}: expected a number from {least}")
            if isinstance(self.pos, str) or not all(isinstance(tag, str) and tag for tag in self.pos or ()):
                raise ParameterError(f"pos={self.pos!r}: expected names of parts of speech, such as ('n', 'v*')")
            self.__dict__["_stop"] = stop_words_of(self.stop_words)
        return self._stop  # type: ignore[return-value]

    @property
    def requires(self) -> tuple[str, ...]:  # type: ignore[override]
        """Columns of a document that are read: words, and tags where they matter."""
        return ("words", "tags") if self._reads_tags() else ("words",)

    def _reads_tags(self) -> bool:
        return self._needs_tags or bool(self.phrases) or self.pos is not None

    # ---- tokens

    def _tokens(self, text: str) -> tuple[Sequence[str], Sequence[str] | None]:
        """Words and, if wanted, tags of a text."""
        if not isinstance(text, str):
            raise TypeError(f"text is {type(text).__name__}, expected str")
        if self.segmenter is None:
            if self._reads_tags():
                from .tagging import tagger

                tagged = tagger().cut(text)
                return [word for word, _ in tagged], [tag for _, tag in tagged]
            from ..segment.dictionary import cut

            return cut(text), None
        if callable(getattr(self.segmenter, "annotate", None)):
            doc = Doc(text)
            self.segmenter.annotate([doc])
            return doc.words, self._wanted(doc.tags if "tags" in doc.columns else None)
        if not callable(getattr(self.segmenter, "cut", None)):
            raise ParameterError(f"segmenter={self.segmenter!r}: expected an object with annotate(docs) or cut(text)")
        found = list(self.segmenter.cut(text))
        if found and not isinstance(found[0], str):
            return [word for word, _ in found], self._wanted([tag for _, tag in found])
        return found, self._wanted(None)

    def _wanted(self, tags: list[str] | None) -> list[str] | None:
        """The tags if they matter. Phrases and TextRank do without them where they must, a filter cannot."""
        if tags is None and self.pos is not None:
            raise PipelineError(f"pos={self.pos!r} needs parts of speech, and the segmenter gives none")
        return tags if self._reads_tags() else None

    def _doc_tokens(self, doc: Doc) -> tuple[Sequence[str], Sequence[str] | None]:
        return doc.words, doc.tags if self._reads_tags() else None

    # ---- keywords

    def extract(self, text: str | Doc) -> Keywords:
        """The keywords of a text with their weights, best first.

        Parameters
        ----------
        text : str or Doc
            A document must have the columns in ``requires``.

        Returns
        -------
        list of (str, float)
            At most ``top_k``; of equal weights the word that is met first.
        """
        self._check()
        words, tags = self._doc_tokens(text) if isinstance(text, Doc) else self._tokens(text)
        return self._best(Units(words, tags))

    def extract_batch(self, texts: Iterable[str | Doc]) -> list[Keywords]:
        """The keywords of each text."""
        if isinstance(texts, (str, Doc)):
            raise TypeError(f"texts is one {type(texts).__name__}, expected an iterable of them")
        return [self.extract(text) for text in texts]

    def annotate(self, docs: list[Doc]) -> None:
        """Set ``doc.extra["keywords"]`` to what :meth:`extract` gives."""
        self._check()
        for doc in docs:
            doc.extra["keywords"] = self.extract(doc)

    def _best(self, units: Units) -> Keywords:
        stop, top = self._check(), self.top_k or None
        if self.phrases:
            content = units.content(stop, self.pos, 1)
            salience = self._salience(units, content)
            return rank_phrases(units, content, salience, self._rarity(units), self.min_length, top)
        content = units.content(stop, self.pos if self._reads_tags() else None, self.min_length)
        weights = self._weights(units, content)
        return sorted(weights.items(), key=lambda item: -item[1])[:top]

    # ---- scikit-learn

    def fit(self, X: Any = None, y: Any = None) -> Self:
        """Nothing is learned; checks the parameters."""
        self._check()
        return self

    def transform(self, X: Iterable[str | Doc]) -> list[Keywords]:
        """The same as :meth:`extract_batch`."""
        return self.extract_batch(X)

    def fit_transform(self, X: Iterable[str | Doc], y: Any = None, **fit_params: Any) -> list[Keywords]:
        """Fit, then the keywords of each text."""
        texts = list(X)
        return self.fit(texts, y, **fit_params).transform(texts)

    # ---- files

    def _stored_parameters(self) -> dict[str, Any]:
        """Stop words of one's own are stored as words, so that the model needs no other file."""
        from ..estimator import plain_value

        params = self.get_params(deep=False)
        if params["stop_words"] is not None and params["stop_words"] != "default":
            params["stop_words"] = sorted(self._check())
        if params["pos"] is not None:
            params["pos"] = sorted(params["pos"])
        return {name: plain_value(value, f"parameter {name!r}") for name, value in params.items()}

    def _set_state(self, learned: Mapping[str, Any], arrays: Any) -> None:
        self._check()  # a damaged file shows now


def _is_int(value: object) -> bool:
    return hasattr(value, "__index__") and not isinstance(value, bool)


def term_counts(units: Units, content: list[bool]) -> dict[str, int]:
    """How often each content word occurs, in the order in which they are met."""
    counts: dict[str, int] = {}
    for term, fits in zip(units.terms, content, strict=True):
        if fits:
            counts[term] = counts.get(term, 0) + 1
    return counts
