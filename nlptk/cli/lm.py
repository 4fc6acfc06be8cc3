"""``nlptk train-lm``, ``nlptk score`` and ``nlptk lm``: n-gram language models."""

from __future__ import annotations

import click

from . import options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, TypeVar

    from ..lm.estimate import Estimate
    from ..lm.model import NgramLM

    Number = TypeVar("Number", int, float)

_LINES = 1 << 14  # scored at a time


def _integers(ctx: click.Context, param: click.Parameter, value: str) -> tuple[int, ...]:
    return _numbers(int, param, value)


def _discounts(ctx: click.Context, param: click.Parameter, value: str) -> tuple[float, ...] | None:
    return None if value == "none" else _numbers(float, param, value)


def _numbers(number: Callable[[str], Number], param: click.Parameter, value: str) -> tuple[Number, ...]:
    try:
        return tuple(number(each) for each in value.replace(",", " ").split())
    except ValueError:
        raise click.BadParameter(f"{value!r}, expected numbers parted by blanks", param=param) from None


@click.command("train-lm")
@click.argument("files", nargs=-1, required=True, metavar="CORPUS...")
@click.option("-o", "--output", required=True, metavar="OUT", help="What ends in .arpa, .arpa.gz or .nlptk; - is ARPA to stdout.")
@click.option("--order", default=5, show_default=True, metavar="N", help="Words of the longest n-grams, 1 to 20.")
@click.option(
    "--smoothing",
    type=click.Choice(["kneser-ney", "witten-bell", "jelinek-mercer", "add-k", "stupid-backoff"]),
    default="kneser-ney",
    show_default=True,
    help="kneser-ney: modified and interpolated.",
)
@click.option(
    "--memory",
    default="1G",
    show_default=True,
    metavar="SIZE",
    help="Cap on buffers, such as 512M or 2G; the vocabulary comes on top. The result does not depend on it.",
)
@click.option(
    "--prune",
    callback=_integers,
    default="",
    metavar="'N...'",
    help="For each order: leave out n-grams that occur at most so often, as in '0 0 1'.",
)
@click.option("--vocabulary", metavar="F", help="Words of the model, between white space; all others count as <unk>.")
@click.option("--max-vocabulary", type=click.IntRange(1), metavar="N", help="Only the N most frequent words.")
@click.option("--min-count", default=1, show_default=True, metavar="N", help="Only words that occur so often.")
@click.option(
    "--discount-fallback",
    callback=_discounts,
    default="0.5 1 1.5",
    show_default=True,
    metavar="'X X X'",
    help="Kneser-Ney discounts where the corpus is too small to tell; none: an error.",
)
@click.option("--weight", default=0.5, show_default=True, metavar="X", help="Of the higher order in jelinek-mercer.")
@click.option("--k", default=1.0, show_default=True, metavar="X", help="What add-k adds to each count.")
@click.option("--backoff", default=0.4, show_default=True, metavar="X", help="The factor of stupid-backoff.")
@click.option("--quantize", type=click.Choice(["8"]), help="Store numbers in so many bits, in a .nlptk file.")
@click.option("--verbose", is_flag=True, help="Print counts and discounts to stderr.")
@options.threads
@options.encoding
def train_lm(
    files: tuple[str, ...],
    output: str,
    quantize: str | None,
    verbose: bool,
    **parameters: Any,
) -> None:
    """Train an n-gram language model on text, a sentence a line, words separated by blanks.

    CORPUS may be compressed; - is standard input. What does not fit in --memory goes to a temporary file in the folder of
    the output, or in $TMPDIR.

    \b
    Examples:
      nlptk train-lm corpus.txt -o model.arpa
      nlptk segment news.txt | nlptk train-lm - --order 3 --prune '0 0 1' -o model.nlptk
      nlptk train-lm corpus.txt.gz --memory 4G --max-vocabulary 200000 -o model.arpa.gz
    """
    from contextlib import ExitStack
    from pathlib import Path

    from ..corpus.files import open_output
    from ..lm.estimate import estimate
    from ..lm.formats import target_format

    bits = None if quantize is None else int(quantize)
    is_arpa = target_format(output, bits) == "arpa"
    inputs = [file for file in (*files, parameters["vocabulary"]) if file is not None]
    options.check_other_name(output, inputs)
    options.check_one_stdin(inputs)
    size = options.input_size(files)
    with ExitStack() as stack:
        target = stack.enter_context(open_output(output)) if is_arpa else None  # a wrong name shows before the work
        with options.progress_bar(None if size is None else 2 * size, "B") as update:
            model = stack.enter_context(
                estimate([Path(file) for file in files], folder=options.folder_of(output), progress=update, **parameters)
            )
        if verbose:
            _report(model)
        if target is not None:
            model.write_arpa(target)
            return
        from ..lm.model import NgramLM

        names = {name: value for name, value in parameters.items() if name not in ("threads", "encoding")}
        NgramLM(**names).take(model).save(output, quantize=bits, training_data=", ".join(Path(file).name for file in files))


def _report(model: Estimate) -> None:
    click.echo(f"{model.sentences:,} sentences, {model.tokens:,} words", err=True)
    for n, count in enumerate(model.counts, 1):
        discounts = "" if model.discounts is None else "  D " + " ".join(f"{d:.6g}" for d in model.discounts[n - 1])
        click.echo(f"{n}-grams {count}{discounts}", err=True)


@click.command()
@click.argument("model")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@options.output
@click.option("--words", is_flag=True, help="Also the log10 probability of each word.")
@click.option("--bos/--no-bos", default=True, help="Whether lines begin after <s>.")
@click.option("--eos/--no-eos", default=True, help="Whether </s> comes after them.")
@click.option("--format", type=click.Choice(["text", "jsonl", "tsv"]), default="text", show_default=True)
@options.threads
@options.encoding
@options.on_error
def score(
    model: str,
    files: tuple[str, ...],
    output: str,
    words: bool,
    bos: bool,
    eos: bool,
    format: str,
    threads: int,
    encoding: str,
    on_error: str,
) -> None:
    """Print the log10 probability of each line, whose words are separated by blanks.

    MODEL is what `train-lm` wrote, or any ARPA file. FILE may be compressed; - is standard input.

    \b
    text    score TAB line; --words: score TAB word=score word=score ...
    tsv     score TAB number of words TAB unknown ones TAB line; --words: a line a word, and an empty one after each sentence:
            word TAB score TAB length of the n-gram that matched TAB 1 if the word is unknown, else 0
    jsonl   the same as an object a line

    \b
    Examples:
      nlptk score model.nlptk sentences.txt | sort -g
      nlptk score model.arpa sentences.txt --words --format tsv
    """
    from ..corpus.lines import read_lines, write_lines
    from ..lm.model import NgramLM

    options.check_other_name(output, [model])
    options.check_one_stdin([model, *files])
    lm = NgramLM.load(model, verify=True)

    def lines() -> Iterator[str]:
        for file in files:
            source = iter(read_lines(file, encoding, on_error))
            if format == "text" and not words:
                yield from _totals(lm, source, bos, eos, threads)
            else:
                for line in source:
                    yield from _details(lm, line, words, bos, eos, format)

    write_lines(output, lines())


def _totals(lm: NgramLM, source: Iterator[str], bos: bool, eos: bool, threads: int) -> Iterator[str]:
    from itertools import islice

    while batch := list(islice(source, _LINES)):
        for total, line in zip(lm.score_batch(batch, bos=bos, eos=eos, threads=threads), batch, strict=True):
            yield f"{total:.6f}\t{line}"


def _details(lm: NgramLM, line: str, each: bool, bos: bool, eos: bool, format: str) -> list[str]:
    from ..corpus.blocks import split_words

    words = split_words(line)
    scores = list(lm.full_scores(words, bos=bos, eos=eos))
    total, unknown = sum(log_prob for log_prob, _, _ in scores), sum(oov for _, _, oov in scores)
    named = zip([*words, "</s>"], scores, strict=False)
    if format == "text":
        return [f"{total:.6f}\t" + " ".join(f"{word}={log_prob:.6f}" for word, (log_prob, _, _) in named)]
    if format == "tsv":
        if not each:
            return [f"{total:.6f}\t{len(words)}\t{unknown}\t{line}"]
        return [*(f"{word}\t{log_prob:.6f}\t{length}\t{oov:d}" for word, (log_prob, length, oov) in named), ""]
    import json

    record: dict[str, object] = {"score": round(total, 6), "words": len(words), "oov": unknown}
    if each:
        record["tokens"] = [{"word": word, "score": round(p, 6), "length": n, "oov": oov} for word, (p, n, oov) in named]
    return [json.dumps(record, ensure_ascii=False)]


@click.group()
def lm() -> None:
    """Make text with a language model."""


@lm.command()
@click.argument("model")
@options.output
@click.option("--count", default=1, show_default=True, type=click.IntRange(0), metavar="N", help="How many sentences.")
@click.option("--seed", type=click.IntRange(0), metavar="N", help="The same seed gives the same sentences.")
@click.option("--max-length", default=100, show_default=True, metavar="N", help="Words of a sentence at most.")
@click.option("--temperature", default=1.0, show_default=True, metavar="X", help="0: always the most probable word.")
@click.option("--context", default="", metavar="'WORD...'", help="How all sentences begin.")
def generate(model: str, output: str, count: int, seed: int | None, max_length: int, temperature: float, context: str) -> None:
    """Print sentences drawn at random, one a line.

    \b
    Example:
      nlptk lm generate model.nlptk --count 10 --seed 1 --context 'the cat'
    """
    from ..corpus.lines import write_lines
    from ..lm.model import NgramLM

    options.check_other_name(output, [model])
    lm = NgramLM.load(model, verify=True)
    sentences = lm.generate(count, seed=seed, max_length=max_length, temperature=temperature, context=context)
    write_lines(output, (" ".join(sentence) for sentence in sentences))
