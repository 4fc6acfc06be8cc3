"""``nlptk evaluate``: one command a task."""

from __future__ import annotations

import click

from . import options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..tagging.evaluation import Evaluation

_restrict = click.option(
    "--restrict", default=300_000, show_default=True, type=click.IntRange(1), metavar="N", help="Only the first N words."
)


@click.group()
def evaluate() -> None:
    """Compare results with a gold standard."""


@evaluate.command("segment")
@click.argument("gold")
@click.argument("predicted")
@click.option("--lexicon", metavar="F", help="Words known in training, one a line: adds OOV and IV recall.")
@click.option("--format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@options.encoding
def segment(gold: str, predicted: str, lexicon: str | None, format: str, encoding: str) -> None:
    """Precision, recall and F1 of segmented text, words separated by blanks, as the SIGHAN bakeoff scorer counts.

    \b
    Example:
      nlptk evaluate segment gold.txt predicted.txt --lexicon training_words.txt
    """
    from ..corpus.lines import read_lines, read_tokens
    from ..errors import CorpusFormatError
    from ..segment.evaluate import evaluate_segmentation

    known = None if lexicon is None else {word for line in read_lines(lexicon, encoding) for word in line.split()}
    try:
        score = evaluate_segmentation(
            read_tokens(gold, encoding, keep_empty=True), read_tokens(predicted, encoding, keep_empty=True), known
        )
    except CorpusFormatError as error:
        raise (
            error
            if error.path
            else CorpusFormatError(str(error).partition(": ")[2] or str(error), path=predicted, line=error.line)
        ) from None
    rows: list[tuple[str, float]] = [("precision", score.precision), ("recall", score.recall), ("F1", score.f1)]
    if known is not None:
        rows += [("OOV rate", score.oov_rate), ("OOV recall", score.oov_recall), ("IV recall", score.iv_recall)]
    if format == "json":
        import json

        counts = score._asdict()
        click.echo(json.dumps({name.replace(" ", "_"): round(value, 6) for name, value in rows} | counts))
        return
    click.echo(f"words        {score.gold} gold, {score.predicted} predicted, {score.correct} correct")
    for name, value in rows:
        click.echo(f"{name:<12} {value:.4f}")


@evaluate.command("lm")
@click.argument("model")
@click.argument("file")
@click.option("--format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@options.encoding
@options.on_error
def lm(model: str, file: str, format: str, encoding: str, on_error: str) -> None:
    """Perplexity of a text under a language model, a sentence a line, words separated by blanks; with and without unknown words.

    \b
    Example:
      nlptk evaluate lm model.nlptk test.txt
    """
    from ..corpus.files import display_name
    from ..corpus.lines import read_lines
    from ..errors import CorpusFormatError
    from ..lm.evaluation import evaluate
    from ..lm.model import NgramLM

    options.check_one_stdin([model, file])
    found = evaluate(NgramLM.load(model, verify=True), read_lines(file, encoding, on_error))
    if not found.sentences:
        raise CorpusFormatError("not a line of text, expected a sentence a line", path=display_name(file, "<stdin>"))
    if format == "json":
        import json
        from math import isfinite

        click.echo(json.dumps({name: value if isfinite(value) else None for name, value in found._asdict().items()}))
        return
    click.echo(f"{'perplexity':<22} {found.perplexity:.4f}")
    click.echo(f"{'perplexity without OOV':<22} {found.perplexity_without_oov:.4f}")
    for name, count in (("OOV", found.oov), ("words", found.words), ("sentences", found.sentences)):
        click.echo(f"{name:<22} {count}")


@evaluate.command("tag")
@click.argument("gold")
@click.argument("predicted", required=False)
@click.option("--model", metavar="F", help="Predict with this model, in place of PREDICTED.")
@click.option("--data-format", type=click.Choice(["auto", "columns", "tagged", "conllu"]), default="auto", show_default=True)
@click.option(
    "--confusions", default=10, show_default=True, type=click.IntRange(0), metavar="N", help="Most frequent mistakes to show."
)
@click.option("--format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@options.encoding
def tag(
    gold: str, predicted: str | None, model: str | None, data_format: str, confusions: int, format: str, encoding: str
) -> None:
    """Accuracy of labels such as parts of speech; precision, recall and F1 of each label; what was mistaken for what.

    GOLD and PREDICTED are word/tag text, columns with the label last, or CoNLL-U, with the same words.

    \b
    Examples:
      nlptk evaluate tag gold.txt predicted.txt
      nlptk evaluate tag gold.txt --model pos.nlptk --format json
    """
    from ..tagging.evaluation import evaluate_labels

    _show(evaluate_labels(*_labels(gold, predicted, model, "pos", data_format, encoding)), confusions, format)


@evaluate.command("ner")
@click.argument("gold")
@click.argument("predicted", required=False)
@click.option("--model", metavar="F", help="Predict with this model, in place of PREDICTED.")
@click.option(
    "--scheme", metavar="NAME", help="Count only spans that keep to BIO, IOB1, BIOES, BMES or BILOU: seqeval's strict mode."
)
@click.option("--data-format", type=click.Choice(["auto", "columns", "tagged", "conllu"]), default="auto", show_default=True)
@click.option(
    "--confusions", default=10, show_default=True, type=click.IntRange(0), metavar="N", help="Most frequent mistakes to show."
)
@click.option("--format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@options.encoding
def ner(
    gold: str,
    predicted: str | None,
    model: str | None,
    scheme: str | None,
    data_format: str,
    confusions: int,
    format: str,
    encoding: str,
) -> None:
    """Precision, recall and F1 of entities or chunks, as conlleval and seqeval count them.

    GOLD and PREDICTED are columns with a label such as B-PER last, and the same items in the first one.

    \b
    Examples:
      nlptk evaluate ner gold.bio predicted.bio
      nlptk evaluate ner gold.bio --model ner.nlptk --scheme BIO
    """
    import re

    from ..errors import CorpusFormatError, ParameterError
    from ..tagging.evaluation import evaluate_spans
    from ..tagging.schemes import check_letters

    ours, theirs = _labels(gold, predicted, model, "ner", data_format, encoding)
    try:
        check_letters((), scheme)
        found = evaluate_spans(ours, theirs, scheme)
    except ParameterError as error:
        place = re.match(r"sequence (\d+), item (\d+): (.*)", str(error))
        if place is None:
            raise
        raise CorpusFormatError(f"{place[3]} (for other labels: nlptk evaluate tag)", path=gold) from None
    _show(found, confusions, format)


def _labels(
    gold: str, predicted: str | None, model: str | None, task: str, data_format: str, encoding: str
) -> tuple[list[list[str]], list[list[str]]]:
    """The labels of both sides."""
    from ..tagging.data import read_labelled, same_items

    if (predicted is None) == (model is None):
        raise click.UsageError("expected either PREDICTED or --model")
    ours = read_labelled(gold, data_format, encoding=encoding)
    if predicted is not None:
        theirs = read_labelled(predicted, data_format, encoding=encoding)
        same_items(gold, ours, predicted, theirs, encoding)
        return ours.y, theirs.y
    from ..errors import ModelFormatError, ParameterError
    from ..tagging.data import located
    from .packaged import load_model

    assert model is not None
    tagger = load_model(task, model)
    if not hasattr(tagger, "labels_"):
        raise ModelFormatError(f"holds a {tagger.kind}, expected a tagger", path=model)
    try:
        return ours.y, tagger.predict(ours.X)
    except ParameterError as error:
        raise located(error, [(gold, ours)], encoding) from None


def _show(found: Evaluation, confusions: int, format: str) -> None:
    if format == "json":
        import json

        click.echo(json.dumps(found.to_dict(), ensure_ascii=False))
        return
    total = found.total
    click.echo(f"{'accuracy':<12} {found.accuracy:.4f}  ({found.correct_items} of {found.items})")
    if found.unit == "spans":
        click.echo(f"{'spans':<12} {total.gold} gold, {total.predicted} predicted, {total.correct} correct")
        for name, value in (("precision", found.precision), ("recall", found.recall), ("F1", found.f1)):
            click.echo(f"{name:<12} {value:.4f}")
    click.echo()
    click.echo(found.table())
    mistakes = found.confusions(confusions)
    if mistakes:
        click.echo("\ngold -> predicted, times")
        for label, other, count in mistakes:
            click.echo(f"{label} -> {other}  {count}")


@evaluate.command("analogy")
@click.argument("vectors")
@click.argument("questions")
@click.option("--method", type=click.Choice(["3cosadd", "3cosmul"]), default="3cosadd", show_default=True)
@_restrict
@click.option("--case-sensitive", is_flag=True, help="Do not take all words in capitals.")
@click.option("--dummy4unknown", is_flag=True, help="Questions with unknown words count as answered wrongly.")
@click.option("--format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@options.on_error
def analogy(
    vectors: str,
    questions: str,
    method: str,
    restrict: int,
    case_sensitive: bool,
    dummy4unknown: bool,
    format: str,
    on_error: str,
) -> None:
    """Share of analogies that word vectors answer rightly, by section, as gensim and word2vec count.

    QUESTIONS has four words a line, in sections that begin with `: name`. VECTORS is a file in any format.

    \b
    Example:
      nlptk evaluate analogy vectors.bin questions-words.txt
    """
    from ..vectors.evaluation import evaluate_analogies
    from .vectors import open_vectors

    found = evaluate_analogies(
        open_vectors(vectors),
        questions,
        method=method,
        restrict_vocab=restrict,
        case_insensitive=not case_sensitive,
        dummy4unknown=dummy4unknown,
        on_error=on_error,
    )
    if format == "json":
        import json

        click.echo(json.dumps(found.to_dict(), ensure_ascii=False))
    else:
        click.echo(found.table())


@evaluate.command("similarity")
@click.argument("vectors")
@click.argument("pairs")
@_restrict
@click.option("--case-sensitive", is_flag=True, help="Do not take all words in capitals.")
@click.option("--dummy4unknown", is_flag=True, help="Pairs with unknown words have the similarity 0.")
@click.option("--format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@options.on_error
def similarity(
    vectors: str, pairs: str, restrict: int, case_sensitive: bool, dummy4unknown: bool, format: str, on_error: str
) -> None:
    """Correlation of cosines with people's judgements of similarity, by rank (Spearman) and by value (Pearson).

    PAIRS has two words and a number a line, parted by tabs or blanks. VECTORS is a file in any format.

    \b
    Example:
      nlptk evaluate similarity vectors.bin wordsim353.tsv
    """
    from ..vectors.evaluation import evaluate_similarity
    from .vectors import open_vectors

    found = evaluate_similarity(
        open_vectors(vectors),
        pairs,
        restrict_vocab=restrict,
        case_insensitive=not case_sensitive,
        dummy4unknown=dummy4unknown,
        on_error=on_error,
    )
    if format == "json":
        import json

        click.echo(json.dumps(found.to_dict(), ensure_ascii=False))
        return
    click.echo(f"{'Spearman':<12} {found.spearman:.4f}")
    click.echo(f"{'Pearson':<12} {found.pearson:.4f}")
    click.echo(f"{'pairs':<12} {found.pairs}, {found.unknown} of them with a word without a vector")
