"""GloVe beside the tools of its authors, where ``vocab_count``, ``cooccur``, ``shuffle`` and ``glove`` are on the PATH."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from benchmarks.frame import Case, Options, Run
from benchmarks.lm import segmented

PEERS: list[str] = []

SIZE, WINDOW, MIN_COUNT, EPOCHS = 100, 10, 5, 2
TOOLS = ("vocab_count", "cooccur", "shuffle", "glove")


def cases(options: Options) -> Iterator[Case]:
    """Counting: words/s, from text. Training: cells of the matrix/s; nlptk counts them again, the tool reads them from a file."""
    sentences = segmented(options)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        corpus = folder / "corpus.txt"
        corpus.write_text("".join(f"{line}\n" for line in sentences), "utf-8")
        yield from counting_and_training(corpus, folder)


def counting_and_training(corpus: Path, folder: Path) -> Iterator[Case]:
    from nlptk.vectors import GloVe
    from nlptk.vectors.cooccurrence import count_cooccurrences
    from nlptk.vectors.corpus import encode

    model = GloVe(vector_size=SIZE, window=WINDOW, min_count=MIN_COUNT, workers=1).build_vocab(corpus)
    vocabulary = model.vocabulary_

    def count() -> int:
        with (
            encode(corpus, vocabulary) as encoded,
            count_cooccurrences(encoded.ids, len(vocabulary), window=WINDOW) as found,
        ):
            return found.n_records

    words, records = vocabulary.raw_total, count()
    counting: Callable[[], object] | None = None
    training: dict[int, Callable[[], object] | None] = {1: None, 2: None}
    if all(map(shutil.which, TOOLS)):
        for threads in training:
            counting, training[threads] = tools(corpus, folder, threads)
    missing = "not on the PATH"
    name = f"co-occurrences, window {WINDOW}"
    yield Case(name, [Run("nlptk", count, words), Run("cooccur", counting, words, missing)], "items/s")
    for threads, theirs in training.items():
        model.set_params(workers=threads)
        ours = Run("nlptk", lambda: model.train(epochs=EPOCHS), EPOCHS * records)
        name = f"training, {SIZE} dimensions, {threads} thread{'s'[: threads > 1]}"
        yield Case(name, [ours, Run("glove", theirs, EPOCHS * records, missing)], "items/s", threads)
    model.close()


def tools(corpus: Path, folder: Path, threads: int) -> tuple[Callable[[], object], Callable[[], object]]:
    """What counts and what trains with the authors' tools."""
    vocabulary, pairs, shuffled = folder / "vocabulary.txt", folder / "pairs.bin", folder / "shuffled.bin"
    run(["vocab_count", "-min-count", str(MIN_COUNT)], corpus, vocabulary)
    cooccur = ["cooccur", "-window-size", str(WINDOW), "-vocab-file", str(vocabulary), "-overflow-file", str(folder / "overflow")]
    run(cooccur, corpus, pairs)
    run(["shuffle", "-temp-file", str(folder / "shuffle")], pairs, shuffled)
    glove = ["glove", "-input-file", str(shuffled), "-vocab-file", str(vocabulary), "-save-file", str(folder / "vectors")]
    glove += ["-vector-size", str(SIZE), "-iter", str(EPOCHS), "-threads", str(threads), "-binary", "1"]
    return lambda: run(cooccur, corpus, pairs), lambda: run(glove, corpus, folder / "log.txt")


def run(command: Sequence[str], source: Path, target: Path) -> None:
    with source.open("rb") as stdin, target.open("wb") as stdout:
        subprocess.run(command, check=True, stdin=stdin, stdout=stdout, stderr=subprocess.DEVNULL)
