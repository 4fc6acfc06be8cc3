"""NgramLM: scores of the reference and of KenLM, distributions, files."""

from __future__ import annotations

import bz2
import copy
import gzip
import lzma
import math
import pickle
import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import nlptk
from nlptk import NgramLM, container
from nlptk.errors import InputError, ModelFormatError, NotFittedError, ParameterError
from nlptk.lm.tables import sorted_ngrams
from tests.behaviour import EstimatorBehaviour
from tests.reference.ngram_query import Backoff, Estimated, Ngrams, interpolated, to_arpa

CORPUS = [
    "the cat sat on the mat",
    "the dog sat on the cat",
    "a dog ran",
    "我 来到 北京 清华大学",
    "我 在 清华大学 的 猫",
    "the cat ran on",
    "",
    "a mat",
]
TEXTS = [
    "the cat sat",
    "a the 我 来到 nobody knows",
    "",
    "</s> <s> <unk>",
    "mat on sat cat the",
    "我 在 北京 the dog ran on the mat",
]


@pytest.fixture(params=[1, 2, 3, 5])
def grams(request: pytest.FixtureRequest) -> Ngrams:
    return interpolated([line.split() for line in CORPUS], request.param)


@pytest.fixture
def lm(grams: Ngrams) -> NgramLM:
    return fitted(grams)


def fitted(grams: Ngrams) -> NgramLM:
    estimated = Estimated(grams)
    return NgramLM(order=estimated.order).take(estimated)


class TestBehaviour(EstimatorBehaviour):
    def make(self) -> NgramLM:
        return fitted(interpolated([line.split() for line in CORPUS], 3))

    def predictions(self, estimator: NgramLM) -> object:
        return [*map(estimator.score, TEXTS)], estimator.predict("the", None), estimator.counts_, estimator.discounts_


class TestQuantizedBehaviour(TestBehaviour):
    def make(self) -> NgramLM:
        lm = super().make()
        from nlptk.lm.tables import quantized

        lm._model = quantized(lm._model)
        return lm


# ---- fit


def test_fit(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("\n".join(CORPUS) + "\n", "utf-8")
    lm = NgramLM(order=3, smoothing="witten-bell")
    assert lm.fit(CORPUS) is lm
    for corpus in (tmp_path / "text", str(tmp_path / "text"), [line.split() for line in CORPUS], iter(CORPUS)):
        other = NgramLM(order=3, smoothing="witten-bell").fit(corpus)
        assert [*map(other.score, TEXTS)] == [*map(lm.score, TEXTS)]
        assert other.counts_ == lm.counts_
        assert other.vocabulary_ == lm.vocabulary_
    assert lm.discounts_ is None
    assert math.fsum(p for _, p in lm.predict("the cat", None)) == pytest.approx(1, abs=1e-6)
    assert lm.fit(["b"]).vocabulary_ == ["<unk>", "<s>", "</s>", "b"]
    assert "cat" not in lm


def test_fit_is_what_the_estimator_writes(tmp_path: Path) -> None:
    from nlptk.lm.estimate import estimate

    options = {"order": 4, "prune": [0, 0, 1], "vocabulary": ["the", "cat", "on", "我"]}
    lm = NgramLM(**options).fit(CORPUS)
    lm.save_arpa(tmp_path / "ours")
    with estimate(CORPUS, **options) as estimated, (tmp_path / "theirs").open("wb") as file:
        estimated.write_arpa(file)
        assert lm.discounts_ == estimated.discounts
        assert lm.counts_ == estimated.counts
    assert (tmp_path / "ours").read_bytes() == (tmp_path / "theirs").read_bytes()
    lm.save(tmp_path / "model")
    loaded = NgramLM.load(tmp_path / "model")
    assert loaded.discounts_ == lm.discounts_
    assert [*map(loaded.score, TEXTS)] == [*map(lm.score, TEXTS)] == [*map(NgramLM.load(tmp_path / "ours").score, TEXTS)]


@pytest.mark.parametrize("wrong", [{"order": 0}, {"smoothing": "none"}, {"k": -1}, {"memory": "x"}, {"prune": [2, 1]}])
def test_wrong_parameters_show_when_it_is_fitted(wrong: dict[str, object]) -> None:
    with pytest.raises(ParameterError):
        NgramLM(**wrong).fit(CORPUS)


# ---- scores


def test_scores(lm: NgramLM, grams: Ngrams) -> None:
    reference = Backoff(grams)
    for bos in (True, False):
        for eos in (True, False):
            expected = [reference.score(text.split(), bos, eos) for text in TEXTS]
            assert [lm.score(text, bos, eos) for text in TEXTS] == expected
            assert [lm.score(text.split(), bos=bos, eos=eos) for text in TEXTS] == expected
            assert lm.score_batch(TEXTS, bos, eos).tolist() == expected
            assert lm.score_batch((t.split() for t in TEXTS), bos=bos, eos=eos).tolist() == expected
            for text in TEXTS:
                assert [*lm.full_scores(text, bos, eos)] == reference.full_scores(text.split(), bos, eos)
    for text in TEXTS:
        assert lm.perplexity(text) == pytest.approx(10 ** (-reference.score(text.split()) / (len(text.split()) + 1)))
    assert isinstance(lm.full_scores(""), Iterator)
    assert "cat" in lm
    assert "清华大学" in lm
    assert "nobody" not in lm
    assert "<unk>" not in lm
    assert 3 not in lm
    assert lm.vocabulary_[:3] == ["<unk>", "<s>", "</s>"]


@pytest.mark.parametrize("threads", [2, 3, 7])
def test_threads_change_nothing(threads: int) -> None:
    lm = fitted(interpolated([line.split() for line in CORPUS], 3))
    many = [" ".join(random.Random(i).choices(lm.vocabulary_, k=i % 50)) for i in range(1000)]
    assert lm.score_batch(many, threads=threads).tolist() == [lm.score(text) for text in many]
    with pytest.raises(TypeError):
        lm.score_batch([*many, 3], threads=threads)


def test_words_lie_between_the_same_characters_everywhere(tmp_path: Path) -> None:
    """ASCII white space and NUL; other white space of Unicode is a part of words."""
    blanks, inside = " \t\v\f\r\0", "\x1c\x85\xa0\u2028\u3000"
    words = [f"a{c}b" for c in inside]
    text = "".join(f"{word}{c}" for word in words for c in blanks)
    (tmp_path / "text").write_text(text + "\n", "utf-8", newline="")
    (tmp_path / "words").write_text("\n".join(words[:3]) + f"\v{words[3]}\n", "utf-8", newline="")
    lm = NgramLM(order=2, smoothing="witten-bell").fit(tmp_path / "text")
    assert lm.vocabulary_ == ["<unk>", "<s>", "</s>", *words]
    assert NgramLM(order=1, smoothing="add-k", vocabulary=tmp_path / "words").fit([text]).vocabulary_[3:] == words[:4]
    for c in blanks + "\n":
        context, alone = c.join([c, *words, c]), NgramLM(order=2, smoothing="witten-bell").fit([words])
        assert lm.score(context) == lm.score(words) and len([*lm.full_scores(context)]) == len(words) + 1
        assert lm.state(context) == lm.state(words) and lm.predict(context) == lm.predict(words)
        assert lm.generate(context=context, max_length=0) == [words]
        if c != "\n":
            assert NgramLM(order=2, smoothing="witten-bell").fit([context]).vocabulary_ == alone.vocabulary_
            with pytest.raises(ParameterError, match="a blank inside"):
                NgramLM().fit([["a", f"b{c}"]])


def test_state_by_state(lm: NgramLM, grams: Ngrams) -> None:
    reference = Backoff(grams)
    for text in TEXTS:
        for bos in (True, False):
            state = lm.begin_state() if bos else lm.null_state()
            for word, expected in zip([*text.split(), "</s>"], reference.full_scores(text.split(), bos), strict=True):
                score, state = lm.score_word(state, word)
                assert score == expected[0]
            assert lm.state([*text.split(), "</s>"], bos) == state == lm.state(state)
    state = lm.state("the cat")
    assert pickle.loads(pickle.dumps(state)) == copy.deepcopy(state) == state
    assert lm.score_word(pickle.loads(pickle.dumps(state)), "sat") == lm.score_word(state, "sat")


@pytest.mark.parametrize("context", ["", "the", "the cat", "我 来到 北京", "nobody", "the cat sat on the mat"])
@pytest.mark.parametrize("bos", [True, False])
def test_next_words(lm: NgramLM, grams: Ngrams, context: str, bos: bool) -> None:
    everything = lm.predict(context, None, bos)
    assert dict(everything) == pytest.approx(Backoff(grams).distribution(["<s>"] * bos + context.split()))
    assert math.fsum(p for _, p in everything) == pytest.approx(1, abs=1e-6)
    assert [p for _, p in everything] == sorted((p for _, p in everything), reverse=True)
    assert len(everything) == len(lm.vocabulary_) - 1
    for k in (0, 1, 5, 10_000):
        assert lm.predict(context.split(), top_k=k, bos=bos) == everything[:k]
    assert lm.predict(lm.state(context, bos)) == everything[:10]


def test_generate() -> None:
    lm = fitted(interpolated([line.split() for line in CORPUS], 3, weight=0.1))
    many = lm.generate(300, seed=1, max_length=12)
    assert many == lm.generate(300, seed=1, max_length=12) != lm.generate(300, seed=2, max_length=12)
    assert max(map(len, many)) <= 12
    assert {w for s in many for w in s} <= {*lm.vocabulary_[3:]}
    starts = [s[0] for s in many if s]
    assert starts.count("the") / 300 == pytest.approx(dict(lm.predict(()))["the"], abs=0.1)
    likely = lm.generate(2, temperature=0, context="the dog")
    assert likely == lm.generate(2, temperature=0, context=["the", "dog"], seed=8)
    assert likely[0][:3] == ["the", "dog", lm.predict("the dog", 1)[0][0]]
    assert lm.generate(0) == []
    assert lm.generate(1, max_length=1, context="the cat") == [["the", "cat"]]
    assert lm.sample("the", seed=3) == lm.sample("the", seed=3) in lm.vocabulary_
    assert lm.sample("the cat", temperature=0) == lm.predict("the cat", 1)[0][0]
    hot = {lm.sample("the cat", temperature=50, seed=i) for i in range(60)}
    assert len(hot) > len({lm.sample("the cat", seed=i) for i in range(60)})


def test_wrong_arguments() -> None:
    lm = fitted(interpolated([["a"]], 2))
    for wrong in (
        lambda: lm.score_batch("a b"),
        lambda: lm.score_batch(["a"], threads=0),
        lambda: lm.predict("a", -1),
        lambda: lm.predict("a", 1.5),
        lambda: lm.generate(-1),
        lambda: lm.generate(1, max_length=-1),
        lambda: lm.generate(1, temperature=-1),
        lambda: lm.generate(1, temperature=math.nan),
        lambda: lm.save("x", quantize=4),
    ):
        with pytest.raises(ParameterError):
            wrong()
    for method in ("score", "full_scores", "perplexity", "score_batch", "predict", "state"):
        with pytest.raises(NotFittedError):
            getattr(NgramLM(), method)(["a"])
    with pytest.raises(NotFittedError):
        _ = NgramLM().vocabulary_
    with pytest.raises(NotFittedError):
        _ = "a" in NgramLM()


# ---- files


def test_packed_or_not_is_told_by_the_content(tmp_path: Path, grams: Ngrams) -> None:
    text = to_arpa(grams).encode()
    expected = [Backoff(grams).score(line.split()) for line in TEXTS]
    packers = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress, "arpa": bytes, "zst": None}
    for suffix, pack in packers.items():
        if pack is None:
            pack = pytest.importorskip("backports.zstd").compress
        for name in (f"model.{suffix}", "model", "model.txt", "model.nlptk"):
            (tmp_path / name).write_bytes(pack(text))
            assert [NgramLM.load(tmp_path / name).score(line) for line in TEXTS] == expected


@pytest.mark.parametrize("suffix", ["arpa", "arpa.gz"])
def test_arpa_round_trip(tmp_path: Path, lm: NgramLM, grams: Ngrams, suffix: str) -> None:
    lm.save_arpa(tmp_path / f"a.{suffix}")
    again = NgramLM.load(tmp_path / f"a.{suffix}")
    assert again.counts_ == lm.counts_ == Estimated(grams).counts
    assert again.vocabulary_ == lm.vocabulary_
    assert again.order == lm.order
    again.save_arpa(tmp_path / "b.arpa")
    NgramLM.load(tmp_path / f"a.{suffix}").save(tmp_path / "model")
    nlptk.load(tmp_path / "model").save_arpa(tmp_path / "c.arpa")
    assert (tmp_path / "b.arpa").read_bytes() == (tmp_path / "c.arpa").read_bytes()
    lm.save_arpa(tmp_path / "a.arpa")
    assert (tmp_path / "b.arpa").read_bytes() == (tmp_path / "a.arpa").read_bytes()


def test_ngrams_come_back_in_the_order_of_the_estimator(lm: NgramLM, grams: Ngrams) -> None:
    chunks, estimated = sorted_ngrams(lm._model), Estimated(grams)
    for n in estimated.orders:
        rows = [[lm.vocabulary_[i] for i in row] for ids, _, _ in chunks(n) for row in ids.tolist()]
        assert [tuple(row) for row in rows] == estimated.sorted[n]


def test_without_the_ngrams_inside_of_ngrams(tmp_path: Path) -> None:
    """What is left out scores as if it were backed off to: the same as without it."""
    rng = random.Random(5)
    grams = interpolated([line.split() for line in CORPUS], 4)
    gone = [gram for gram in grams if 1 < len(gram) < 4 and rng.random() < 0.4]
    for gram in gone:
        del grams[gram]
    (tmp_path / "model").write_text(to_arpa(grams), "utf-8")
    lm, reference = NgramLM.load(tmp_path / "model"), Backoff(grams)
    for text in [*TEXTS, *CORPUS, *(" ".join(gram) for gram in gone)]:
        assert lm.score(text) == pytest.approx(reference.score(text.split()), abs=1e-5)
    assert lm.counts_[-1] == sum(len(gram) == 4 for gram in grams)
    assert lm.counts_[1] > sum(len(gram) == 2 for gram in grams)
    lm.save(tmp_path / "saved")
    assert NgramLM.load(tmp_path / "saved").score_batch(TEXTS).tolist() == lm.score_batch(TEXTS).tolist()


def test_without_unk(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    grams = interpolated([line.split() for line in CORPUS], 2)
    del grams["<unk>",]
    (tmp_path / "model").write_text(to_arpa(grams), "utf-8")
    lm = NgramLM.load(tmp_path / "model")
    assert caplog.messages == [f"{tmp_path / 'model'}: there is no <unk>; unknown words get a log10 probability of -100"]
    assert [*lm.full_scores("nobody", bos=False, eos=False)] == [(-100, 1, True)]
    assert lm.score("the nobody") < -100


@pytest.mark.parametrize("mark", ["<s>", "</s>"])
def test_without_a_sentence_mark(tmp_path: Path, mark: str) -> None:
    grams = {gram: numbers for gram, numbers in interpolated([["a"]], 2).items() if mark not in gram}
    (tmp_path / "model").write_text(to_arpa(grams), "utf-8")
    with pytest.raises(ModelFormatError, match=f"model: there is no {mark}"):
        NgramLM.load(tmp_path / "model")


def test_an_ngram_given_twice(tmp_path: Path) -> None:
    text = to_arpa(interpolated([["a", "b"]], 2)).replace("ngram 2=3", "ngram 2=4").replace("\n\\end\\", "-1\ta b\n\\end\\")
    (tmp_path / "model").write_text(text, "utf-8")
    with pytest.raises(ModelFormatError, match="model: 2-gram 4 is there twice"):
        NgramLM.load(tmp_path / "model")


def test_no_model(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        NgramLM.load(tmp_path / "missing")
    with pytest.raises(InputError):
        NgramLM.load(tmp_path)
    for content in (b"", b"a\n", b"\x00" * 1000, b"\x1f\x8b", gzip.compress(b"a"), b"{}" * 100):
        (tmp_path / "model").write_bytes(content)
        with pytest.raises((ModelFormatError, InputError), match=r"model: |model:1: "):
            NgramLM.load(tmp_path / "model")


def test_quantized(tmp_path: Path) -> None:
    rng = random.Random(1)
    words = [f"w{i}" for i in range(60)]
    lines = [[words[min(int(rng.expovariate(0.1)), 59)] for _ in range(20)] for _ in range(400)]
    lm = fitted(interpolated(lines, 3))
    lm.save(tmp_path / "exact")
    lm.save(tmp_path / "coarse", quantize=8)
    coarse = NgramLM.load(tmp_path / "coarse")
    assert (tmp_path / "coarse").stat().st_size < 0.75 * (tmp_path / "exact").stat().st_size
    assert coarse.counts_ == lm.counts_
    exact, rounded = lm.score_batch(lines), coarse.score_batch(lines)
    assert (exact != rounded).any()
    assert np.abs(exact - rounded).max() / 21 < 0.05
    assert sum(rounded) == pytest.approx(sum(exact), rel=0.002)
    coarse.save(tmp_path / "again", quantize=8)
    coarse.save(tmp_path / "thrice")
    assert (tmp_path / "again").read_bytes() == (tmp_path / "coarse").read_bytes() == (tmp_path / "thrice").read_bytes()
    coarse.save_arpa(tmp_path / "arpa")
    assert NgramLM.load(tmp_path / "arpa").score_batch(lines).tolist() == rounded.tolist()


def test_copies_and_pickles(lm: NgramLM, tmp_path: Path) -> None:
    lm.save(tmp_path / "model")
    for original in (lm, NgramLM.load(tmp_path / "model", verify=False)):
        for other in (copy.copy(original), copy.deepcopy(original), pickle.loads(pickle.dumps(original))):
            assert other.score_batch(TEXTS).tolist() == lm.score_batch(TEXTS).tolist()
            assert other.predict("the") == lm.predict("the")


def test_only_small_files_are_checked_without_being_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    NgramLM(order=2, smoothing="add-k").fit(CORPUS).save(tmp_path / "model")
    data = bytearray((tmp_path / "model").read_bytes())
    data[-1] ^= 1
    (tmp_path / "model").write_bytes(data)
    with pytest.raises(ModelFormatError, match="model: damaged"):
        NgramLM.load(tmp_path / "model")
    monkeypatch.setattr("nlptk.lm.model._CHECKED", 100)
    NgramLM.load(tmp_path / "model")
    nlptk.load(tmp_path / "model")
    with pytest.raises(ModelFormatError, match="model: damaged"):
        NgramLM.load(tmp_path / "model", verify=True)


def test_verify_finds_what_a_checksum_does_not(tmp_path: Path) -> None:
    lm = fitted(interpolated([line.split() for line in CORPUS], 2))
    parameters, learned, arrays = lm._dump()

    def change(name: str, at: object, value: float) -> dict[str, np.ndarray]:
        array = np.array(memoryview(arrays[name]))
        array[at] = value
        return arrays | {name: array}

    used = np.flatnonzero(arrays["ngrams.2"][:, 1] != 0xFFFFFFFF)[0]
    for changed in (
        change("unigrams", (4, 0), math.nan),
        change("unigrams", (4, 0), 0.5),
        change("unigrams", (4, 1), math.inf),
        change("ngrams.2", (used, 2), 0x7FC00000),
        change("ngrams.2", (used, 1), 0xFFFFFFFF),
        change("ngrams.2", (used, 0), 10_000),
        change("words.slots", (slice(None), 1), 3),
        change("words.blob", 2, ord("x")),
        change("words.blob", 20, 0xFF),
        change("words.offsets", 5, 1),
    ):
        container.write(tmp_path / "model", NgramLM.kind, changed, parameters=parameters, learned=learned)
        with pytest.raises(ModelFormatError, match="model: "):
            NgramLM.load(tmp_path / "model")
        damaged = NgramLM.load(tmp_path / "model", verify=False)
        damaged.score_batch(TEXTS)
    for wrong in (
        {"counts": []},
        {"counts": [1.5]},
        {"counts": [2] * 30},
        {"counts": None},
        {"discounts": 3},
        {"quantized": True},
    ):
        container.write(tmp_path / "model", NgramLM.kind, arrays, parameters=parameters, learned=learned | wrong)
        with pytest.raises(ModelFormatError, match="model: "):
            NgramLM.load(tmp_path / "model", verify=False)


@pytest.mark.parametrize("count", [500, pytest.param(10_000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", ["ngram-lm", "ngram-lm-crafted"])
def test_mutations_are_refused_or_harmless(tmp_path: Path, name: str, count: int) -> None:
    from fuzz.mutate import mutated
    from fuzz.targets import TARGETS

    target, rng = TARGETS[name](tmp_path), random.Random(11)
    seeds = target.seeds()
    refused = 0
    for _ in range(count):
        data = target.repaired(mutated(rng, rng.choice(seeds), seeds))
        try:
            target.run(data)
        except target.allowed:
            refused += 1
    assert refused > count / 2


def test_parity_with_kenlm(tmp_path: Path) -> None:
    kenlm = pytest.importorskip("kenlm")
    rng = random.Random(3)
    grams = interpolated([line.split() for line in CORPUS], 5)
    for gram in [gram for gram in grams if len(gram) == 3 and gram[1:] in grams and rng.random() < 0.05]:
        if not any(gram in (g[1:], g[:-1]) for g in grams if len(g) == 4):
            del grams[gram]
    fitted(grams).save_arpa(tmp_path / "a.arpa")
    ours, theirs = NgramLM.load(tmp_path / "a.arpa"), kenlm.Model(str(tmp_path / "a.arpa"))
    vocabulary = [*ours.vocabulary_[2:], "nobody", "knows"]
    for text in [*TEXTS, *(" ".join(rng.choices(vocabulary, k=rng.randrange(30))) for _ in range(500))]:
        for bos in (True, False):
            for eos in (True, False):
                assert ours.score(text, bos, eos) == theirs.score(text, bos, eos)
                assert [*ours.full_scores(text, bos, eos)] == [*theirs.full_scores(text, bos, eos)]
        assert ours.perplexity(text) == theirs.perplexity(text)
    assert all((word in ours) == (word in theirs) for word in [*vocabulary, "<s>", "<unk>"])
