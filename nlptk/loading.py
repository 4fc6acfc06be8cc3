"""load: a model file, or a packaged pipeline by its name.

Which class reads which kind of file is written down here; nothing in a file ever names code.
"""

from __future__ import annotations

from .errors import InputError, ModelFormatError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Collection
    from typing import Any

    from .pipeline import Pipeline

# kind in the file -> module:class, below this package
_CLASSES = {
    "bigram-segmenter": "segment.bigram:BigramSegmenter",
    "chunker": "tagging:Chunker",
    "crf": "tagging:CRF",
    "dictionary": "lexicon:Dictionary",
    "dictionary-segmenter": "segment:DictionarySegmenter",
    "fasttext": "vectors:FastText",
    "glove": "vectors:GloVe",
    "hmm": "tagging:HMM",
    "entity-tagger": "tagging:EntityTagger",
    "ngram-lm": "lm:NgramLM",
    "perceptron": "tagging:Perceptron",
    "pipeline": "pipeline:Pipeline",
    "pos-segmenter": "segment.tagged:PosSegmenter",
    "pos-tagger": "tagging:PosTagger",
    "tagged-segmenter": "segment.trained:TaggedSegmenter",
    "term-frequency": "keywords:TermFrequency",
    "textrank": "keywords:TextRank",
    "textrank-summarizer": "keywords:TextRankSummarizer",
    "tfidf-keywords": "keywords:TfidfKeywords",
    "word2vec": "vectors:Word2Vec",
    "subword-vectors": "vectors:SubwordVectors",
    "word-vectors": "vectors:WordVectors",
}


# pipeline -> groups of steps, of each the first variant whose models are there and may be used; words and tags go together,
# since tags are those of the standard that the words follow. "jieba" is no model but the dictionary, under MIT.
_PIPELINES: dict[str, tuple[tuple[dict[str, str], ...], ...]] = {
    "zh": (
        (
            {"segment": "zh-seg-pku", "tag": "zh-pos-pku"},
            {"segment": "zh-seg-ud", "tag": "zh-pos-ud"},
            {"segment": "jieba"},
        ),
        ({"ner": "zh-ner-msra"},),
    ),
}


def class_of(kind: object) -> type[Any]:
    """The class that reads files of a kind."""
    if not isinstance(kind, str) or kind not in _CLASSES:
        raise ModelFormatError(f"unknown kind of model: {kind!r}; this version knows {', '.join(_CLASSES)}")
    from importlib import import_module

    module, _, name = _CLASSES[kind].partition(":")
    found: type[Any] = getattr(import_module(f".{module}", __package__), name)
    return found


def load(
    path_or_name: str | os.PathLike[str], *, verify: bool | None = None, licence: str | Collection[str] | None = None
) -> Any:
    """Open any model file, a packaged pipeline such as ``"zh"``, or a packaged model such as ``"zh-pos-pku"``.

    Parameters
    ----------
    path_or_name : str or path-like
        The name of a packaged pipeline or model (write ``./zh`` for a file of that name), or a file.
    verify : bool, optional
        Compare the checksums of all arrays first: safer, and slower for large files. Default: all but word vectors do.
    licence : str or collection of str, optional
        Licences that suit you: a model under any other, or under none, is refused; a packaged pipeline is made of models under
        these only, and lacks the steps for which there are none. ``"open"`` means all that let anybody use a model for anything,
        companies too: those of ``nlptk.data.packaged.OPEN_LICENCES``.

    Returns
    -------
    Pipeline, Dictionary or other estimator
        Whatever the file holds.

    Raises
    ------
    InputError
        If there is no such file or name, or its licence is not among those wanted.
    ModelFormatError
        If the file is damaged or of a kind that this version does not know.

    Examples
    --------
    >>> nlp = load("zh")  # doctest: +SKIP
    """
    wanted = (licence,) if isinstance(licence, str) else licence
    if isinstance(path_or_name, str) and path_or_name in _PIPELINES:
        return _pipeline(path_or_name, verify, wanted)

    import os

    from .data.packaged import packaged_model, packaged_names

    path = os.fspath(path_or_name)
    if path in packaged_names():
        path = packaged_model(path).path
    elif not os.path.exists(path):
        names = ", ".join([*_PIPELINES, *packaged_names()])
        raise InputError(f"no such file, packaged pipeline or model; packaged: {names}", path=path)
    from . import container

    head = container.open(path, verify=False)  # the kind; the class itself verifies
    _check_licence(str(head.manifest.get("licence", "")), wanted, path)
    try:
        cls = class_of(head.kind)
    except ModelFormatError as error:
        raise ModelFormatError(str(error), path=path) from error
    return cls.load(path) if verify is None else cls.load(path, verify=verify)


def _pipeline(name: str, verify: bool | None, wanted: Collection[str] | None) -> Pipeline:
    """A packaged pipeline of the models that may be used."""
    from .pipeline import Pipeline

    steps: list[tuple[str, Any]] = []
    for variants in _PIPELINES[name]:
        chosen = next((each for each in variants if all(_usable(model, wanted) for model in each.values())), {})
        steps += [(step, _jieba() if model == "jieba" else load(model, verify=verify)) for step, model in chosen.items()]
    if not steps:
        raise InputError(f"no part of it is under a licence wanted: {', '.join(wanted or ())}", path=name)
    return Pipeline(steps)


def _usable(model: str, wanted: Collection[str] | None) -> bool:
    if model == "jieba":
        return _suits("MIT", wanted)
    from .data.packaged import packaged_model, packaged_names

    return model in packaged_names() and _suits(packaged_model(model).licence, wanted)


def _jieba() -> Any:
    from .segment.tagged import PosSegmenter

    return PosSegmenter()


def _suits(found: str, wanted: Collection[str] | None) -> bool:
    if wanted is None or found in wanted:
        return True
    from .data.packaged import is_open

    return "open" in wanted and is_open(found)


def _check_licence(found: str, wanted: Collection[str] | None, path: str) -> None:
    if not _suits(found, wanted):
        raise InputError(f"licence is {found or 'not stated'!r}, wanted: {', '.join(wanted or ())}", path=path)
