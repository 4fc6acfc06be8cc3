"""``nlptk train-w2v`` and ``nlptk train-fasttext``, and what the commands that train vectors share."""

from __future__ import annotations

import os
from contextlib import contextmanager

import click

from . import options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from typing import Any

    from ..vectors import GloVe, Word2Vec

_SUFFIXES = {".bin": "binary", ".txt": "text", ".vec": "text"}  # of the output -> its format; others are models

segment_option = click.option("--segment", is_flag=True, help="CORPUS is raw Chinese text: segment it on the way.")
format_option = click.option(
    "--format",
    type=click.Choice(["auto", "binary", "text", "model"]),
    default="auto",
    show_default=True,
    help="word2vec's binary or text format, or a model that can be trained on; auto: .bin is binary, .txt and .vec are text.",
)
threads_option = click.option(
    "--threads",
    default=3,
    show_default=True,
    type=click.IntRange(1),
    metavar="N",
    help="Without locks: more than one give slightly different vectors each time.",
)


_NETWORK_OPTIONS = (
    click.option(
        "--model",
        type=click.Choice(["cbow", "skipgram"]),
        default="cbow",
        show_default=True,
        help="skipgram takes longer and is better for rare words and small corpora.",
    ),
    click.option("--sg", is_flag=True, help="The same as --model skipgram."),
    click.option("--size", default=100, show_default=True, metavar="N", help="Dimensions."),
    click.option("--window", default=5, show_default=True, metavar="N", help="Words to each side that count as near."),
    click.option("--epochs", default=5, show_default=True, metavar="N", help="Passes over the corpus."),
    click.option("--min-count", default=5, show_default=True, metavar="N", help="Leave out words that occur less often."),
    click.option("--max-vocabulary", type=int, metavar="N", help="At most so many words, the most frequent ones."),
    click.option("--negative", default=5, show_default=True, metavar="N", help="Noise words for each word; 0: none."),
    click.option("--hs", is_flag=True, help="Hierarchical softmax; instead of noise words, unless --negative is given."),
    click.option(
        "--sample", default=1e-3, show_default=True, metavar="X", help="Thin out words more frequent than this; 0: none."
    ),
    click.option("--alpha", default=0.025, show_default=True, metavar="X", help="Learning rate at the beginning."),
    click.option("--min-alpha", default=0.0001, show_default=True, metavar="X", help="Learning rate at the end."),
    click.option(
        "--seed", default=1, show_default=True, metavar="N", help="With --threads 1 the same seed gives the same vectors."
    ),
    click.option("--deterministic", is_flag=True, help="The same vectors for any number of threads; somewhat slower."),
    click.option("--init", metavar="F", help="Begin with these vectors."),
    click.option("--checkpoint", metavar="F", help="Write a model here now and then, and when interrupted."),
    click.option("--checkpoint-every", default=600.0, show_default=True, metavar="SECONDS"),
    click.option("--resume", metavar="F", help="Go on from this checkpoint, with its settings, on the same CORPUS."),
    segment_option,
    threads_option,
    options.encoding,
)


def output_format(output: str, format: str) -> str:
    """``binary``, ``text`` or ``model``, by the option or else by the name of the output."""
    if format != "auto":
        return format
    stem, suffix = os.path.splitext(output)
    if suffix in (".gz", ".bz2", ".xz", ".zst"):
        suffix = os.path.splitext(stem)[1]
    return _SUFFIXES.get(suffix, "model")


@contextmanager
def corpus_of(files: Sequence[str], segment: bool, encoding: str, threads: int) -> Iterator[tuple[str | list[Path], str]]:
    """The corpus that a trainer reads, and its encoding: the files, or a temporary one with their words."""
    from pathlib import Path

    if not segment:
        if "-" in files and len(files) > 1:
            raise click.UsageError("standard input cannot be one of several files")
        yield (files[0] if len(files) == 1 else [Path(file) for file in files]), encoding
        return
    from tempfile import TemporaryDirectory

    from ..corpus.files import display_name, open_input, open_output
    from ..segment.dictionary import DictionarySegmenter
    from ..segment.stream import segment_stream

    kernel = DictionarySegmenter().kernel
    with TemporaryDirectory(prefix="nlptk-") as folder:
        path = os.path.join(folder, "corpus.txt")
        with open_output(path) as target, options.progress_bar(options.input_size(files), "B") as update:
            for file in files:
                with open_input(file) as source:
                    name = display_name(file, "<stdin>")
                    segment_stream(kernel, source, target, name=name, threads=threads, encoding=encoding, progress=update)
        yield path, "utf-8"


def report(output: str, learner: Word2Vec | GloVe, seconds: float) -> None:
    """Say what was made, on stderr."""
    shape = f"{len(learner.vocabulary_):,} words, {learner.vector_size} dimensions"
    click.echo(f"{output}: {shape}, {seconds:.1f} s, loss {learner.loss_[-1]:.4f}", err=True)


def network_options(command: Any) -> Any:
    """The options that train-w2v and train-fasttext share."""
    for option in reversed(_NETWORK_OPTIONS):
        command = option(command)
    return command


def train_network(
    learner_class: type[Word2Vec],
    ctx: click.Context,
    files: Sequence[str],
    output: str,
    *,
    model: str,
    sg: bool,
    hs: bool,
    checkpoint: str | None,
    checkpoint_every: float,
    resume: str | None,
    segment: bool,
    threads: int,
    encoding: str,
    **parameters: Any,
) -> Word2Vec:
    """Train as those options say; `parameters` are the learner's, some by the names of their options."""
    options.check_model_name(output, files)
    if checkpoint is not None:
        options.check_model_name(checkpoint, files)
    if hs and ctx.get_parameter_source("negative") is click.core.ParameterSource.DEFAULT:
        parameters["negative"] = 0
    names = {"size": "vector_size", "max_vocabulary": "max_final_vocab"}
    given = {names.get(name, name): value for name, value in parameters.items()}
    if resume is None:
        learner = learner_class(sg=int(sg or model == "skipgram"), hs=int(hs), workers=threads, verbose=True, **given)
    else:
        learner = learner_class.load(resume).set_params(workers=threads, verbose=True)
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
    return learner


def run_training(
    learner: Word2Vec | GloVe,
    files: Sequence[str],
    *,
    checkpoint: str | None,
    checkpoint_every: float,
    resume: bool,
    segment: bool,
    threads: int,
    encoding: str,
) -> None:
    """Read the files and train, or go on with the training that was interrupted."""
    with corpus_of(files, segment, encoding, threads) as (corpus, encoding):
        if not resume:
            with options.progress_bar(options.input_size([corpus] if isinstance(corpus, str) else files), "B") as update:
                learner.build_vocab(corpus, encoding=encoding, progress=update)
        try:
            learner.train(
                corpus if resume else None,
                checkpoint=checkpoint,
                checkpoint_every=checkpoint_every,
                resume=resume,
                encoding=encoding,
            )
        except KeyboardInterrupt:
            if checkpoint and os.path.exists(checkpoint):
                click.echo(f"nlptk: go on with --resume {checkpoint}", err=True)
            raise
        finally:
            learner.close()


def write_vectors(learner: Word2Vec | GloVe, output: str, kind: str, files: Sequence[str]) -> None:
    """Write a model, or its vectors in word2vec's formats."""
    if kind == "model":
        learner.save(output, training_data=", ".join(os.path.basename(file) for file in files))
    else:
        learner.vectors_.save_word2vec_format(output, binary=kind == "binary")


@click.command("train-w2v")
@click.argument("files", nargs=-1, required=True, metavar="CORPUS...")
@click.option("-o", "--output", required=True, metavar="OUT", help="The vectors; takes its name when complete.")
@network_options
@format_option
@click.pass_context
def train_w2v(ctx: click.Context, /, files: tuple[str, ...], output: str, format: str, **settings: Any) -> None:
    """Train word vectors on text, a sentence a line, words separated by blanks.

    CORPUS may be compressed; - is standard input. The defaults are those of gensim and word2vec: CBOW with 5 noise words.

    \b
    Examples:
      nlptk train-w2v corpus.txt -o vectors.bin
      nlptk train-w2v corpus.txt --sg --size 300 --epochs 10 --threads 8 -o vectors.vec
      nlptk train-w2v news.zh.txt --segment -o model.nlptk
      nlptk train-w2v corpus.txt --checkpoint half.nlptk -o vectors.bin
      nlptk train-w2v corpus.txt --resume half.nlptk -o vectors.bin
    """
    import time

    from ..vectors import Word2Vec

    kind = output_format(output, format)
    start = time.perf_counter()
    learner = train_network(Word2Vec, ctx, files, output, **settings)
    write_vectors(learner, output, kind, files)
    report(output, learner, time.perf_counter() - start)


@click.command("train-fasttext")
@click.argument("files", nargs=-1, required=True, metavar="CORPUS...")
@click.option("-o", "--output", required=True, metavar="OUT", help="The vectors; takes its name when complete.")
@network_options
@click.option("--min-n", default=3, show_default=True, metavar="N", help="Characters of the shortest n-grams.")
@click.option("--max-n", default=6, show_default=True, metavar="N", help="Characters of the longest n-grams; 0: none.")
@click.option("--bucket", default=2_000_000, show_default=True, metavar="N", help="Vectors that n-grams share.")
@click.option(
    "--format",
    type=click.Choice(["auto", "fasttext", "text", "model"]),
    default="auto",
    show_default=True,
    help="fastText's .bin, the words alone as text, or a model that can be trained on; auto: by the end of OUT's name.",
)
@click.pass_context
def train_fasttext(ctx: click.Context, /, files: tuple[str, ...], output: str, format: str, **settings: Any) -> None:
    """Train vectors of words and of their character n-grams, so that words never seen have vectors.

    CORPUS has a sentence a line, words separated by blanks; it may be compressed; - is standard input. The defaults are those of
    gensim: CBOW with 5 noise words; fastText's own is --sg. A .bin file is one of fastText, which gensim reads, too.

    \b
    Examples:
      nlptk train-fasttext corpus.txt --sg -o vectors.bin
      nlptk train-fasttext news.zh.txt --segment --min-n 1 --max-n 3 -o model.nlptk
      nlptk train-fasttext corpus.txt --checkpoint half.nlptk -o vectors.bin
      nlptk train-fasttext corpus.txt --resume half.nlptk -o vectors.bin
    """
    import time

    from ..vectors import FastText

    kind = output_format(output, format)
    start = time.perf_counter()
    learner = train_network(FastText, ctx, files, output, **settings)
    assert isinstance(learner, FastText)
    if kind == "model":
        learner.save(output, training_data=", ".join(os.path.basename(file) for file in files))
    elif kind == "text":
        learner.vectors_.save_word2vec_format(output)
    else:
        learner.save_fasttext(output)
    report(output, learner, time.perf_counter() - start)
