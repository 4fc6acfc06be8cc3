"""Models by the names that commands take: those of the package, or files."""

from __future__ import annotations

import click

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def load_model(task: str, name: str, option: str = "--model") -> Any:
    """The model for a task (seg, pos, ner) that an option names."""
    import os

    from ..data.packaged import packaged_for, packaged_path
    from ..loading import load

    path = None if os.sep in name else packaged_path(task, name)
    if path is None and not os.path.exists(name):
        names = ", ".join(packaged_for(task)) or "none"
        raise click.BadParameter(f"{name!r} is no packaged model (there are: {names}) and no file", param_hint=option)
    return load(path or name)


def words_for(algorithm: str | None, fitting: str) -> Any:
    """What segments before a tagger: as ``nlptk segment --algorithm`` says; by default the packaged model that fits, if any."""
    from ..data.packaged import packaged_path
    from ..segment.dictionary import ALGORITHMS, DictionarySegmenter

    if algorithm is None:
        algorithm = fitting if packaged_path("seg", fitting) else "dictionary"
    if algorithm in ALGORITHMS:
        return DictionarySegmenter(algorithm=algorithm)
    return load_model("seg", algorithm, "--algorithm")
