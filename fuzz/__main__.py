"""``python -m fuzz NAME [--seconds N] [--seed S]``: change seeds at random until something breaks."""

from __future__ import annotations

import argparse
import faulthandler
import logging
import random
import sys
import traceback
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from .mutate import mutated
from .targets import TARGETS, Target

KEPT = Path(__file__).parent / "crashes"


def one(target: Target, data: bytes) -> str:
    """Run a target; what went wrong, or ''."""
    try:
        target.run(data)
    except target.allowed:
        return ""
    except Exception:
        return traceback.format_exc()
    return ""


def fuzz(name: str, seconds: float, seed: int, folder: Path) -> int:
    target = TARGETS[name](folder)
    rng = random.Random(seed)
    corpus = target.seeds()
    for data in corpus:
        problem = one(target, data)
        if problem:
            print(f"{name}: a seed fails\n{problem}", file=sys.stderr)
            return 1
    end, count = monotonic() + seconds, 0
    last = folder / "last"  # written before each run: a crash of the process leaves its input there
    while monotonic() < end:
        data = target.repaired(mutated(rng, rng.choice(corpus), corpus))
        last.write_bytes(data)
        problem = one(target, data)
        count += 1
        if problem:
            KEPT.mkdir(exist_ok=True)
            kept = KEPT / f"{name}-{seed}-{count}"
            kept.write_bytes(data)
            print(f"{name}: input {count} of seed {seed}, kept as {kept}\n{problem}", file=sys.stderr)
            return 1
    print(f"{name}: {count} inputs, nothing found")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("name", choices=[*TARGETS, "all"])
    parser.add_argument("--seconds", type=float, default=60, help="for each target (default: 60)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--input", type=Path, help="run this one file instead")
    given = parser.parse_args()
    faulthandler.enable()
    logging.getLogger("nlptk").setLevel(logging.ERROR)  # skipped lines are no news here
    names = list(TARGETS) if given.name == "all" else [given.name]
    failed = 0
    for name in names:
        if given.input:
            with TemporaryDirectory() as folder:
                problem = one(TARGETS[name](Path(folder)), given.input.read_bytes())
            print(problem or f"{name}: nothing found")
            failed |= bool(problem)
            continue
        # not removed when the process is killed by a signal: the input that did it is in there
        with TemporaryDirectory(prefix=f"fuzz-{name}-") as folder:
            print(f"{name}: working in {folder}", flush=True)
            failed |= fuzz(name, given.seconds, given.seed, Path(folder))
    return failed


if __name__ == "__main__":
    sys.exit(main())
