"""``nlptk ner``."""

from __future__ import annotations

import click

from . import options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..doc import Doc


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@options.output
@click.option(
    "--model", default="msra", show_default=True, metavar="NAME|F", help="A packaged model, or what train-tagger wrote."
)
@click.option("--format", type=click.Choice(["text", "jsonl", "tsv", "bio"]), default="text", show_default=True)
@options.threads
@options.encoding
@options.on_error
def ner(files: tuple[str, ...], output: str, model: str, format: str, threads: int, encoding: str, on_error: str) -> None:
    """Find named entities: people, places, organisations, or whatever the model was trained for. Line by line.

    \b
    text    the line with its entities in brackets: [小明/PER]在[北京大学/ORG]学习
    jsonl   an object a line: {"text": ..., "entities": [{"start": 0, "end": 2, "label": "PER", "text": "小明"}, ...]}
    tsv     an entity a line: start, end (in characters), label, text; an empty line after each line of the text
    bio     an item a line with its label, as training data has it

    \b
    Examples:
      nlptk ner news.txt
      echo 小明在北京大学学习 | nlptk ner - --format jsonl
      nlptk ner news.txt --model my.nlptk --threads 2 -o news.ner
    """
    from ..corpus.files import open_output
    from ..corpus.lines import read_lines
    from ..errors import ModelFormatError
    from ..pipeline import Pipeline
    from ..tagging import EntityTagger
    from .packaged import load_model, words_for

    tagger = load_model("ner", model)
    if not isinstance(tagger, EntityTagger) or tagger.provides != ("entities",):
        raise ModelFormatError(f"holds a {tagger.kind}, expected an entity-tagger (train-tagger --task ner)", path=model)
    steps = [("segment", words_for(None, "")), ("ner", tagger)] if tagger.requires else [("ner", tagger)]
    nlp = Pipeline(steps)
    write = {"text": _text, "jsonl": _jsonl, "tsv": _tsv, "bio": _bio}[format]
    with open_output(output) as target:
        for file in files:
            for doc in nlp.pipe(read_lines(file, encoding, on_error), threads=threads):
                target.write(write(doc).encode("utf-8", "surrogatepass"))


def _text(doc: Doc) -> str:
    out, at = [], 0
    for start, end, label in doc.entities:
        out += [doc.join(at, start), "[", doc.join(start, end), "/", label, "]"]
        at = end
    return "".join([*out, doc.join(at, len(doc)), "\n"])


def _offsets(doc: Doc) -> list[tuple[int, int, str, str]]:
    edges = [0, *doc.ends]
    return [(edges[start], edges[end], label, doc.join(start, end)) for start, end, label in doc.entities]


def _jsonl(doc: Doc) -> str:
    import json

    found = [dict(zip(("start", "end", "label", "text"), each, strict=True)) for each in _offsets(doc)]
    return json.dumps({"text": doc.text, "entities": found}, ensure_ascii=False) + "\n"


def _tsv(doc: Doc) -> str:
    return "".join(f"{start}\t{end}\t{label}\t{text}\n" for start, end, label, text in _offsets(doc)) + "\n"


def _bio(doc: Doc) -> str:
    from ..tagging.schemes import labels_of

    labels = labels_of(doc.entities, len(doc))
    return "".join(f"{word}\t{label}\n" for word, label in zip(doc.words, labels, strict=True) if not word.isspace()) + "\n"
