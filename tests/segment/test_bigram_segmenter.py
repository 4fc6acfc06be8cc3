"""BigramSegmenter: fitting, other paths than the best, its file, user words, bad input."""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import nlptk
from nlptk import BigramSegmenter, Doc, NgramLM, container
from nlptk.errors import CorpusFormatError, ModelFormatError, NlptkError, NotFittedError, ParameterError
from tests import strategies
from tests.behaviour import TEXTS, ComponentBehaviour, EstimatorBehaviour
from tests.reference import bigram as reference

CORPORA = Path(__file__).parents[2] / "corpora"
TRAIN = CORPORA / "segmented.zh.txt"
SENTENCE = "李小福是创新办主任也是云计算方面的专家"


@cache
def fitted() -> BigramSegmenter:
    return BigramSegmenter().fit(TRAIN)


class Behaviour(ComponentBehaviour, EstimatorBehaviour):
    def predictions(self, estimator: BigramSegmenter) -> list[list[str]]:
        return estimator.transform([*TEXTS, SENTENCE, "我用C++ 语言写a b"])


class TestDefault(Behaviour):
    def make(self) -> BigramSegmenter:
        return BigramSegmenter().fit(TRAIN)


class TestParameters(Behaviour):
    def make(self) -> BigramSegmenter:
        return BigramSegmenter(weight=0.2, characters=0.5, hmm=False).fit(TRAIN)


class TestPruned(Behaviour):
    def make(self) -> BigramSegmenter:
        return BigramSegmenter(prune=2.0).fit(TRAIN)


class TestUserWords(Behaviour):
    def make(self) -> BigramSegmenter:
        return BigramSegmenter(userdict=[("云计算", 50, "n"), ("创新办",), "C++ 语言", ("a b", 3)]).fit(TRAIN)


class TestForced(Behaviour):
    def make(self) -> BigramSegmenter:
        return BigramSegmenter(userdict=["云计算", "C++ 语言"], user_priority="force").fit(TRAIN)


# ---- learning


def test_file_lines_and_lists_teach_the_same(tmp_path: Path) -> None:
    lines = TRAIN.read_text("utf-8").split("\n")
    sources: list[Any] = [str(TRAIN), lines, [line.split() for line in lines], (line.split() for line in lines)]
    files = []
    for number, source in enumerate(sources):
        BigramSegmenter().fit(source).save(tmp_path / f"{number}.nlptk")
        files.append((tmp_path / f"{number}.nlptk").read_bytes())
    assert len(set(files)) == 1


def test_it_learns_what_it_is_taught() -> None:
    lines = [line for line in TRAIN.read_text("utf-8").split("\n") if line]
    right = total = 0
    for line in lines:
        words = line.split()
        right += sum(a == b for a, b in zip(fitted().cut("".join(words)), words, strict=False))
        total += len(words)
    assert right / total > 0.95


def test_the_dictionary_has_shapes_and_counts() -> None:
    segmenter = BigramSegmenter().fit(["１９９８年 好", "2024年 ABC 好"])
    assert segmenter.dictionary_.frequency("0年") == 2
    assert segmenter.dictionary_.frequency("a") == 1
    assert segmenter.dictionary_.frequency("好") == 2


@pytest.mark.parametrize("weight", [-0.1, 1, math.nan, 2])
def test_weight_must_be_a_part(weight: float) -> None:
    with pytest.raises(ParameterError, match="weight"):
        BigramSegmenter(weight=weight).fit(TRAIN)


@pytest.mark.parametrize("characters", [-1, math.nan, 17])
def test_characters_must_be_a_factor(characters: float) -> None:
    with pytest.raises(ParameterError, match="characters"):
        BigramSegmenter(characters=characters).fit(TRAIN)


def test_priority_must_be_known() -> None:
    with pytest.raises(ParameterError, match="weight, force"):
        BigramSegmenter(user_priority="never").fit(TRAIN)


@pytest.mark.parametrize("prune", [-0.1, math.nan, math.inf])
def test_prune_must_be_a_difference(prune: float) -> None:
    with pytest.raises(ParameterError, match="prune"):
        BigramSegmenter(prune=prune).fit(TRAIN)


@pytest.mark.parametrize("content", ["", "\n\n \n", "没有空格的一行\n又是一行\n"])
def test_a_file_that_is_not_segmented(tmp_path: Path, content: str) -> None:
    path = tmp_path / "train.txt"
    path.write_text(content, "utf-8")
    with pytest.raises(CorpusFormatError, match=r"train\.txt: no .*expected segmented text"):
        BigramSegmenter().fit(path)


@pytest.mark.parametrize("sentences", [[["a", ""]], [["a", "b c"]], [["a", "\t"]], [["a", 1]], [["a", None]], []])
def test_words_that_are_none(sentences: Any) -> None:
    with pytest.raises(ParameterError):
        BigramSegmenter().fit(sentences)


def test_a_word_that_is_too_long(tmp_path: Path) -> None:
    path = tmp_path / "train.txt"
    path.write_text("长" * 70_000 + " 短\n", "utf-8")
    with pytest.raises(CorpusFormatError, match=r"train\.txt: a word of 70000 characters .*at most 65535"):
        BigramSegmenter().fit(path)
    BigramSegmenter().fit([["长" * 65_535, "短"]])


@pytest.mark.parametrize("sign", ["「", "。", "(", "😀", "★", "￥", "\x00", "\ufeff"])
def test_signs_that_training_lacks_stand_alone(sign: str) -> None:
    segmenter = BigramSegmenter().fit(["他 说 你 好", "我们 去 公园 玩 吧", "李小福 是 主任"])
    for text in (f"他说{sign}你好", f"{sign}鼯鼠{sign}", f"咳{sign}痰{sign}咳"):
        assert segmenter.cut(text).count(sign) == text.count(sign)


def test_not_fitted() -> None:
    with pytest.raises(NotFittedError):
        BigramSegmenter().cut("好")
    with pytest.raises(NotFittedError):
        BigramSegmenter().dictionary_  # noqa: B018


# ---- user words


def test_user_words() -> None:
    assert "云计算" in fitted().cut(SENTENCE, userdict=["云计算"])
    assert "云计算" not in fitted().cut("学云计算机")
    segmenter = BigramSegmenter(userdict=["云计算", ("创新办", 5)]).fit(TRAIN)
    assert {"云计算", "创新办"} <= set(segmenter.cut(SENTENCE))
    assert "方面" in segmenter.set_params(userdict={"方面": 100}).cut(SENTENCE)


# ---- other paths


@given(
    st.lists(st.lists(st.text("甲乙丙a1", min_size=1, max_size=3), min_size=2, max_size=5), min_size=1, max_size=5),
    st.text("甲乙丙a1 \r\n", max_size=6),
    st.integers(1, 40),
)
def test_the_n_best_are_those_of_the_enumeration(sentences: list[list[str]], text: str, n: int) -> None:
    segmenter = BigramSegmenter().fit(sentences)
    found = segmenter.n_best(text, n)
    slow = reference.paths(reference.fit(sentences), text)[:n]
    assert [round(-path.score * 1024) for path in found] == [cost for cost, _ in slow]
    assert all("".join(path.words) == text for path in found)
    assert len({tuple(path.words) for path in found}) == len(found)


@given(strategies.text())
def test_the_best_of_the_n_best_costs_what_cut_finds(text: str) -> None:
    best = fitted().n_best(text, 1)
    assert "".join(best[0].words) == text
    assert all(arc.weight == 0 for arc in fitted().explain(text).path)


def test_n_best_of_a_long_text() -> None:
    found = fitted().n_best(SENTENCE * 40, 10)
    assert len(found) == 10
    assert [path.score for path in found] == sorted((path.score for path in found), reverse=True)


@pytest.mark.parametrize("n", [0, -1])
def test_n_best_of_none(n: int) -> None:
    with pytest.raises(ParameterError, match="1 or more"):
        fitted().n_best("好", n)


def test_forced_words_have_no_n_best() -> None:
    segmenter = BigramSegmenter(userdict=["云计算"], user_priority="force").fit(TRAIN)
    for call in (lambda: segmenter.n_best("好"), lambda: segmenter.rescore("好", language_model())):
        with pytest.raises(ParameterError, match="forced"):
            call()


@cache
def language_model(order: int = 3) -> NgramLM:
    return NgramLM(order=order).fit(TRAIN)


@cache
def slow_model() -> reference.Model:
    return reference.fit([line.split() for line in TRAIN.read_text("utf-8").split("\n")])


@given(
    st.lists(st.sampled_from(["我们", "在", "学习", "的", "2024", "x", " ", "龘", "\r\n"]), max_size=4).map("".join),
    st.integers(1, 4),
    st.sampled_from([0.0, 0.3, 1.0]),
)
def test_rescoring_costs_what_the_best_of_all_paths_costs(text: str, order: int, weight: float) -> None:
    lm = language_model(order)
    found = fitted().rescore(text, lm, weight, beam=10_000)
    assert "".join(found.words) == text
    assert -found.score * 1024 == pytest.approx(reference.rescored(slow_model(), text, lm, weight), abs=0.1)


def test_rescoring_without_weight_is_the_bigram_model() -> None:
    found = fitted().rescore(SENTENCE, language_model(), weight=0)
    best = fitted().n_best(SENTENCE, 1)[0]
    assert found.words == best.words
    assert found.score == pytest.approx(best.score)


@pytest.mark.parametrize("bad", [{"weight": -1}, {"weight": 2}, {"weight": math.nan}, {"beam": 0}])
def test_rescoring_parameters(bad: Any) -> None:
    with pytest.raises(ParameterError):
        fitted().rescore("好", language_model(), **bad)


@given(strategies.text())
def test_explained_path_is_the_segmentation(text: str) -> None:
    lattice = fitted().explain(text)
    assert [arc.word for arc in lattice.path if arc.word != ""] == fitted().cut(text)
    assert all(arc.weight <= 0 for arc in lattice.arcs)


@given(
    st.lists(st.lists(st.text("甲乙丙a1", min_size=1, max_size=3), min_size=2, max_size=5), min_size=1, max_size=5),
    st.text("甲乙丙a1 ，", max_size=6),
)
def test_explained_weights_compare_the_best_paths(sentences: list[list[str]], text: str) -> None:
    """The weight of a word: how much worse than the best path the best one with this word is, among all."""
    best: dict[tuple[int, int], int] = {}
    ranked = reference.paths(reference.fit(sentences), text)
    for cost, words in ranked:
        at = 0
        for word in words:
            best.setdefault((at, at + len(word)), cost)
            at += len(word)
    lattice = BigramSegmenter().fit(sentences).explain(text)
    assert {(arc.start, arc.end): round(-arc.weight * 1024) for arc in lattice.arcs} == {
        span: cost - ranked[0][0] for span, cost in best.items()
    }


def test_explained_words_of_the_user() -> None:
    segmenter = BigramSegmenter(userdict=["云计算", ("方面", 0)]).fit(TRAIN)
    sources = {arc.word: arc.source for arc in segmenter.explain(SENTENCE).arcs}
    assert (sources["云计算"], sources["也"]) == ("user", "dictionary")
    assert "user" not in {arc.source for arc in fitted().explain(SENTENCE).arcs}


def test_explained_forced_words() -> None:
    segmenter = BigramSegmenter(userdict=["云计算"], user_priority="force").fit(TRAIN)
    assert [arc.word for arc in segmenter.explain(SENTENCE).path] == segmenter.cut(SENTENCE)


# ---- files


def test_file_keeps_user_words(tmp_path: Path) -> None:
    BigramSegmenter(userdict=["云计算", ("创新办", 0)]).fit(TRAIN).save(tmp_path / "m.nlptk", licence="MIT")
    loaded = nlptk.load(tmp_path / "m.nlptk", licence="MIT")
    assert isinstance(loaded, BigramSegmenter)
    assert "云计算" in loaded.cut(SENTENCE)
    doc = Doc(SENTENCE)
    loaded.annotate([doc])
    assert doc.words == loaded.cut(SENTENCE)


def test_a_file_of_an_older_layout(tmp_path: Path) -> None:
    fitted().save(tmp_path / "m.nlptk")
    stored = container.open(tmp_path / "m.nlptk")
    arrays = {name: stored.array(name) for name in stored.names()}
    del stored.learned["layout"]
    container.write(tmp_path / "old.nlptk", stored.kind, arrays, parameters=stored.parameters, learned=stored.learned)
    with pytest.raises(ModelFormatError, match=r"old\.nlptk: a bigram segmenter in layout 1, .*train it again"):
        nlptk.load(tmp_path / "old.nlptk")


@pytest.mark.slow
def test_ten_thousand_mutations(tmp_path: Path) -> None:
    """A damaged file is refused, or harmless: every text still comes back whole."""
    import random

    rng = random.Random(4)
    BigramSegmenter(userdict=["云计算"]).fit(TRAIN).save(tmp_path / "good.nlptk")
    good = (tmp_path / "good.nlptk").read_bytes()
    bad = tmp_path / "bad.nlptk"
    for round_ in range(10_000):
        data = bytearray(good)
        if round_ % 3 == 0:
            data = data[: rng.randrange(len(data))]
        else:
            for _ in range(rng.randrange(1, 4)):
                data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        bad.write_bytes(data)
        with pytest.raises(NlptkError):
            nlptk.load(bad, verify=True)
        try:
            loaded = nlptk.load(bad, verify=False)
        except ModelFormatError:
            continue
        assert "".join(loaded.cut(SENTENCE)) == SENTENCE


def test_pickles_what_it_learned(tmp_path: Path) -> None:
    import pickle

    fitted().save(tmp_path / "m.nlptk")
    for segmenter in (fitted(), BigramSegmenter.load(tmp_path / "m.nlptk")):
        again = pickle.loads(pickle.dumps(segmenter))
        assert again.cut(SENTENCE) == fitted().cut(SENTENCE)
