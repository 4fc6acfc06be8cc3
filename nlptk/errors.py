"""Every exception a user of nlptk can meet; all derive from :class:`NlptkError`.

A message names the file, the line and what was expected:
``CorpusFormatError: train.txt:17: 2 columns, expected 3``.
"""

from __future__ import annotations

import os


class NlptkError(Exception):
    """Base of every error that nlptk raises on purpose.

    Parameters
    ----------
    message : str
        What is wrong and what was expected.
    path : str or path-like, optional
        The file it was found in; put in front of the message.
    line : int, optional
        Line number in that file, from 1.
    """

    def __init__(self, message: str, *, path: str | os.PathLike[str] | None = None, line: int | None = None) -> None:
        self.path = None if path is None else os.fspath(path)
        self.line = line
        where = "" if self.path is None else f"{self.path}:" if line is None else f"{self.path}:{line}:"
        super().__init__(f"{where} {message}" if where else message)


class InputError(NlptkError):
    """A file cannot be read: missing, a directory, no permission, a damaged archive."""


class OutputError(NlptkError):
    """A file cannot be written: no such folder, read-only, disk full."""


class CorpusFormatError(NlptkError, ValueError):
    """A corpus or dictionary line is not in the format that was asked for."""


class CorpusEncodingError(CorpusFormatError):
    """Bytes that are not text in the encoding that was asked for."""


class ModelFormatError(NlptkError, ValueError):
    """A model or dictionary file is damaged, truncated, of another kind or of a newer version."""


class PipelineError(NlptkError, ValueError):
    """Components in an order that cannot work: something required is not provided before."""


class ParameterError(NlptkError, ValueError):
    """A parameter has a value that makes no sense; the message says which are possible."""


class UnknownWordError(NlptkError, KeyError):
    """A word has no vector."""

    __str__ = Exception.__str__  # KeyError shows the repr of its message


class NotFittedError(NlptkError, ValueError, AttributeError):
    """A model was used before ``fit`` or ``load``."""
