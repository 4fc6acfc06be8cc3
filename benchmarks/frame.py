"""The frame of all benchmarks: what a case is, how it is measured and how it is shown.

Runs of one case alternate (ours, peer, peer, ours, ...), pinned to one core, so that a machine that gets slower or
faster on the way hits all alike; the median of the rounds counts.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import json
import os
import pkgutil
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib import metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Run:
    """One contender: its name, what to call (None: not installed) and how much work one call does, in the case's unit.

    A rate needs no equal work on both sides: a slow peer may get less of the same kind of text.
    """

    name: str
    call: Callable[[], object] | None
    amount: float = 1.0
    missing: str = "not installed"


@dataclass(frozen=True)
class Case:
    """Contenders that do the same; the first is nlptk. ``cores``: how many it is pinned to."""

    name: str
    runs: Sequence[Run]
    unit: str = "MB/s"
    cores: int = 1


@dataclass(frozen=True)
class Unit:
    """How a number comes out of one timed call, and whether more is better."""

    value: Callable[[float, float, Any], float]  # (seconds, amount, what the call returned)
    more_is_better: bool


UNITS = {
    "MB/s": Unit(lambda seconds, amount, _: amount / seconds, True),
    "items/s": Unit(lambda seconds, amount, _: amount / seconds, True),
    "ms": Unit(lambda seconds, amount, _: 1000 * seconds / amount, False),
    "MB": Unit(lambda _seconds, _amount, result: float(result), False),  # the call itself measures memory
}


@dataclass
class Outcome:
    """Values of one contender, a value a round; ``ratio`` is how many times better nlptk is (its own is 1)."""

    run: Run
    values: list[float] = field(default_factory=list)
    ratio: float | None = None

    @property
    def median(self) -> float | None:
        return statistics.median(self.values) if self.values else None


@dataclass(frozen=True)
class Options:
    """What a part may use to make its cases: the texts (files) and the number of rounds."""

    texts: Sequence[Path] = ()
    rounds: int = 5


@contextmanager
def pinned(cores: int) -> Iterator[None]:
    """Keep this process, and those it starts, on so many cores, where the system can."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, set(sorted(allowed)[-cores:]))  # the last ones: the first has the interrupts
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


def cores_here() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def measure(case: Case, rounds: int) -> list[Outcome]:
    """Warm up once, then let the contenders take turns, each round from the other end."""
    unit = UNITS[case.unit]
    if cores_here() < case.cores:
        return [Outcome(replace(run, call=None, missing=f"needs {case.cores} cores")) for run in case.runs]
    outcomes = [Outcome(run) for run in case.runs]
    present = [outcome for outcome in outcomes if outcome.run.call is not None]
    with pinned(case.cores):
        for turn in range(-1, rounds):
            for outcome in present if turn % 2 == 0 else present[::-1]:
                call = outcome.run.call
                assert call is not None
                gc.collect()
                start = time.perf_counter()
                result = call()
                seconds = time.perf_counter() - start
                if turn >= 0:
                    outcome.values.append(unit.value(seconds, outcome.run.amount, result))
    ours = outcomes[0].median
    for outcome in present:
        theirs = outcome.median
        if ours and theirs:
            outcome.ratio = ours / theirs if unit.more_is_better else theirs / ours
    return outcomes


def table(results: Sequence[tuple[Case, list[Outcome]]]) -> str:
    """One line a contender; the last column says how many times better nlptk is."""
    rows = [["case", "", "median", "", "nlptk is"]]
    for case, outcomes in results:
        for i, outcome in enumerate(outcomes):
            middle = outcome.median
            value = outcome.run.missing if middle is None else f"{middle:.3g}" if middle < 100 else f"{middle:.0f}"
            ratio = "" if i == 0 or outcome.ratio is None else f"{outcome.ratio:.2f}x"
            rows.append([case.name if i == 0 else "", outcome.run.name, value, case.unit if middle else "", ratio])
    widths = [max(len(row[i]) for row in rows) for i in range(5)]
    aligned = "{:{}}  {:{}}  {:>{}}  {:{}}  {:>{}}"
    return "\n".join(
        aligned.format(*(value for pair in zip(row, widths, strict=True) for value in pair)).rstrip() for row in rows
    )


def machine(distributions: Sequence[str]) -> dict[str, Any]:
    """What the numbers depend on: processor, system, Python and versions (None: not installed)."""
    import nlptk

    return {
        "cpu": processor(),
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "pinned": hasattr(os, "sched_setaffinity"),
        "versions": {"nlptk": nlptk.__version__, **{name: version_of(name) for name in distributions}},
    }


def processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text("utf-8", "replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def version_of(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def as_json(results: Sequence[tuple[str, Case, list[Outcome]]], facts: dict[str, Any], rounds: int) -> dict[str, Any]:
    return {
        "machine": facts,
        "rounds": rounds,
        "cases": [
            {
                "part": part,
                "case": case.name,
                "unit": case.unit,
                "cores": case.cores,
                "runs": [
                    {
                        "name": outcome.run.name,
                        "median": outcome.median,
                        "values": outcome.values,
                        "ratio": outcome.ratio,
                        **({} if outcome.values else {"missing": outcome.run.missing}),
                    }
                    for outcome in outcomes
                ],
            }
            for part, case, outcomes in results
        ],
    }


def part_names() -> list[str]:
    import benchmarks

    names = (module.name for module in pkgutil.iter_modules(benchmarks.__path__))
    return sorted(name for name in names if name not in ("frame", "__main__"))


def lines_of(paths: Sequence[Path], megabytes: float) -> tuple[list[str], float]:
    """Lines of the files as one sample of about so many MB (10^6 bytes of UTF-8), and how many it really is.

    Text that is too short is repeated; of text that is too long, lines are taken at even distances.
    """
    paths = list(paths) or sorted((ROOT / "corpora").glob("*.zh.txt"))
    lines = [line for path in paths for line in path.read_text("utf-8").split("\n") if line.strip()]
    if not lines:
        raise SystemExit("benchmarks: no text; name some with --text FILE")
    size = sum(map(utf8_size, lines)) / 1e6
    if size > megabytes:
        count = max(1, round(len(lines) * megabytes / size))
        lines = [lines[i * len(lines) // count] for i in range(count)]
    else:
        lines = lines * max(1, round(megabytes / size))
    return lines, sum(map(utf8_size, lines)) / 1e6


def utf8_size(line: str) -> int:
    return len(line.encode("utf-8")) + 1  # and the line end


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="parts to run; all of them when none is named")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write machine facts and all values here")
    parser.add_argument("--rounds", type=int, default=5, help="how often each contender runs (default: 5)")
    parser.add_argument("--text", type=Path, nargs="+", default=[], metavar="FILE", help="text instead of the samples")
    options = parser.parse_args(arguments)
    if options.rounds < 1:
        parser.error("--rounds: at least 1")
    if unknown := sorted({*options.names} - {*part_names()}):
        parser.error(f"no part {', '.join(unknown)}; there are: {', '.join(part_names())}")

    results: list[tuple[str, Case, list[Outcome]]] = []
    peers: list[str] = []
    for name in options.names or part_names():
        part = importlib.import_module(f"benchmarks.{name}")
        peers += [peer for peer in part.PEERS if peer not in peers]
        of_part = []
        for case in part.cases(Options(options.text, options.rounds)):
            if sys.stderr.isatty():
                print(f"\r\x1b[K{name}: {case.name} ...", end="\r", file=sys.stderr, flush=True)
            of_part.append((case, measure(case, options.rounds)))
        print(f"{name}\n{table(of_part)}\n", flush=True)
        results += [(name, case, outcomes) for case, outcomes in of_part]
    facts = machine(peers)
    versions = ", ".join(f"{name} {version or 'not installed'}" for name, version in facts["versions"].items())
    print(f"{facts['cpu']}, {facts['python']}, {versions}; median of {options.rounds}")
    if options.json:
        text = json.dumps(as_json(results, facts, options.rounds), ensure_ascii=False, indent=1)
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(text + "\n", "utf-8")
    return 0
