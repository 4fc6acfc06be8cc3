"""Train the packaged models: ``python models/build.py --data DIR [NAME...]``, or ``make models DATA=DIR``.

DIR holds the corpora (see README.md beside this file); nothing of them goes into the project but the models. Each recipe below
says what is learned from what, under which licence that is, and with which seed; its score is measured on data that the scored
model has not seen, and stands in the manifest of the model.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import click

from nlptk.corpus import read_lines, read_tokens
from nlptk.data.packaged import FOLDER
from nlptk.segment import BigramSegmenter, evaluate_segmentation
from nlptk.segment.trained import TaggedSegmenter
from nlptk.tagging import EntityTagger, PosTagger
from nlptk.tagging.component import default_tagger
from nlptk.tagging.data import Labelled, read_labelled

RESEARCH = "research only"
UD = "CC BY-SA 4.0"


class Recipe(NamedTuple):
    """What makes a model: ``make(data folder)`` gives the model to save and its scores."""

    make: Callable[[Path], tuple[Any, dict[str, float]]]
    training_data: str
    licence: str


def main(data: Path, names: tuple[str, ...], output: Path) -> None:
    output.mkdir(parents=True, exist_ok=True)
    for name in names or tuple(RECIPES):
        recipe, started = RECIPES[name], time.perf_counter()
        model, scores = recipe.make(data)
        path = output / f"{name}.nlptk"
        model.save(path, licence=recipe.licence, training_data=recipe.training_data, scores=scores)
        shown = ", ".join(f"{measure} {score}" for measure, score in scores.items())
        click.echo(f"{name}: {path.stat().st_size / 1e6:.2f} MB, {shown}; {time.perf_counter() - started:.0f} s")


# ---- words


def words_f1(segmenter: TaggedSegmenter | BigramSegmenter, gold: list[list[str]]) -> float:
    """F1 of words, as the bakeoff scorer counts them."""
    return round(evaluate_segmentation(gold, [segmenter.cut("".join(words)) for words in gold]).f1, 4)


def bakeoff(train: str, gold: str, prune: float) -> Callable[[Path], tuple[Any, dict[str, float]]]:
    """A segmenter trained and tested as in the closed track of a SIGHAN bakeoff."""

    def make(data: Path) -> tuple[Any, dict[str, float]]:
        model = TaggedSegmenter(prune=prune).fit(read_tokens(data / "seg" / train))
        return model, {"F1 on the bakeoff's test": words_f1(model, list(read_tokens(data / "seg" / gold)))}

    return make


def segment_ud(segmenter: TaggedSegmenter | BigramSegmenter) -> Callable[[Path], tuple[Any, dict[str, float]]]:
    """Words of UD."""

    def make(data: Path) -> tuple[Any, dict[str, float]]:
        train, test = (
            [[row[0] for row in rows] for rows in read_labelled(data / "ud" / f"zh_gsd14simp_{part}.conll").X]
            for part in ("train", "test")
        )
        model = segmenter.fit(train)
        return model, {"F1 on the test part": words_f1(model, test)}

    return make


# ---- parts of speech


def people_daily(data: Path) -> Labelled:
    """Words and tags of the People's Daily, without brackets around names and the article number in front."""
    X, y = [], []
    for line in read_lines(data / "seg" / "pfr199801_tagged.txt"):
        pairs = [token.rpartition("/")[::2] for token in re.sub(r"\[|\]\S*", "", line).split()]
        if pairs and re.fullmatch(r"\d{8}-.*", pairs[0][0]):
            pairs = pairs[1:]
        if pairs:
            X.append([[word] for word, _ in pairs])
            y.append([tag for _, tag in pairs])
    return Labelled(X, y, "tagged")


def tag_people_daily(data: Path) -> tuple[Any, dict[str, float]]:
    """Scored by a model of the first nine tenths on the last tenth; the packaged one learns from all."""
    X, y, _ = people_daily(data)
    cut = len(X) * 9 // 10

    def fit(X: Any, y: Any) -> PosTagger:
        return PosTagger(default_tagger("perceptron", min_freq=2, seed=0)).fit(X, y).quantize(8, 0.08, names=False)

    score = fit(X[:cut], y[:cut]).score(X[cut:], y[cut:])
    return fit(X, y), {"accuracy on the last tenth, trained on the rest": round(score, 4)}


def tag_ud(data: Path) -> tuple[Any, dict[str, float]]:
    """Universal parts of speech, with full-width and half-width punctuation: the corpus has only the latter, texts have both."""
    train, test = (read_labelled(data / "ud" / f"zh_gsd14simp_{part}.conll") for part in ("train", "test"))
    wide = [[[word] for word in full_width([row[0] for row in rows])] for rows in train.X]
    model = PosTagger(default_tagger("perceptron", min_freq=2, seed=0)).fit([*train.X, *wide], [*train.y, *train.y])
    model.quantize(8, 0.1, names=False)
    return model, {"accuracy on the test part": round(model.score(test.X, test.y), 4)}


_WIDE = str.maketrans(",.;:?!()", "，。；：？！（）")


def full_width(words: list[str]) -> list[str]:
    """Words with punctuation as Chinese print has it; signs inside other words stay."""
    return [word.translate(_WIDE) if len(word) == 1 else word for word in words]


# ---- names


def entities_msra(data: Path) -> tuple[Any, dict[str, float]]:
    train, test = (read_labelled(data / "ner" / "msra" / f"msra_{part}.bio") for part in ("train", "test"))
    learner = default_tagger("crf", "ner", min_freq=5, seed=0)
    model = EntityTagger(learner).fit(train.X, train.y).quantize(8, 0.28, names=False)
    return model, {"F1 on the test part": round(model.evaluate(test.X, test.y).f1, 4)}


RECIPES = {
    "zh-seg-pku": Recipe(
        bakeoff("pku_train.utf8", "pku_gold.utf8", 0.4), "SIGHAN 2005 bakeoff, PKU: People's Daily, January 1998", RESEARCH
    ),
    "zh-seg-msr": Recipe(bakeoff("msr2006_train.utf8", "msr_gold.utf8", 0.4), "SIGHAN 2006 bakeoff, MSRA", RESEARCH),
    "zh-seg-ud": Recipe(segment_ud(TaggedSegmenter(prune=0.3)), "Universal Dependencies, Chinese GSD 1.4, simplified", UD),
    "zh-seg-bigram": Recipe(segment_ud(BigramSegmenter()), "Universal Dependencies, Chinese GSD 1.4, simplified", UD),
    "zh-pos-pku": Recipe(tag_people_daily, "People's Daily, January 1998, Peking University", RESEARCH),
    "zh-pos-ud": Recipe(tag_ud, "Universal Dependencies, Chinese GSD 1.4, simplified", UD),
    "zh-ner-msra": Recipe(entities_msra, "MSRA named entities, SIGHAN 2006 bakeoff", RESEARCH),
}


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(list(RECIPES)))
@click.option(
    "--data", required=True, type=click.Path(exists=True, file_okay=False, path_type=Path), help="Folder of the corpora."
)
@click.option("-o", "--output", default=FOLDER, type=click.Path(file_okay=False, path_type=Path), show_default=True)
def build(names: tuple[str, ...], data: Path, output: Path) -> None:
    """Train packaged models, all or those named."""
    main(data, names, output)


if __name__ == "__main__":
    build()
