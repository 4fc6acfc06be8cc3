"""Streaming readers and writers for text corpora.

Readers are iterable any number of times and hold one block of the file in memory. Files are unpacked and packed by
suffix, ``-`` is a standard stream, text is decoded strictly, errors name file and line, and what is written takes its
name only when it is complete.

>>> from nlptk.corpus import read_tokens
>>> for words in read_tokens("segmented.txt.gz"): ...  # doctest: +SKIP
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .columns import read_columns, write_columns
    from .encoding import decode_lines
    from .files import open_input, open_output
    from .labelled import read_labelled, write_labelled
    from .lines import read_lines, read_tokens, write_lines, write_tokens
    from .tagged import read_tagged, write_tagged

# public name -> module that holds it
_PUBLIC = {
    "decode_lines": "encoding",
    "open_input": "files",
    "open_output": "files",
    "read_columns": "columns",
    "read_labelled": "labelled",
    "read_lines": "lines",
    "read_tagged": "tagged",
    "read_tokens": "lines",
    "write_columns": "columns",
    "write_labelled": "labelled",
    "write_lines": "lines",
    "write_tagged": "tagged",
    "write_tokens": "lines",
}

__all__ = [
    "open_input",
    "open_output",
    "decode_lines",
    "read_lines",
    "write_lines",
    "read_tokens",
    "write_tokens",
    "read_tagged",
    "write_tagged",
    "read_columns",
    "write_columns",
    "read_labelled",
    "write_labelled",
]


def __getattr__(name: str) -> object:
    if name in _PUBLIC:
        from importlib import import_module

        value = getattr(import_module(f"{__name__}.{_PUBLIC[name]}"), name)
        globals()[name] = value  # the next access does not come here
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_PUBLIC])
