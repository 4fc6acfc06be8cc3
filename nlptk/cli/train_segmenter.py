"""``nlptk train-segmenter``."""

from __future__ import annotations

import click
from click.core import ParameterSource

from . import options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# model -> the options that it has
_OPTIONS = {
    "bigram": ("weight", "characters", "prune"),
    "crf": ("epochs", "c2", "cost", "prune", "seed"),
    "perceptron": ("epochs", "prune", "seed"),
    "hmm": (),
}


@click.command("train-segmenter")
@click.argument("files", nargs=-1, required=True, metavar="TRAIN...")
@click.option("-o", "--output", required=True, metavar="MODEL", help="Where to write the model; takes its name when complete.")
@click.option(
    "--model",
    type=click.Choice(["bigram", "crf", "perceptron", "hmm"]),
    default="bigram",
    show_default=True,
    help="What to train: words and pairs of them, or labels of characters (crf is the best).",
)
@click.option("--weight", default=0.5, show_default=True, metavar="X", help="bigram: of pairs of words, 0 to below 1.")
@click.option(
    "--characters", default=1.0, show_default=True, metavar="X", help="bigram: how much the chain of characters counts."
)
@click.option("--epochs", default=8, show_default=True, metavar="N", help="crf, perceptron: passes over the text.")
@click.option("--c2", default=0.05, show_default=True, metavar="X", help="crf: weight of the squared weights.")
@click.option("--cost", default=2.0, show_default=True, metavar="X", help="crf: by how much right labels have to win.")
@click.option(
    "--prune",
    type=float,
    show_default="bigram: 0, others: 0.2",
    metavar="X",
    help="Leave out pairs of characters, and bigram: of words, that say little.",
)
@click.option("--seed", default=0, show_default=True, metavar="N", help="crf, perceptron: of the order of sentences.")
@click.option("--licence", metavar="NAME", help="Of the model; noted in the file.")
@options.encoding
@options.on_error
@click.pass_context
def train_segmenter(
    ctx: click.Context,
    files: tuple[str, ...],
    output: str,
    model: str,
    weight: float,
    characters: float,
    epochs: int,
    c2: float,
    cost: float,
    prune: float | None,
    seed: int,
    licence: str | None,
    encoding: str,
    on_error: str,
) -> None:
    """Train a segmenter on segmented text: a sentence a line, words separated by blanks.

    TRAIN may be compressed; - is standard input. The model goes to `nlptk segment --algorithm MODEL`.

    \b
    Examples:
      nlptk train-segmenter train.txt -o model.nlptk
      nlptk train-segmenter train.txt --model crf -o model.nlptk
      nlptk segment news.txt --algorithm model.nlptk
    """
    from tqdm import tqdm

    from ..corpus.lines import read_tokens
    from ..corpus.stream import Chain
    from ..segment.bigram import BigramSegmenter

    options.check_model_name(output, files)
    sentences = Chain([read_tokens(file, encoding, on_error) for file in files])
    for name in ("weight", "characters", "epochs", "c2", "cost", "prune", "seed"):
        if name not in _OPTIONS[model] and ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise click.UsageError(f"--{name} does not go with --model {model}")
    pruning: dict[str, Any] = {} if prune is None else {"prune": prune}
    if model == "bigram":
        BigramSegmenter(weight=weight, characters=characters, **pruning).fit(sentences).save(output, licence=licence)
        return
    from ..segment.trained import TaggedSegmenter

    segmenter = TaggedSegmenter(model, epochs=epochs, c2=c2, cost=cost, seed=seed, **pruning)
    with tqdm(total=epochs, unit="epoch", disable=None if model != "hmm" else True) as bar:

        def progress(done: int, loss: float) -> None:
            bar.set_postfix(loss=f"{loss:.4g}")
            bar.update(done - bar.n)

        segmenter.fit(sentences, progress=progress)
    segmenter.save(output, licence=licence)
