"""Taggers by name, and looking into them."""

from __future__ import annotations

import pytest

from nlptk.errors import ParameterError
from nlptk.tagging import CRF, Chunker, EntityTagger, Perceptron, PosTagger
from nlptk.tagging.tasks import inspect, new_tagger
from tests.tagging.test_components import columns, ner, pos


def test_names():
    for task, cls in (("pos", PosTagger), ("ner", EntityTagger), ("chunk", Chunker)):
        made = new_tagger("crf", task, c2=0.5)
        assert type(made) is cls and type(made.tagger) is CRF and made.tagger.c2 == 0.5
    bare = new_tagger("perceptron", template=["word[0]"], epochs=3)
    assert type(bare) is Perceptron and bare.template == ["word[0]"] and bare.epochs == 3


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (("crf",), {}, "neither a task .* nor a template"),
        (("svm", "pos"), {}, "no kind of tagger 'svm'"),
        (("crf", "sleep"), {}, "no task 'sleep'"),
        (("crf", "pos"), {"epochs": 3}, "the model crf has no parameter 'epochs'"),
    ],
)
def test_refused(arguments, options, message):
    with pytest.raises(ParameterError, match=message):
        new_tagger(*arguments, **options)


def test_a_template_of_ones_own():
    X, y = columns("chunk.en.txt")
    model = new_tagger("crf", "chunk", ["word[0]", "tag[0]"], max_iterations=20).fit(X, y)
    assert model.tagger_.encoder_.template.n_columns == 2
    assert all(name.startswith(("U00:", "U01:")) for name in model.tagger_.encoder_.names())


def test_inspect():
    found = inspect(ner(), top=3)
    chain = ner().tagger_.chain_
    assert found.labels == ner().tagger_.labels_ and found.attributes == chain.n_attributes
    best = max(found.features, key=lambda row: row[2])
    assert best[2] == pytest.approx(float(chain.weights.max()))
    for label in found.labels:
        weights = [weight for _, name, weight in found.features if name == label]
        assert len(weights) <= 6 and weights == sorted(weights, reverse=True)
    assert not {("O", "I-PER"), ("B-LOC", "I-PER")} & {pair[:2] for pair in found.transitions}  # the scheme forbids them
    assert len(found.transitions) == 6


def test_inspect_one_label():
    found = inspect(pos(), top=5, label="nr")
    assert {name for _, name, _ in found.features} == {"nr"}
    assert all("nr" in pair[:2] for pair in found.transitions)
    with pytest.raises(ParameterError, match="no label 'none'; there are: t"):
        inspect(pos(), label="none")


def test_inspect_refuses_others():
    from nlptk.segment import DictionarySegmenter

    with pytest.raises(ParameterError, match="no weighted features"):
        inspect(DictionarySegmenter())
