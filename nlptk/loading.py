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
    "dictionary": "lexicon:Dictionary",
    "dictionary-segmenter": "segment:DictionarySegmenter",
    "ngram-lm": "lm:NgramLM",
    "pipeline": "pipeline:Pipeline",
    "pos-segmenter": "segment.tagged:PosSegmenter",
    "term-frequency": "keywords:TermFrequency",
    "textrank": "keywords:TextRank",
    "textrank-summarizer": "keywords:TextRankSummarizer",
    "tfidf-keywords": "keywords:TfidfKeywords",
}


def _zh() -> Pipeline:
    from .pipeline import Pipeline
    from .segment import DictionarySegmenter

    return Pipeline([("segment", DictionarySegmenter())])


# name -> what makes it, and the licence of what it is made from
_PACKAGED = {
    "zh": (_zh, "MIT"),
}


def class_of(kind: object) -> type[Any]:
    """The class that reads files of a kind."""
    if not isinstance(kind, str) or kind not in _CLASSES:
        raise ModelFormatError(f"unknown kind of model: {kind!r}; this version knows {', '.join(_CLASSES)}")
    from importlib import import_module

    module, _, name = _CLASSES[kind].partition(":")
    found: type[Any] = getattr(import_module(f".{module}", __package__), name)
    return found


def load(path_or_name: str | os.PathLike[str], *, verify: bool = True, licence: str | Collection[str] | None = None) -> Any:
    """Open any model file, or a packaged pipeline such as ``"zh"``.

    Parameters
    ----------
    path_or_name : str or path-like
        The name of a packaged pipeline (write ``./zh`` for a file of that name), or a file.
    verify : bool
        Compare the checksums of all arrays first: safer, and slower for large files.
    licence : str or collection of str, optional
        Licences that suit you: a model under any other, or under none, is refused.

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
    if isinstance(path_or_name, str) and path_or_name in _PACKAGED:
        make, found = _PACKAGED[path_or_name]
        _check_licence(found, wanted, path_or_name)
        return make()

    import os

    path = os.fspath(path_or_name)
    if not os.path.exists(path):
        raise InputError(f"no such file or packaged pipeline; packaged: {', '.join(_PACKAGED)}", path=path)
    from . import container

    head = container.open(path, verify=False)  # the kind; the class itself verifies
    _check_licence(str(head.manifest.get("licence", "")), wanted, path)
    try:
        cls = class_of(head.kind)
    except ModelFormatError as error:
        raise ModelFormatError(str(error), path=path) from error
    return cls.load(path, verify=verify)


def _check_licence(found: str, wanted: Collection[str] | None, path: str) -> None:
    if wanted is not None and found not in wanted:
        raise InputError(f"licence is {found or 'not stated'!r}, wanted: {', '.join(wanted)}", path=path)
