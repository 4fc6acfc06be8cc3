"""Words as points: vectors brought down to two dimensions, drawn with matplotlib."""

from __future__ import annotations

import os
import warnings

import numpy as np

from ..corpus.files import open_output
from ..errors import InputError, ParameterError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from numpy.typing import NDArray

    from ..vectors import WordVectors

_FORMATS = ("png", "svg", "pdf", "jpg")
_LAST_RESORT = "Last Resort"  # a font of boxes that has every letter
# what systems have for Chinese, the best first
_FONTS = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN", "PingFang SC", "Microsoft YaHei",
    "Hiragino Sans GB", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "SimHei", "Heiti SC", "Noto Sans CJK JP", "Noto Serif CJK SC",
    "Droid Sans Fallback", "Arial Unicode MS", "SimSun", "AR PL UMing CN",
)  # fmt: skip


def project(matrix: NDArray[np.float32], method: str = "pca", *, seed: int = 0) -> NDArray[np.float64]:
    """Vectors in two dimensions.

    Parameters
    ----------
    matrix : array of shape (words, dimensions)
        Taken as directions: only angles count.
    method : {"pca", "tsne"}
        The plane in which they differ most, or t-SNE (van der Maaten and Hinton 2008), which keeps neighbours together.
    seed : int
        Of t-SNE.

    Returns
    -------
    array of shape (words, 2)
    """
    if method not in ("pca", "tsne"):
        raise ParameterError(f"method={method!r}: expected pca or tsne")
    if len(matrix) < 3:
        raise ParameterError(f"{len(matrix)} words, expected at least 3")
    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    units = (matrix / np.where(lengths > 0, lengths, 1)).astype(np.float64)
    if method == "tsne":
        from sklearn.manifold import TSNE

        start = "pca" if units.shape[1] > 1 else "random"
        tsne = TSNE(init=start, perplexity=min(30.0, (len(units) - 1) / 3), random_state=seed)
        points: NDArray[np.float64] = tsne.fit_transform(units).astype(np.float64)
        return points
    centred = units - units.mean(axis=0)
    _, _, components = np.linalg.svd(centred, full_matrices=False)
    components *= np.sign(components[np.arange(len(components)), np.abs(components).argmax(axis=1)])[:, None]  # one of two signs
    points = np.zeros((len(units), 2))
    points[:, : min(2, len(components))] = centred @ components[:2].T
    return points


def find_font(text: str) -> str | None:
    """The name of an installed font that has all letters of a text, one for Chinese by preference; None: there is none."""
    from matplotlib import font_manager

    fonts = font_manager.fontManager.ttflist
    rank = {name: i for i, name in enumerate(_FONTS)}
    wanted = {ord(letter) for letter in text}
    for font in sorted(fonts, key=lambda font: (rank.get(font.name, len(rank)), font.style != "normal", font.fname)):
        try:
            letters = font_manager.get_font(font.fname)
            if not font.name.startswith(_LAST_RESORT) and all(letters.get_char_index(letter) for letter in wanted):
                return font.name
        except (OSError, RuntimeError):  # a font file that cannot be read is no font
            continue
    return None


def plot_words(
    vectors: WordVectors,
    words: Sequence[str] | None = None,
    path: str | os.PathLike[str] | None = None,
    *,
    top: int = 100,
    method: str = "pca",
    font: str | os.PathLike[str] | None = None,
    seed: int = 0,
) -> Any:
    """Draw words as points that are the closer the more similar they are.

    Parameters
    ----------
    vectors : WordVectors
    words : sequence of str, optional
        Default: the first ones.
    path : path, optional
        Where to: .png, .svg, .pdf or .jpg. Without it, the figure is only returned.
    top : int
        How many of the first words, where none are given.
    method : {"pca", "tsne"}
    font : path, optional
        A font file for the words. Default: an installed one that has all their letters; where there is none, a warning says so.
    seed : int
        Of t-SNE.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    UnknownWordError
        A word has no vector.
    ParameterError
        Fewer than 3 words, or a file name that ends otherwise.
    OutputError
        The file cannot be written.
    """
    suffix = "" if path is None else os.path.splitext(os.fspath(path))[1][1:].lower()
    if path is not None and suffix not in _FORMATS:
        raise ParameterError(f"{os.fspath(path)}: expected a name that ends in .{', .'.join(_FORMATS)}")
    chosen = list(words) if words else vectors.words[:top]
    points = project(vectors.vectors_of(chosen), method, seed=seed)
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    size = min(24.0, max(6.0, 1.2 * len(chosen) ** 0.5))  # inches: room for the words
    settings: Any = {"font.family": _families(chosen, font), "axes.unicode_minus": False, "svg.hashsalt": "nlptk"}
    with rc_context(settings):
        figure = Figure(figsize=(size, size), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        axes.scatter(points[:, 0], points[:, 1], s=10, alpha=0.6)
        for word, point in zip(chosen, points.tolist(), strict=True):
            axes.annotate(word, point, xytext=(3, 2), textcoords="offset points", fontsize=9, parse_math=False)
        axes.set_title(f"{len(chosen)} words, {'PCA' if method == 'pca' else 't-SNE'}")
        axes.margins(0.08)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Glyph .* missing")  # said before, once
            if path is not None:
                with open_output(path) as file:
                    dated = {"Date": None} if suffix == "svg" else {"CreationDate": None} if suffix == "pdf" else None
                    figure.savefig(file, format=suffix, dpi=120, metadata=dated)
    return figure


def _families(words: Iterable[str], font: str | os.PathLike[str] | None) -> list[str]:
    """Names of fonts for some words: the first that has a letter draws it."""
    from matplotlib import font_manager

    default = "DejaVu Sans"  # comes with matplotlib
    if font is not None:
        try:
            font_manager.fontManager.addfont(font)
            return [font_manager.get_font(os.fspath(font)).family_name, default]
        except (OSError, RuntimeError) as error:
            raise InputError(f"no font file: {error}", path=font) from None
    base = font_manager.get_font(font_manager.findfont(default))
    missing = "".join(sorted({letter for word in words for letter in word if not base.get_char_index(ord(letter))}))
    if not missing:
        return [default]
    found = find_font(missing)
    if found is None:
        # A letter that no font has, an emoji say, must not cost the others theirs.
        found = max((find_font(letter) or "" for letter in missing[:20]), key=bool)
        warnings.warn(
            f"no installed font has all of {missing[:20]!r}, boxes stand for them: install one (Noto Sans CJK) or name a file",
            stacklevel=3,
        )
    return [default, found] if found else [default]
