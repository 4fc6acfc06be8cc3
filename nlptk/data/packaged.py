"""The trained models that come with the package: what they do, what they learned from, and under which licence that is.

They lie in ``models/`` beside this file, named ``language-task-data``, except ``zh-seg-bigram``, which has the name of its kind;
``models/build.py`` of the project makes them.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from .. import container
from ..errors import InputError

if TYPE_CHECKING:
    from typing import Any

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "models")

# under these anybody may use a model for anything, companies too; what is research data's is not among them
OPEN_LICENCES = ("MIT", "Apache-2.0", "CC0-1.0", "CC BY 4.0", "CC BY-SA 4.0")

_TASKS = {"seg": "segment", "pos": "tag", "ner": "ner", "parse": "parse"}


class PackagedModel(NamedTuple):
    """A packaged model.

    Attributes
    ----------
    name : str
        What :func:`nlptk.load` takes.
    task : str
        The command that it is for: segment, tag, ner.
    kind : str
        What the file holds.
    training_data : str
    licence : str
        Of the training data, and so of the model.
    is_open : bool
        Whether this is one of ``OPEN_LICENCES``.
    scores : dict
        Measured on what is named in it.
    size : int
        Bytes.
    path : str
    """

    name: str
    task: str
    kind: str
    training_data: str
    licence: str
    is_open: bool
    scores: dict[str, Any]
    size: int
    path: str


def packaged_names() -> list[str]:
    """The names of all packaged models."""
    try:
        return sorted(file.removesuffix(".nlptk") for file in os.listdir(FOLDER) if file.endswith(".nlptk"))
    except FileNotFoundError:
        return []


def packaged_model(name: str) -> PackagedModel:
    """What is known about a packaged model; InputError if there is none of this name."""
    if name not in packaged_names():
        raise InputError(f"no packaged model {name!r}; there are: {', '.join(packaged_names()) or 'none'}")
    path = os.path.join(FOLDER, f"{name}.nlptk")
    manifest = container.open(path, verify=False).manifest
    licence = str(manifest["licence"])
    parts = name.split("-")
    task = _TASKS.get(parts[1], parts[1]) if len(parts) > 1 else ""
    scores, data = dict(manifest["scores"]), str(manifest["training_data"])
    return PackagedModel(name, task, manifest["kind"], data, licence, is_open(licence), scores, os.path.getsize(path), path)


def packaged_models() -> list[PackagedModel]:
    """All packaged models."""
    return [packaged_model(name) for name in packaged_names()]


def packaged_path(task: str, data: str, language: str = "zh") -> str | None:
    """The file of the model for a task (seg, pos, ner) trained on some data (pku, msr, ud ...; or bigram), or None."""
    name = f"{language}-{task}-{data}"
    return os.path.join(FOLDER, f"{name}.nlptk") if name in packaged_names() else None


def packaged_for(task: str, language: str = "zh") -> list[str]:
    """The data for which there is a model of a task."""
    start = f"{language}-{task}-"
    return [name.removeprefix(start) for name in packaged_names() if name.startswith(start)]


def is_open(licence: str) -> bool:
    """Whether a licence, or what is said before a remark in parentheses, is open."""
    return licence.partition("(")[0].strip() in OPEN_LICENCES
