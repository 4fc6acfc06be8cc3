"""N-gram language models beside KenLM: its Python module for scores, lmplz (where it is on the PATH) for training."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.frame import Case, Options, Run, lines_of

PEERS = ["kenlm"]

ORDER = 5
TRAIN_MB = 10.0
WORDS_A_LINE = 20
SCORED = 10_000  # sentences at least, so that threads have something to do


def cases(options: Options) -> Iterator[Case]:
    """Every other sentence is trained on, all are scored: known and unknown n-grams in equal parts."""
    sentences = segmented(options)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        yield from scores(sentences, folder)
        yield from files(folder)
        yield training(sentences, folder)


def segmented(options: Options) -> list[str]:
    """Lines of words parted by blanks; text without blanks is cut first."""
    import nlptk

    lines = list(dict.fromkeys(lines_of(options.texts, TRAIN_MB)[0]))  # repeated text has no n-grams that occur once
    cut = [" ".join(word for word in nlptk.cut(line) if word.strip()) for line in islice(lines, 1000)]
    if sum(line.count(" ") for line in lines[:1000]) < sum(line.count(" ") for line in cut) / 4:
        cut += [" ".join(word for word in nlptk.cut(line) if word.strip()) for line in lines[1000:]]
    else:
        cut = lines
    words = [line.split() for line in cut]
    return [" ".join(line[i : i + WORDS_A_LINE]) for line in words for i in range(0, len(line), WORDS_A_LINE)]


def scores(sentences: Sequence[str], folder: Path) -> Iterator[Case]:
    import nlptk

    path = folder / "model.arpa"
    nlptk.NgramLM(order=ORDER).fit(sentences[::2]).save_arpa(path)
    ours, theirs = nlptk.NgramLM.load(path), kenlm_model()
    their_score = None if theirs is None else theirs(path).score
    sentences = list(sentences) * -(-SCORED // len(sentences))
    words = sum(len(line.split()) for line in sentences)
    for name, call, cores in (
        ("scores, a batch", lambda: ours.score_batch(sentences), 1),
        ("scores, a batch, 2 threads", lambda: ours.score_batch(sentences, threads=2), 2),
        ("scores, a call each", each(ours.score, sentences), 1),
    ):
        yield Case(name, [Run("nlptk", call, words), Run("kenlm", each(their_score, sentences), words)], "items/s", cores)


def files(folder: Path) -> Iterator[Case]:
    import nlptk

    arpa, binary = folder / "model.arpa", folder / "model.nlptk"
    nlptk.NgramLM.load(arpa).save(binary)
    size = arpa.stat().st_size / 1e6
    theirs = kenlm_model()
    ours = Run("nlptk", lambda: nlptk.NgramLM.load(arpa), size)
    yield Case("ARPA loaded", [ours, Run("kenlm", None if theirs is None else lambda: theirs(arpa), size)])
    yield Case("model file opened", [Run("nlptk", lambda: nlptk.NgramLM.load(binary, verify=False))], "ms")


def training(sentences: Sequence[str], folder: Path) -> Case:
    """Text to ARPA, each in a process of its own."""
    corpus = folder / "corpus.txt"
    corpus.write_text("".join(f"{line}\n" for line in sentences), "utf-8")
    size, order = corpus.stat().st_size / 1e6, str(ORDER)
    ours = [sys.executable, "-m", "nlptk", "train-lm", str(corpus), "--order", order, "-o", str(folder / "ours.arpa")]
    lmplz = shutil.which("lmplz")
    theirs = [lmplz or "", "-o", order, "-S", "1G", "-T", str(folder), "--discount_fallback"]
    theirs += ["--text", str(corpus), "--arpa", str(folder / "theirs.arpa")]
    return Case(
        f"training, order {ORDER}",
        [Run("nlptk", process(ours), size), Run("lmplz", process(theirs) if lmplz else None, size, "not on the PATH")],
    )


def each(score: Callable[[str], float] | None, sentences: Sequence[str]) -> Callable[[], None] | None:
    if score is None:
        return None

    def run() -> None:
        for sentence in sentences:
            score(sentence)

    return run


def process(command: Sequence[str]) -> Callable[[], object]:
    return lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def kenlm_model() -> Callable[[Path], Any] | None:
    """What opens a model with KenLM, without its bar; None where it is not installed."""
    try:
        kenlm = import_module("kenlm")
    except ImportError:
        return None
    config = kenlm.Config()
    config.show_progress = False
    return lambda path: kenlm.Model(str(path), config)
