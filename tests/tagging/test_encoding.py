"""Encoders: what they keep, what they refuse, and that nothing depends on chance."""

from __future__ import annotations

import random
import subprocess
import sys

import numpy as np
import pytest

from nlptk.errors import CorpusEncodingError, InputError, ModelFormatError, NotFittedError, ParameterError
from nlptk.tagging import DictEncoder, Template, TemplateEncoder

TEMPLATE = Template(["word[-1]", "word[0]", "word[0]/tag[1]", "suffix(word[0], 2)", "dict(word[0], d)"])
X = [[("the", "D"), ("cat", "N"), ("sat", "V")], [], [("the", "D"), ("mat\udfff", "N"), ("", "X")]]
DICTS = [[{"w": "the", "n": 2.5}, ["w:cat", "x"]], [], [{"next": {"w": "mat"}}]]


def encoders():
    return [(TemplateEncoder(TEMPLATE, dictionaries={"d": ["cat", "the cat"]}), X), (DictEncoder(), DICTS)]


def same(a, b):
    assert a.n_attributes == b.n_attributes
    for x, y in zip(a[:5], b[:5], strict=True):
        assert (x is None) == (y is None) and (x is None or (np.array_equal(x, y) and x.dtype == y.dtype))


@pytest.mark.parametrize("which", [0, 1])
def test_arrays_hold_everything(which):
    encoder, data = encoders()[which]
    encoded = encoder.fit_transform(data)
    again = type(encoder).from_arrays(encoder.arrays())
    same(again.transform(data), encoded)
    assert again.names() == encoder.names() and again.n_attributes == encoder.n_attributes == encoded.n_attributes
    for name, array in again.arrays().items():
        assert np.array_equal(array, encoder.arrays()[name])


def test_names_can_be_left_out():
    encoder, data = encoders()[0]
    encoded = encoder.fit_transform(data)
    arrays = encoder.arrays(names=False)
    assert set(arrays) == {"template", "keys", "masks", "dictionary.d.blob", "dictionary.d.offsets"}
    again = TemplateEncoder.from_arrays(arrays)
    same(again.transform(data), encoded)
    with pytest.raises(ParameterError, match="saved without the names"):
        again.names()
    again.keep(np.ones(again.n_attributes, bool))
    same(again.transform(data), encoded)


@pytest.mark.parametrize("which", [0, 1])
def test_encoders_without_training(which):
    encoder, data = encoders()[which]
    for use in (encoder.names, encoder.arrays, lambda: encoder.transform(data), lambda: encoder.n_attributes):
        with pytest.raises(NotFittedError):
            use()
    assert encoder.fit_transform([]).n_attributes == 0
    assert encoder.transform(data).indptr.tolist() == [0] * (1 + sum(map(len, data)))
    assert type(encoder).from_arrays(encoder.arrays()).names() == []


@pytest.mark.parametrize("which", [0, 1])
def test_keep_and_numbers_in(which):
    encoder, data = encoders()[which]
    encoder.fit_transform(data)
    other, _ = encoders()[which]
    other.fit_transform(data[:1])
    names, others = encoder.names(), other.names()
    assert encoder.numbers_in(other).tolist() == [others.index(name) if name in others else -1 for name in names]
    kept = np.arange(len(names)) % 3 == 0
    encoder.keep(kept)
    assert encoder.names() == names[::3]
    for bad in (kept, np.ones(len(names[::3]), int)):
        with pytest.raises(ParameterError, match="which"):
            encoder.keep(bad)
    empty, _ = encoders()[which]
    empty.fit_transform([])
    assert set(encoder.numbers_in(empty).tolist()) == {-1} and empty.numbers_in(encoder).tolist() == []


def test_encoders_of_different_templates_have_nothing_in_common():
    a, b = TemplateEncoder(Template(["word[0]"])), TemplateEncoder(Template(["word[1]"]))
    with pytest.raises(ParameterError, match="different templates"):
        a.numbers_in(b)


@pytest.mark.parametrize("min_freq", [-1, 1.5, "2", True, 2**32])
def test_frequencies_that_make_no_sense(min_freq):
    for make in (lambda: TemplateEncoder(TEMPLATE, min_freq, {"d": []}), lambda: DictEncoder(min_freq)):
        with pytest.raises(ParameterError, match="min_freq"):
            make()


def test_dictionaries_from_files_and_lists(tmp_path):
    (tmp_path / "d").write_text("cat\n\n the cat \n", "utf-8")
    encoder = TemplateEncoder(TEMPLATE, dictionaries={"d": tmp_path / "d", "unused": ["x"]})
    same(encoder.fit_transform(X), encoders()[0][0].fit_transform(X))
    with pytest.raises(ParameterError, match="a dictionary 'd' that is not given"):
        TemplateEncoder(TEMPLATE)
    with pytest.raises(InputError):
        TemplateEncoder(TEMPLATE, dictionaries={"d": str(tmp_path / "none")})
    (tmp_path / "d").write_bytes(b"\xff\n")
    with pytest.raises(CorpusEncodingError):
        TemplateEncoder(TEMPLATE, dictionaries={"d": tmp_path / "d"})
    for word in ("", "x" * 256, 3):
        with pytest.raises(ParameterError, match="dictionary word"):
            TemplateEncoder(TEMPLATE, dictionaries={"d": [word]})


def test_numbers_do_not_depend_on_the_process():
    code = """
from nlptk.tagging import *
encoder = DictEncoder()
encoder.fit_transform([[{"a", "b", "c", "d"}, {"x": {"p", "q", "r"}}]])
print(encoder.names())
encoder = TemplateEncoder(Template(["word[0]"]))
encoder.fit_transform([list("hello world")])
print(encoder.names(), encoder.arrays()["keys"])
"""
    outputs = set()
    for seed in ("1", "2", "3"):
        environment = {"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)}
        outputs.add(subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=True).stdout)
    assert len(outputs) == 1 and b"'x:p', 'x:q', 'x:r'" in outputs.pop()


def test_threads_do_not_change_the_result():
    rng = random.Random(1)
    data = [[(rng.choice("abcdefg"), rng.choice("xy")) for _ in range(rng.randrange(30))] for _ in range(1000)]
    encoder = TemplateEncoder(TEMPLATE, dictionaries={"d": ["a", "bc"]})
    encoder.fit_transform(data[:20])
    alone = encoder.transform(data)
    for threads in (2, 3, 2000):
        same(encoder.transform(data, threads=threads), alone)


@pytest.mark.parametrize("which", [0, 1])
def test_damaged_arrays_are_refused_or_harmless(which):
    encoder, data = encoders()[which]
    encoder.fit_transform(data)
    good, rng, refused = encoder.arrays(), random.Random(3), 0
    for _ in range(1500):
        bad = {name: array.copy() for name, array in good.items()}
        name = rng.choice(list(bad))
        match rng.randrange(5):
            case 0:
                del bad[name]
            case 1:
                bad[name] = bad[name][: rng.randrange(len(bad[name]) + 1)]
            case 2:
                bad[name] = bad[name].astype(rng.choice([np.uint8, np.int64, np.float32]))
            case _:
                raw = bad[name].view(np.uint8)
                if len(raw):
                    raw[rng.randrange(len(raw))] ^= 1 << rng.randrange(8)
        try:
            again = type(encoder).from_arrays(bad)
            encoded = again.transform(data)
            again.names()
        except (ModelFormatError, ParameterError):
            refused += 1
        else:
            assert not len(encoded.indices) or encoded.indices.max() < encoded.n_attributes
    assert refused > 400


def test_masks_that_do_not_fit_the_template():
    encoder, data = encoders()[0]
    encoder.fit_transform(data)
    arrays = encoder.arrays()
    with pytest.raises(ModelFormatError, match="masks do not fit"):
        TemplateEncoder.from_arrays({**arrays, "masks": arrays["masks"] | 128})
