"""nlptk train-glove: what it writes, and what it says when it cannot."""

from __future__ import annotations

import numpy as np
import pytest

import nlptk
from nlptk.vectors import GloVe, load_vectors

TEXT = "the cat sees the dog\nthe dog sees a cat\na cat and a dog\n" * 20
SMALL = ("--size", 8, "--min-count", 1, "--epochs", 3, "--window", 3)


@pytest.fixture
def run(nlptk_cli, tmp_path):
    (tmp_path / "corpus.txt").write_text(TEXT)
    return lambda *arguments, **options: nlptk_cli(*arguments, cwd=tmp_path, **options)


def test_all_formats_have_the_same_vectors(run, tmp_path):
    for name in ("v.txt", "v.bin", "v.nlptk", "v.vec.gz"):
        done = run("train-glove", "corpus.txt", *SMALL, "-o", name, check=True)
        assert "6 words, 8 dimensions" in done.stderr
    model = nlptk.load(tmp_path / "v.nlptk")
    assert isinstance(model, GloVe)
    for name in ("v.txt", "v.bin", "v.vec.gz"):
        read = load_vectors(tmp_path / name)
        assert read.words == model.vectors_.words
        np.testing.assert_allclose(read.matrix, model.vectors_.matrix, atol=1e-6)


def test_options_reach_the_model(run, tmp_path):
    run("train-glove", "corpus.txt", *SMALL, "--no-symmetric", "--no-distance-weighting", "--x-max", 3, "--alpha", 0.5,
        "--learning-rate", 0.02, "--memory", "64K", "--seed", 7, "--max-vocabulary", 4, "--threads", 2, "-o", "v.nlptk",
        check=True)  # fmt: skip
    model = nlptk.load(tmp_path / "v.nlptk")
    assert (model.symmetric, model.distance_weighting, model.x_max, model.alpha) == (False, False, 3.0, 0.5)
    assert (model.learning_rate, model.memory, model.seed, model.workers) == (0.02, "64K", 7, 2)
    assert len(model.vectors_) <= 4


def test_raw_chinese(run, tmp_path):
    (tmp_path / "raw.txt").write_text("我来到北京清华大学\n他来到上海复旦大学\n" * 10, "utf-8")
    run("train-glove", "raw.txt", *SMALL, "--segment", "-o", "v.txt", check=True)
    assert {"北京", "清华大学", "来到"} <= set(load_vectors(tmp_path / "v.txt").words)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("missing.txt", "-o", "v.txt"), "missing.txt"),
        (("corpus.txt", "-o", "no/v.txt"), "no such folder"),
        (("corpus.txt", "-o", "v.txt", "--min-count", 1000), "min_count=1000"),
        (("corpus.txt", "-o", "v.txt", "--x-max", "nan"), "x_max"),
        (("corpus.txt", "-o", "v.txt", "--learning-rate", 0), "learning_rate"),
        (("corpus.txt", "-o", "v.txt", "--window", 0), "window"),
        (("corpus.txt", "-o", "v.txt", "--memory", "much"), "memory"),
        (("bad.txt", "-o", "v.txt"), "bad.txt:2"),
        (("empty.txt", "-o", "v.txt"), "empty.txt"),
        (("alone.txt", "-o", "v.txt", "--min-count", 1), "stand near"),
        (("corpus.txt", "-o", "v.txt", "--resume", "corpus.txt"), "corpus.txt"),
    ],
)
def test_errors_are_one_line_and_leave_nothing(run, tmp_path, arguments, said):
    (tmp_path / "bad.txt").write_bytes(b"good line\nbad \xff line\n")
    (tmp_path / "empty.txt").write_bytes(b"\n\n")
    (tmp_path / "alone.txt").write_bytes(b"one\ntwo\n")
    done = run("train-glove", *arguments, check=False)
    assert done.returncode in (1, 2)
    assert said in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "v.txt").exists() and not list(tmp_path.glob(".nlptk*"))
