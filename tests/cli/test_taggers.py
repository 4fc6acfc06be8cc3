"""``nlptk train-tagger``, ``tag --model``, ``ner``, ``evaluate tag|ner``, ``inspect``, ``models``."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from nlptk import loading


@pytest.fixture(scope="module")
def trained(nlptk_cli: Any, corpora: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("taggers")
    nlptk_cli(
        "train-tagger", corpora / "tagged.zh.txt", "--task", "pos", "--model", "perceptron", "-o", folder / "pos", check=True
    )
    nlptk_cli("train-tagger", corpora / "ner.zh.bio", "--task", "ner", "--min-freq", 1, "-o", folder / "ner", check=True)
    nlptk_cli(
        *("train-tagger", corpora / "chunk.en.txt", "--task", "chunk", "--scheme", "BIOES", "--max-iterations", 30),
        *("--licence", "MIT", "--quantize", "16", "--dev", corpora / "chunk.en.txt", "-o", folder / "chunk"),
        check=True,
    )
    return folder


def fails(done: Any, code: int, *said: str) -> None:
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    for word in said:
        assert word in done.stderr, done.stderr


def test_train(trained: Path, corpora: Path) -> None:
    assert loading.load(trained / "pos").predict([[["今天"], ["的"], ["会议"]]]) == [["t", "u", "n"]]
    model = loading.load(trained / "chunk", licence="MIT")
    assert model.predict([[["The", "DT"], ["old", "JJ"], ["ferry", "NN"]]]) == [["B-NP", "I-NP", "I-NP"]]
    assert model._origin["training_data"] == "chunk.en.txt" and model._origin["scores"]["F1"] > 0.9


def test_train_with_a_template(nlptk_cli: Any, corpora: Path, tmp_path: Path) -> None:
    (tmp_path / "template").write_text("U0:%x[0,0]\nU1:%x[0,1]\nB\n")
    out = tmp_path / "model"
    done = nlptk_cli(
        "train-tagger", corpora / "chunk.en.txt", "--template", tmp_path / "template", "-o", out, "--c2", 0.1, check=True
    )
    assert done.stderr == f"{out}: 30 sentences, 11 labels\n" and done.stdout == ""
    model = loading.load(out)
    assert model.kind == "crf" and model.c2 == 0.1
    assert model.predict([[["The", "DT"]]]) == [["B-NP"]]


def test_the_same_seed_gives_the_same_file(nlptk_cli: Any, corpora: Path, tmp_path: Path) -> None:
    for name, threads in (("a", 1), ("b", 2)):
        nlptk_cli(
            *("train-tagger", corpora / "tagged.zh.txt", "--task", "pos", "--model", "perceptron", "--epochs", 3),
            *("--seed", 7, "--threads", threads, "-o", tmp_path / name),
            check=True,
        )
    a, b = (loading.load(tmp_path / name) for name in "ab")
    assert (a.tagger_.chain_.weights == b.tagger_.chain_.weights).all()


def test_train_from_stdin(nlptk_cli: Any, corpora: Path, tmp_path: Path) -> None:
    text = (corpora / "tagged.zh.txt").read_text("utf-8")
    nlptk_cli("train-tagger", "-", "--task", "pos", "--model", "perceptron", "-o", tmp_path / "m", input=text, check=True)


def test_train_refuses(nlptk_cli: Any, corpora: Path, tmp_path: Path) -> None:
    tagged, out = corpora / "tagged.zh.txt", tmp_path / "out"
    (tmp_path / "empty").write_text("")
    (tmp_path / "bad").write_text("a b c\nd e\n")
    (tmp_path / "template").write_text("U0:%x[0]\n")
    (tmp_path / "far").write_text("U0:%x[0,7]\n")

    def train(*words: object) -> Any:
        return nlptk_cli("train-tagger", *words, "-o", out)

    fails(train(tagged), 2, "neither a task (pos, ner, chunk) nor a template")
    fails(train(tagged, "--task", "ner"), 1, "tagged.zh.txt", "is no label of a tag scheme")
    fails(train(tmp_path / "empty", "--task", "pos"), 1, "no labelled sentence")
    fails(train(tmp_path / "missing", "--task", "pos"), 1, "missing: no such file")
    fails(train(tmp_path / "bad", "--task", "pos"), 1, "bad:2: 2 columns, expected 3")
    fails(train(corpora / "demo.zh.txt", "--task", "pos"), 1, "demo.zh.txt:1: neither word/tag text nor columns")
    fails(train(corpora / "ner.zh.bio", "--task", "chunk"), 1, "ner.zh.bio:1: 1 column, but the template looks at 2")
    fails(train(tagged, "--template", tmp_path / "template"), 1, "template:1:", "expected %x[row,column]")
    fails(train(tagged, "--template", tmp_path / "far"), 1, "tagged.zh.txt:1: 1 column, but the template looks at 8")
    fails(train(tagged, "--task", "pos", "--epochs", 3), 2, "--epochs: is not for --model crf")
    fails(train(tagged, "--task", "pos", "--scheme", "BIO"), 2, "--scheme")
    fails(train(tagged, corpora / "chunk.en.txt", "--task", "pos"), 1, "chunk.en.txt: 3 columns, but", "has 2")
    fails(nlptk_cli("train-tagger", tagged, "--task", "pos", "-o", tmp_path / "no" / "m"), 1, "no such folder")
    fails(nlptk_cli("train-tagger", tagged, "--task", "pos", "-o", "-"), 2, "standard output")
    assert not out.exists()


def test_tag(nlptk_cli: Any, trained: Path) -> None:
    done = nlptk_cli("tag", "-", "--model", trained / "pos", input="今天的会议\n\n我们 应该\n", check=True)
    assert done.stdout == "今天/t 的/u 会议/n\n\n我们/r 应该/v\n"
    done = nlptk_cli("tag", "-", "--model", trained / "pos", "--segmented", "--format", "jsonl", input="今天  的\n", check=True)
    assert json.loads(done.stdout) == {"words": ["今天", "的"], "tags": ["t", "u"]}
    done = nlptk_cli(
        "tag", "-", "--model", trained / "pos", "--algorithm", "forward", "--format", "tsv", input="今天的\n", check=True
    )
    assert done.stdout == "今天\tt\n的\tu\n\n"


def test_tag_refuses(nlptk_cli: Any, trained: Path) -> None:
    fails(nlptk_cli("tag", "-", "--model", "no-such", input=""), 2, "no packaged model", "no file")
    fails(nlptk_cli("tag", "-", "--model", trained / "ner", input=""), 1, "entity-tagger, expected a pos-tagger")
    fails(nlptk_cli("tag", "-", "--segmented", input=""), 2, "--segmented")
    fails(nlptk_cli("tag", "-", "--model", trained / "pos", "--segmented", "--algorithm", "forward", input=""), 2)
    fails(nlptk_cli("tag", "no-such-file", "--model", trained / "pos"), 1, "no such file")


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize(
    ("format", "expected"),
    [
        ("text", "[李晓明/PER]昨天从[上海/LOC] 飞到[北京/LOC]。\n\n好\n"),
        ("tsv", "0\t3\tPER\t李晓明\n6\t8\tLOC\t上海\n11\t13\tLOC\t北京\n\n\n\n"),
    ],
)
def test_ner(nlptk_cli: Any, trained: Path, format: str, expected: str, threads: int) -> None:
    text = "李晓明昨天从上海 飞到北京。\n\n好\n"
    words = ("ner", "-", "--model", trained / "ner", "--format", format, "--threads", threads)
    assert nlptk_cli(*words, input=text, check=True).stdout == expected


def test_ner_formats(nlptk_cli: Any, trained: Path) -> None:
    done = nlptk_cli("ner", "-", "--model", trained / "ner", "--format", "bio", input="李晓 明昨天从上海飞到北京\n\n", check=True)
    assert done.stdout.startswith("李\tB-PER\n晓\tI-PER\n明\tI-PER\n昨\tO\n") and done.stdout.endswith("\n\n\n")
    done = nlptk_cli("ner", "-", "--model", trained / "ner", "--format", "jsonl", input="李晓明昨天\n", check=True)
    assert json.loads(done.stdout) == {
        "text": "李晓明昨天",
        "entities": [{"start": 0, "end": 3, "label": "PER", "text": "李晓明"}],
    }
    fails(nlptk_cli("ner", "-", "--model", trained / "pos", input=""), 1, "pos-tagger, expected an entity-tagger")
    fails(nlptk_cli("ner", "-", "--model", "no-such", input=""), 2, "no packaged model")


def test_evaluate_ner(nlptk_cli: Any, trained: Path, corpora: Path, tmp_path: Path) -> None:
    gold = corpora / "ner.zh.bio"
    found = json.loads(nlptk_cli("evaluate", "ner", gold, "--model", trained / "ner", "--format", "json", check=True).stdout)
    assert found["F1"] > 0.9 and set(found["labels"]) == {"PER", "LOC", "ORG"}
    other = tmp_path / "other"
    other.write_text(gold.read_text("utf-8").replace("B-LOC", "B-ORG").replace("I-LOC", "I-ORG"), "utf-8")
    done = nlptk_cli("evaluate", "ner", gold, other, "--scheme", "BIO", check=True)
    assert "LOC -> ORG  27" in done.stdout and "F1           0.5" in done.stdout
    assert nlptk_cli("evaluate", "ner", corpora / "chunk.en.txt", "--model", trained / "chunk", check=True).stdout


def test_evaluate_tag(nlptk_cli: Any, trained: Path, corpora: Path, tmp_path: Path) -> None:
    gold = corpora / "tagged.zh.txt"
    shown = nlptk_cli("evaluate", "tag", gold, "--model", trained / "pos", check=True).stdout
    found = re.search(r"accuracy +([01]\.\d{4}) +\(\d+ of 440\)", shown)
    assert found and float(found[1]) > 0.99
    other = tmp_path / "other"
    other.write_text(gold.read_text("utf-8").replace("/v", "/vn"), "utf-8")
    found = json.loads(nlptk_cli("evaluate", "tag", gold, other, "--format", "json", check=True).stdout)
    assert found["labels"]["v"]["recall"] == 0 and found["accuracy"] < 1
    assert "v -> vn" in nlptk_cli("evaluate", "tag", gold, other, check=True).stdout


def test_evaluate_refuses(nlptk_cli: Any, trained: Path, corpora: Path, tmp_path: Path) -> None:
    gold = corpora / "ner.zh.bio"
    lines = gold.read_text("utf-8").split("\n")
    (tmp_path / "short").write_text("\n".join(lines[:5]), "utf-8")
    (tmp_path / "other").write_text("\n".join(lines).replace("晓", "小"), "utf-8")
    (tmp_path / "empty").write_text("")
    fails(nlptk_cli("evaluate", "ner", gold), 2, "either PREDICTED or --model")
    fails(nlptk_cli("evaluate", "ner", gold, gold, "--model", trained / "ner"), 2, "either PREDICTED or --model")
    fails(nlptk_cli("evaluate", "ner", gold, tmp_path / "short"), 1, "short:5: a sentence of 5 items, but", "has 13")
    fails(nlptk_cli("evaluate", "ner", gold, tmp_path / "other"), 1, "other:2: '小', but", "has '晓'")
    fails(nlptk_cli("evaluate", "ner", gold, tmp_path / "empty"), 1, "no labelled sentence")
    fails(nlptk_cli("evaluate", "ner", gold, tmp_path / "missing"), 1, "no such file")
    fails(nlptk_cli("evaluate", "ner", gold, gold, "--scheme", "XYZ"), 2, "no tag scheme 'XYZ'")
    fails(nlptk_cli("evaluate", "ner", corpora / "tagged.zh.txt", corpora / "tagged.zh.txt"), 1, "nlptk evaluate tag")
    fails(
        nlptk_cli("evaluate", "ner", gold, "--model", trained / "chunk"), 1, "ner.zh.bio:1: 1 column, but the template looks at 2"
    )
    fails(nlptk_cli("evaluate", "tag", gold, "--model", "no-such"), 2, "no packaged model")


def test_inspect(nlptk_cli: Any, trained: Path) -> None:
    done = nlptk_cli("inspect", trained / "chunk", "--top", 2, check=True)
    for part in (
        "kind           chunker",
        "licence        MIT",
        "training data  chunk.en.txt",
        "tagger.c2",
        "features",
        "transitions",
    ):
        assert part in done.stdout
    found = json.loads(nlptk_cli("inspect", trained / "pos", "--label", "nr", "--format", "json", check=True).stdout)
    assert found["kind"] == "pos-tagger" and {name for _, name, _ in found["features"]} == {"nr"}
    fails(nlptk_cli("inspect", trained / "pos", "--label", "none"), 2, "no label 'none'")
    fails(nlptk_cli("inspect", "no-such-file"), 1, "no-such-file")
    fails(nlptk_cli("inspect", __file__), 1, "no nlptk model file")


def test_models(nlptk_cli: Any) -> None:
    found = json.loads(nlptk_cli("models", "--format", "json", check=True).stdout)
    text = nlptk_cli("models", check=True).stdout
    for model in found:
        assert model["name"] in text and model["training_data"] in text
        assert model["licence"] and model["scores"]
    assert sum(model["size"] for model in found) <= 12_000_000


@pytest.mark.parametrize("command", [("train-tagger", "--task", "pos"), ("train-segmenter",)])
def test_the_training_data_is_not_overwritten(nlptk_cli: Any, tmp_path: Path, command: tuple[str, ...]) -> None:
    data = tmp_path / "data.txt"
    data.write_text("我/r 来/v\n" if command[0] == "train-tagger" else "我 来\n", "utf-8")
    before = data.read_bytes()
    done = nlptk_cli(*command, data, "-o", data)
    assert done.returncode == 1 and "is read here" in done.stderr
    assert data.read_bytes() == before
