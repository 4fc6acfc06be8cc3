from __future__ import annotations

import threading
import time

import pytest
from sklearn.base import clone

from nlptk import container, loading
from nlptk.doc import Component, Doc
from nlptk.errors import InputError, ModelFormatError, NotFittedError, ParameterError, PipelineError
from nlptk.estimator import Estimator
from nlptk.pipeline import Pipeline
from tests.behaviour import TEXTS, ComponentBehaviour, EstimatorBehaviour


class Characters(Component, Estimator):
    """Words of a few characters."""

    kind = "toy-characters"
    requires_fit = False
    provides = ("words",)

    def __init__(self, size=1):
        self.size = size

    def annotate(self, docs):
        for doc in docs:
            length = len(doc.text)
            doc.ends = [*range(self.size, length, self.size), length] if length else []


class Lengths(Component, Estimator):
    """Tag each word with its length, or with what was learned about it."""

    kind = "toy-lengths"
    requires = ("words",)
    provides = ("tags",)

    def __init__(self, prefix="L"):
        self.prefix = prefix

    def fit(self, X, y=None):
        self.known_ = sorted(X)
        return self

    def annotate(self, docs):
        self._check_fitted()
        for doc in docs:
            doc.tags = ["known" if word in self.known_ else f"{self.prefix}{len(word)}" for word in doc]

    def _get_state(self):
        blob, offsets = container.pack_strings(self.known_)
        return {"count": len(self.known_)}, {"known": blob, "offsets": offsets}

    def _set_state(self, learned, arrays):
        self.known_ = container.unpack_strings(arrays.array("known"), arrays.array("offsets"))
        if len(self.known_) != learned["count"]:
            raise ModelFormatError("count does not fit")


class Keywords:
    """A component without a base class, and with a result about the whole document."""

    requires = ("words", "tags")
    provides = ("keywords",)

    def annotate(self, docs):
        for doc in docs:
            doc.extra["keywords"] = sorted(set(doc))


class Stumbles(Component):
    """Fails at some texts, after having touched the batch."""

    provides = ("words",)

    def annotate(self, docs):
        for doc in docs:
            if "bad" in doc.text:
                raise ZeroDivisionError(doc.text)
            doc.ends = [len(doc.text)] if doc.text else []


@pytest.fixture(autouse=True)
def toys_can_be_loaded(monkeypatch):
    toys = {toy.kind: toy for toy in (Characters, Lengths)}
    known = loading.class_of
    monkeypatch.setattr(loading, "class_of", lambda kind: toys.get(kind) or known(kind))


def toy_pipeline() -> Pipeline:
    return Pipeline([("segment", Characters(2)), ("tag", Lengths().fit(["ab", "北京", "\ud800"]))])


class TestCharacters(ComponentBehaviour, EstimatorBehaviour):
    def make(self):
        return Characters(3)


class TestLengths(ComponentBehaviour, EstimatorBehaviour):
    def make(self):
        return Lengths().fit(["a", "我", "\ud83d"])

    def predictions(self, estimator):
        docs = self.docs()
        estimator.annotate(docs)
        return [doc.tags for doc in docs]


class TestKeywords(ComponentBehaviour):
    def make(self):
        return Keywords()


class TestPipelineItself(ComponentBehaviour, EstimatorBehaviour):
    def make(self):
        return toy_pipeline()

    def predictions(self, estimator):
        return [doc.to_dict() for doc in estimator.pipe(TEXTS)]

    def test_clone_has_the_parameters_only(self):
        copy = clone(self.make())
        assert repr(copy) == repr(self.make())
        assert not copy["tag"].__sklearn_is_fitted__()


# ---- construction


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ([("tag", Lengths())], 'step "tag" requires column "words", which no earlier step provides'),
        ([("tag", Lengths()), ("segment", Characters())], 'step "tag" requires column "words"'),
        ([("segment", Characters()), ("top", Keywords())], 'step "top" requires column "tags"'),
        ([("a", Characters()), ("a", Characters())], 'two steps are named "a"'),
        ([("a__b", Characters())], "cannot be the name of a step"),
        ([("a/b", Characters())], "cannot be the name of a step"),
        ([("steps", Characters())], "cannot be the name of a step"),
        ([("", Characters())], "cannot be the name of a step"),
        ([(1, Characters())], "cannot be the name of a step"),
        ([("a", Characters)], 'step "a" is <class'),
        ([("a", len)], 'step "a" is <built-in'),
        ([Characters()], "a pair of a name and a component"),
        (["ab"], "a pair of a name and a component"),
    ],
)
def test_steps_that_cannot_work_are_refused_by_name(steps, message):
    with pytest.raises(PipelineError, match=message):
        Pipeline(steps)


def test_given_columns_need_no_step():
    nlp = Pipeline([("tag", Lengths().fit([]))], given=("words",))
    doc = Doc("abc", [1, 3])
    assert nlp(doc) is doc
    assert doc.tags == ["L1", "L2"]
    with pytest.raises(PipelineError, match='no column "words"'):
        nlp("abc")
    with pytest.raises(PipelineError, match='no column "words"'):
        list(nlp.pipe(["abc"]))
    with pytest.raises(ParameterError, match="given is 'words'"):
        Pipeline([("tag", Lengths())], given="words")


def test_steps_by_name():
    nlp = toy_pipeline()
    assert isinstance(nlp["tag"], Lengths)
    assert [name for name, _ in nlp.steps] == ["segment", "tag"]
    assert (nlp.requires, nlp.provides, len(nlp)) == ((), ("words", "tags"), 2)
    with pytest.raises(KeyError, match="no step 'ner'; there are: segment, tag"):
        nlp["ner"]


def test_pipelines_nest():
    nlp = Pipeline([("inner", toy_pipeline()), ("top", Keywords())])
    assert nlp("abc").extra["keywords"] == ["ab", "c"]
    assert nlp.get_params()["inner__segment__size"] == 2
    nlp.set_params(inner__segment__size=3)
    assert nlp("abc").words == ["abc"]


# ---- parameters


def test_parameters_of_steps():
    nlp = toy_pipeline()
    params = nlp.get_params()
    assert set(params) == {"steps", "given", "segment", "segment__size", "tag", "tag__prefix"}
    nlp.set_params(segment__size=1, tag__prefix="")
    assert nlp("北京").tags == ["1", "1"]
    nlp.set_params(segment=Characters(5), segment__size=4)
    assert nlp["segment"].size == 4
    with pytest.raises(ParameterError, match=r"no parameter 'ner'; possible: steps, given, segment, tag"):
        nlp.set_params(ner__x=1)
    with pytest.raises(ParameterError, match=r"no parameter 'width'; possible: size"):
        nlp.set_params(segment__width=1)


def test_a_step_cannot_be_replaced_by_one_that_does_not_fit():
    nlp = toy_pipeline()
    with pytest.raises(PipelineError, match='step "segment" requires column "words"'):
        nlp.set_params(segment=Lengths())
    with pytest.raises(PipelineError):
        nlp.set_params(steps=[("tag", Lengths())])
    assert nlp("ab").tags == ["known"]


# ---- one text and streams


def test_one_text():
    doc = toy_pipeline()("我来到北京")
    assert (doc.text, doc.words, doc.tags) == ("我来到北京", ["我来", "到北", "京"], ["L2", "L2", "L1"])
    with pytest.raises(TypeError, match="text is bytes"):
        toy_pipeline()(b"abc")


def test_documents_are_annotated_in_place():
    docs = [Doc("ab"), Doc("c")]
    out = list(toy_pipeline().pipe(docs, batch_size=1, threads=2))
    assert [a is b for a, b in zip(docs, out, strict=True)] == [True, True]
    assert docs[1].tags == ["L1"]


@pytest.mark.parametrize("threads", [1, 2, 4])
@pytest.mark.parametrize("batch_size", [1, 2, 7, 1000])
def test_order_is_kept(threads, batch_size):
    texts = [f"{i}" * (i % 5) for i in range(100)]
    docs = list(toy_pipeline().pipe(texts, batch_size=batch_size, threads=threads))
    assert [doc.text for doc in docs] == texts
    assert docs == [toy_pipeline()(text) for text in texts]


@pytest.mark.parametrize("threads", [1, 2])
def test_no_texts(threads):
    assert list(toy_pipeline().pipe([], threads=threads)) == []


@pytest.mark.parametrize(("threads", "most"), [(1, 4), (2, 16), (3, 24)])
def test_reads_only_a_little_ahead(threads, most):
    taken = 0

    def texts():
        nonlocal taken
        while True:  # a stream need not end
            taken += 1
            yield "abc"

    out = toy_pipeline().pipe(texts(), batch_size=4, threads=threads)
    assert taken == 0
    for count in range(1, 100):
        next(out)
        assert taken <= count - 1 + most + 4
    out.close()


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("batch_size", [1, 2, 3, 100])
class TestErrorsComeWhereTheyBelong:
    def consume(self, out):
        seen = []
        with pytest.raises(Exception) as caught:  # any: the caller asks what it is
            for doc in out:
                seen.append(doc.text)
        assert list(out) == []
        return seen, caught.value

    def test_of_a_component(self, threads, batch_size):
        nlp = Pipeline([("it", Stumbles())])
        seen, error = self.consume(nlp.pipe(["a", "b", "bad 1", "c", "bad 2"], batch_size=batch_size, threads=threads))
        assert (seen, type(error), str(error)) == (["a", "b"], ZeroDivisionError, "bad 1")

    def test_of_the_input(self, threads, batch_size):
        def texts():
            yield from ("a", "b", "c")
            raise InputError("disk on fire")

        seen, error = self.consume(toy_pipeline().pipe(texts(), batch_size=batch_size, threads=threads))
        assert (seen, type(error)) == (["a", "b", "c"], InputError)

    def test_of_the_component_before_that_of_the_input(self, threads, batch_size):
        nlp = Pipeline([("it", Stumbles())])
        seen, error = self.consume(nlp.pipe(["a", "bad", "b", 7], batch_size=batch_size, threads=threads))
        assert (seen, type(error)) == (["a"], ZeroDivisionError)

    def test_of_an_item_that_is_no_text(self, threads, batch_size):
        seen, error = self.consume(toy_pipeline().pipe(["a", "b", None, "c"], batch_size=batch_size, threads=threads))
        assert (seen, type(error)) == (["a", "b"], TypeError)
        assert str(error) == "item 2 of texts is NoneType, expected str or Doc"


@pytest.mark.parametrize("texts", ["abc", Doc("abc")])
def test_one_text_is_no_stream(texts):
    with pytest.raises(TypeError, match="expected an iterable"):
        toy_pipeline().pipe(texts)


@pytest.mark.parametrize("options", [{"batch_size": 0}, {"threads": 0}, {"threads": 1.5}, {"batch_size": None}])
def test_sizes_are_checked_at_once(options):
    with pytest.raises(ParameterError, match=next(iter(options))):
        toy_pipeline().pipe([], **options)


def test_batches_run_side_by_side():
    class Meets(Component):
        def __init__(self):
            self.barrier = threading.Barrier(2, timeout=10)

        def annotate(self, docs):
            self.barrier.wait()

    assert len(list(Pipeline([("it", Meets())]).pipe(["a", "b", "c", "d"], batch_size=1, threads=2))) == 4


def test_closing_early_stops_the_threads():
    class Slow(Component):
        seen = 0

        def annotate(self, docs):
            time.sleep(0.01)
            Slow.seen += len(docs)

    before = threading.active_count()
    out = Pipeline([("it", Slow())]).pipe(["a"] * 1000, batch_size=1, threads=2)
    next(out)
    assert threading.active_count() == before + 2
    out.close()
    assert threading.active_count() == before
    assert Slow.seen < 20


def test_dropping_it_stops_the_threads_too():
    before = threading.active_count()
    out = toy_pipeline().pipe(["a"] * 1000, batch_size=1, threads=2)
    next(out)
    del out
    assert threading.active_count() == before


# ---- files


def test_saved_and_loaded(tmp_path):
    path = tmp_path / "it.nlptk"
    nlp = Pipeline([("inner", toy_pipeline()), ("again", Lengths("x").fit(["c"]))])
    nlp.save(path)
    stored = container.open(path)
    assert stored.kind == "pipeline"
    assert {"inner/tag/known", "again/known"} <= set(stored.names())
    loaded = loading.load(path)
    assert repr(loaded) == repr(nlp)
    assert loaded("abc").to_dict() == nlp("abc").to_dict()
    assert loaded["inner"]["tag"].known_ == ["ab", "北京", "\ud800"]


def test_given_is_saved(tmp_path):
    Pipeline([("tag", Lengths().fit([]))], given=("words",)).save(tmp_path / "it")
    assert Pipeline.load(tmp_path / "it")(Doc("a", [1])).tags == ["L1"]


def test_steps_keep_their_licence(tmp_path):
    Lengths().fit(["a"]).save(tmp_path / "tagger", licence="CC-BY-4.0")
    Pipeline([("segment", Characters()), ("tag", Lengths.load(tmp_path / "tagger"))]).save(tmp_path / "first")
    Pipeline.load(tmp_path / "first").save(tmp_path / "second")
    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()
    Pipeline.load(tmp_path / "second")["tag"].save(tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == (tmp_path / "tagger").read_bytes()


def test_what_cannot_be_saved_leaves_no_file(tmp_path):
    with pytest.raises(NotFittedError, match="Lengths"):
        Pipeline([("segment", Characters()), ("tag", Lengths())]).save(tmp_path / "it")
    with pytest.raises(PipelineError, match='step "it" cannot be saved: Stumbles'):
        Pipeline([("it", Stumbles())]).save(tmp_path / "it")
    assert not any(tmp_path.iterdir())


STEP = {"name": "segment", "kind": "toy-characters", "parameters": {}, "learned": {}}


@pytest.mark.parametrize(
    ("parameters", "learned"),
    [
        ({}, {"steps": []}),
        ({"given": 7}, {"steps": []}),
        ({"given": []}, {}),
        ({"given": []}, {"steps": 7}),
        ({"given": []}, {"steps": [7]}),
        ({"given": []}, {"steps": [{}]}),
        ({"given": []}, {"steps": [STEP, STEP]}),
        ({"given": []}, {"steps": [{**STEP, "kind": "unknown"}]}),
        ({"given": []}, {"steps": [{**STEP, "kind": ["list"]}]}),
        ({"given": []}, {"steps": [{**STEP, "kind": "toy-lengths"}]}),
        ({"given": []}, {"steps": [{**STEP, "parameters": {"width": 1}}]}),
        ({"given": []}, {"steps": [{**STEP, "parameters": []}]}),
        ({"given": []}, {"steps": [{**STEP, "origin": 7}]}),
        ({"given": []}, {"steps": [{**STEP, "name": "a__b"}]}),
        ({"given": []}, {"steps": [{**STEP, "kind": "pipeline"}]}),
    ],
)
def test_impossible_state_is_a_format_error(tmp_path, parameters, learned):
    container.write(tmp_path / "it", "pipeline", {}, parameters=parameters, learned=learned)
    with pytest.raises(ModelFormatError) as caught:
        loading.load(tmp_path / "it")
    assert caught.value.path == str(tmp_path / "it")


# ---- load


def test_load_names_what_exists(tmp_path):
    with pytest.raises(InputError, match="packaged: zh"):
        loading.load("no-such-name")
    with pytest.raises(InputError, match="no such file"):
        loading.load(tmp_path / "missing.nlptk")


def test_load_refuses_unknown_kinds(tmp_path):
    container.write(tmp_path / "it", "crystal-ball", {})
    with pytest.raises(ModelFormatError, match=r"unknown kind of model: 'crystal-ball'; this version knows .*dictionary"):
        loading.load(tmp_path / "it")


def test_load_checks_the_licence(tmp_path):
    Characters().save(tmp_path / "free", licence="MIT")
    Characters().save(tmp_path / "unsaid")
    assert loading.load(tmp_path / "free", licence="MIT").size == 1
    assert loading.load(tmp_path / "free", licence=("MIT", "Apache-2.0")).size == 1
    assert loading.load(tmp_path / "unsaid").size == 1
    with pytest.raises(InputError, match="licence is 'MIT', wanted: CC0"):
        loading.load(tmp_path / "free", licence="CC0")
    with pytest.raises(InputError, match="licence is 'not stated', wanted: MIT"):
        loading.load(tmp_path / "unsaid", licence="MIT")
    with pytest.raises(InputError, match="zh: no part of it is under a licence wanted: CC0"):
        loading.load("zh", licence="CC0")
    assert loading.load("zh", licence="MIT").provides == ("words", "tags")  # jieba's


def test_the_table_names_classes_that_exist():
    for kind in loading._CLASSES:
        found = loading.class_of(kind)
        assert callable(found.load)
        assert getattr(found, "kind", kind) == kind
