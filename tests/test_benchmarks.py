"""The frame of the benchmarks, on a part that takes no time."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from benchmarks import frame
from benchmarks.frame import Case, Options, Run


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A part named ``fake``; the list says who was called, in order."""
    called: list[str] = []

    def note(name: str, result: float) -> Run:
        def call() -> float:
            called.append(name)
            return result

        return Run(name, call)

    def cases(options: Options) -> Iterator[Case]:
        yield Case("memory", [note("nlptk", 10), note("peer", 40), Run("absent", None)], "MB")

    part = ModuleType("benchmarks.fake")
    part.PEERS, part.cases = ["no-such-distribution"], cases  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "benchmarks.fake", part)
    monkeypatch.setattr(frame, "part_names", lambda: ["fake"])
    return called


def test_table_and_json(calls: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "new folder" / "result.json"
    assert frame.main(["fake", "--rounds", "3", "--json", str(target)]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["memory", "nlptk", "10", "MB"] in rows
    assert ["peer", "40", "MB", "4.00x"] in rows
    assert ["absent", "not", "installed"] in rows

    result = json.loads(target.read_text("utf-8"))
    [case] = result["cases"]
    assert result["rounds"] == 3
    assert result["machine"]["cpu"]
    assert result["machine"]["versions"]["no-such-distribution"] is None
    assert [run["median"] for run in case["runs"]] == [10, 40, None]
    assert [run["ratio"] for run in case["runs"]] == [1, 4, None]
    assert [len(run["values"]) for run in case["runs"]] == [3, 3, 0]
    assert case["runs"][2]["missing"] == "not installed"


def test_contenders_take_turns(calls: list[str]) -> None:
    frame.main(["--rounds", "2"])
    assert calls == ["peer", "nlptk", "nlptk", "peer", "peer", "nlptk"]  # the first two warm up


def test_unknown_part_is_a_usage_error(calls: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        frame.main(["nothing"])
    assert end.value.code == 2
    assert "there are: fake" in capsys.readouterr().err


def test_rate_counts_the_work_of_each() -> None:
    case = Case("sleep", [Run("nlptk", lambda: None, 1e9), Run("peer", lambda: None, 1.0)], "MB/s")
    ours, peer = frame.measure(case, 3)
    assert ours.median is not None
    assert ours.ratio == 1
    assert peer.ratio is not None
    assert peer.ratio > 1000


def test_text_is_repeated_or_thinned(tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_text("北京\n\n上海\n", "utf-8")
    lines, size = frame.lines_of([path], 0.0007)
    assert lines == ["北京", "上海"] * 50
    assert size == pytest.approx(0.0007)
    thinned, size = frame.lines_of([path], 0.000007)
    assert thinned == ["北京"]
    assert size == pytest.approx(0.000007)


def test_parts_are_found() -> None:
    assert "segment" in frame.part_names()
