"""nlptk train-lm, score, evaluate lm, lm generate, convert: what they write, and what they say when they cannot."""

from __future__ import annotations

import gzip
import json
import os
import re
from pathlib import Path

import pytest

from nlptk import container
from nlptk.errors import ParameterError
from nlptk.lm.formats import target_format

TEXT = "".join(f"我们 {verb} {noun}\n" for verb in ("看", "买", "喜欢") for noun in ("电影", "书", "书", "音乐 和 书 和 画"))


@pytest.fixture(scope="module")
def folder(nlptk_cli, tmp_path_factory) -> Path:
    """A corpus and models of it."""
    path = tmp_path_factory.mktemp("lm")
    (path / "corpus.txt").write_text(TEXT, "utf-8")
    for name in ("model.arpa", "model.nlptk"):
        nlptk_cli("train-lm", "corpus.txt", "--order", 3, "-o", name, cwd=path, check=True)
    return path


@pytest.fixture
def run(nlptk_cli, folder):
    return lambda *arguments, **options: nlptk_cli(*arguments, cwd=folder, **options)


def figure(text: str, name: str) -> float:
    return float(re.search(rf"(?m)^{name} +([0-9.]+)$", text)[1])


def test_train_writes_what_its_name_says(run, folder, tmp_path):
    arpa = (folder / "model.arpa").read_bytes()
    assert arpa.startswith(b"\\data\\\nngram 1=12\n") and arpa.endswith(b"\n\\end\\\n")
    done = run("train-lm", "corpus.txt", "--order", 3, "-o", tmp_path / "model.arpa.gz", check=True)
    assert done.stdout == ""
    assert gzip.decompress((tmp_path / "model.arpa.gz").read_bytes()) == arpa
    assert run("train-lm", "corpus.txt", "--order", 3, "-o", "-", binary=True, check=True).stdout == arpa
    assert run("train-lm", "-", "--order", 3, "-o", "-", input=TEXT.encode(), check=True).stdout == arpa
    (tmp_path / "corpus.gz").write_bytes(gzip.compress(TEXT.encode("gb18030")))
    done = run("train-lm", tmp_path / "corpus.gz", "--encoding", "gb18030", "--order", 3, "-o", "-", binary=True, check=True)
    assert done.stdout == arpa
    assert sorted(os.listdir(folder)) == ["corpus.txt", "model.arpa", "model.nlptk"]


def test_several_files_are_one_corpus(run, tmp_path):
    twice = run("train-lm", "-", "--order", 2, "-o", "-", input=TEXT * 2, check=True).stdout
    assert run("train-lm", "corpus.txt", "corpus.txt", "--order", 2, "-o", "-", check=True).stdout == twice


def test_options_of_training(run, tmp_path):
    def train(*options: object) -> str:
        return run("train-lm", "corpus.txt", "--order", 2, "-o", "-", *options, check=True).stdout

    plain = train()
    assert train("--discount-fallback", "0.5,1 1.5", "--memory", "1M", "--threads", 2) == plain
    assert train("--discount-fallback", "0.4 1 1.5") != plain
    known = {train("--smoothing", name) for name in ("witten-bell", "jelinek-mercer", "add-k", "stupid-backoff")}
    assert len({plain, *known}) == 5
    assert "ngram 2=11\n" in train("--prune", "0 2")
    assert train("--smoothing", "add-k", "--k", 0.1) not in known
    assert train("--smoothing", "stupid-backoff", "--backoff", 0.3) not in known
    assert train("--smoothing", "jelinek-mercer", "--weight", 0.7) not in known
    assert "ngram 1=5\n" in train("--max-vocabulary", 2)
    assert "ngram 1=9\n" in train("--min-count", 4)
    (tmp_path / "words").write_text("我们 看\n书", "utf-8")
    assert "ngram 1=6\n" in train("--vocabulary", tmp_path / "words")


def test_verbose_tells_counts_and_discounts(run):
    done = run("train-lm", "corpus.txt", "--order", 2, "-o", "-", "--verbose", check=True)
    assert "12 sentences, 48 words\n1-grams 12  D " in done.stderr
    assert "is the corpus very small?" in done.stderr


def test_score(run):
    done = run("score", "model.arpa", "-", input="我们 看 书\n\n看 魑魅\n", check=True)
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert [line for _, line in rows] == ["我们 看 书", "", "看 魑魅"]
    scores = [float(score) for score, _ in rows]
    assert all(score < 0 for score in scores)
    assert run("score", "model.nlptk", "-", input="我们 看 书\n\n看 魑魅\n", check=True).stdout == done.stdout

    table = run("score", "model.arpa", "-", "--format", "tsv", input="我们 看 书\n\n看 魑魅\n", check=True).stdout
    assert [line.split("\t")[1:] for line in table.splitlines()] == [
        ["3", "0", "我们 看 书"],
        ["0", "0", ""],
        ["2", "1", "看 魑魅"],
    ]
    table = run("score", "model.arpa", "-", "--words", "--format", "tsv", input="看 魑魅\n", check=True).stdout
    cells = [line.split("\t") for line in table.splitlines()]
    assert [row[0] for row in cells] == ["看", "魑魅", "</s>", ""]
    assert [row[3:] for row in cells] == [["0"], ["1"], ["0"], []]
    assert sum(float(row[1]) for row in cells[:3]) == pytest.approx(scores[2], abs=2e-6)

    lines = run("score", "model.arpa", "-", "--words", "--format", "jsonl", input="我们 看 书\n看\n", check=True).stdout
    first, second = map(json.loads, lines.splitlines())
    assert (first["words"], first["oov"], [token["length"] for token in first["tokens"]]) == (3, 0, [2, 3, 3, 3])
    assert first["score"] == pytest.approx(scores[0], abs=2e-6)
    assert [token["word"] for token in second["tokens"]] == ["看", "</s>"]
    text = run("score", "model.arpa", "-", "--words", "--no-eos", input="我们 看\n", check=True).stdout
    assert re.fullmatch(r"-[0-9.]+\t我们=-[0-9.]+ 看=-[0-9.]+\n", text)
    assert run("score", "model.arpa", "-", "--no-bos", "--no-eos", input="\n", check=True).stdout in (
        "0.000000\t\n",
        "-0.000000\t\n",
    )


def test_score_files_and_threads(run, folder, tmp_path):
    one = run("score", "model.arpa", "corpus.txt", "corpus.txt", "-o", tmp_path / "out", check=True)
    assert one.stdout == ""
    out = (tmp_path / "out").read_text("utf-8")
    assert len(out.splitlines()) == 24
    assert run("score", "model.arpa", "corpus.txt", "corpus.txt", "--threads", 3, check=True).stdout == out
    (tmp_path / "bad").write_bytes("看 书\n".encode() + b"\xff\n" + "看\n".encode())
    done = run("score", "model.arpa", tmp_path / "bad")
    assert done.returncode == 1 and "bad:2: byte 1" in done.stderr
    assert len(run("score", "model.arpa", tmp_path / "bad", "--on-error", "skip", check=True).stdout.splitlines()) == 2


def test_evaluate(run, tmp_path):
    text = run("evaluate", "lm", "model.arpa", "corpus.txt", check=True).stdout
    assert text == run("evaluate", "lm", "model.nlptk", "corpus.txt", check=True).stdout
    assert (figure(text, "OOV"), figure(text, "words"), figure(text, "sentences")) == (0, 48, 12)
    assert figure(text, "perplexity") == figure(text, "perplexity without OOV") < 10
    (tmp_path / "other.txt").write_text("我们 看 魑魅\n", "utf-8")
    found = json.loads(run("evaluate", "lm", "model.arpa", tmp_path / "other.txt", "--format", "json", check=True).stdout)
    assert (found["oov"], found["words"], found["sentences"]) == (1, 3, 1)
    assert found["perplexity"] > found["perplexity_without_oov"] > 1
    [row] = run("score", "model.arpa", tmp_path / "other.txt", check=True).stdout.splitlines()
    assert found["perplexity"] == pytest.approx(10 ** (-float(row.split("\t")[0]) / 4), rel=1e-4)


def test_evaluate_nothing(run, tmp_path):
    (tmp_path / "empty").touch()
    done = run("evaluate", "lm", "model.arpa", tmp_path / "empty")
    assert done.returncode == 1 and "empty" in done.stderr and "Traceback" not in done.stderr


def test_generate(run):
    done = run("lm", "generate", "model.nlptk", "--count", 5, "--seed", 1, check=True)
    assert done.stdout == run("lm", "generate", "model.arpa", "--count", 5, "--seed", 1, check=True).stdout
    assert len(done.stdout.splitlines()) == 5
    assert {*done.stdout.split()} <= {*TEXT.split()}
    some = run("lm", "generate", "model.nlptk", "--context", "我们 买", "--temperature", 0, "--max-length", 3, check=True).stdout
    assert some.startswith("我们 买 ") and len(some.split()) == 3


def test_convert_there_and_back(run, folder, tmp_path):
    arpa = (folder / "model.arpa").read_bytes()
    (tmp_path / "model.arpa.gz").write_bytes(gzip.compress(arpa))
    done = run("convert", tmp_path / "model.arpa.gz", tmp_path / "model.nlptk", check=True)
    assert done.stdout == done.stderr == ""
    run("convert", tmp_path / "model.nlptk", tmp_path / "again.arpa", check=True)
    assert sorted((tmp_path / "again.arpa").read_bytes().split(b"\n")) == sorted(arpa.split(b"\n"))
    assert run("convert", "model.arpa", "-", binary=True, check=True).stdout == arpa
    run("convert", "model.nlptk", tmp_path / "small.nlptk", "--quantize", 8, check=True)
    assert container.open(tmp_path / "small.nlptk").manifest["learned"]["quantized"]
    scores = [
        run("score", tmp_path / name, "-", input="我们 看 书\n", check=True).stdout for name in ("small.nlptk", "model.nlptk")
    ]
    assert float(scores[0].split("\t")[0]) == pytest.approx(float(scores[1].split("\t")[0]), abs=0.3)


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (["train-lm", "missing", "-o", "x.arpa"], 1, "missing: no such file"),
        (["train-lm", "empty", "-o", "x.arpa"], 1, "empty: not a word in the corpus"),
        (["train-lm", "empty", "-o", "x.nlptk"], 1, "empty: not a word in the corpus"),
        (["train-lm", "marks", "-o", "x.arpa"], 1, "marks:2: <s> is a word of the text"),
        (["train-lm", "bad", "-o", "x.arpa"], 1, "bad:2: byte 1 of the line is 0xFF, not UTF-8"),
        (["train-lm", "good", "-o", "x.txt"], 2, "x.txt: expected a name that ends in .arpa"),
        (["train-lm", "good", "-o", "x.nlptk.gz"], 2, "x.nlptk.gz: expected a name that ends in .arpa"),
        (["train-lm", "good", "-o", "x.arpa", "--quantize", "8"], 2, "x.arpa: an ARPA file cannot be quantised"),
        (["train-lm", "good", "-o", "nowhere/x.arpa"], 1, "nowhere/x.arpa: no such folder"),
        (["train-lm", "good", "-o", "nowhere/x.nlptk"], 1, "nowhere/x.nlptk: no such folder"),
        (["train-lm", "good", "-o", "x.arpa", "--order", "0"], 2, "order=0: expected 1 to 20"),
        (["train-lm", "good", "-o", "x.arpa", "--order", "21"], 2, "order=21: expected 1 to 20"),
        (["train-lm", "good", "-o", "x.arpa", "--prune", "a b"], 2, "'a b', expected numbers parted by blanks"),
        (["train-lm", "good", "-o", "x.arpa", "--prune", "1 0"], 2, "prune=[1, 0]"),
        (["train-lm", "good", "-o", "x.arpa", "--discount-fallback", "none"], 2, "discounts of 1-grams cannot be estimated"),
        (["train-lm", "good", "-o", "x.arpa", "--memory", "lots"], 2, "memory is 'lots'"),
        (["train-lm", "good", "-o", "x.arpa", "--vocabulary", "missing"], 1, "missing: no such file"),
        (["train-lm", "good"], 2, "Missing option"),
        (["train-lm", "cut.arpa", "-o", "cut.arpa"], 1, "cut.arpa: is read here, expected another name"),
        (["train-lm", "good", "cut.nlptk", "-o", "./cut.nlptk"], 1, "cut.nlptk: is read here"),
        (["train-lm", "good", "--vocabulary", "cut.arpa", "-o", "cut.arpa"], 1, "cut.arpa: is read here"),
        (["train-lm", "-", "-", "-o", "x.arpa"], 2, "standard input can be read only once"),
        (["train-lm", "-", "--vocabulary", "-", "-o", "x.arpa"], 2, "standard input can be read only once"),
        (["score", "cut.nlptk", "good", "-o", "cut.nlptk"], 1, "cut.nlptk: is read here"),
        (["lm", "generate", "cut.nlptk", "-o", "cut.nlptk"], 1, "cut.nlptk: is read here"),
        (["score", "-", "-"], 2, "standard input can be read only once"),
        (["evaluate", "lm", "-", "-"], 2, "standard input can be read only once"),
        (["score", "missing", "good"], 1, "missing: no such file"),
        (["score", "good", "good"], 1, "good:1: expected \\data\\"),
        (["score", "empty", "good"], 1, "empty:1: the file ends, expected \\data\\"),
        (["evaluate", "lm", "cut.arpa", "good"], 1, "cut.arpa:5: the file ends after 1 1-grams, expected 3"),
        (["evaluate", "lm", "nan.arpa", "good"], 1, "nan.arpa:5: 'nan', expected a finite log10 probability"),
        (["evaluate", "lm", "other.nlptk", "good"], 1, "other.nlptk: "),
        (["lm", "generate", "cut.nlptk"], 1, "cut.nlptk: "),
        (["lm", "generate", "missing"], 1, "missing: no such file"),
        (["convert", "missing", "x.nlptk"], 1, "missing: no such file"),
        (["convert", "good", "x.nlptk"], 2, "good: what kind of model is this?"),
        (["convert", "good", "x.arpa"], 1, "good:1: expected \\data\\"),
        (["convert", "nan.arpa", "x.txt"], 2, "x.txt: expected a name"),
        (["convert", "nan.arpa", "x.nlptk"], 1, "nan.arpa:5: 'nan'"),
        (["convert", "other.nlptk", "x.arpa"], 2, "other.nlptk: a something-else file, expected one of ngram-lm"),
    ],
)
def test_mistakes(nlptk_cli, folder, tmp_path, arguments, code, complaint):
    files = {
        "empty": b"",
        "good": b"a b\n",
        "bad": b"a b\n\xff\n",
        "marks": b"a b\n<s> b\n",
        "cut.arpa": b"\\data\\\nngram 1=3\n\n\\1-grams:\n-1.0\ta",
        "nan.arpa": b"\\data\\\nngram 1=1\n\n\\1-grams:\nnan\t<unk>\n\n\\end\\\n",
        "cut.nlptk": (folder / "model.nlptk").read_bytes()[:-99],
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    container.write(tmp_path / "other.nlptk", "something-else", {})
    before = sorted(os.listdir(tmp_path))
    done = nlptk_cli(*arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (code, ""), done.stderr
    assert complaint in done.stderr and "Traceback" not in done.stderr
    assert sorted(os.listdir(tmp_path)) == before


@pytest.mark.parametrize(
    ("name", "format"),
    [("-", "arpa"), ("a.arpa", "arpa"), ("a.arpa.zst", "arpa"), ("a.b.nlptk", "nlptk"), (Path("x.nlptk"), "nlptk")],
)
def test_names_tell_formats(name, format):
    assert target_format(name) == format


@pytest.mark.parametrize("name", ["", "a", "a.gz", "arpa", "a.arpa.txt", "a.nlptk.gz", "a.ARPA"])
def test_other_names_are_refused(name):
    with pytest.raises(ParameterError, match="expected a name"):
        target_format(name)
