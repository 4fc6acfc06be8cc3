"""``nlptk vectors``: questions to word vectors, and their files."""

from __future__ import annotations

import click

from . import options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from ..vectors import WordVectors

_BATCH = 1 << 10  # words asked for at a time


def loading(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options of every command that opens vectors."""
    for option in (
        click.option("--limit", type=click.IntRange(1), metavar="N", help="Only the first N vectors."),
        click.option(
            "--unicode-errors",
            type=click.Choice(["strict", "replace", "ignore"]),
            default="strict",
            show_default=True,
            help="What to do with words that are not UTF-8.",
        ),
    ):
        command = option(command)
    return command


def open_vectors(path: str, limit: int | None = None, unicode_errors: str = "strict", on_error: str = "stop") -> WordVectors:
    """Word vectors in any format, also those of a model that was trained here."""
    from ..vectors import load_vectors

    return load_vectors(path, limit=limit, errors=unicode_errors, on_error=on_error)


@click.group()
def vectors() -> None:
    """Ask, draw and convert word vectors.

    VECTORS is a file of ours, of word2vec (text or binary), GloVe or fastText (.vec or .bin); its content tells which. It may be
    compressed.
    """


@vectors.command()
@click.argument("file", metavar="VECTORS")
@click.argument("words", nargs=-1, metavar="[WORD...]")
@click.option("-k", "--top", default=10, show_default=True, type=click.IntRange(1), metavar="N", help="Neighbours of a word.")
@click.option("--restrict", type=click.IntRange(1), metavar="N", help="Only neighbours among the first N words.")
@click.option("--format", type=click.Choice(["text", "jsonl"]), default="text", show_default=True)
@options.on_error
@loading
def nearest(
    file: str,
    words: tuple[str, ...],
    top: int,
    restrict: int | None,
    format: str,
    on_error: str,
    limit: int | None,
    unicode_errors: str,
) -> None:
    """Print the closest words and their similarities; without a WORD, of the words in standard input, one a line.

    \b
    text    neighbour TAB similarity, for one word; word TAB neighbour TAB similarity, for several
    jsonl   an object a word

    \b
    Examples:
      nlptk vectors nearest vectors.bin 北京 -k 5
      nlptk vectors nearest vectors.bin < words.txt > neighbours.tsv
    """
    from ..corpus.lines import write_lines
    from ..errors import UnknownWordError

    wv = open_vectors(file, limit, unicode_errors)

    def lines() -> Iterator[str]:
        skipped = 0
        for batch in _batches(words):
            known = [word for word in batch if wv.knows(word)]
            skipped += len(batch) - len(known)
            if len(known) < len(batch) and on_error == "stop":
                wv.get_vector(next(word for word in batch if not wv.knows(word)))
            if known:
                yield from _neighbours(wv, known, top, restrict, format, len(words) == 1)
        if skipped:
            click.echo(f"nlptk: {skipped} words without a vector left out", err=True)

    try:
        write_lines("-", lines())
    except UnknownWordError as error:
        raise UnknownWordError(str(error), path=file) from None


def _batches(words: Sequence[str]) -> Iterator[list[str]]:
    from itertools import islice

    from ..corpus.lines import read_lines

    source = iter(words or (line.strip() for line in read_lines("-") if line.strip()))
    while batch := list(islice(source, _BATCH)):
        yield batch


def _neighbours(wv: WordVectors, words: list[str], k: int, restrict: int | None, format: str, alone: bool) -> Iterator[str]:
    import json

    numbers, cosines = wv.nearest(words, k, restrict_vocab=restrict)
    for word, row, values in zip(words, numbers.tolist(), cosines.tolist(), strict=True):
        found = [(wv.word(i), round(value, 6)) for i, value in zip(row, values, strict=True) if i >= 0]
        if format == "jsonl":
            yield json.dumps({"word": word, "nearest": found}, ensure_ascii=False)
        else:
            yield from (f"{'' if alone else word + chr(9)}{other}\t{value:.4f}" for other, value in found)


@vectors.command()
@click.argument("file", metavar="VECTORS")
@click.argument("a", metavar="WORD")
@click.argument("others", nargs=-1, required=True, metavar="WORD...")
@loading
def similarity(file: str, a: str, others: tuple[str, ...], limit: int | None, unicode_errors: str) -> None:
    """Print the cosine of the first word with each of the others.

    \b
    Example:
      nlptk vectors similarity vectors.bin 北京 上海
    """
    from functools import partial

    wv = open_vectors(file, limit, unicode_errors)
    for other in others:
        value = _ask(file, partial(wv.similarity, a, other))
        click.echo(f"{value:.4f}" if len(others) == 1 else f"{other}\t{value:.4f}")


@vectors.command()
@click.argument("file", metavar="VECTORS")
@click.argument("a")
@click.argument("b")
@click.argument("c")
@click.option("-k", "--top", default=10, show_default=True, type=click.IntRange(1), metavar="N", help="Answers.")
@click.option("--method", type=click.Choice(["3cosadd", "3cosmul"]), default="3cosadd", show_default=True)
@click.option("--restrict", type=click.IntRange(1), metavar="N", help="Only answers among the first N words.")
@loading
def analogy(
    file: str,
    a: str,
    b: str,
    c: str,
    top: int,
    method: str,
    restrict: int | None,
    limit: int | None,
    unicode_errors: str,
) -> None:
    """Print what is to C as B is to A.

    \b
    Example:
      nlptk vectors analogy vectors.bin man king woman
    """
    wv = open_vectors(file, limit, unicode_errors)
    for word, value in _ask(file, lambda: wv.analogy(a, b, c, top, method, restrict)):
        click.echo(f"{word}\t{value:.4f}")


@vectors.command("doesnt-match")
@click.argument("file", metavar="VECTORS")
@click.argument("words", nargs=-1, required=True, metavar="WORD...")
@loading
def doesnt_match(file: str, words: tuple[str, ...], limit: int | None, unicode_errors: str) -> None:
    """Print the word that is farthest from the mean of them all.

    \b
    Example:
      nlptk vectors doesnt-match vectors.bin 早饭 午饭 晚饭 汽车
    """
    wv = open_vectors(file, limit, unicode_errors)
    unknown = [word for word in words if not wv.knows(word)]
    if unknown and len(unknown) < len(words):
        click.echo(f"nlptk: without a vector: {' '.join(unknown)}", err=True)
    click.echo(_ask(file, lambda: wv.doesnt_match(words)))


@vectors.command()
@click.argument("file", metavar="VECTORS")
@click.argument("words", nargs=-1, metavar="[WORD...]")
@click.option("-o", "--output", required=True, metavar="OUT", help="What ends in .png, .svg, .pdf or .jpg.")
@click.option(
    "--top", default=100, show_default=True, type=click.IntRange(3), metavar="N", help="The first N words, if none given."
)
@click.option("--method", type=click.Choice(["pca", "tsne"]), default="pca", show_default=True)
@click.option("--font", metavar="F", help="A font file for the words.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0), metavar="N", help="Of t-SNE.")
@loading
def plot(
    file: str,
    words: tuple[str, ...],
    output: str,
    top: int,
    method: str,
    font: str | None,
    seed: int,
    limit: int | None,
    unicode_errors: str,
) -> None:
    """Draw words as points; without a WORD, the first ones.

    \b
    Examples:
      nlptk vectors plot vectors.bin -o words.png --top 200
      nlptk vectors plot vectors.bin 北京 上海 苹果 香蕉 -o words.svg --method tsne
    """
    import warnings

    from ..viz import plot_words

    wv = open_vectors(file, limit, unicode_errors)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", UserWarning)
        _ask(file, lambda: plot_words(wv, words, output, top=top, method=method, font=font, seed=seed))
    for warning in said:
        if issubclass(warning.category, UserWarning):
            click.echo(f"nlptk: {warning.message}", err=True)


@vectors.command()
@click.argument("source", metavar="VECTORS")
@click.argument("target", metavar="OUT")
@click.option(
    "--to",
    "format",
    type=click.Choice(["auto", "nlptk", "binary", "text", "glove", "fasttext"]),
    default="auto",
    show_default=True,
    help="auto goes by the name of OUT: .nlptk, .bin, .txt or .vec, also with .gz and the like.",
)
@click.option("--blank", metavar="C", help="What stands for blanks inside words, which most formats cannot hold.")
@options.on_error
@loading
def convert(
    source: str, target: str, format: str, blank: str | None, on_error: str, limit: int | None, unicode_errors: str
) -> None:
    """Write vectors in another format: .nlptk opens in milliseconds whatever its size.

    \b
    Examples:
      nlptk vectors convert glove.txt.gz glove.nlptk
      nlptk vectors convert vectors.bin vectors.txt --limit 50000
    """
    from ..vectors import SubwordVectors
    from ..vectors.formats import save_vectors, target_format

    wanted = target_format(target, format)
    found = open_vectors(source, limit, unicode_errors, on_error)
    if isinstance(found, SubwordVectors) and wanted not in ("nlptk", "fasttext"):
        click.echo("nlptk: n-grams left out, so that other words have no vectors; --to fasttext keeps them", err=True)
    save_vectors(found, target, wanted, blank=blank)


@vectors.command()
@click.argument("file", metavar="VECTORS")
@click.option("--format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@loading
def info(file: str, format: str, limit: int | None, unicode_errors: str) -> None:
    """Print what a file of vectors holds."""
    import numpy as np

    from ..vectors import SubwordVectors

    wv = open_vectors(file, limit, unicode_errors)
    facts: dict[str, Any] = {"words": len(wv), "dimensions": wv.vector_size}
    if isinstance(wv, SubwordVectors):
        facts |= {"min_n": wv.min_n, "max_n": wv.max_n, "buckets": wv.bucket}
    if wv.counts is not None:
        facts["tokens"] = int(wv.counts.sum())
    if len(wv):
        norms = wv.norms
        facts |= {f"{name} length": round(float(value), 4) for name, value in
                  (("mean", norms.mean()), ("least", norms.min()), ("greatest", norms.max()))}  # fmt: skip
        facts["first words"] = [wv.word(i) for i in range(min(10, len(wv)))]
        facts["without direction"] = int(np.count_nonzero(norms == 0))
    if format == "json":
        import json

        click.echo(json.dumps(facts, ensure_ascii=False))
        return
    for name, value in facts.items():
        shown = " ".join(value) if isinstance(value, list) else f"{value:,}"
        click.echo(f"{name:<18} {shown}")


def _ask(file: str, question: Callable[[], Any]) -> Any:
    """The answer; an unknown word is told with the file that lacks it."""
    from ..errors import UnknownWordError

    try:
        return question()
    except UnknownWordError as error:
        raise UnknownWordError(str(error), path=file) from None
