"""Training of the averaged perceptron beside CRFsuite's, and tagging by a hidden Markov model.

``--text`` takes column files with two columns and the label, such as those of CoNLL-2000.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from pathlib import Path

from benchmarks.frame import ROOT, Case, Options, Run

PEERS = ["python-crfsuite"]

PASSES = 50
ITEMS = 20_000  # at least, by repetition

Sentences = list[list[list[str]]]


def cases(options: Options) -> Iterator[Case]:
    """Items by seconds, a pass of training counting all of them once."""
    from nlptk import HMM, Perceptron

    sentences = read(options.texts or [ROOT / "corpora" / "chunk.en.txt"])
    items = sum(map(len, sentences))
    X, y = [attributes(rows) for rows in sentences], [[row[-1] for row in rows] for rows in sentences]
    model = Perceptron(epochs=PASSES, epsilon=-1.0)
    runs = [Run("nlptk", lambda: model.fit(X, y), items * PASSES), Run("python-crfsuite", crfsuite(X, y), items * PASSES)]
    yield Case(f"averaged perceptron, {PASSES} passes", runs, "items/s")
    words, tags = [[row[0] for row in rows] for rows in sentences], [[row[1] for row in rows] for rows in sentences]
    for order in (1, 2):
        hmm = HMM(order=order).fit(words, tags)
        yield Case(f"HMM of order {order}, tagging", [Run("nlptk", lambda hmm=hmm: hmm.predict(words), items)], "items/s")


def read(paths: Sequence[Path]) -> Sentences:
    out: Sentences = []
    for path in paths:
        blocks = path.read_text("utf-8").split("\n\n")
        out += [[line.split() for line in block.split("\n") if line] for block in blocks if block.strip()]
    return out * -(-ITEMS // max(1, sum(map(len, out))))


def attributes(rows: list[list[str]]) -> list[list[str]]:
    """What one writes for CRFsuite: words and tags around the item, and pairs of them."""

    def at(i: int, column: int) -> str:
        return rows[i][column] if 0 <= i < len(rows) else "_"

    out = []
    for t in range(len(rows)):
        names = [f"{column}{o}={at(t + o, column)}" for column in (0, 1) for o in (-2, -1, 0, 1, 2)]
        names += [f"{column}:{o}={at(t + o, column)}/{at(t + o + 1, column)}" for column in (0, 1) for o in (-1, 0)]
        out.append(names)
    return out


def crfsuite(X: list[list[list[str]]], y: list[list[str]]) -> Callable[[], None] | None:
    """The same by CRFsuite, its data ready; None where it is not installed."""
    try:
        pycrfsuite = import_module("pycrfsuite")
    except ImportError:
        return None
    trainer = pycrfsuite.Trainer(algorithm="ap", verbose=False, params={"max_iterations": PASSES, "epsilon": 0.0})
    for sentence, labels in zip(X, y, strict=True):
        trainer.append(sentence, labels)

    def train() -> None:
        with tempfile.TemporaryDirectory() as folder:
            trainer.train(str(Path(folder) / "model"))

    return train
