"""Words as points: where they are, and the files they are drawn to."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from nlptk.errors import InputError, OutputError, ParameterError, UnknownWordError
from nlptk.vectors import WordVectors
from nlptk.viz.words import plot_words, project

MATRIX = np.random.default_rng(0).standard_normal((30, 6)).astype(np.float32)
WORDS = [f"w{i}" for i in range(28)] + ["$x_1$", "&<"]


@pytest.fixture
def wv() -> WordVectors:
    return WordVectors(WORDS, MATRIX)


def test_projection_is_the_plane_of_largest_spread():
    points = project(MATRIX)
    units = MATRIX / np.linalg.norm(MATRIX, axis=1, keepdims=True)
    values = np.linalg.eigvalsh(np.cov(units.T))[::-1]
    assert np.cov(points.T) == pytest.approx(np.diag(values[:2]), abs=1e-6)
    assert project(MATRIX[:, :1]).shape == (30, 2)
    near = np.concatenate([np.eye(6)[[0] * 10], np.eye(6)[[1] * 10]]) + 0.01 * MATRIX[:20]
    flat = project(near.astype(np.float32), "tsne")
    assert flat.shape == (20, 2)
    assert np.linalg.norm(flat[:10].mean(0) - flat[10:].mean(0)) > np.linalg.norm(flat[:10].std(0))


@pytest.mark.parametrize(("name", "start"), [("a.png", b"\x89PNG"), ("a.svg", b"<?xml"), ("a.pdf", b"%PDF")])
def test_files(wv, tmp_path, name, start):
    plot_words(wv, path=tmp_path / name, top=12)
    assert (tmp_path / name).read_bytes().startswith(start)
    first = (tmp_path / name).read_bytes()
    plot_words(wv, path=tmp_path / name, top=12)
    assert (tmp_path / name).read_bytes() == first


def test_words_are_written_as_they_are(wv):
    figure = plot_words(wv, ["w1", "w2", "$x_1$", "&<"])
    assert [text.get_text() for text in figure.axes[0].texts] == ["w1", "w2", "$x_1$", "&<"]
    assert len(plot_words(wv, top=5).axes[0].texts) == 5


def test_a_letter_without_a_font_is_said(wv, tmp_path):
    strange = WordVectors(["a", "b", "\U0001fbff\U000e0100"], np.eye(3))
    with pytest.warns(UserWarning, match="no installed font"):
        plot_words(strange, path=tmp_path / "a.png")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        plot_words(wv, path=tmp_path / "b.png")


def test_what_cannot_be_drawn(wv, tmp_path):
    with pytest.raises(ParameterError, match=r"ends in \.png"):
        plot_words(wv, path=tmp_path / "a.txt")
    with pytest.raises(ParameterError, match="at least 3"):
        plot_words(wv, ["w1", "w2"])
    with pytest.raises(ParameterError, match="pca or tsne"):
        plot_words(wv, method="x")
    with pytest.raises(UnknownWordError):
        plot_words(wv, ["w1", "w2", "nobody"])
    with pytest.raises(OutputError):
        plot_words(wv, path=tmp_path / "no" / "a.png")
    (tmp_path / "f.ttf").write_text("no font")
    with pytest.raises(InputError, match="no font file"):
        plot_words(wv, font=tmp_path / "f.ttf")
    assert [path.name for path in tmp_path.iterdir()] == ["f.ttf"]
