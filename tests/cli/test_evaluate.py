"""``nlptk evaluate segment``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path, Path]:
    gold, predicted, words = tmp_path / "gold.txt", tmp_path / "predicted.txt", tmp_path / "words.txt"
    gold.write_text("研究 生命 的 起源\n", "utf-8")
    predicted.write_text("研究  生命\u3000的 起 源\r\n", "utf-8")
    words.write_text("研究 的\n", "utf-8")
    return gold, predicted, words


def fails(done: Any, code: int, *said: str) -> None:
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    for word in said:
        assert word in done.stderr


def test_text(nlptk_cli: Any, files: tuple[Path, Path, Path]) -> None:
    done = nlptk_cli("evaluate", "segment", *files[:2], check=True)
    assert (
        done.stdout
        == "words        4 gold, 5 predicted, 3 correct\nprecision    0.6000\nrecall       0.7500\nF1           0.6667\n"
    )


def test_lexicon_and_json(nlptk_cli: Any, files: tuple[Path, Path, Path]) -> None:
    gold, predicted, words = files
    done = nlptk_cli("evaluate", "segment", gold, predicted, "--lexicon", words, "--format", "json", check=True)
    assert json.loads(done.stdout) == {
        "precision": 0.6, "recall": 0.75, "F1": 0.666667, "OOV_rate": 0.5, "OOV_recall": 0.5, "IV_recall": 1.0,
        "gold": 4, "predicted": 5, "correct": 3, "oov": 2, "oov_correct": 1,
    }  # fmt: skip
    assert "IV recall    1.0000" in nlptk_cli("evaluate", "segment", gold, predicted, "--lexicon", words, check=True).stdout


def test_perfect(nlptk_cli: Any, corpora: Path) -> None:
    path = corpora / "segmented.zh.txt"
    assert "F1           1.0000" in nlptk_cli("evaluate", "segment", path, path, check=True).stdout


def test_its_own_segmentation_can_be_scored(nlptk_cli: Any, corpora: Path, tmp_path: Path) -> None:
    gold = corpora / "segmented.zh.txt"
    raw, predicted = tmp_path / "raw.txt", tmp_path / "predicted.txt"
    raw.write_text(gold.read_text("utf-8").replace(" ", ""), "utf-8")
    nlptk_cli("segment", raw, "-o", predicted, check=True)
    score = json.loads(nlptk_cli("evaluate", "segment", gold, predicted, "--format", "json", check=True).stdout)
    assert 0.6 < score["F1"] < 1


def test_empty_files(nlptk_cli: Any, tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    assert "0 gold" in nlptk_cli("evaluate", "segment", tmp_path / "empty", tmp_path / "empty", check=True).stdout


@pytest.mark.parametrize("before", ["", "\n\n"], ids=["", "after empty lines"])
def test_other_text_is_named_with_its_line(nlptk_cli: Any, files: tuple[Path, Path, Path], before: str) -> None:
    gold, predicted, _ = files
    gold.write_text(before + "甲\n研究 生命\n", "utf-8")
    predicted.write_text(before + "甲\n研究 生名\n", "utf-8")
    line = before.count("\n") + 2
    fails(nlptk_cli("evaluate", "segment", gold, predicted), 1, f"{predicted}:{line}:", "character 4")


def test_other_length(nlptk_cli: Any, files: tuple[Path, Path, Path]) -> None:
    gold, predicted, _ = files
    gold.write_text("研究\n生命\n", "utf-8")
    predicted.write_text("研究\n", "utf-8")
    fails(nlptk_cli("evaluate", "segment", gold, predicted), 1, str(predicted), "ends after 1")
    fails(nlptk_cli("evaluate", "segment", predicted, gold), 1, "ends after 1")


def test_bad_files(nlptk_cli: Any, files: tuple[Path, Path, Path], tmp_path: Path) -> None:
    gold, predicted, _ = files
    fails(nlptk_cli("evaluate", "segment", tmp_path / "missing", predicted), 1, "missing", "no such file")
    fails(nlptk_cli("evaluate", "segment", gold, tmp_path), 1, "directory")
    fails(nlptk_cli("evaluate", "segment", gold, predicted, "--lexicon", tmp_path / "missing"), 1, "missing")
    fails(nlptk_cli("evaluate", "segment", gold, predicted, "--encoding", "no-such"), 2, "no-such")
    fails(nlptk_cli("evaluate", "segment", gold, predicted, "--format", "xml"), 2)
    predicted.write_bytes(b"\xff\n")
    fails(nlptk_cli("evaluate", "segment", gold, predicted), 1, f"{predicted}:1:", "0xFF")
    for path in (gold, predicted):
        path.write_bytes("研究 生命\n".encode("gb18030"))
    assert "F1           1.0000" in nlptk_cli("evaluate", "segment", gold, predicted, "--encoding", "gb18030", check=True).stdout
