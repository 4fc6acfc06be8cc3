"""``nlptk summarize``."""

from __future__ import annotations

import click

from . import options


@click.command()
@click.argument("file", metavar="FILE")
@options.output
@click.option("--sentences", default=3, show_default=True, type=click.IntRange(1), metavar="N", help="How many at most.")
@click.option("--stopwords", metavar="F", help="In place of the packaged list: one word a line.")
@options.encoding
def summarize(file: str, output: str, sentences: int, stopwords: str | None, encoding: str) -> None:
    """Print the most important sentences of a text, in their order, one a line. FILE may be compressed; - is standard input.

    \b
    Example:
      nlptk summarize news.txt --sentences 2
    """
    from pathlib import Path

    from ..corpus.lines import read_lines, write_lines
    from ..keywords.summary import TextRankSummarizer

    summarizer = TextRankSummarizer(sentences, stop_words="default" if stopwords is None else Path(stopwords)).fit()
    text = "\n".join(read_lines(file, encoding))
    write_lines(output, (" ".join(sentence.split()) for sentence in summarizer.summarize(text)))
