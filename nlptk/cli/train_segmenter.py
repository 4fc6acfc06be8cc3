"""``nlptk train-segmenter``."""

from __future__ import annotations

import click

from . import options


@click.command("train-segmenter")
@click.argument("files", nargs=-1, required=True, metavar="TRAIN...")
@click.option("-o", "--output", required=True, metavar="MODEL", help="Where to write the model; takes its name when complete.")
@click.option("--model", type=click.Choice(["bigram"]), default="bigram", show_default=True, help="What to train.")
@click.option("--weight", default=0.5, show_default=True, metavar="X", help="bigram: of pairs of words, 0 to below 1.")
@click.option(
    "--characters", default=1.0, show_default=True, metavar="X", help="bigram: how much the chain of characters counts."
)
@click.option("--licence", metavar="NAME", help="Of the model; noted in the file.")
@options.encoding
@options.on_error
def train_segmenter(
    files: tuple[str, ...],
    output: str,
    model: str,
    weight: float,
    characters: float,
    licence: str | None,
    encoding: str,
    on_error: str,
) -> None:
    """Train a segmenter on segmented text: a sentence a line, words separated by blanks.

    TRAIN may be compressed; - is standard input. The model goes to `nlptk segment --algorithm MODEL`.

    \b
    Examples:
      nlptk train-segmenter train.txt -o model.nlptk
      nlptk segment news.txt --algorithm model.nlptk
    """
    from ..corpus.lines import read_tokens
    from ..corpus.stream import Chain
    from ..segment.bigram import BigramSegmenter

    options.check_model_name(output)
    sentences = Chain([read_tokens(file, encoding, on_error) for file in files])
    BigramSegmenter(weight=weight, characters=characters).fit(sentences).save(output, licence=licence)
