"""``nlptk segment``."""

from __future__ import annotations

import click

from ..corpus.files import display_name, open_input, open_output
from ..errors import ModelFormatError
from ..segment.dictionary import ALGORITHMS
from ..segment.stream import segment_stream
from . import options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..segment.stream import LineKernel


@click.command(no_args_is_help=False)
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@options.output
@click.option(
    "--algorithm",
    default="dictionary",
    show_default=True,
    metavar="NAME|MODEL",
    help=f"{', '.join(ALGORITHMS)}; bigram, pku, msr, ud: packaged models; or a file from train-segmenter.",
)
@click.option(
    "--mode",
    type=click.Choice(["default", "search"]),
    default="default",
    show_default=True,
    help="search: also words inside words.",
)
@click.option("--hmm/--no-hmm", default=True, help="Whether to join single characters into unknown words.")
@click.option(
    "--dictionary",
    metavar="F",
    help="In place of the packaged one: lines `word freq tag`, or what `nlptk lexicon build` wrote.",
)
@click.option(
    "--userdict",
    multiple=True,
    metavar="F",
    help="Words to add: lines `word [freq] [tag]`. May be given several times.",
)
@click.option(
    "--user-priority",
    type=click.Choice(["weight", "force"]),
    default="weight",
    show_default=True,
    help="Whether user words compete or always win.",
)
@click.option("--sep", default=" ", show_default="a blank", help="Between words; \\\\t is a tab.")
@click.option("--format", type=click.Choice(["text", "jsonl", "tsv"]), default="text", show_default=True)
@options.threads
@options.encoding
@options.on_error
def segment(
    files: tuple[str, ...],
    output: str,
    algorithm: str,
    mode: str,
    hmm: bool,
    dictionary: str | None,
    userdict: tuple[str, ...],
    user_priority: str,
    sep: str,
    format: str,
    threads: int,
    encoding: str,
    on_error: str,
) -> None:
    """Split text into words, line by line. FILE may be compressed (.gz .bz2 .xz .zst); - is standard input.

    With --sep " " blanks of the text count as separators too; otherwise they stay words of their own.

    \b
    Examples:
      nlptk segment news.txt
      echo 我来到北京清华大学 | nlptk segment - --sep /
      nlptk segment news.txt --userdict brands.txt --threads 2 -o news.seg
      nlptk segment news.txt --algorithm model.nlptk
    """
    sep = sep.replace("\\t", "\t")
    kernel = _kernel(algorithm, mode, hmm, dictionary, userdict, user_priority, encoding, on_error)
    with (
        open_output(output) as target,
        options.progress_bar(options.input_size(files), "B", output != "-") as update,
    ):
        for file in files:
            with open_input(file) as source:
                segment_stream(
                    kernel, source, target, name=display_name(file, "<stdin>"), format=format, sep=sep,
                    threads=threads, encoding=encoding, on_error=on_error, progress=update,
                )  # fmt: skip


def _kernel(
    algorithm: str,
    mode: str,
    hmm: bool,
    dictionary: str | None,
    userdict: tuple[str, ...],
    user_priority: str,
    encoding: str,
    on_error: str,
) -> LineKernel:
    from ..lexicon import Dictionary, WordFile

    sources: list[Any] = [WordFile(file, encoding, on_error) for file in userdict]
    if algorithm not in ALGORITHMS:
        return _trained(algorithm, mode, hmm, dictionary, sources, user_priority)
    from ..segment.dictionary import DictionarySegmenter

    base = None if dictionary is None else Dictionary.from_file(dictionary, encoding=encoding, on_error=on_error)
    segmenter = DictionarySegmenter(
        dictionary=base, userdict=sources or None, mode=mode, algorithm=algorithm, hmm=hmm, user_priority=user_priority
    )
    kernel: LineKernel = segmenter.kernel
    return kernel


def _trained(model: str, mode: str, hmm: bool, dictionary: str | None, sources: list[Any], user_priority: str) -> LineKernel:
    """The kernel of a segmenter that was trained."""
    import os

    from ..data.packaged import packaged_for, packaged_path
    from ..loading import load
    from ..segment.kernel import KernelSegmenter

    model = packaged_path("seg", model) or model
    if not os.path.exists(model):
        known = ", ".join([*ALGORITHMS, *packaged_for("seg")])
        raise click.BadParameter(f"{model!r} is none of {known}, and no model file", param_hint="--algorithm")
    if mode != "default" or dictionary is not None:
        raise click.UsageError(f"--{'dictionary' if dictionary is not None else 'mode'} does not go with a trained model")
    segmenter = load(model)
    if not isinstance(segmenter, KernelSegmenter):
        raise ModelFormatError(f"holds a {segmenter.kind}, expected a segmenter", path=model)
    changes: dict[str, Any] = {"userdict": sources} if sources else {}
    if not hmm:
        changes["hmm"] = False
    if user_priority != "weight":
        changes["user_priority"] = user_priority
    kernel: LineKernel = segmenter.set_params(**changes).kernel
    return kernel
