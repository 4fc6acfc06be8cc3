"""nlptk vectors, evaluate analogy and similarity: what they print, and what they say when they cannot."""

from __future__ import annotations

import json

import numpy as np
import pytest

from nlptk.vectors import SubwordVectors, WordVectors, load_vectors
from nlptk.vectors.formats import save_vectors

WORDS = ["北京", "上海", "苹果", "香蕉", "man", "woman", "king", "queen"]
ROWS = [
    [1, 0, 0, 0],
    [0.9, 0.1, 0, 0],
    [0, 1, 0, 0],
    [0, 0.9, 0.1, 0],
    [0, 0, 1, 0.1],
    [0, 0, 1, -1],
    [0, 2, 1, 0.1],
    [0, 2, 1, -1],
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("vectors")
    for name in ("v.bin", "v.txt", "v.nlptk", "v.vec.gz"):
        save_vectors(WordVectors(WORDS, ROWS), path / name)
    (path / "pairs.txt").write_text("北京\t上海\t8\n苹果\t香蕉\t9\n北京\t香蕉\t1\n北京\t火星\t1\n", "utf-8")
    (path / "questions.txt").write_text(": family\nman woman king queen\nman woman x y\n", "utf-8")
    return path


@pytest.fixture
def run(nlptk_cli, folder):
    return lambda *arguments, **options: nlptk_cli(*arguments, cwd=folder, **options)


@pytest.mark.parametrize("name", ["v.bin", "v.txt", "v.nlptk", "v.vec.gz"])
def test_nearest(run, name):
    lines = run("vectors", "nearest", name, "北京", "-k", 2, check=True).stdout.splitlines()
    assert [line.split("\t")[0] for line in lines] == ["上海", "香蕉"] or lines[0].startswith("上海\t0.99")


def test_nearest_of_many(run):
    done = run("vectors", "nearest", "v.bin", "-k", 1, input="北京\n\n苹果\n", check=True)
    assert [line.split("\t")[:2] for line in done.stdout.splitlines()] == [["北京", "上海"], ["苹果", "香蕉"]]
    assert run("vectors", "nearest", "v.bin", "北京", "苹果", "-k", 1, check=True).stdout == done.stdout
    done = run("vectors", "nearest", "v.bin", "-k", 1, "--format", "jsonl", "--on-error", "skip", input="北京\n火星\n")
    assert json.loads(done.stdout) == {"word": "北京", "nearest": [["上海", 0.993884]]}
    assert "1 words without a vector left out" in done.stderr
    assert run("vectors", "nearest", "v.bin", "king", "-k", 5, "--restrict", 2).stdout.count("\n") == 2


def test_similarity_analogy_and_the_odd_one(run):
    assert run("vectors", "similarity", "v.bin", "北京", "上海", check=True).stdout == "0.9939\n"
    assert run("vectors", "similarity", "v.bin", "北京", "上海", "苹果").stdout == "上海\t0.9939\n苹果\t0.0000\n"
    for method in ("3cosadd", "3cosmul"):
        done = run("vectors", "analogy", "v.bin", "man", "woman", "king", "-k", 1, "--method", method, check=True)
        assert done.stdout.startswith("queen\t")
    done = run("vectors", "doesnt-match", "v.bin", "北京", "上海", "苹果", "火星", check=True)
    assert (done.stdout, "火星" in done.stderr) == ("苹果\n", True)


def test_info(run, folder):
    assert run("vectors", "info", "v.bin", check=True).stdout.splitlines()[:2] == ["words              8", "dimensions         4"]
    assert json.loads(run("vectors", "info", "v.txt", "--format", "json").stdout)["first words"] == WORDS
    SubwordVectors(["a"], np.ones((6, 2)), 2, 3, 5, [7]).save_fasttext(folder / "ft.bin")
    facts = json.loads(run("vectors", "info", "ft.bin", "--format", "json").stdout)
    assert (facts["min_n"], facts["buckets"], facts["tokens"]) == (2, 5, 7)


def test_convert(run, folder):
    for source, target, more in (
        ("v.bin", "a.txt", []),
        ("a.txt", "b.nlptk", []),
        ("b.nlptk", "c.gz", ["--to", "glove"]),
        ("c.gz", "d.bin", ["--to", "fasttext"]),
        ("d.bin", "e.bin", ["--limit", 4]),
    ):
        run("vectors", "convert", source, target, *more, check=True)
    assert load_vectors(folder / "d.bin").words == WORDS
    assert load_vectors(folder / "e.bin").matrix == pytest.approx(np.array(ROWS[:4]))
    assert run("vectors", "convert", "v.bin", "x").returncode == 2
    assert "n-grams left out" in run("vectors", "convert", "d.bin", "f.bin", check=True).stderr


def test_plot(run, folder):
    run("vectors", "plot", "v.bin", "-o", "p.png", "--top", 8, check=True)
    assert (folder / "p.png").stat().st_size > 5000
    done = run("vectors", "plot", "v.bin", "man", "woman", "king", "queen", "-o", "p.svg", "--method", "tsne", check=True)
    assert done.stderr == ""


def test_evaluate(run):
    done = run("evaluate", "analogy", "v.bin", "questions.txt", check=True)
    assert done.stdout.splitlines()[-1].split() == ["total", "100.00%", "1", "1", "1"]
    assert json.loads(run("evaluate", "analogy", "v.nlptk", "questions.txt", "--format", "json").stdout)["total"]["asked"] == 1
    done = run("evaluate", "similarity", "v.bin", "pairs.txt", check=True)
    facts = json.loads(run("evaluate", "similarity", "v.bin", "pairs.txt", "--format", "json").stdout)
    assert done.stdout.splitlines() == [
        "Spearman     0.8660",
        f"Pearson      {facts['pearson']:.4f}",
        "pairs        4, 1 of them with a word without a vector",
    ]


@pytest.mark.parametrize(
    ("arguments", "code", "problem"),
    [
        (["nearest", "v.bin", "火星"], 1, "v.bin: word '火星' has no vector"),
        (["nearest", "none", "a"], 1, "none: no such file"),
        (["nearest", ".", "a"], 1, ".: is a directory"),
        (["nearest", "pairs.txt", "a"], 1, "pairs.txt:"),
        (["nearest", "bad.txt", "a"], 1, "bad.txt:3: 2 numbers, expected 4"),
        (["nearest", "v.bin", "北京", "-k", "0"], 2, "-k"),
        (["similarity", "v.bin", "北京"], 2, "WORD"),
        (["analogy", "v.bin", "man", "woman", "x"], 1, "'x'"),
        (["doesnt-match", "v.bin", "x", "y"], 1, "none of 'x', 'y'"),
        (["plot", "v.bin", "-o", "p.txt"], 2, "p.txt: expected a name that ends in"),
        (["plot", "v.bin", "-o", "no/p.png"], 1, "no/p.png: no such folder"),
        (["convert", "v.bin", "no/x.txt"], 1, "no/x.txt: no such folder"),
        (["info", "empty"], 1, "empty: empty"),
    ],
)
def test_complaints(run, folder, arguments, code, problem):
    (folder / "bad.txt").write_text("3 4\na 1 2 3 4\nb 1 2\n")
    (folder / "empty").write_text("")
    done = run("vectors", *arguments)
    assert done.returncode == code
    assert problem in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("Usage") or done.stderr.count("\n") == 1
