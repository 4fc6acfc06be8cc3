"""nlptk train-w2v: what it writes, and what it says when it cannot."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import nlptk
from nlptk import Word2Vec, WordVectors
from tests.vectors.test_word2vec import sentences

TEXT = "".join(" ".join(sentence) + "\n" for sentence in sentences(300))
OPTIONS = ["--size", 10, "--min-count", 1, "--epochs", 2, "--threads", 1]


@pytest.fixture
def run(nlptk_cli, tmp_path):
    (tmp_path / "corpus.txt").write_text(TEXT, "utf-8")
    return lambda *arguments, **options: nlptk_cli(*arguments, cwd=tmp_path, **options)


def test_writes_what_its_name_says(run, tmp_path):
    expected = Word2Vec(vector_size=10, min_count=1, epochs=2, workers=1).fit(tmp_path / "corpus.txt").vectors_
    for name in ("v.bin", "v.txt", "v.vec", "v.txt.gz", "v.nlptk"):
        done = run("train-w2v", "corpus.txt", "-o", name, *OPTIONS, check=True)
        assert "24 words, 10 dimensions" in done.stderr
        assert done.stdout == ""
        if name == "v.nlptk":
            found = nlptk.load(tmp_path / name).vectors_
        else:
            found = WordVectors.load_word2vec_format(tmp_path / name, binary=name == "v.bin")
        assert found.words == expected.words
        np.testing.assert_allclose(found.matrix, expected.matrix, atol=1e-6)
    run("train-w2v", "corpus.txt", "-o", "v.x", "--format", "binary", *OPTIONS, check=True)
    assert (tmp_path / "v.x").read_bytes() == (tmp_path / "v.bin").read_bytes()
    run("train-w2v", "-", "-o", "stdin.bin", *OPTIONS, input=TEXT, check=True)
    assert (tmp_path / "stdin.bin").read_bytes() == (tmp_path / "v.bin").read_bytes()


def test_options_are_parameters(run, tmp_path):
    def model(*options):
        run("train-w2v", "corpus.txt", "-o", "m.nlptk", *OPTIONS, *options, check=True)
        return nlptk.load(tmp_path / "m.nlptk")

    assert model().get_params() == Word2Vec(vector_size=10, min_count=1, epochs=2, workers=1, verbose=True).get_params()
    assert model("--sg").sg == model("--model", "skipgram").sg == 1
    hs = model("--hs")
    assert (hs.hs, hs.negative) == (1, 0)
    both = model("--hs", "--negative", 3)
    assert (both.hs, both.negative) == (1, 3)
    some = model("--window", 2, "--sample", 0, "--alpha", 0.1, "--min-alpha", 0.01, "--seed", 7, "--deterministic")
    assert (some.window, some.sample, some.alpha, some.min_alpha, some.seed, some.deterministic) == (2, 0, 0.1, 0.01, 7, True)
    assert len(model("--max-vocabulary", 5).vocabulary_) <= 5
    assert len(model("--init", "m.nlptk").vocabulary_) == 24


def test_raw_text_is_segmented(run, tmp_path):
    (tmp_path / "raw.txt").write_text("我来到北京清华大学\n小明来到北京\n" * 5, "utf-8")
    run("train-w2v", "raw.txt", "--segment", "-o", "v.txt", *OPTIONS, check=True)
    words = WordVectors.load_word2vec_format(tmp_path / "v.txt").words
    assert set(words) == {"我", "来到", "北京", "清华大学", "小明"}


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_interrupted_leaves_a_checkpoint_and_no_output(run, tmp_path):
    (tmp_path / "corpus.txt").write_text(TEXT * 200, "utf-8")
    arguments = ["train-w2v", "corpus.txt", "-o", "v.bin", "--checkpoint", "half.nlptk", "--checkpoint-every", "0.05"]
    arguments += ["--min-count", "1", "--epochs", "4000", "--threads", "1", "--sample", "0"]
    process = subprocess.Popen(
        [sys.executable, "-m", "nlptk", *arguments], cwd=tmp_path, stderr=subprocess.PIPE, text=True, env={**os.environ}
    )
    for _ in range(600):
        if (tmp_path / "half.nlptk").exists():
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "--resume half.nlptk" in said
    assert "Traceback" not in said
    assert sorted(os.listdir(tmp_path)) == ["corpus.txt", "half.nlptk"]
    state = Word2Vec.load(tmp_path / "half.nlptk")
    assert len(state.loss_) < 4000
    state._unfinished.epochs = len(state.loss_) + 1  # enough of that
    state.save(tmp_path / "half.nlptk")
    run("train-w2v", "corpus.txt", "--resume", "half.nlptk", "-o", "v.bin", check=True)
    assert len(WordVectors.load_word2vec_format(tmp_path / "v.bin").words) == 24


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["nowhere.txt"], 1, "nowhere.txt"),
        (["corpus.txt", "--min-count", 10**6], 2, "min_count=1000000"),
        (["corpus.txt", "--size", 0], 2, "vector_size=0"),
        (["corpus.txt", "--alpha", "nan"], 2, "alpha=nan"),
        (["corpus.txt", "--epochs", "many"], 2, "many"),
        (["empty.txt"], 1, "not a word"),
        (["bad.txt"], 1, "bad.txt:2"),
        (["corpus.txt", "--resume", "corpus.txt"], 1, "corpus.txt"),
        (["corpus.txt", "--checkpoint", "no/folder"], 1, "no such folder"),
        (["corpus.txt", "-"], 2, "standard input"),
    ],
    ids=str,
)
def test_mistakes_have_a_message(run, tmp_path, options, code, said):
    (tmp_path / "empty.txt").write_text("\n \n")
    (tmp_path / "bad.txt").write_bytes(b"good\nba\xffd\n")
    done = run("train-w2v", "-o", "v.bin", *options)
    assert done.returncode == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "v.bin").exists()


@pytest.mark.parametrize("command", ["train-w2v", "train-fasttext", "train-glove"])
def test_the_corpus_is_never_overwritten(run, tmp_path, command):
    for options in (["-o", "./corpus.txt"], ["-o", "v.bin", "--checkpoint", "corpus.txt"]):
        done = run(command, "corpus.txt", *options, *OPTIONS)
        assert (done.returncode, done.stderr.count("\n")) == (1, 1)
        assert "is read here" in done.stderr
        assert (tmp_path / "corpus.txt").read_text("utf-8") == TEXT
