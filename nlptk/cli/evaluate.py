"""``nlptk evaluate``: one command a task."""

from __future__ import annotations

import click

from . import options


@click.group()
def evaluate() -> None:
    """Compare results with a gold standard."""


@evaluate.command("segment")
@click.argument("gold")
@click.argument("predicted")
@click.option("--lexicon", metavar="F", help="Words known in training, one a line: adds OOV and IV recall.")
@click.option("--format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@options.encoding
def segment(gold: str, predicted: str, lexicon: str | None, format: str, encoding: str) -> None:
    """Precision, recall and F1 of segmented text, words separated by blanks, as the SIGHAN bakeoff scorer counts.

    \b
    Example:
      nlptk evaluate segment gold.txt predicted.txt --lexicon training_words.txt
    """
    from ..corpus.lines import read_lines, read_tokens
    from ..errors import CorpusFormatError
    from ..segment.evaluate import evaluate_segmentation

    known = None if lexicon is None else {word for line in read_lines(lexicon, encoding) for word in line.split()}
    try:
        score = evaluate_segmentation(
            read_tokens(gold, encoding, keep_empty=True), read_tokens(predicted, encoding, keep_empty=True), known
        )
    except CorpusFormatError as error:
        raise (
            error
            if error.path
            else CorpusFormatError(str(error).partition(": ")[2] or str(error), path=predicted, line=error.line)
        ) from None
    rows: list[tuple[str, float]] = [("precision", score.precision), ("recall", score.recall), ("F1", score.f1)]
    if known is not None:
        rows += [("OOV rate", score.oov_rate), ("OOV recall", score.oov_recall), ("IV recall", score.iv_recall)]
    if format == "json":
        import json

        counts = score._asdict()
        click.echo(json.dumps({name.replace(" ", "_"): round(value, 6) for name, value in rows} | counts))
        return
    click.echo(f"words        {score.gold} gold, {score.predicted} predicted, {score.correct} correct")
    for name, value in rows:
        click.echo(f"{name:<12} {value:.4f}")


@evaluate.command("lm")
@click.argument("model")
@click.argument("file")
@click.option("--format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@options.encoding
@options.on_error
def lm(model: str, file: str, format: str, encoding: str, on_error: str) -> None:
    """Perplexity of a text under a language model, a sentence a line, words separated by blanks; with and without unknown words.

    \b
    Example:
      nlptk evaluate lm model.nlptk test.txt
    """
    from ..corpus.files import display_name
    from ..corpus.lines import read_lines
    from ..errors import CorpusFormatError
    from ..lm.evaluation import evaluate
    from ..lm.model import NgramLM

    found = evaluate(NgramLM.load(model), read_lines(file, encoding, on_error))
    if not found.sentences:
        raise CorpusFormatError("not a line of text, expected a sentence a line", path=display_name(file, "<stdin>"))
    if format == "json":
        import json
        from math import isfinite

        click.echo(json.dumps({name: value if isfinite(value) else None for name, value in found._asdict().items()}))
        return
    click.echo(f"{'perplexity':<22} {found.perplexity:.4f}")
    click.echo(f"{'perplexity without OOV':<22} {found.perplexity_without_oov:.4f}")
    for name, count in (("OOV", found.oov), ("words", found.words), ("sentences", found.sentences)):
        click.echo(f"{name:<22} {count}")
