"""The file formats of language models, told by name: ARPA, packed or not, and model files."""

from __future__ import annotations

import os

from ..errors import OutputError, ParameterError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    from .model import NgramLM

_PACKED = (".gz", ".bz2", ".xz", ".zst")


def target_format(path: str | os.PathLike[str], quantize: int | None = None) -> Literal["arpa", "nlptk"]:
    """In which format a model is written to a file of this name; to be asked before hours are spent on the model.

    Parameters
    ----------
    path : str or path-like
        ``-``, ``*.arpa`` and ``*.arpa.gz`` (.bz2, .xz, .zst) are ARPA, ``*.nlptk`` is a model file.
    quantize : int, optional
        Is for model files only.

    Raises
    ------
    ParameterError
        Another name, or numbers in an ARPA file that are to be quantised.
    OutputError
        There is no such folder.
    """
    name = os.fspath(path)
    stem, suffix = os.path.splitext(name)
    is_arpa = name == "-" or suffix == ".arpa" or (suffix in _PACKED and stem.endswith(".arpa"))
    if not is_arpa and suffix != ".nlptk":
        raise ParameterError(f"{name}: expected a name that ends in .arpa, .arpa.gz (.bz2, .xz, .zst) or .nlptk")
    if is_arpa and quantize is not None:
        raise ParameterError(f"{name}: an ARPA file cannot be quantised, expected a name that ends in .nlptk")
    if not os.path.isdir(os.path.dirname(name) or "."):
        raise OutputError("no such folder", path=name)
    return "arpa" if is_arpa else "nlptk"


def save(lm: NgramLM, path: str | os.PathLike[str], quantize: int | None = None) -> None:
    """Write a model in the format that the name of the file tells."""
    if target_format(path, quantize) == "arpa":
        lm.save_arpa(path)
    else:
        lm.save(path, quantize=quantize)


def convert(source: str | os.PathLike[str], target: str | os.PathLike[str], quantize: int | None = None) -> None:
    """Read a model in any format and write it in the one that the name of the target tells."""
    from ..container import is_model_file

    if target_format(target, quantize) == "arpa" and not is_model_file(source):
        from .arpa import read_arpa, write_arpa

        with read_arpa(source) as arpa:  # a block at a time, whatever its size
            write_arpa(target, arpa.counts, arpa.words, arpa.chunks)
        return
    from .model import NgramLM

    save(NgramLM.load(source, verify=True), target, quantize)
