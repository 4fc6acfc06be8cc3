"""TaggedSegmenter: fitting, its file, user words, bad input."""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

import nlptk
from nlptk import Doc, TaggedSegmenter
from nlptk.errors import CorpusFormatError, ModelFormatError, NlptkError, NotFittedError, ParameterError
from tests import strategies
from tests.behaviour import TEXTS, ComponentBehaviour, EstimatorBehaviour

CORPORA = Path(__file__).parents[2] / "corpora"
TRAIN = CORPORA / "segmented.zh.txt"
SENTENCE = "李小福是创新办主任也是云计算方面的专家"


@cache
def fitted() -> TaggedSegmenter:
    return TaggedSegmenter().fit(TRAIN)


class Behaviour(ComponentBehaviour, EstimatorBehaviour):
    def predictions(self, estimator: TaggedSegmenter) -> list[list[str]]:
        return estimator.transform([*TEXTS, SENTENCE, "我用C++ 语言写a b"])


class TestDefault(Behaviour):
    def make(self) -> TaggedSegmenter:
        return TaggedSegmenter().fit(TRAIN)


class TestPerceptron(Behaviour):
    def make(self) -> TaggedSegmenter:
        return TaggedSegmenter("perceptron", epochs=3, prune=0.1, seed=4).fit(TRAIN)


class TestHmm(Behaviour):
    def make(self) -> TaggedSegmenter:
        return TaggedSegmenter("hmm").fit(TRAIN)


class TestUserWords(Behaviour):
    def make(self) -> TaggedSegmenter:
        return TaggedSegmenter(userdict=[("云计算", 50, "n"), ("创新办",), "C++ 语言", ("a b", 3)]).fit(TRAIN)


class TestForced(Behaviour):
    def make(self) -> TaggedSegmenter:
        return TaggedSegmenter(userdict=["云计算", "C++ 语言"], user_priority="force").fit(TRAIN)


# ---- learning


def test_file_lines_and_lists_teach_the_same(tmp_path: Path) -> None:
    lines = TRAIN.read_text("utf-8").split("\n")
    sources: list[Any] = [str(TRAIN), lines, [line.split() for line in lines], (line.split() for line in lines)]
    files = []
    for number, source in enumerate(sources):
        TaggedSegmenter().fit(source).save(tmp_path / f"{number}.nlptk")
        files.append((tmp_path / f"{number}.nlptk").read_bytes())
    assert len(set(files)) == 1


@pytest.mark.parametrize(("model", "least"), [("crf", 0.95), ("perceptron", 0.95), ("hmm", 0.6)])
def test_it_learns_what_it_is_taught(model: str, least: float) -> None:
    segmenter = TaggedSegmenter(model).fit(TRAIN)
    right = total = 0
    for line in TRAIN.read_text("utf-8").split("\n"):
        words = line.split()
        ends = {sum(map(len, words[: i + 1])) for i in range(len(words))}
        right += len(ends & set(segmenter.boundaries("".join(words)).tolist()))
        total += len(ends)
    assert right / total > least


def test_another_seed_learns_another_order() -> None:
    a, b = (TaggedSegmenter(seed=seed).fit(TRAIN).model_ for seed in (0, 1))
    assert a.transitions != b.transitions
    assert a.words == b.words


def test_width_and_digits_do_not_matter() -> None:
    segmenter = TaggedSegmenter().fit(["１９９８年 好 ＡＢＣ 好", "2024年 好 xyz 好"] * 20)
    assert segmenter.cut("１９９８年好ＡＢＣ好") == ["１９９８年", "好", "ＡＢＣ", "好"]
    assert segmenter.cut("3057年好Qrs好") == ["3057年", "好", "Qrs", "好"]


def test_progress_is_told() -> None:
    seen: list[tuple[int, float]] = []
    TaggedSegmenter(epochs=3).fit(TRAIN, progress=lambda done, loss: seen.append((done, loss)))
    assert [done for done, _ in seen] == [1, 2, 3]
    assert seen[0][1] > seen[2][1] > 0


@pytest.mark.parametrize(
    "parameters",
    [{"model": "svm"}, {"epochs": 0}, {"c2": -1}, {"c2": math.nan}, {"cost": -0.1}, {"prune": -1}, {"user_priority": "never"}],
)
def test_parameters_that_make_no_sense(parameters: Any) -> None:
    with pytest.raises(ParameterError, match=next(iter(parameters))):
        TaggedSegmenter(**parameters).fit(TRAIN)


@pytest.mark.parametrize("content", ["", "\n\n \n", "没有空格的一行\n又是一行\n"])
def test_a_file_that_is_not_segmented(tmp_path: Path, content: str) -> None:
    path = tmp_path / "train.txt"
    path.write_text(content, "utf-8")
    with pytest.raises(CorpusFormatError, match=r"train\.txt: no .*expected segmented text"):
        TaggedSegmenter().fit(path)


@pytest.mark.parametrize("sentences", [[["a", ""]], [["a", "b c"]], [["a", "\t"]], [["a", 1]], [["a", None]], []])
def test_words_that_are_none(sentences: Any) -> None:
    with pytest.raises(ParameterError):
        TaggedSegmenter().fit(sentences)


@pytest.mark.parametrize(
    "sentences", [[["a", "b"]], [["一", "二三四五六七八九十一二"]], [["\ud800", "\U0001f600a"], []], [["甲", "乙"]] * 3]
)
def test_little_data(sentences: Any) -> None:
    text = "".join(map("".join, sentences))
    for model in ("crf", "perceptron", "hmm"):
        assert "".join(TaggedSegmenter(model).fit(sentences).cut(text)) == text


def test_not_fitted() -> None:
    with pytest.raises(NotFittedError):
        TaggedSegmenter().cut("好")


# ---- texts


@given(strategies.text())
def test_nothing_is_lost(text: str) -> None:
    words = fitted().cut(text)
    assert "".join(words) == text
    ends = fitted().boundaries(text).tolist()
    assert [len("".join(words[: i + 1])) for i in range(len(words))] == ends
    for priority in ("weight", "force"):
        forced = TaggedSegmenter(userdict=["的一", "是 不", "北京清华"], user_priority=priority)
        forced.model_ = fitted().model_
        assert "".join(forced.cut(text)) == text


def test_blanks_are_words_of_their_own() -> None:
    assert fitted().cut(" \t好\r\n\n") == [" ", "\t", "好", "\r\n", "\n"]


@pytest.mark.parametrize("text", [None, 1, b"a"])
def test_what_is_no_text(text: Any) -> None:
    with pytest.raises(TypeError):
        fitted().cut(text)


# ---- user words


def test_user_words() -> None:
    assert "云计算" in fitted().cut(SENTENCE, userdict=["云计算"])
    segmenter = TaggedSegmenter(userdict=["云计算", ("创新办", 10**6)]).fit(TRAIN)
    assert {"云计算", "创新办"} <= set(segmenter.cut(SENTENCE))
    assert "任也是" not in fitted().cut(SENTENCE)
    assert "任也是" in segmenter.set_params(userdict=["任也是"], user_priority="force").cut(SENTENCE)


def test_a_word_without_frequency_wins_alone() -> None:
    for word in ("任也是", "的专", "云计算方面", "在北", "a b", "我们的"):
        assert fitted().cut(word, userdict=[word]) == [word]


def test_forced_words_do_not_part_runs() -> None:
    segmenter = TaggedSegmenter(userdict=["12", "ab", "1a"], user_priority="force").fit(TRAIN)
    assert "12" not in segmenter.cut("在123年")
    assert "1a" in segmenter.cut("在1a年")


# ---- files


def test_file_keeps_user_words(tmp_path: Path) -> None:
    TaggedSegmenter(userdict=["云计算", ("创新办", 0)]).fit(TRAIN).save(tmp_path / "m.nlptk", licence="MIT")
    loaded = nlptk.load(tmp_path / "m.nlptk", licence="MIT")
    assert isinstance(loaded, TaggedSegmenter)
    assert "云计算" in loaded.cut(SENTENCE)
    doc = Doc(SENTENCE)
    loaded.annotate([doc])
    assert doc.words == loaded.cut(SENTENCE)


def test_a_loaded_model_learns_again(tmp_path: Path) -> None:
    fitted().save(tmp_path / "m.nlptk")
    again = TaggedSegmenter.load(tmp_path / "m.nlptk").fit(TRAIN)
    assert again.cut(SENTENCE) == fitted().cut(SENTENCE)


@pytest.mark.slow
def test_ten_thousand_mutations(tmp_path: Path) -> None:
    """A damaged file is refused, or harmless: every text still comes back whole."""
    import random

    rng = random.Random(4)
    TaggedSegmenter(userdict=["云计算"]).fit(["研究 生命 的 起源", "研究生 的 命运", "他 研究 历史"]).save(
        tmp_path / "good.nlptk"
    )
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
