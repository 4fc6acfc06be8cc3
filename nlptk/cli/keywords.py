"""``nlptk keywords``."""

from __future__ import annotations

import click

from . import options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..keywords.extractor import KeywordExtractor, Keywords


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@options.output
@click.option(
    "--method",
    type=click.Choice(["tf", "tfidf", "textrank"]),
    default="tfidf",
    show_default=True,
    help="By frequency; by frequency and rarity; by the company words keep.",
)
@click.option("--top", default=20, show_default=True, type=click.IntRange(0), metavar="N", help="At most; 0: all.")
@click.option("--pos", metavar="TAGS", help="Parts of speech that are wanted, as in n,vn,nr*; Latin words are eng.")
@click.option(
    "--per",
    type=click.Choice(["line", "file"]),
    default="file",
    show_default=True,
    help="Whether a line or a whole file is one document.",
)
@click.option("--idf", metavar="F", help="Lines `word value`, or a saved TfidfKeywords; for --method tfidf.")
@click.option("--phrases/--no-phrases", default=False, help="Whether to join adjacent words to terms.")
@click.option("--stopwords", metavar="F", help="In place of the packaged list: one word a line.")
@click.option("--format", type=click.Choice(["text", "jsonl"]), default="text", show_default=True)
@options.encoding
def keywords(
    files: tuple[str, ...],
    output: str,
    method: str,
    top: int,
    pos: str | None,
    per: str,
    idf: str | None,
    phrases: bool,
    stopwords: str | None,
    format: str,
    encoding: str,
) -> None:
    """Find the words that say what a text is about. FILE may be compressed; - is standard input.

    \b
    Text output: --per file: one keyword a line, a tab, its weight; several files each begin with ==> name <==.
                 --per line: for each line of input one line, keywords separated by tabs.

    \b
    Examples:
      nlptk keywords news.txt --method textrank --top 10
      nlptk keywords abstracts.txt --per line --phrases --format jsonl -o keys.jsonl
    """
    from ..corpus.files import display_name
    from ..corpus.lines import write_lines

    extractor = _extractor(method, top, pos, idf, phrases, stopwords)
    extractor.fit()  # a wrong option shows before any output

    def lines() -> Iterator[str]:
        for file in files:
            name = display_name(file, "<stdin>")
            if format == "text" and per == "file" and len(files) > 1:
                yield f"==> {name} <=="
            for number, text in _texts(file, per, encoding):
                found = extractor.extract(text)
                yield from _jsonl(name, number, found) if format == "jsonl" else _text(per, found)

    write_lines(output, lines())


def _extractor(method: str, top: int, pos: str | None, idf: str | None, phrases: bool, stopwords: str | None) -> KeywordExtractor:
    from pathlib import Path

    tags = None if pos is None else tuple(tag.strip() for tag in pos.split(",") if tag.strip())
    if tags == ():
        raise click.BadParameter(f"{pos!r} names no part of speech", param_hint="--pos")
    if idf is not None and method != "tfidf":
        raise click.BadParameter("is for --method tfidf only", param_hint="--idf")
    stop = "default" if stopwords is None else Path(stopwords)
    if method == "tfidf":
        from ..keywords.tfidf import TfidfKeywords

        return TfidfKeywords(top_k=top, phrases=phrases, stop_words=stop, pos=tags, idf=idf)
    if method == "tf":
        from ..keywords.frequency import TermFrequency

        return TermFrequency(top_k=top, phrases=phrases, stop_words=stop, pos=tags)
    from ..keywords.textrank import TextRank

    return TextRank(top_k=top, phrases=phrases, stop_words=stop, pos=tags)


def _texts(file: str, per: str, encoding: str) -> Iterator[tuple[int | None, str]]:
    from ..corpus.lines import read_lines

    lines = read_lines(file, encoding)
    if per == "line":
        yield from enumerate(lines, 1)
    else:
        yield None, "\n".join(lines)


def _text(per: str, found: Keywords) -> Iterator[str]:
    if per == "line":
        yield "\t".join(term for term, _ in found)
    else:
        for term, weight in found:
            yield f"{term}\t{weight:.6g}"


def _jsonl(name: str, number: int | None, found: Keywords) -> Iterator[str]:
    import json

    record: dict[str, object] = {"file": name}
    if number is not None:
        record["line"] = number
    yield json.dumps(record | {"keywords": found}, ensure_ascii=False)
