"""PosTagger, EntityTagger and Chunker."""

from __future__ import annotations

from pathlib import Path

import pytest

from nlptk import loading
from nlptk.corpus import read_columns, read_tagged
from nlptk.doc import Doc
from nlptk.errors import ModelFormatError, ParameterError
from nlptk.pipeline import Pipeline
from nlptk.segment import DictionarySegmenter
from nlptk.tagging import CRF, Chunker, EntityTagger, PosTagger
from nlptk.tagging.ner import LEARNABLE, _rounded
from nlptk.tagging.schemes import convert_labels
from tests.behaviour import ComponentBehaviour, EstimatorBehaviour

CORPORA = Path(__file__).resolve().parents[2] / "corpora"


def pos_data():
    pairs = list(read_tagged(CORPORA / "tagged.zh.txt"))
    return [[word for word, _ in each] for each in pairs], [[tag for _, tag in each] for each in pairs]


def columns(name):
    rows = list(read_columns(CORPORA / name))
    return [[row[:-1] for row in each] for each in rows], [[row[-1] for row in each] for each in rows]


_made = {}


def pos():
    return _made.setdefault("pos", PosTagger(CRF(max_iterations=30)).fit(*pos_data()))


def ner():
    return _made.setdefault("ner", EntityTagger(CRF(max_iterations=30)).fit(*columns("ner.zh.bio")))


def chunker():
    return _made.setdefault("chunk", Chunker(CRF(max_iterations=30)).fit(*columns("chunk.en.txt")))


class TestPosTagger(ComponentBehaviour, EstimatorBehaviour):
    def make(self):
        return pos()

    def predictions(self, estimator):
        return estimator.predict(pos_data()[0])


class TestEntityTagger(ComponentBehaviour, EstimatorBehaviour):
    def make(self):
        return ner()

    def predictions(self, estimator):
        return estimator.predict(columns("ner.zh.bio")[0])


class TestChunker(ComponentBehaviour, EstimatorBehaviour):
    def make(self):
        return chunker()

    def predictions(self, estimator):
        return estimator.predict_marginals(columns("chunk.en.txt")[0])


def test_they_learn():
    for component, data in ((pos(), pos_data()), (ner(), columns("ner.zh.bio")), (chunker(), columns("chunk.en.txt"))):
        assert component.evaluate(*data).f1 > 0.95
        assert component.score(*data) > 0.95


def test_rows_and_words_are_the_same():
    X, _ = pos_data()
    assert pos().predict([[[word] for word in words] for words in X]) == pos().predict(X)


def test_blanks_are_tagged_x():
    doc = Doc("我 爱", [1, 2, 3])
    pos().annotate([doc])
    assert doc.tags[1] == "x" and doc.tags[0] == "r"


def test_pipeline(tmp_path):
    nlp = Pipeline([("segment", DictionarySegmenter()), ("tag", pos()), ("ner", ner())])
    nlp.save(tmp_path / "nlp")
    texts = ["李晓明昨天从上海飞到北京。", "", "北京大学的学生来到山区支教。"] * 20
    docs = list(loading.load(tmp_path / "nlp").pipe(texts, threads=2, batch_size=7))
    assert [doc.text for doc in docs] == texts
    assert [docs[0].join(a, b) for a, b, _ in docs[0].entities][-1] == "北京"
    assert len(docs[0].tags) == len(docs[0].words)


def test_entities_of_text_without_words_are_over_characters():
    doc = Doc("从上海 飞到北京")
    ner().annotate([doc])
    assert len(doc) == 8 and doc.entities[-1] == (1, 3, "LOC")


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([(0, 2, "A")], [(0, 1, "A")]),  # words: 0-2, 2-5, 5-6
        ([(2, 4, "A")], [(1, 2, "A")]),
        ([(2, 3, "A")], [(1, 2, "A")]),
        ([(3, 4, "A")], [(1, 2, "A")]),
        ([(1, 6, "A")], [(0, 3, "A")]),
        ([(0, 3, "A"), (3, 6, "B")], [(0, 1, "A"), (1, 3, "B")]),
        ([(2, 3, "A"), (3, 5, "B")], [(1, 2, "A")]),
    ],
)
def test_rounding(spans, expected):
    assert _rounded(spans, [0, 2, 5, 6]) == expected


@pytest.mark.parametrize("inner", [None, *LEARNABLE])
@pytest.mark.parametrize("given", ["BIO", "BMES", "BILOU", "IOB1"])
def test_schemes(inner, given):
    X, y = columns("ner.zh.bio")
    y = convert_labels(y, given)
    model = EntityTagger(CRF(max_iterations=30), scheme=inner).fit(X, y, X[:5], y[:5])
    assert model.scheme_ == ("BIO" if given == "IOB1" or inner == "BIO" else given)
    assert model.evaluate(X, y).f1 > 0.95
    assert [label for each in model.predict(X) for label in each] == [
        label for each in convert_labels(model.predict(X), model.scheme_) for label in each
    ]


def test_labels_are_named_as_in_training():
    X, y = columns("ner.zh.bio")
    model = EntityTagger(CRF(max_iterations=5), scheme="BIOES").fit(X, y)
    assert set(model.labels_) == {label for each in y for label in each}
    [[row]] = model.predict_marginals([["上"]])
    assert set(row) == set(model.labels_) and sum(row.values()) == pytest.approx(1, abs=1e-5)


def test_unit():
    X, y = columns("chunk.en.txt")
    words = [[row[0] for row in each] for each in X]
    model = EntityTagger(CRF(max_iterations=5)).fit(words, y)
    assert model.unit_ == "words" and model.requires == ("words",)
    assert ner().unit_ == "characters" and ner().requires == ()
    with pytest.raises(ParameterError, match="unit is 'lines'"):
        EntityTagger(unit="lines").fit(words, y)


def test_wrong_labels():
    with pytest.raises(ParameterError, match="scheme is 'IOB1', expected one of BIO"):
        EntityTagger(scheme="IOB1").fit([["a"]], [["B-X"]])
    with pytest.raises(ParameterError, match="'n' is no label of a tag scheme"):
        EntityTagger().fit([["a"]], [["n"]])


def test_unequal_lengths():
    with pytest.raises(ParameterError, match="sentence 1: 1 items, but y has 2"):
        PosTagger(CRF()).fit([["a"], ["b"]], [["n"], ["n", "v"]])


def test_damage(tmp_path):
    from nlptk import container

    pos().save(tmp_path / "model")
    stored = container.open(tmp_path / "model")
    arrays = {name: stored.numpy(name) for name in stored.names()}
    for change in ({"kind": "dictionary"}, {"kind": None}):
        learned = {**stored.learned, "tagger": {**stored.learned["tagger"], **change}}
        container.write(tmp_path / "bad", "pos-tagger", arrays, learned=learned)
        with pytest.raises(ModelFormatError):
            PosTagger.load(tmp_path / "bad")
    for learned in ({}, {"labels": ["n"], "tagger": stored.learned["tagger"]}, {"labels": [], "tagger": 3}):
        container.write(tmp_path / "bad", "pos-tagger", arrays, learned=learned)
        with pytest.raises(ModelFormatError):
            PosTagger.load(tmp_path / "bad")


def test_entities_learned_in_another_scheme_are_those_of_predict(corpora: Path) -> None:
    from nlptk import Doc
    from nlptk.tagging import EntityTagger, Perceptron
    from nlptk.tagging.data import read_labelled

    data = read_labelled(corpora / "ner.zh.bio")
    tagger = EntityTagger(Perceptron(epochs=5), scheme="BMES").fit(data.X, data.y)
    for rows in data.X[:20]:
        doc = Doc("".join(row[0] for row in rows))
        tagger.annotate([doc])
        assert [tuple(entity) for entity in doc.entities] == [tuple(span) for span in tagger.entities([rows])[0]]
