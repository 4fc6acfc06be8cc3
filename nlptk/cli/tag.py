"""``nlptk tag``."""

from __future__ import annotations

import click

from . import options


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@options.output
@click.option(
    "--model", type=click.Choice(["jieba"]), default="jieba", show_default=True, help="jieba: the tags of jieba.posseg."
)
@click.option("--hmm/--no-hmm", default=True, help="Whether to join single characters into unknown words.")
@click.option("--format", type=click.Choice(["text", "jsonl", "tsv"]), default="text", show_default=True)
@options.encoding
@options.on_error
def tag(files: tuple[str, ...], output: str, model: str, hmm: bool, format: str, encoding: str, on_error: str) -> None:
    """Split text into words with their parts of speech, line by line: word/tag, parted by blanks.

    \b
    Examples:
      nlptk tag news.txt
      echo 我爱北京天安门 | nlptk tag - --format tsv
    """
    import json

    from ..corpus.files import open_output
    from ..corpus.lines import read_lines
    from ..segment.tagged import PosSegmenter

    segmenter = PosSegmenter(hmm=hmm)
    with open_output(output) as target:
        for file in files:
            for line in read_lines(file, encoding, on_error):
                tagged = segmenter.cut(line)
                if format == "text":
                    out = " ".join(f"{word}/{flag}" for word, flag in tagged if word != " ")
                elif format == "jsonl":
                    words, flags = [word for word, _ in tagged], [flag for _, flag in tagged]
                    out = json.dumps({"words": words, "tags": flags}, ensure_ascii=False)
                else:
                    out = "".join(f"{_escaped(word)}\t{flag}\n" for word, flag in tagged)
                target.write(out.encode("utf-8", "surrogatepass") + b"\n")


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("\t", "\\t").replace("\r", "\\r")
