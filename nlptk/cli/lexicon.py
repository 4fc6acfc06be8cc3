"""``nlptk lexicon``: dictionaries as files."""

from __future__ import annotations

import os

import click

from . import options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..lexicon import Dictionary


@click.group()
def lexicon() -> None:
    """Build, extend and look into dictionaries."""


@lexicon.command()
@click.argument("files", nargs=-1, required=True, metavar="WORDLIST...")
@click.option("-o", "--output", required=True, metavar="OUT.nlptk")
@click.option("--licence", default="", help="Recorded in the file.")
@options.encoding
@options.on_error
def build(files: tuple[str, ...], output: str, licence: str, encoding: str, on_error: str) -> None:
    """Compile word lists (lines `word [frequency] [tag]`) into a dictionary that opens in milliseconds."""
    from ..lexicon import Dictionary

    dictionary = Dictionary.from_files(files, encoding=encoding, on_error=on_error)
    dictionary.save(output, licence=licence, training_data=", ".join(os.path.basename(f) for f in files))
    click.echo(f"{output}: {len(dictionary):,} words", err=output == "-")


@lexicon.command()
@click.argument("dictionary")
@click.argument("files", nargs=-1, required=True, metavar="WORDLIST...")
@click.option("-o", "--output", required=True, metavar="OUT.nlptk")
@options.encoding
@options.on_error
def add(dictionary: str, files: tuple[str, ...], output: str, encoding: str, on_error: str) -> None:
    """A dictionary with more words. DICTIONARY may be `default`, the packaged one."""
    base = _open(dictionary)
    grown = base.with_words(*files, encoding=encoding, on_error=on_error)
    grown.save(output)
    click.echo(f"{output}: {len(grown):,} words, {len(grown) - len(base):,} of them new", err=output == "-")


@lexicon.command()
@click.argument("dictionary", default="default")
def info(dictionary: str) -> None:
    """What a dictionary holds."""
    from collections import Counter

    found = _open(dictionary)
    items = found.items()
    tags = Counter(entry.tag for _, entry in items)
    longest = max((word for word, _ in items), key=len, default="")
    click.echo(f"words            {len(found):,}")
    click.echo(f"total frequency  {found.total:,}")
    click.echo(f"characters       {found.trie.n_codes - 1:,}")
    click.echo(f"states           {found.trie.n_cells:,}")
    click.echo(f"longest word     {longest} ({len(longest)} characters)")
    click.echo("commonest tags   " + ", ".join(f"{tag or '(none)'} {count:,}" for tag, count in tags.most_common(10)))


@lexicon.command()
@click.argument("dictionary", default="default")
@options.output
def dump(dictionary: str, output: str) -> None:
    """Write a dictionary as lines word TAB frequency TAB tag, in code point order."""
    from ..corpus.files import open_output

    with open_output(output) as file:
        for word, (frequency, tag) in _open(dictionary).items():
            file.write(f"{word}\t{frequency}\t{tag}".rstrip("\t").encode("utf-8", "surrogatepass") + b"\n")


def _open(path: str) -> Dictionary:
    from ..lexicon import Dictionary, packaged_dictionary

    return packaged_dictionary() if path == "default" else Dictionary.from_file(path)
