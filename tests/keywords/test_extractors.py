"""TermFrequency, TfidfKeywords and TextRank: as components, as estimators, and what they find."""

from __future__ import annotations

import json
import math
import subprocess
import sys

import pytest
from hypothesis import given

from nlptk.doc import Doc
from nlptk.errors import CorpusFormatError, InputError, ModelFormatError, ParameterError, PipelineError
from nlptk.keywords import TermFrequency, TextRank, TfidfKeywords
from nlptk.pipeline import Pipeline
from tests import strategies
from tests.behaviour import TEXTS, ComponentBehaviour, EstimatorBehaviour

METHODS = [TermFrequency, TfidfKeywords, TextRank]
TEXT = (
    "自然语言处理是人工智能的重要方向。自然语言处理研究能实现人与计算机之间用自然语言进行有效通信的方法。"
    "机器翻译、信息检索和文本分类都是自然语言处理的应用。人工智能的应用很多。"
)
ENGLISH = (
    "Support vector machines are supervised learning models. A support vector machine builds a model from training\n"
    "data. Kernel methods let support vector machines learn non-linear models from training data."
)


class Behaviour(ComponentBehaviour, EstimatorBehaviour):
    def predictions(self, estimator):
        return estimator.extract_batch([TEXT, ENGLISH])


class TestTermFrequency(Behaviour):
    def make(self):
        return TermFrequency(top_k=7)


class TestTermFrequencyOfPhrases(Behaviour):
    def make(self):
        return TermFrequency(phrases=True, stop_words=["应用"])


class TestTfidfKeywords(Behaviour):
    def make(self):
        return TfidfKeywords()


class TestFittedTfidfKeywords(Behaviour):
    def make(self):
        return TfidfKeywords(pos=("n*", "eng")).fit([TEXT, ENGLISH, "人工智能\ud83d"])


class TestTextRank(Behaviour):
    def make(self):
        return TextRank(top_k=None)


class TestTextRankOfPhrases(Behaviour):
    def make(self):
        return TextRank(phrases=True, span=3, damping=0.5)


# ---- what they find


@pytest.mark.parametrize("make", METHODS)
def test_best_first_and_at_most_top_k(make):
    everything = make(top_k=None).extract(TEXT)
    assert everything == sorted(everything, key=lambda pair: -pair[1])
    assert len({term for term, _ in everything}) == len(everything) > 5
    assert make(top_k=3).extract(TEXT) == everything[:3]
    assert make(top_k=0).extract(TEXT) == everything  # as in jieba: 0 and None are all
    assert all(isinstance(term, str) and isinstance(weight, float) and weight > 0 for term, weight in everything)


@pytest.mark.parametrize("make", METHODS)
def test_phrases_join_what_stands_together(make):
    found = [term for term, _ in make(phrases=True, top_k=5).extract(TEXT)]
    assert {"自然语言处理", "人工智能"} <= set(found)
    assert "处理" not in dict(make(phrases=True, top_k=None).extract(TEXT))  # it never stands alone
    assert make(phrases=True).extract(TEXT)[0][1] == 1.0


@pytest.mark.parametrize("make", METHODS)
def test_phrases_do_not_go_over_marks_lines_and_stop_words(make):
    text = "深度学习，神经网络。\n图像识别的语音合成"
    found = {term for term, _ in make(phrases=True, top_k=None).extract(text)}
    assert not {"学习神经", "网络图像", "深度学习神经网络"} & found
    assert not any(mark in term for term in found for mark in "，。\n的")


@pytest.mark.parametrize("make", METHODS)
def test_empty_verbs_end_a_phrase(make):
    found = [term for term, _ in make(phrases=True, top_k=None).extract("自然语言处理是人工智能的重要方向")]
    assert "人工智能" in found
    assert not any("是" in term for term in found)


@pytest.mark.parametrize("make", METHODS)
def test_a_part_stays_when_it_often_stands_alone(make):
    text = "机器翻译。翻译。翻译的历史。翻译者。翻译。翻译。"
    assert "翻译" in {term for term, _ in make(phrases=True, top_k=None).extract(text)}


@pytest.mark.parametrize("make", METHODS)
def test_english(make):
    single = dict(make().extract(ENGLISH))
    assert {"support", "vector", "machines", "non-linear", "training"} <= single.keys()
    assert not {"are", "a", "from"} & single.keys()
    phrases = [term for term, _ in make(phrases=True).extract(ENGLISH)]
    assert {"support vector machines", "supervised learning models", "training data"} <= set(phrases)  # a line end is a blank
    assert not any(term.startswith("vector machines") for term in phrases)  # cut out of the middle
    assert all(term == term.lower() and "\n" not in term for term in phrases)


def test_an_empty_line_ends_a_phrase():
    found = {term for term, _ in TermFrequency(phrases=True).extract("neural network\n\ntraining data")}
    assert not any("network training" in term for term in found)


def test_blanks_between_chinese_words_end_a_phrase():
    found = {term for term, _ in TermFrequency(phrases=True).extract("机器 翻译")}
    assert found == {"机器", "翻译"}


@pytest.mark.parametrize("make", METHODS)
def test_words_put_together_from_latin_pieces(make):
    terms = {term for term, _ in make().extract("IL-6 和 café 以及 IL-6 和 café")}
    assert {"il-6", "café"} <= terms


def test_frequency_is_a_share():
    assert TermFrequency(stop_words=None).extract("苹果，苹果，香蕉") == [("苹果", 2 / 3), ("香蕉", 1 / 3)]


@pytest.mark.parametrize("make", METHODS)
def test_filters(make):
    assert {t for t, _ in make(pos=["ns"]).extract("我在北京和上海学习")} == {"北京", "上海"}
    assert {t for t, _ in make(pos=["n*"]).extract("我在北京和上海学习")} == {"北京", "上海"}
    assert "北京" not in dict(make(stop_words={"北京"}).extract("我在北京和上海学习数学"))
    assert all(len(term) >= 3 for term, _ in make(min_length=3).extract(TEXT))
    assert all(len(term) >= 5 for term, _ in make(min_length=5, phrases=True).extract(TEXT))


def test_min_length_1_lets_single_characters_in():
    assert ("茶", 1.0) in TermFrequency(min_length=1).extract("茶")


@pytest.mark.parametrize("make", METHODS)
@pytest.mark.parametrize("phrases", [False, True])
@pytest.mark.parametrize("text", ["", " \n", "。，！", "的了是在", "the of and", "12 3.5", "\x00", "\ud800"], ids=ascii)
def test_no_keywords_in(make, phrases, text):
    assert make(phrases=phrases).extract(text) == []


@pytest.mark.parametrize("make", METHODS)
@given(text=strategies.text())
def test_any_text(make, text):
    for phrases in (False, True):
        for term, weight in make(phrases=phrases, min_length=1, stop_words=None).extract(text):
            assert term and term == term.strip()
            assert math.isfinite(weight)


def test_textrank_ranks_as_jieba_does():
    """With jieba's filter; the text has no blanks, which count as tokens there."""
    analyse = pytest.importorskip("jieba.analyse")
    allowed = ("ns", "n", "vn", "v")
    ours = TextRank(top_k=None, pos=allowed, stop_words=analyse.default_textrank.stop_words).extract(TEXT)
    assert ours == analyse.textrank(TEXT, topK=None, withWeight=True, allowPOS=allowed)


def test_tfidf_weighs_as_jieba_does():
    analyse = pytest.importorskip("jieba.analyse")
    ours = TfidfKeywords(top_k=None, stop_words=analyse.default_tfidf.stop_words).extract(TEXT)
    theirs = analyse.extract_tags(TEXT, topK=None, withWeight=True)
    assert [term for term, _ in ours] == [term for term, _ in theirs]
    assert [weight for _, weight in ours] == pytest.approx([weight for _, weight in theirs], rel=1e-12)


# ---- idf


CORPUS = ["猫 狗", "猫 鱼", ["猫", "鸟"]]


def test_fit_learns_the_documented_formula():
    model = TfidfKeywords(min_length=1, stop_words=None, segmenter=_Blanks()).fit(CORPUS)
    assert model.idf_("猫") == math.log(4 / 4) + 1
    assert model.idf_("狗") == model.idf_("鸟") == math.log(4 / 2) + 1
    assert model.idf_("马") == math.log(4 / 1) + 1
    assert model.extract("猫 狗 马 狗") == [
        ("狗", 2 / 4 * (math.log(2) + 1)), ("马", 1 / 4 * (math.log(4) + 1)), ("猫", 1 / 4),
    ]  # fmt: skip


def test_fit_takes_an_iterator_and_documents():
    doc = Doc("猫狗", [1, 2])
    assert TfidfKeywords().fit(iter([doc])).idf_("猫") == 1.0
    assert not hasattr(TfidfKeywords().fit(), "idf_")
    with pytest.raises(TypeError, match="one str"):
        TfidfKeywords().fit("猫")


def test_idf_file(tmp_path):
    (tmp_path / "idf.txt").write_text("苹果 1.5\n香蕉 9\n桃子 3\n\n", "utf-8")
    model = TfidfKeywords(idf=tmp_path / "idf.txt")
    assert dict(model.extract("苹果，香蕉，葡萄")) == {"香蕉": 3.0, "葡萄": 1.0, "苹果": 0.5}  # unknown: the median, 3
    with pytest.raises(ParameterError, match="idf is a file of its own"):
        model.save(tmp_path / "model")


def test_idf_of_a_saved_model(tmp_path):
    fitted = TfidfKeywords().fit([TEXT, "人工智能"])
    fitted.save(tmp_path / "model")
    assert TfidfKeywords(idf=tmp_path / "model").extract(TEXT) == fitted.extract(TEXT)
    TfidfKeywords().save(tmp_path / "unfitted")
    with pytest.raises(CorpusFormatError, match="unfitted: a TfidfKeywords that was not fitted"):
        TfidfKeywords(idf=tmp_path / "unfitted").extract(TEXT)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("苹果 1.5\n香蕉\n", r"idf.txt:2: '香蕉', expected a word and a number"),
        ("苹果 一\n", r"idf.txt:1: '苹果 一', expected a word and a number"),
        ("苹果 nan\n", r"idf.txt:1: "),
        ("苹果 inf\n", r"idf.txt:1: "),
        ("\n\n", r"idf.txt: no words"),
    ],
)
def test_malformed_idf_file(tmp_path, content, complaint):
    (tmp_path / "idf.txt").write_text(content, "utf-8")
    with pytest.raises(CorpusFormatError, match=complaint):
        TfidfKeywords(idf=tmp_path / "idf.txt").extract("苹果")


def test_missing_files_and_bytes_that_are_no_text(tmp_path):
    with pytest.raises(InputError, match=r"nowhere.txt: no such file"):
        TfidfKeywords(idf=tmp_path / "nowhere.txt").extract("苹果")
    with pytest.raises(InputError, match=r"nowhere.txt: no such file"):
        TermFrequency(stop_words=tmp_path / "nowhere.txt").extract("苹果")
    (tmp_path / "bad.txt").write_bytes("苹果\n".encode() + b"\xff\n")
    with pytest.raises(CorpusFormatError, match=r"bad.txt:2: byte 1"):
        TermFrequency(stop_words=tmp_path / "bad.txt").extract("苹果")


def test_a_damaged_model_is_refused(tmp_path):
    from nlptk import container

    arrays = {"values": memoryview(b"").cast("d"), "words.blob": b"a", "words.offsets": container.pack_strings(["a"])[1]}
    container.write(tmp_path / "model", "tfidf-keywords", arrays, learned={"unknown": 1.0})
    with pytest.raises(ModelFormatError, match="not a usable table"):
        TfidfKeywords.load(tmp_path / "model")


# ---- stop words


def test_stop_word_file(tmp_path):
    (tmp_path / "stop.txt").write_text("# a note\n苹果\n\n  Banana  \n", "utf-8")
    model = TermFrequency(stop_words=tmp_path / "stop.txt")
    assert dict(model.extract("苹果，banana，葡萄")) == {"葡萄": 1.0}
    model.save(tmp_path / "model")  # the words themselves go into the file
    (tmp_path / "stop.txt").unlink()
    assert dict(TermFrequency.load(tmp_path / "model").extract("苹果，banana，葡萄")) == {"葡萄": 1.0}


def test_a_stop_word_a_line(tmp_path):
    (tmp_path / "stop.txt").write_text("苹果\n香蕉 葡萄\n", "utf-8")
    with pytest.raises(CorpusFormatError, match=r"stop.txt:2: 2 words, expected one a line"):
        TermFrequency(stop_words=str(tmp_path / "stop.txt")).fit()


def test_packaged_stop_words():
    from nlptk.keywords.stopwords import packaged_stop_words

    words = packaged_stop_words()
    assert {"我们", "因为", "以及", "the", "because"} <= words
    assert all(word == word.strip().lower() and not word.startswith("#") for word in words)


# ---- parameters


@pytest.mark.parametrize("make", METHODS)
@pytest.mark.parametrize(
    ("parameters", "complaint"),
    [
        ({"top_k": -1}, "top_k=-1: expected a number from 0"),
        ({"top_k": 2.5}, "top_k=2.5"),
        ({"top_k": True}, "top_k=True"),
        ({"min_length": 0}, "min_length=0: expected a number from 1"),
        ({"min_length": None}, "min_length=None"),
        ({"pos": "n"}, "pos='n': expected names"),
        ({"pos": [1]}, "pos="),
        ({"stop_words": [1]}, "stop_words holds 1"),
        ({"stop_words": 5}, "stop_words holds 5"),
        ({"segmenter": 5}, "segmenter=5: expected an object"),
    ],
)
def test_wrong_parameters(make, parameters, complaint):
    with pytest.raises(ParameterError, match=complaint):
        make(**parameters).extract("苹果")


@pytest.mark.parametrize(
    ("parameters", "complaint"),
    [
        ({"span": 1}, "span=1: expected a number from 2"),
        ({"damping": 1}, "damping=1"),
        ({"damping": math.nan}, "damping=nan"),
        ({"iterations": 0}, "iterations=0"),
        ({"tolerance": -1.0}, "tolerance=-1.0"),
    ],
)
def test_wrong_parameters_of_textrank(parameters, complaint):
    with pytest.raises(ParameterError, match=complaint):
        TextRank(**parameters).fit()


def test_changed_parameters_count():
    model = TermFrequency(stop_words=None)
    assert model.extract("我们")
    assert model.set_params(stop_words="default").extract("我们") == []


def test_not_text():
    with pytest.raises(TypeError, match="text is int"):
        TextRank().extract(5)
    with pytest.raises(TypeError, match="one str"):
        TextRank().extract_batch("苹果")


def test_converging_and_sweeping_agree():
    swept = dict(TextRank(iterations=1000).extract(TEXT))
    assert dict(TextRank(iterations=1000, tolerance=1e-12).extract(TEXT)) == pytest.approx(swept)


# ---- segmenters, documents, pipelines


class _Blanks:
    def cut(self, text):
        return text.split(" ")


class _Tagged:
    def cut(self, text):
        return [(word, "n" if len(word) > 1 else "u") for word in text.split("/")]


def test_segmenters_of_ones_own():
    from nlptk.segment import DictionarySegmenter

    assert TermFrequency(segmenter=_Blanks()).extract("甲乙丙 丁戊") == [("甲乙丙", 0.5), ("丁戊", 0.5)]
    assert {t for t, _ in TextRank(segmenter=_Tagged(), pos=["n"]).extract("甲乙/丙/丁戊")} == {"甲乙", "丁戊"}
    own = DictionarySegmenter(userdict=["凛雪鸦"])
    assert "凛雪鸦" in dict(TermFrequency(segmenter=own).extract("凛雪鸦来了"))
    assert "凛雪鸦" in dict(TextRank(segmenter=own).extract("凛雪鸦喜欢清华大学"))  # without tags all words count
    with pytest.raises(PipelineError, match="needs parts of speech"):
        TermFrequency(segmenter=own, pos=["n"]).extract("凛雪鸦")


def test_requires_what_it_reads():
    assert TermFrequency().requires == ("words",)
    assert TermFrequency(phrases=True).requires == TermFrequency(pos=["n"]).requires == ("words", "tags")
    assert TextRank().requires == ("words", "tags")
    with pytest.raises(PipelineError, match="tags"):
        Pipeline([("keywords", TextRank())], given=("words",))


@pytest.mark.parametrize("make", METHODS)
@pytest.mark.parametrize("phrases", [False, True])
def test_a_document_has_what_its_text_has(make, phrases):
    from nlptk.segment.tagged import PosSegmenter

    model = make(phrases=phrases)
    nlp = Pipeline([("segment", PosSegmenter()), ("keywords", model)])
    for text in [TEXT, ENGLISH, *TEXTS]:
        doc = nlp(text)
        if "tags" in model.requires:
            assert doc.extra["keywords"] == model.extract(text)
        assert doc.extra["keywords"] == model.extract(doc)
        json.dumps(doc.to_dict())


def test_transform_gives_the_keywords_of_each_text():
    model = TfidfKeywords(top_k=2)
    assert model.transform([TEXT, ""]) == model.extract_batch([TEXT, ""]) == [model.extract(TEXT), []]
    assert [t for t, _ in model.fit_transform(iter([TEXT, "苹果"]))[1]] == ["苹果"]


def test_importing_is_cheap():
    code = "import sys, nlptk.keywords; print([m for m in ('numpy', 'click', 'sklearn', 'nlptk.segment') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
    code = "import sys, nlptk.keywords as k; k.TextRank(phrases=True).extract('自然语言处理'); print('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
