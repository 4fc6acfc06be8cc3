"""``nlptk train-tagger``."""

from __future__ import annotations

import click

from . import options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


@click.command("train-tagger")
@click.argument("files", nargs=-1, required=True, metavar="DATA...")
@click.option("-o", "--output", required=True, metavar="OUT", help="The model; takes its name when complete.")
@click.option("--task", type=click.Choice(["pos", "ner", "chunk"]), help="Brings a template, and what turns labels into results.")
@click.option("--model", type=click.Choice(["crf", "perceptron", "hmm"]), default="crf", show_default=True)
@click.option("--template", metavar="F", help="Features, as a CRF++ template file. Default: those of the task.")
@click.option("--dev", metavar="F", help="Data not to learn from: the weights that do best on it are kept.")
@click.option("--format", type=click.Choice(["auto", "columns", "tagged", "conllu"]), default="auto", show_default=True)
@click.option("--algorithm", type=click.Choice(["lbfgs", "sgd", "adagrad"]), help="crf.  [default: lbfgs; ner adagrad]")
@click.option("--c1", type=click.FloatRange(0), metavar="X", help="crf: coefficient of the L1 norm.  [default: 0]")
@click.option("--c2", type=click.FloatRange(0), metavar="X", help="crf: coefficient of the squared norm.  [default: 1; ner 0.01]")
@click.option("--max-iterations", type=click.IntRange(1), metavar="N", help="crf: at most.  [default: 100; ner 6]")
@click.option("--epochs", type=click.IntRange(1), metavar="N", help="perceptron: passes over the data.  [default: 20; tasks 10]")
@click.option("--min-freq", type=click.IntRange(0), metavar="N", help="Leave out features seen less often.  [default: 0; ner 3]")
@click.option("--scheme", metavar="NAME", help="Learn labels as BIO, BIOES, BMES or BILOU.  [default: ner BIOES, chunk as is]")
@click.option("--quantize", type=click.Choice(["8", "16"]), help="Store weights in so many bits.")
@click.option("--seed", type=click.IntRange(0), metavar="N", help="The same seed gives the same model.  [default: 0]")
@click.option("--licence", metavar="TEXT", help="Of the model, for its manifest.")
@options.threads
@options.encoding
@options.on_error
def train_tagger(
    files: tuple[str, ...],
    output: str,
    task: str | None,
    model: str,
    template: str | None,
    dev: str | None,
    format: str,
    scheme: str | None,
    quantize: str | None,
    licence: str | None,
    threads: int,
    encoding: str,
    on_error: str,
    **parameters: Any,
) -> None:
    """Train a tagger: parts of speech, named entities, chunks, or any labels with a template of your own.

    DATA is columns (an item a line, the label last, an empty line after each sentence), word/tag text, or CoNLL-U, of which words
    and universal tags are taken; which one is seen by looking at it. It may be compressed; - is standard input.

    \b
    Examples:
      nlptk train-tagger people.txt --task pos --model perceptron -o pos.nlptk
      nlptk train-tagger train.bio --task ner --dev dev.bio -o ner.nlptk
      nlptk train-tagger train.txt --template my.template --c2 0.5 --threads 2 -o mine.nlptk
    """
    from pathlib import Path

    from ..errors import CorpusFormatError, ParameterError
    from ..tagging.data import located, read_labelled, with_known_labels
    from ..tagging.evaluation import scores
    from ..tagging.tasks import new_tagger

    options.check_model_name(output, files)
    given = {name: value for name, value in parameters.items() if value is not None}
    given |= {"threads": threads, "verbose": True}
    learner = new_tagger(model, task, None if template is None else Path(template), **_possible(model, given))
    if scheme is not None:
        if task not in ("ner", "chunk"):
            raise click.BadParameter("is for --task ner and chunk", param_hint="--scheme")
        learner.set_params(scheme=scheme)
    data = [read_labelled(file, format, encoding=encoding, on_error=on_error) for file in files]
    for file, each in zip(files, data, strict=True):
        if each.columns != data[0].columns:
            raise CorpusFormatError(f"{each.columns + 1} columns, but {files[0]} has {data[0].columns + 1}", path=file)
    X, y = [x for each in data for x in each.X], [labels for each in data for labels in each.y]
    other = None if dev is None else read_labelled(dev, format, encoding=encoding, on_error=on_error)
    held_out = () if other is None else with_known_labels(other.X, other.y, y)
    try:
        learner.fit(X, y, *held_out)
    except ParameterError as error:
        raise located(error, list(zip(files, data, strict=True)), encoding) from None
    if quantize is not None:
        learner.quantize(int(quantize))
    found = {} if other is None else scores(other.y, learner.predict(other.X))
    learner.save(output, training_data=", ".join(Path(file).name for file in files), licence=licence, scores=found)
    shown = "".join(f", {name} {value:.4f}" for name, value in found.items())
    click.echo(f"{output}: {len(X):,} sentences, {len(learner.labels_)} labels{shown}", err=True)


def _possible(model: str, given: dict[str, Any]) -> dict[str, Any]:
    """The parameters for this model; those that were typed for another are an error, defaults of all are not."""
    from ..tagging.component import tagger_class

    known = tagger_class(model)._defaults()
    for name in given:
        if name not in known and name not in ("threads", "verbose", "seed"):
            raise click.BadParameter(f"is not for --model {model}", param_hint="--" + name.replace("_", "-"))
    return {name: value for name, value in given.items() if name in known}
