"""nlptk train-fasttext: what it writes, and what it says when it cannot."""

from __future__ import annotations

import numpy as np
import pytest

import nlptk
from nlptk import FastText, WordVectors
from nlptk.vectors import SubwordVectors
from tests.vectors.test_fasttext import sentences

TEXT = "".join(" ".join(sentence) + "\n" for sentence in sentences(300))
OPTIONS = ["--size", 10, "--min-count", 1, "--epochs", 2, "--threads", 1, "--bucket", 300]


@pytest.fixture
def run(nlptk_cli, tmp_path):
    (tmp_path / "corpus.txt").write_text(TEXT, "utf-8")
    return lambda *arguments, **options: nlptk_cli(*arguments, cwd=tmp_path, **options)


def test_writes_what_its_name_says(run, tmp_path):
    parameters = {"vector_size": 10, "min_count": 1, "epochs": 2, "workers": 1, "bucket": 300}
    expected = FastText(**parameters).fit(tmp_path / "corpus.txt").vectors_
    for name in ("v.bin", "v.vec", "v.txt.gz", "v.nlptk"):
        done = run("train-fasttext", "corpus.txt", "-o", name, *OPTIONS, check=True)
        assert "24 words, 10 dimensions" in done.stderr
        assert done.stdout == ""
        if name == "v.nlptk":
            model = nlptk.load(tmp_path / name)
            assert model.get_params() == FastText(**parameters, verbose=True).get_params()
            found = model.vectors_
        elif name == "v.bin":
            found = SubwordVectors.load_fasttext(tmp_path / name)
        else:
            found = WordVectors.load_word2vec_format(tmp_path / name, binary=False)
        assert found.words == expected.words
        np.testing.assert_allclose(found.matrix, expected.matrix, atol=1e-6)
        if isinstance(found, SubwordVectors):
            np.testing.assert_allclose(found["unheard"], expected["unheard"], atol=1e-6)
    run("train-fasttext", "corpus.txt", "-o", "v.x", "--format", "fasttext", *OPTIONS, check=True)
    assert (tmp_path / "v.x").read_bytes() == (tmp_path / "v.bin").read_bytes()


def test_options_are_parameters(run, tmp_path):
    run("train-fasttext", "corpus.txt", "-o", "m.nlptk", *OPTIONS, "--sg", "--min-n", 1, "--max-n", 2, "--hs", check=True)
    model = nlptk.load(tmp_path / "m.nlptk")
    assert (model.sg, model.hs, model.negative, model.min_n, model.max_n, model.bucket) == (1, 1, 0, 1, 2, 300)
    run("train-fasttext", "corpus.txt", "-o", "v.bin", *OPTIONS, check=True)
    run("train-fasttext", "corpus.txt", "-o", "n.nlptk", *OPTIONS, "--init", "v.bin", check=True)


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["nowhere.txt"], 1, "nowhere.txt"),
        (["corpus.txt", "--min-n", -1], 2, "min_n=-1"),
        (["corpus.txt", "--negative", 0], 2, "negative=0"),
        (["corpus.txt", "--bucket", "x"], 2, "bucket"),
        (["corpus.txt", "--format", "binary"], 2, "binary"),
    ],
    ids=str,
)
def test_mistakes_have_a_message(run, tmp_path, options, code, said):
    done = run("train-fasttext", "-o", "v.bin", *options)
    assert done.returncode == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "v.bin").exists()
