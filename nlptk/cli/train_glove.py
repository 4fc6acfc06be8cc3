"""``nlptk train-glove``."""

from __future__ import annotations

import click

from . import options
from .train_vectors import format_option, output_format, report, run_training, segment_option, write_vectors

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


@click.command("train-glove")
@click.argument("files", nargs=-1, required=True, metavar="CORPUS...")
@click.option("-o", "--output", required=True, metavar="OUT", help="The vectors; takes its name when complete.")
@click.option("--size", default=100, show_default=True, metavar="N", help="Dimensions.")
@click.option("--window", default=15, show_default=True, metavar="N", help="Words to each side that count as near.")
@click.option("--epochs", default=25, show_default=True, metavar="N", help="Passes over the pairs of words.")
@click.option("--min-count", default=5, show_default=True, metavar="N", help="Leave out words that occur less often.")
@click.option("--max-vocabulary", type=int, metavar="N", help="At most so many words, the most frequent ones.")
@click.option("--x-max", default=10.0, show_default=True, metavar="X", help="Pairs seen more often than this weigh alike.")
@click.option("--alpha", default=0.75, show_default=True, metavar="X", help="Others weigh (count / x-max) ^ alpha.")
@click.option("--learning-rate", default=0.075, show_default=True, metavar="X", help="At the beginning; AdaGrad lowers it.")
@click.option(
    "--symmetric/--no-symmetric", default=True, show_default=True, help="Words before and after are near; or only after."
)
@click.option(
    "--distance-weighting/--no-distance-weighting",
    default=True,
    show_default=True,
    help="A word at distance d counts 1 / d; or always 1.",
)
@click.option(
    "--memory",
    default="1G",
    show_default=True,
    metavar="SIZE",
    help="Cap on buffers for counting, such as 512M or 4G; what does not fit goes to temporary files.",
)
@click.option("--seed", default=1, show_default=True, metavar="N", help="The same seed gives the same vectors.")
@click.option("--init", metavar="F", help="Begin with these vectors.")
@click.option("--checkpoint", metavar="F", help="Write a model here now and then, and when interrupted.")
@click.option("--checkpoint-every", default=600.0, show_default=True, metavar="SECONDS")
@click.option("--resume", metavar="F", help="Go on from this checkpoint, with its settings, on the same CORPUS.")
@segment_option
@click.option(
    "--threads", default=3, show_default=True, type=click.IntRange(1), metavar="N", help="The result does not depend on it."
)
@options.encoding
@format_option
def train_glove(
    files: tuple[str, ...],
    output: str,
    format: str,
    size: int,
    max_vocabulary: int | None,
    checkpoint: str | None,
    checkpoint_every: float,
    resume: str | None,
    segment: bool,
    threads: int,
    encoding: str,
    **parameters: Any,
) -> None:
    """Train GloVe vectors on text, a sentence a line, words separated by blanks.

    CORPUS may be compressed; - is standard input. The names and defaults are those of the tools of GloVe's authors, with an x-max
    for corpora of less than 10^9 words.

    \b
    Examples:
      nlptk train-glove corpus.txt -o vectors.txt
      nlptk train-glove corpus.txt --size 300 --x-max 100 --memory 8G --threads 8 -o vectors.bin
      nlptk train-glove news.zh.txt --segment -o model.nlptk
    """
    import time

    from ..vectors import GloVe

    options.check_model_name(output, files)
    if checkpoint is not None:
        options.check_model_name(checkpoint, files)
    kind = output_format(output, format)
    start = time.perf_counter()
    if resume is None:
        learner = GloVe(vector_size=size, max_final_vocab=max_vocabulary, workers=threads, verbose=True, **parameters)
    else:
        learner = GloVe.load(resume).set_params(workers=threads, verbose=True)
    run_training(
        learner,
        files,
        checkpoint=checkpoint or resume,
        checkpoint_every=checkpoint_every,
        resume=resume is not None,
        segment=segment,
        threads=threads,
        encoding=encoding,
    )
    write_vectors(learner, output, kind, files)
    report(output, learner, time.perf_counter() - start)
