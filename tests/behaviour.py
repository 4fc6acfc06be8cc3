"""What every component and every estimator must do, as classes to inherit.

A test class gives ``make()`` and inherits the tests::

    class TestDictionarySegmenter(ComponentBehaviour, EstimatorBehaviour):
        def make(self):
            return DictionarySegmenter()

Their names do not start with ``Test``, so pytest runs them only where they are inherited.
"""

from __future__ import annotations

import copy
import json
import pickle

import pytest

from nlptk.doc import Doc
from nlptk.pipeline import Pipeline

TEXTS = [
    "",
    "a",
    "我",
    " ",
    "\n",
    "我来到北京清华大学。",
    "Hello, world! It's 3.14 元。",
    "𠮷野家𩸽很好吃😀👨‍👩‍👧",  # outside the basic plane, and joined emoji
    "\ud83d",  # half of a pair
    "北\udfff京\ud800",
    "\x00",
    "a\x00北\x00京",
    "e\u0301\u200b\ufeff\u3000全角　ＡＢＣ",
    "天" * 300,
]


class ComponentBehaviour:
    """For whatever has ``annotate``, ``requires`` and ``provides``."""

    def make(self):
        """A component that is ready to annotate."""
        raise NotImplementedError

    def prepare(self, doc: Doc) -> Doc:
        """Give a new document what the component requires; here: words of one character, tagged ``n``."""
        if "words" in self.make().requires:
            doc.ends = range(1, len(doc.text) + 1)
            if "tags" in self.make().requires:
                doc.tags = ["n"] * len(doc)
        return doc

    def docs(self, texts=TEXTS):
        return [self.prepare(Doc(text)) for text in texts]

    def test_names_columns_in_tuples(self):
        component = self.make()
        for columns in (component.requires, component.provides):
            assert isinstance(columns, tuple)
            assert all(isinstance(column, str) for column in columns)

    @pytest.mark.parametrize("text", TEXTS, ids=ascii)
    def test_annotates_any_text(self, text):
        doc = self.prepare(Doc(text))
        component = self.make()
        assert component.annotate([doc]) is None
        assert doc.text == text
        assert set(component.provides) <= set(doc.columns)
        if "words" in doc.columns:
            assert "".join(doc.words) == text
        json.dumps(doc.to_dict(), allow_nan=False)

    def test_annotates_no_documents(self):
        self.make().annotate([])

    def test_again_gives_the_same(self):
        component, docs, twice = self.make(), self.docs(), self.docs()
        component.annotate(docs)
        component.annotate(twice)
        component.annotate(twice)
        assert docs == twice

    @pytest.mark.parametrize("threads", [1, 2, 3])
    @pytest.mark.parametrize("batch_size", [1, 3, 256])
    def test_batches_and_threads_change_nothing(self, threads, batch_size):
        component = self.make()
        one_by_one = self.docs(TEXTS * 3)
        for doc in one_by_one:
            component.annotate([doc])
        nlp = Pipeline([("it", component)], given=component.requires)
        assert list(nlp.pipe(self.docs(TEXTS * 3), batch_size=batch_size, threads=threads)) == one_by_one


class EstimatorBehaviour:
    """For whatever has ``get_params``, ``save`` and ``load``. Give ``predictions`` to compare what was loaded."""

    def make(self):
        """An estimator, fitted if it requires that, and JSON-able in its parameters."""
        raise NotImplementedError

    def predictions(self, estimator):
        """Anything comparable that depends on all it has learned."""
        return None

    def test_parameters_go_round(self):
        estimator = self.make()
        params = estimator.get_params(deep=False)
        same = type(estimator)(**params)
        assert all(same.get_params(deep=False)[name] is value for name, value in params.items())
        assert estimator.set_params(**params) is estimator
        assert estimator.get_params(deep=False) == params

    def test_unknown_parameter_is_refused_by_name(self):
        estimator = self.make()
        with pytest.raises(ValueError, match="no_such_parameter"):
            estimator.set_params(no_such_parameter=1)

    def test_clone_has_the_parameters_only(self):
        base = pytest.importorskip("sklearn.base")
        estimator = self.make()
        twin = base.clone(estimator)
        assert type(twin) is type(estimator)
        assert repr(twin) == repr(estimator)
        assert twin.__sklearn_is_fitted__() is not estimator.requires_fit

    def test_unfitted_cannot_be_saved(self, tmp_path):
        from nlptk.errors import NotFittedError

        estimator = self.make()
        if estimator.requires_fit:
            with pytest.raises(NotFittedError):
                type(estimator)(**estimator.get_params(deep=False)).save(tmp_path / "model")
            assert not any(tmp_path.iterdir())

    def test_saved_loaded_and_saved_are_the_same_bytes(self, tmp_path):
        estimator = self.make()
        first, second, third = tmp_path / "first", tmp_path / "second", tmp_path / "third"
        estimator.save(first, licence="CC-BY-4.0", training_data="made up", scores={"f1": 0.5})
        estimator.save(second, licence="CC-BY-4.0", training_data="made up", scores={"f1": 0.5})
        loaded = type(estimator).load(first)
        loaded.save(third)
        assert first.read_bytes() == second.read_bytes() == third.read_bytes()
        assert self.predictions(loaded) == self.predictions(estimator)

    def test_a_fitted_one_can_be_sent_to_another_process(self, tmp_path):
        estimator = self.make()
        estimator.save(tmp_path / "model")
        for one in (estimator, type(estimator).load(tmp_path / "model")):
            for twin in (pickle.loads(pickle.dumps(one)), copy.deepcopy(one)):
                assert twin.get_params(deep=False).keys() == one.get_params(deep=False).keys()
                assert self.predictions(twin) == self.predictions(estimator)
                twin.save(tmp_path / "twin")
                assert (tmp_path / "twin").read_bytes() == (tmp_path / "model").read_bytes()

    def test_load_finds_the_class(self, tmp_path):
        from nlptk import loading

        estimator = self.make()
        estimator.save(tmp_path / "model")
        assert type(loading.load(tmp_path / "model")) is type(estimator)

    def test_another_kind_is_refused(self, tmp_path):
        from nlptk import container
        from nlptk.errors import ModelFormatError

        container.write(tmp_path / "model", "something-else", {})
        with pytest.raises(ModelFormatError, match="something-else"):
            type(self.make()).load(tmp_path / "model")

    def test_damaged_state_is_refused(self, tmp_path):
        from nlptk import container
        from nlptk.errors import NlptkError

        estimator = self.make()
        container.write(tmp_path / "model", estimator.kind, {}, parameters={"no_such_parameter": 1})
        with pytest.raises(NlptkError):
            type(estimator).load(tmp_path / "model")
