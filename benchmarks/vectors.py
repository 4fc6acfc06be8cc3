"""Trainers of word vectors beside gensim and, where they are on the PATH, word2vec (C), fasttext (C++) and glove.

Rates are words of the corpus a second, those that subsampling leaves out included, without the time to count the vocabulary where
a tool can do that beforehand. ``--text`` should be a corpus of some million words parted by blanks.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.frame import Case, Options, Run, lines_of

PEERS = ["gensim"]

TRAIN_MB = 6.0
WORDS_A_LINE = 1000
SETTINGS: dict[str, Any] = {"window": 5, "min_count": 5, "negative": 5, "sample": 1e-4, "alpha": 0.025, "epochs": 1}


def cases(options: Options) -> Iterator[Case]:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "corpus.txt"
        words = write_corpus(options, path)
        for label, more, c in (
            ("skip-gram", {"sg": 1}, ["-cbow", "0"]),
            ("skip-gram, 300 dimensions", {"sg": 1, "vector_size": 300}, ["-cbow", "0", "-size", "300"]),
            ("CBOW", {"sg": 0}, ["-cbow", "1"]),
            ("skip-gram, hierarchical softmax", {"sg": 1, "hs": 1, "negative": 0}, ["-cbow", "0", "-hs", "1", "-negative", "0"]),
            ("CBOW, hierarchical softmax", {"sg": 0, "hs": 1, "negative": 0}, ["-cbow", "1", "-hs", "1", "-negative", "0"]),
        ):
            runs = [ours("Word2Vec", path, words, more), gensim("Word2Vec", path, words, more), word2vec_c(path, words, c)]
            yield Case(label, runs, "items/s")
        both = [ours("Word2Vec", path, words, {"sg": 1, "workers": 2}), ours("Word2Vec", path, words, {"sg": 1}, "one thread")]
        yield Case("skip-gram, 2 threads", both, "items/s", 2)
        together = ours("Word2Vec", path, words, {"sg": 1, "workers": 2, "deterministic": True})
        yield Case("skip-gram, 2 threads, deterministic", [together, Run("HogWild", both[0].call, words)], "items/s", 2)
        subwords = {"sg": 1, "min_n": 3, "max_n": 6}
        runs = [ours("FastText", path, words, subwords), gensim("FastText", path, words, subwords), fasttext(path, words)]
        yield Case("fastText skip-gram", runs, "items/s")
        yield glove(path, words)


def write_corpus(options: Options, path: Path) -> int:
    """Lines of 1000 words; the number of words."""
    words = " ".join(lines_of(options.texts, TRAIN_MB)[0]).split()
    with path.open("w", encoding="utf-8") as file:
        for start in range(0, len(words), WORDS_A_LINE):
            file.write(" ".join(words[start : start + WORDS_A_LINE]) + "\n")
    return len(words)


def ours(name: str, path: Path, words: int, more: dict[str, Any], label: str = "nlptk") -> Run:
    import nlptk

    model = getattr(nlptk, name)(**{**SETTINGS, "workers": 1, **more}).build_vocab(path)
    return Run(label, lambda: model.train(path), words)


def gensim(name: str, path: Path, words: int, more: dict[str, Any]) -> Run:
    try:
        kind = getattr(import_module("gensim.models"), name)
    except ImportError:
        return Run("gensim", None)
    model = kind(**{**SETTINGS, "workers": 1, **more})
    model.build_vocab(corpus_file=str(path))
    total = {"total_words": model.corpus_total_words, "total_examples": model.corpus_count, "epochs": 1}
    return Run("gensim", lambda: model.train(corpus_file=str(path), **total), words)


def command(name: str, *arguments: object) -> Callable[[], object] | None:
    """A call of a program, with the time to count the vocabulary; None where there is none of that name."""
    if shutil.which(name) is None:
        return None
    return lambda: subprocess.run([name, *map(str, arguments)], check=True, capture_output=True)


def word2vec_c(path: Path, words: int, more: list[str]) -> Run:
    common = ["-window", 5, "-min-count", 5, "-sample", "1e-4", "-alpha", "0.025", "-iter", 1, "-threads", 1, "-binary", 1]
    more = more if "-negative" in more else [*more, "-negative", "5", "-hs", "0"]
    out = path.with_suffix(".word2vec")
    return Run("word2vec", command("word2vec", "-train", path, "-output", out, *common, *more), words)


def fasttext(path: Path, words: int) -> Run:
    options = ["-epoch", 1, "-thread", 1, "-minn", 3, "-maxn", 6, "-ws", 5, "-neg", 5, "-t", "1e-4", "-lr", "0.025"]
    return Run("fasttext", command("fasttext", "skipgram", "-input", path, "-output", path.with_suffix(".ft"), *options), words)


def glove(path: Path, words: int) -> Case:
    """Co-occurrences and one pass over them, in one: what ``fit`` does; the peer's three programs, as its demo calls them."""
    import nlptk

    def call() -> object:
        return nlptk.GloVe(window=10, min_count=5, epochs=1, workers=1).fit(path)

    programs = ("vocab_count", "cooccur", "shuffle", "glove")
    present = all(shutil.which(program) for program in programs)
    stem = path.with_suffix("")

    def theirs() -> None:
        vocabulary, pairs, shuffled = f"{stem}.vocab", f"{stem}.pairs", f"{stem}.shuffled"
        for line in (
            f"vocab_count -min-count 5 < {path} > {vocabulary}",
            f"cooccur -vocab-file {vocabulary} -window-size 10 < {path} > {pairs}",
            f"shuffle < {pairs} > {shuffled}",
            f"glove -input-file {shuffled} -vocab-file {vocabulary} -save-file {stem}.glove -vector-size 100 -iter 1 -threads 1",
        ):
            subprocess.run(line, shell=True, check=True, capture_output=True)

    return Case(
        "GloVe, 1 epoch, with counting", [Run("nlptk", call, words), Run("glove", theirs if present else None, words)], "items/s"
    )
