"""DictionarySegmenter: its parameters, user words in every shape, its file, and as a step of scikit-learn."""

from __future__ import annotations

import math
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nlptk
from nlptk import Dictionary, DictionarySegmenter, Doc, cut
from nlptk.errors import CorpusFormatError, InputError, ModelFormatError, NlptkError, ParameterError
from nlptk.lexicon import packaged_dictionary
from tests import strategies
from tests.behaviour import TEXTS, ComponentBehaviour, EstimatorBehaviour

SENTENCE = "李小福是创新办主任也是云计算方面的专家"
WITH = ["李小福", "是", "创新办", "主任", "也", "是", "云计算", "方面", "的", "专家"]


class Behaviour(ComponentBehaviour, EstimatorBehaviour):
    def predictions(self, estimator: DictionarySegmenter) -> list[list[str]]:
        return estimator.transform([*TEXTS, SENTENCE, "我用C++ 语言写a b"])


class TestDefault(Behaviour):
    def make(self) -> DictionarySegmenter:
        return DictionarySegmenter()


class TestMaximumMatching(Behaviour):
    def make(self) -> DictionarySegmenter:
        return DictionarySegmenter(algorithm="bidirectional", hmm=False)


class TestUserWords(Behaviour):
    def make(self) -> DictionarySegmenter:
        return DictionarySegmenter(userdict=[("云计算", 50, "n"), ("创新办",), "C++ 语言", ("a b", 3)])


class TestForced(Behaviour):
    def make(self) -> DictionarySegmenter:
        return DictionarySegmenter(userdict=["云计算", "C++ 语言", "来到北京"], user_priority="force")


class TestOwnDictionary(Behaviour):
    def make(self) -> DictionarySegmenter:
        return DictionarySegmenter(
            dictionary=Dictionary.from_words({"北京": 5, "清华": 3, "大学": 3, "清华大学": 2}), userdict={"来到": 2}
        )


# ---- user words


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    made = {"a": tmp_path / "a.txt", "b": tmp_path / "b.txt"}
    made["a"].write_text("\ufeff云计算 5 n\r\n# comment\r\n", "utf-8")
    made["b"].write_text("创新办\ti\n", "utf-8")
    return made


@pytest.mark.parametrize(
    "shape",
    [
        lambda f: [f["a"], f["b"]],
        lambda f: (f["a"], f["b"]),
        lambda f: [str(f["a"]), str(f["b"])],
        lambda f: [f["a"], ["创新办"]],
        lambda f: [f["a"], {"创新办": 30}],
        lambda f: [Dictionary.from_file(f["a"]), f["b"]],
        lambda f: Dictionary.from_files([f["a"], f["b"]]).with_words({"云计算": 99}),
        lambda f: ["云计算", "创新办"],
        lambda f: ("云计算", "创新办"),
        lambda f: [("云计算", 5), ("创新办", 3, "i")],
        lambda f: [("云计算",), "创新办"],
        lambda f: {"云计算": 5, "创新办": 3},
        lambda f: [["云计算"], ["创新办"]],
        lambda f: ["云计算", f["b"]],
    ],
    ids=[
        "paths", "tuple of paths", "names of files", "path and list", "path and mapping", "Dictionary and path",
        "Dictionary", "words",
        "tuple of words", "tuples", "mixed", "mapping", "lists", "word and path",
    ],
)  # fmt: skip
@pytest.mark.parametrize("priority", ["weight", "force"])
def test_user_words_in_every_shape(files: dict[str, Path], shape: Any, priority: str) -> None:
    given = shape(files)
    segmenter = DictionarySegmenter(userdict=given, user_priority=priority)
    assert segmenter.cut(SENTENCE) == WITH
    assert DictionarySegmenter(user_priority=priority).cut(SENTENCE, userdict=given) == WITH
    if priority == "weight":
        assert cut(SENTENCE, userdict=given) == WITH


def test_one_path(files: dict[str, Path]) -> None:
    for source in (files["a"], str(files["a"])):
        assert "云计算" in DictionarySegmenter(userdict=source).cut(SENTENCE)


def test_words_for_one_call_leave_the_segmenter_as_it_is() -> None:
    segmenter = DictionarySegmenter(userdict=["创新办"])
    plain = segmenter.cut(SENTENCE)
    assert segmenter.cut(SENTENCE, userdict=["云计算"]).count("云计算") == 1
    assert segmenter.cut(SENTENCE) == plain
    assert segmenter.cut(SENTENCE, userdict=[]) == cut(SENTENCE)
    assert cut(SENTENCE) != WITH


@pytest.mark.parametrize(
    ("given", "error"),
    [
        (5, ParameterError), ([5], ParameterError), ([("a", -1)], ParameterError), ([None], ParameterError),
        ("missing.txt", InputError),
        (Path("missing.txt"), InputError), ([Path("missing.txt"), ["a"]], InputError), ([["a"], 5], ParameterError),
        ([{"a": "x"}], ParameterError),
    ],
)  # fmt: skip
def test_wrong_user_words(given: Any, error: type[NlptkError]) -> None:
    with pytest.raises(error):
        DictionarySegmenter(userdict=given).cut("a")
    with pytest.raises(error):
        DictionarySegmenter(userdict=given).fit()


def test_malformed_user_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "u.txt").write_text("云计算\n创新办 -3\n", "utf-8")
    with pytest.raises(CorpusFormatError, match=r"u\.txt:2:"):
        DictionarySegmenter(userdict=tmp_path / "u.txt").cut("a")


def test_word_that_is_also_the_name_of_a_file_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a list of words means must not depend on the folder one stands in."""
    monkeypatch.chdir(tmp_path)
    Path("创新办").mkdir()
    assert "创新办" in DictionarySegmenter(userdict=["创新办"]).cut(SENTENCE)


def test_weight_competes_and_force_wins() -> None:
    text, whole = "我来到北京清华大学", ["我", "来到北京", "清华大学"]
    rare = [("来到北京", 1)]
    assert DictionarySegmenter(userdict=rare).cut(text) == cut(text) != whole
    assert DictionarySegmenter(userdict=rare, user_priority="force").cut(text) == whole
    assert DictionarySegmenter(userdict=[("来到北京", 10**6)]).cut(text) == whole


@pytest.mark.parametrize(
    "word",
    [
        "C++ 语言",
        "iPhone 15 Pro",
        "小🐱咪",
        "café",
        "A/B测试",
        "𠮷野家",
        "こんにちは",
        "ＡＢＣ公司",
        "a\u3000b",
        "👨‍👩‍👧",
        "10.5元/斤",
    ],
)
@pytest.mark.parametrize("priority", ["weight", "force"])
@pytest.mark.parametrize(
    "options",
    [{}, {"hmm": False}, {"mode": "search"}, {"mode": "full"}, {"algorithm": "forward"}, {"algorithm": "backward"}],
    ids=str,
)
def test_a_word_may_hold_anything(word: str, priority: str, options: dict[str, Any]) -> None:
    """The most repeated request in jieba's issues."""
    segmenter = DictionarySegmenter(userdict=[word], user_priority=priority, **options)
    assert word in segmenter.cut(f"我喜欢{word}，很好")
    assert word in segmenter.cut(word)


def test_words_inside_a_longer_run() -> None:
    forced = DictionarySegmenter(userdict=["art", "5G"], user_priority="force")
    assert forced.cut("start") == ["start"]
    assert forced.cut("15G网络") != ["1", "5G", "网络"]
    assert forced.cut("用5G网络") == ["用", "5G", "网络"]


def test_frequency_zero_takes_a_word_away() -> None:
    assert "清华大学" not in DictionarySegmenter(userdict=[("清华大学", 0)]).cut("我来到北京清华大学")
    assert "清华大" not in DictionarySegmenter(userdict=[("清华大", 0)], user_priority="force").cut("我来到北京清华大学")


# ---- parameters


@pytest.mark.parametrize(
    "wrong",
    [
        {"mode": "fast"}, {"algorithm": "viterbi"}, {"user_priority": "always"}, {"mode": "search", "algorithm": "forward"},
        {"mode": "full", "algorithm": "backward"}, {"mode": "search", "algorithm": "full"}, {"mode": None}, {"algorithm": []},
    ],
    ids=str,
)  # fmt: skip
def test_wrong_parameters_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ParameterError):
        DictionarySegmenter(**wrong).cut("a")
    if wrong.get("mode") == "fast":
        with pytest.raises(ParameterError):
            cut("a", **wrong)


def test_dictionary_of_ones_own(tmp_path: Path) -> None:
    own = Dictionary.from_words({"来到北": 9, "京清": 9, "华大学": 9})
    expected = ["我", "来到北", "京清", "华大学"]
    own.save(tmp_path / "own.nlptk")
    (tmp_path / "own.txt").write_text("来到北 9\n京清 9\n华大学 9\n", "utf-8")
    for source in (own, tmp_path / "own.nlptk", str(tmp_path / "own.txt")):
        assert DictionarySegmenter(dictionary=source).cut("我来到北京清华大学") == expected
    assert "".join(DictionarySegmenter(dictionary=Dictionary.from_words([])).cut("我来到ab1")) == "我来到ab1"
    with pytest.raises(InputError):
        DictionarySegmenter(dictionary=tmp_path / "missing").cut("a")


def test_a_changed_parameter_counts() -> None:
    segmenter = DictionarySegmenter()
    before = segmenter.cut(SENTENCE)
    assert segmenter.set_params(userdict=["云计算", "创新办"]).cut(SENTENCE) == WITH
    segmenter.userdict = None
    assert segmenter.cut(SENTENCE) == before
    segmenter.mode = "search"
    assert segmenter.cut("中国科学院")[-1] == "中国科学院"
    assert len(segmenter.cut("中国科学院")) > 1


def test_full_by_both_names() -> None:
    assert (
        DictionarySegmenter(algorithm="full").cut(SENTENCE)
        == DictionarySegmenter(mode="full").cut(SENTENCE)
        == cut(SENTENCE, mode="full")
    )


@pytest.mark.parametrize("mode", ["search", "full"])
def test_overlapping_words_are_no_tokens(mode: str) -> None:
    with pytest.raises(ParameterError, match="overlap"):
        DictionarySegmenter(mode=mode).annotate([Doc("北京")])


@pytest.mark.parametrize("wrong", [None, b"bytes", 5, ["a"]])
def test_what_is_no_text(wrong: Any) -> None:
    with pytest.raises(TypeError):
        DictionarySegmenter().cut(wrong)
    with pytest.raises(TypeError):
        cut(wrong)


def test_pickle_for_worker_processes() -> None:
    segmenter = DictionarySegmenter(userdict=["云计算", "创新办"])
    segmenter.cut("a")
    assert pickle.loads(pickle.dumps(segmenter)).cut(SENTENCE) == WITH


# ---- scikit-learn


def test_step_of_a_pipeline() -> None:
    text = pytest.importorskip("sklearn.feature_extraction.text")
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import make_pipeline

    texts = ["苹果手机很好用", "这部电影太难看", "手机屏幕很清楚", "电影情节很无聊"] * 5
    labels = [1, 0, 1, 0] * 5
    words = make_pipeline(DictionarySegmenter(), text.CountVectorizer(analyzer=list), LogisticRegression())
    direct = make_pipeline(text.CountVectorizer(analyzer=DictionarySegmenter().cut), LogisticRegression())
    for pipeline in (words, direct):
        assert pipeline.fit(texts, labels).score(texts, labels) == 1.0
    assert set(words[1].get_feature_names_out()) == set(direct[0].get_feature_names_out())
    search = GridSearchCV(
        words, {"dictionarysegmenter__hmm": [True, False], "dictionarysegmenter__mode": ["default", "search"]}, cv=2
    )
    assert search.fit(texts, labels).best_score_ > 0.5


def test_arrays_of_text() -> None:
    """numpy.str_ is a str."""
    expected = [["北京", "大学"], ["云", "计算"]] if cut("北京大学") != ["北京大学"] else [["北京大学"], cut("云计算")]
    for texts in (np.array(["北京大学", "云计算"], object), np.array(["北京大学", "云计算"])):
        assert DictionarySegmenter().fit_transform(texts) == expected


# ---- files


def test_user_words_are_in_the_file(tmp_path: Path, files: dict[str, Path]) -> None:
    segmenter = DictionarySegmenter(userdict=[files["a"], files["b"], {"C++ 语言": 5}])
    segmenter.save(tmp_path / "model")
    for path in files.values():
        path.unlink()
    for loaded in (DictionarySegmenter.load(tmp_path / "model"), nlptk.load(tmp_path / "model")):
        assert loaded.cut(SENTENCE) == WITH
        assert "C++ 语言" in loaded.cut("我写C++ 语言")


def test_a_loaded_segmenter_weighs_as_the_saved_one(tmp_path: Path) -> None:
    """The sum of frequencies decides too, and a word given twice counts twice in it."""
    base = Dictionary.from_words({"甲": 100, "乙": 100, "甲乙": 20})
    segmenter = DictionarySegmenter(dictionary=base, userdict=[("丙", 10**13), ("丙", 1)], hmm=False)
    segmenter.save(tmp_path / "model")
    assert DictionarySegmenter.load(tmp_path / "model").cut("甲乙") == segmenter.cut("甲乙")


@given(
    words=st.lists(
        st.tuples(st.text("甲乙丙丁ab ", min_size=1, max_size=4), st.integers(0, 99), st.sampled_from(["", "n"])),
        max_size=8,
    ),
    text=strategies.text(10),
)
def test_saved_and_loaded_cut_alike(
    tmp_path_factory: pytest.TempPathFactory, words: list[tuple[str, int, str]], text: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "segmenter.nlptk"
    for priority in ("weight", "force"):
        segmenter = DictionarySegmenter(userdict=words, user_priority=priority)
        segmenter.save(path)
        loaded = DictionarySegmenter.load(path)
        for sample in (text, "甲乙丙丁ab 甲 乙", "".join(word for word, _, _ in words)):
            assert loaded.cut(sample) == segmenter.cut(sample)


@pytest.mark.parametrize(
    "learned",
    [
        {"userdict": 5},
        {"userdict": [["a"]]},
        {"userdict": [[1, 2, 3]]},
        {"userdict": [["a", -1, ""]]},
        {"userdict": None},
        {"total": 5},
    ],
    ids=str,
)
def test_damaged_user_words_are_refused(tmp_path: Path, learned: dict[str, Any]) -> None:
    from nlptk import container

    container.write(tmp_path / "model", DictionarySegmenter.kind, {}, learned=learned, parameters={})
    with pytest.raises(ModelFormatError):
        DictionarySegmenter.load(tmp_path / "model")


# ---- why


@given(strategies.text())
def test_the_path_of_the_lattice_is_the_segmentation(text: str) -> None:
    for segmenter in (
        DictionarySegmenter(),
        DictionarySegmenter(hmm=False),
        DictionarySegmenter(userdict=["来到北京", "a b"]),
        DictionarySegmenter(algorithm="forward"),
        DictionarySegmenter(userdict=["来到北京", "a b"], user_priority="force"),
    ):
        lattice = segmenter.explain(text)
        assert [arc.word for arc in lattice.path] == segmenter.cut(text)
        assert all(text[arc.start : arc.end] == arc.word for arc in lattice.arcs)
        assert lattice.arcs == sorted(lattice.arcs)
        str(lattice)


def test_arcs_have_weight_and_source() -> None:
    segmenter = DictionarySegmenter(userdict=[("云计算", 50)])
    lattice = segmenter.explain("云计算机器㐀")
    by_word = {arc.word: arc for arc in lattice.arcs}
    packaged = packaged_dictionary()
    assert by_word["云计算"].source == "user"
    assert by_word["计算"].source == "dictionary"
    assert by_word["㐀"].source == "character"
    assert by_word["计算"].weight == pytest.approx(math.log(packaged.frequency("计算") / (packaged.total + 50)))
    assert by_word["云计算"].weight == pytest.approx(math.log(50 / (packaged.total + 50)))
    assert by_word["㐀"].weight == pytest.approx(-math.log(packaged.total + 50))


def test_words_of_the_hmm_are_named() -> None:
    lattice = DictionarySegmenter().explain("他来到了网易杭研大厦")
    assert {arc.word for arc in lattice.path if arc.source == "hmm"} == {"杭研"}
    without = DictionarySegmenter(hmm=False).explain("他来到了网易杭研大厦abc")
    assert not [arc for arc in without.arcs if arc.source == "hmm"]


def test_the_path_is_the_best_of_all(corpora: Path) -> None:
    """The weights of the chosen arcs add up to the most that any way through the lattice gives."""
    segmenter = DictionarySegmenter(hmm=False)
    text = "研究生命的起源南京市长江大桥结婚的和尚未结婚的"
    lattice = segmenter.explain(text)
    best = [0.0] + [-math.inf] * len(text)
    for end in range(1, len(text) + 1):
        best[end] = max(best[arc.start] + arc.weight for arc in lattice.arcs if arc.end == end)
    assert sum(arc.weight for arc in lattice.path) == pytest.approx(best[-1])
