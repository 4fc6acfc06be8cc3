"""``nlptk tag``."""

from __future__ import annotations

import click

from . import options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@options.output
@click.option(
    "--model",
    default="jieba",
    show_default=True,
    metavar="NAME|F",
    help="jieba: the words and tags of jieba.posseg; a packaged model; or what train-tagger wrote.",
)
@click.option("--hmm/--no-hmm", default=True, help="jieba: whether to join single characters into unknown words.")
@click.option(
    "--algorithm",
    metavar="NAME|F",
    help="What splits into words, as in `nlptk segment`; not for jieba.  [default: the packaged segmenter trained on the same "
    "data, or else dictionary]",
)
@click.option("--segmented", is_flag=True, help="The words are there already, parted by blanks; not for jieba.")
@click.option("--format", type=click.Choice(["text", "jsonl", "tsv"]), default="text", show_default=True)
@options.threads
@options.encoding
@options.on_error
def tag(
    files: tuple[str, ...],
    output: str,
    model: str,
    hmm: bool,
    algorithm: str | None,
    segmented: bool,
    format: str,
    threads: int,
    encoding: str,
    on_error: str,
) -> None:
    """Split text into words with their parts of speech, line by line: word/tag, parted by blanks.

    \b
    Examples:
      nlptk tag news.txt
      echo 我爱北京天安门 | nlptk tag - --format tsv
      nlptk tag news.txt --model pku --threads 2
      nlptk tag words.txt --model my.nlptk --segmented
    """
    from ..corpus.files import open_output
    from ..corpus.lines import read_lines

    if segmented and algorithm is not None:
        raise click.UsageError("--segmented does not go with --algorithm")
    if model == "jieba":
        if segmented or algorithm is not None:
            raise click.UsageError(f"--{'segmented' if segmented else 'algorithm'} does not go with --model jieba")
        tagged = _jieba(hmm)
    else:
        tagged = _trained(model, algorithm, segmented, threads)
    write = {"text": _text, "jsonl": _jsonl, "tsv": _tsv}[format]
    with open_output(output) as target:
        for file in files:
            for words, tags in tagged(read_lines(file, encoding, on_error)):
                target.write(write(words, tags).encode("utf-8", "surrogatepass"))


def _jieba(hmm: bool) -> Callable[[Iterable[str]], Iterator[tuple[list[str], list[str]]]]:
    from ..segment.tagged import PosSegmenter

    segmenter = PosSegmenter(hmm=hmm)

    def tagged(lines: Iterable[str]) -> Iterator[tuple[list[str], list[str]]]:
        for line in lines:
            pairs = segmenter.cut(line)
            yield [word for word, _ in pairs], [flag for _, flag in pairs]

    return tagged


def _trained(
    model: str, algorithm: str | None, segmented: bool, threads: int
) -> Callable[[Iterable[str]], Iterator[tuple[list[str], list[str]]]]:
    from ..doc import Doc
    from ..errors import ModelFormatError
    from ..pipeline import Pipeline
    from .packaged import load_model, words_for

    tagger = load_model("pos", model)
    if getattr(tagger, "provides", ()) == ("words", "tags"):
        nlp = Pipeline([("tag", tagger)])
    elif getattr(tagger, "provides", ()) != ("tags",):
        raise ModelFormatError(f"holds a {tagger.kind}, expected a pos-tagger (train-tagger --task pos)", path=model)
    elif segmented:
        nlp = Pipeline([("tag", tagger)], given=("words",))
    else:
        nlp = Pipeline([("segment", words_for(algorithm, model)), ("tag", tagger)])

    def tagged(lines: Iterable[str]) -> Iterator[tuple[list[str], list[str]]]:
        texts = (Doc.from_words(line.split()) for line in lines) if segmented else lines
        for doc in nlp.pipe(texts, threads=threads):
            yield doc.words, doc.tags

    return tagged


def _text(words: list[str], tags: list[str]) -> str:
    return " ".join(f"{word}/{flag}" for word, flag in zip(words, tags, strict=True) if word != " ") + "\n"


def _jsonl(words: list[str], tags: list[str]) -> str:
    import json

    return json.dumps({"words": words, "tags": tags}, ensure_ascii=False) + "\n"


def _tsv(words: list[str], tags: list[str]) -> str:
    return "".join(f"{_escaped(word)}\t{flag}\n" for word, flag in zip(words, tags, strict=True)) + "\n"


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("\t", "\\t").replace("\r", "\\r")
