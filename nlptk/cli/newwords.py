"""``nlptk newwords``."""

from __future__ import annotations

import click

from ..corpus.files import open_output
from . import options


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="CORPUS...")
@options.output
@options.memory
@click.option("--min-count", default=5, show_default=True, metavar="N", help="How often a word occurs at least.")
@click.option("--max-length", default=4, show_default=True, metavar="N", help="Characters of the longest words, 2 to 6.")
@click.option("--min-pmi", default=7.0, show_default=True, metavar="X", help="Least cohesion inside, in nats.")
@click.option("--min-entropy", default=1.0, show_default=True, metavar="X", help="Least freedom of the neighbours, in nats.")
@click.option("--top", type=click.IntRange(0), metavar="N", help="Only the best N words.")
@click.option("--all", "known", is_flag=True, help="Also words that the packaged dictionary has.")
@options.encoding
def newwords(
    files: tuple[str, ...],
    output: str,
    memory: str,
    min_count: int,
    max_length: int,
    min_pmi: float,
    min_entropy: float,
    top: int | None,
    known: bool,
    encoding: str,
) -> None:
    """Find words that the dictionary lacks: strings of Han characters with cohesion inside and freedom outside.

    The result is a user dictionary, lines word TAB count TAB n, the best first. It does not depend on --memory: what does
    not fit goes to temporary files in the folder of the output, or in $TMPDIR. CORPUS may be compressed; - is standard
    input.

    \b
    Examples:
      nlptk newwords corpus.txt -o words.txt
      nlptk segment corpus.txt --userdict words.txt
    """
    from ..keywords.newwords import NewWords

    size = options.input_size(files)
    finder = NewWords(min_count, max_length, min_pmi, min_entropy, memory, False if known else None)
    with (
        open_output(output) as target,
        options.progress_bar(None if size is None else 2 * size, "B") as update,
    ):
        finder.fit_files(files, encoding=encoding, folder=options.folder_of(output), progress=update)
        finder.save_userdict(target, top)
