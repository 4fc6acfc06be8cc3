"""The model file format: what is written comes back, and every kind of damage is refused."""

from __future__ import annotations

import json
import os
import random
import stat
import subprocess
import sys
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlptk import Dictionary, container
from nlptk.errors import InputError, ModelFormatError, NlptkError, OutputError
from tests.reference.checksum import xxh64

START = b'{"__metadata__":{"checksum":"'
DTYPES = {
    "BOOL": np.bool_, "U8": np.uint8, "I8": np.int8, "U16": np.uint16, "I16": np.int16, "F16": np.float16, "U32": np.uint32,
    "I32": np.int32, "F32": np.float32, "U64": np.uint64, "I64": np.int64, "F64": np.float64,
}  # fmt: skip


def parts(data: bytes) -> tuple[dict[str, Any], bytes]:
    """Header as a dict (manifest parsed too) and the bytes of the arrays."""
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    header["__metadata__"]["manifest"] = json.loads(header["__metadata__"]["manifest"])
    return header, data[8 + length :]


def assembled(header: dict[str, Any] | bytes, body: bytes, *, padded: bool = True) -> bytes:
    """A file with this header, whose checksum is right, so that only what stands in it can be wrong."""
    if isinstance(header, dict):
        metadata = dict(header["__metadata__"])
        metadata = {"checksum": "0" * 16, **{k: v for k, v in metadata.items() if k != "checksum"}}
        if not isinstance(metadata.get("manifest"), str) and "manifest" in metadata:
            metadata["manifest"] = json.dumps(metadata["manifest"], sort_keys=True, separators=(",", ":"))
        rest = {k: v for k, v in header.items() if k != "__metadata__"}
        header = json.dumps({"__metadata__": metadata, **rest}, separators=(",", ":")).encode()
    if padded:
        header += b" " * (-(8 + len(header)) % 64)
    data = len(header).to_bytes(8, "little") + header
    at = 8 + len(START)
    zeros = data[:at] + b"0" * 16 + data[at + 16 :]
    return data[:at] + f"{xxh64(zeros):016x}".encode() + data[at + 16 :] + body


def with_checksums(header: dict[str, Any], body: bytes) -> dict[str, Any]:
    """The header with the checksums of the arrays as they now are."""
    sums = header["__metadata__"]["manifest"]["checksums"]
    for name, entry in header.items():
        if name != "__metadata__":
            sums[name] = f"{xxh64(body[slice(*entry['data_offsets'])]):016x}"
    return header


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A small dictionary file."""
    path = tmp_path_factory.mktemp("small") / "small.nlptk"
    words = [("北京", 34488, "ns"), ("北京大学", 2053, "nt"), ("大学", 20025, "n"), ("a b", 3), ("𠮷", 1, "x")]
    Dictionary.from_words(words).save(path, licence="MIT")
    return path.read_bytes()


@pytest.fixture
def refused(tmp_path: Path) -> Callable[[bytes], str]:
    """The message with which bytes are refused as a dictionary file; fails if they are not."""
    path = tmp_path / "damaged.nlptk"

    def check(data: bytes) -> str:
        path.write_bytes(data)
        with pytest.raises(ModelFormatError) as caught:
            Dictionary.load(path)
        assert str(path) in str(caught.value)
        return str(caught.value)

    return check


# ---- round trip


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(0,), (1,), (7,), (3, 5), (2, 3, 4), (0, 4), (4, 0), ()], ids=str)
def test_every_dtype_and_shape_comes_back(tmp_path: Path, dtype: str, shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(3)
    raw = rng.integers(0, 256, int(np.prod(shape)) * np.dtype(DTYPES[dtype]).itemsize, dtype=np.uint8)
    made = (raw & 1 if dtype == "BOOL" else raw).view(DTYPES[dtype]).reshape(shape)
    before = np.array([1, 2, 3], np.uint8)  # so that the next one needs padding
    container.write(tmp_path / "f", "test", {"before": before, "it": made})
    file = container.open(tmp_path / "f")
    assert file.names() == ["before", "it"]
    found = file.numpy("it")
    assert found.dtype == made.dtype
    assert found.shape == made.shape
    assert found.tobytes() == made.tobytes()
    assert not found.flags.writeable
    assert file.array("it", dtype).tobytes() == made.tobytes()
    assert file.array("it", dtype, shape).readonly


@given(
    st.dictionaries(
        st.text(max_size=12).filter(lambda name: name != "__metadata__" and not name.startswith("pad.")),
        st.binary(max_size=200),
        max_size=6,
    )
)
def test_any_arrays_under_any_names(tmp_path_factory: pytest.TempPathFactory, arrays: dict[str, bytes]) -> None:
    path = tmp_path_factory.getbasetemp() / "any.nlptk"
    container.write(path, "test", arrays)
    file = container.open(path)
    assert {name: bytes(file.array(name)) for name in file.names()} == arrays


def test_arrays_stand_on_multiples_of_64(tmp_path: Path) -> None:
    arrays = {f"a{i}": np.arange(i, dtype=np.int8) for i in range(0, 200, 7)}
    container.write(tmp_path / "f", "test", arrays)
    data = (tmp_path / "f").read_bytes()
    length = int.from_bytes(data[:8], "little")
    header, _ = parts(data)
    assert all((8 + length + header[name]["data_offsets"][0]) % 64 == 0 for name in arrays)


def test_safetensors_reads_it(tmp_path: Path, small: bytes) -> None:
    numpy_side = pytest.importorskip("safetensors.numpy")
    arrays = {name: np.arange(12).astype(dtype).reshape(3, 4) for name, dtype in DTYPES.items() if name != "F16"}
    arrays |= {"empty": np.zeros((0, 4), np.float32), "odd": np.arange(3, dtype=np.uint8), "last": np.arange(2.0)}
    container.write(tmp_path / "f", "test", arrays, parameters={"a": 1})
    theirs = numpy_side.load_file(tmp_path / "f")
    for name, made in arrays.items():
        assert theirs[name].dtype == made.dtype
        assert theirs[name].shape == made.shape
        assert np.array_equal(theirs[name], made)
    assert set(numpy_side.load(small)) > {"cells", "tags", "characters"}


def test_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    for name, parameters in (("one", {"b": 1, "a": [None, "é", 1.5]}), ("two", {"a": [None, "é", 1.5], "b": 1})):
        container.write(tmp_path / name, "test", {"x": np.arange(5)}, parameters=parameters, scores={"f1": 0.25})
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_manifest_comes_back(tmp_path: Path) -> None:
    given = {
        "parameters": {"词": ["\ud800", 1e300, None]},
        "learned": {"n": 3},
        "licence": "MIT",
        "training_data": "书",
        "scores": {"f1": 0.5},
    }
    container.write(tmp_path / "f", "test", {}, **given)
    file = container.open(tmp_path / "f", kind="test")
    assert {name: file.manifest[name] for name in given} == given
    assert (file.parameters, file.learned, file.kind) == (given["parameters"], given["learned"], "test")
    assert file.names() == []


@given(st.lists(st.text(st.characters(categories=["C", "L", "N", "S", "Z", "P", "M"]), max_size=8), max_size=8))
def test_string_table(strings: list[str]) -> None:
    blob, offsets = container.pack_strings(strings)
    assert container.unpack_strings(blob, offsets) == strings


@pytest.mark.parametrize(
    ("blob", "offsets"),
    [(b"ab", []), (b"ab", [1, 2]), (b"ab", [0, 1]), (b"ab", [0, 3]), (b"ab", [0, 2, 1, 2]), (b"ab", [0, -1, 2]),
    (b"\xff", [0, 1])],
)  # fmt: skip
def test_string_table_that_does_not_fit(blob: bytes, offsets: list[int]) -> None:
    with pytest.raises(ModelFormatError):
        container.unpack_strings(blob, memoryview(array("q", offsets)))


def test_asked_for_what_is_not_there(tmp_path: Path) -> None:
    container.write(tmp_path / "f", "test", {"x": np.zeros((2, 3), np.int32)})
    file = container.open(tmp_path / "f")
    for ask in (
        lambda: file.array("y"), lambda: file.numpy("y"), lambda: file.strings("x"), lambda: file.array("x", "F32"),
        lambda: file.array("x", "I32", (2,)), lambda: file.array("x", "I32", (None, 4)),
    ):  # fmt: skip
        with pytest.raises(ModelFormatError, match=str(tmp_path / "f")):
            ask()
    with pytest.raises(ModelFormatError, match=r"'test'.*'other'"):
        container.open(tmp_path / "f", kind="other")


# ---- writing


@pytest.mark.parametrize(
    "arrays",
    [
        {"x": np.zeros(2, ">i4")},
        {"x": np.zeros(2, np.complex128)},
        {"x": np.zeros((4, 4))[:, ::2]},
        {"x": np.array(["a"])},
        {"x": np.array([None])},
        {"__metadata__": b"x"},  # these two are names of the format itself
        {"x": b"x", "pad.1": b"yy", "z": b"z"},
    ],
    ids=["big endian", "complex", "not contiguous", "text", "object", "__metadata__", "pad.1"],
)
def test_what_cannot_be_written_leaves_no_file(tmp_path: Path, arrays: dict[str, Any]) -> None:
    with pytest.raises(NlptkError):
        container.write(tmp_path / "f", "test", arrays)
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("parameters", [{"x": float("nan")}, {"x": {1, 2}}, {"x": b"bytes"}], ids=str)
def test_parameters_that_are_no_json_leave_no_file(tmp_path: Path, parameters: dict[str, Any]) -> None:
    with pytest.raises((ValueError, TypeError)):
        container.write(tmp_path / "f", "test", {}, parameters=parameters)
    assert not any(tmp_path.iterdir())


def test_failing_write_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    container.write(tmp_path / "f", "test", {"x": b"old"})
    old = (tmp_path / "f").read_bytes()

    def full_disk(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OutputError):
        container.write(tmp_path / "f", "test", {"x": b"new"})
    assert (tmp_path / "f").read_bytes() == old
    assert [path.name for path in tmp_path.iterdir()] == ["f"]


def test_no_such_folder_and_a_folder_in_the_way(tmp_path: Path) -> None:
    for path in (tmp_path / "no" / "f", tmp_path):
        with pytest.raises(OutputError):
            container.write(path, "test", {"x": b"x"})
    assert not any(tmp_path.iterdir())


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_read_only_folder(tmp_path: Path) -> None:
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        with pytest.raises(OutputError):
            container.write(tmp_path / "f", "test", {"x": b"x"})
        assert not any(tmp_path.iterdir())
    finally:
        tmp_path.chmod(stat.S_IRWXU)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_full_disk() -> None:
    with pytest.raises(OutputError, match="/dev/full"):
        container.write("/dev/full", "test", {"x": bytes(1 << 20)})


# ---- damage


def test_missing_file_and_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "missing", tmp_path):
        with pytest.raises(InputError, match=str(path)):
            container.open(path)


def test_the_sample_is_good(tmp_path: Path, small: bytes) -> None:
    """What the crafted headers below are made from, taken apart and put together again."""
    assert assembled(*parts(small)) == small
    (tmp_path / "f").write_bytes(small)
    assert len(Dictionary.load(tmp_path / "f")) == 5


@pytest.mark.parametrize("count", [2_000, pytest.param(10_000, marks=pytest.mark.slow)])
def test_every_single_byte_change_is_refused(small: bytes, refused: Callable[[bytes], str], count: int) -> None:
    rng = random.Random(count)
    for _ in range(count):
        data = bytearray(small)
        # half of them in the first bytes and the header, where a change could mean something
        length = 8 + int.from_bytes(small[:8], "little")
        at = rng.randrange(length if rng.random() < 0.5 else len(data))
        data[at] ^= rng.randrange(1, 256)
        refused(bytes(data))


def test_every_truncation_of_the_header_is_refused(small: bytes, refused: Callable[[bytes], str]) -> None:
    length = 8 + int.from_bytes(small[:8], "little")
    for end in range(length + 1):
        refused(small[:end])


def test_truncations_and_additions_of_the_body_are_refused(small: bytes, refused: Callable[[bytes], str]) -> None:
    rng = random.Random(2)
    start = 8 + int.from_bytes(small[:8], "little")
    for end in [*(rng.randrange(start, len(small)) for _ in range(300)), len(small) - 1]:
        refused(small[:end])
    for more in (b"\0", b" ", bytes(64), small):
        refused(small + more)


@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_are_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes, begun: bool) -> None:
    path = tmp_path_factory.getbasetemp() / "bytes.nlptk"
    path.write_bytes(len(data).to_bytes(8, "little") + START + b"0" * 16 + data if begun else data)
    with pytest.raises(ModelFormatError):
        container.open(path)


def test_empty_file(refused: Callable[[bytes], str]) -> None:
    assert "0 bytes" in refused(b"")


@pytest.mark.parametrize("length", [0, 7, 1 << 31, (1 << 63) - 1, (1 << 64) - 1, 100_000_001])
def test_header_length_that_cannot_be(small: bytes, refused: Callable[[bytes], str], length: int) -> None:
    refused(length.to_bytes(8, "little") + small[8:])


def set_entry(name: str, field: str, value: object) -> Callable[[dict[str, Any]], None]:
    return lambda header: header[name].__setitem__(field, value)


def set_manifest(field: str, value: object) -> Callable[[dict[str, Any]], None]:
    return lambda header: header["__metadata__"]["manifest"].__setitem__(field, value)


HUGE = 1 << 62
CRAFTED: dict[str, Callable[[dict[str, Any]], object]] = {
    "offsets one on": set_entry("cells", "data_offsets", [1, 65]),
    "offsets overlap": set_entry("tags", "data_offsets", [0, 64]),
    "offsets negative": set_entry("cells", "data_offsets", [-64, 0]),
    "offsets turned round": set_entry("cells", "data_offsets", [64, 0]),
    "offsets huge": set_entry("cells", "data_offsets", [0, HUGE]),
    "offsets are floats": set_entry("cells", "data_offsets", [0.0, 64.0]),
    "offsets are one": set_entry("cells", "data_offsets", [0]),
    "offsets are three": set_entry("cells", "data_offsets", [0, 1, 2]),
    "offsets null": set_entry("cells", "data_offsets", None),
    "offsets are booleans": set_entry("cells", "data_offsets", [False, True]),
    "shape negative": set_entry("cells", "shape", [-1, -4]),
    "shape huge": set_entry("cells", "shape", [HUGE, HUGE]),
    "shape wraps to zero": set_entry("cells", "shape", [1 << 32, 1 << 32]),
    "shape wrong": set_entry("cells", "shape", [3, 4]),
    "shape is text": set_entry("cells", "shape", "44"),
    "shape is a number": set_entry("cells", "shape", 4),
    "shape of floats": set_entry("cells", "shape", [4.0, 4.0]),
    "shape of booleans": set_entry("cells", "shape", [True, 4]),
    "shape null": set_entry("cells", "shape", None),
    "dtype unknown": set_entry("cells", "dtype", "BF16"),
    "dtype of code": set_entry("cells", "dtype", "os.system"),
    "dtype is a list": set_entry("cells", "dtype", ["I32"]),
    "dtype other": set_entry("cells", "dtype", "F32"),
    "dtype missing": lambda h: h["cells"].pop("dtype"),
    "entry is text": lambda h: h.__setitem__("cells", "I32"),
    "entry is null": lambda h: h.__setitem__("cells", None),
    "array missing": lambda h: h.pop("cells"),
    "array under another name": lambda h: h.__setitem__("other", h.pop("cells")),
    "array twice": lambda h: h.__setitem__("again", h["cells"]),
    "checksum missing": lambda h: h["__metadata__"]["manifest"]["checksums"].pop("cells"),
    "checksum wrong": lambda h: h["__metadata__"]["manifest"]["checksums"].__setitem__("cells", "0" * 16),
    "checksum null": lambda h: h["__metadata__"]["manifest"]["checksums"].__setitem__("cells", None),
    "checksums no mapping": set_manifest("checksums", []),
    "manifest missing": lambda h: h["__metadata__"].pop("manifest"),
    "manifest no json": lambda h: h["__metadata__"].__setitem__("manifest", "{"),
    "manifest a list": lambda h: h["__metadata__"].__setitem__("manifest", "[]"),
    "manifest deep": lambda h: h["__metadata__"].__setitem__("manifest", "[" * 100_000),
    "kind other": set_manifest("kind", "segmenter"),
    "kind null": set_manifest("kind", None),
    "kind a list": set_manifest("kind", []),
    "format newer": set_manifest("format", 2),
    "format text": set_manifest("format", "1"),
    "format null": set_manifest("format", None),
    "learned missing": lambda h: h["__metadata__"]["manifest"].pop("learned"),
    "learned a list": set_manifest("learned", []),
    "parameters null": set_manifest("parameters", None),
    "total missing": set_manifest("learned", {"words": 5}),
    "total text": set_manifest("learned", {"words": 5, "total": "9"}),
    "total negative": set_manifest("learned", {"words": 5, "total": -1}),
    "total NaN": set_manifest("learned", {"words": 5, "total": float("nan")}),
    "total infinite": set_manifest("learned", {"words": 5, "total": float("inf")}),
    "total huge": set_manifest("learned", {"words": 5, "total": 10**400}),
    "words negative": set_manifest("learned", {"words": -5, "total": 9}),
    "words huge": set_manifest("learned", {"words": 1 << 70, "total": 9}),
    "words fractional": set_manifest("learned", {"words": 5.5, "total": 9}),
    "words wrong": set_manifest("learned", {"words": 4, "total": 56570}),
}


@pytest.mark.parametrize("damage", CRAFTED)
def test_crafted_header_is_refused(small: bytes, refused: Callable[[bytes], str], damage: str) -> None:
    header, body = parts(small)
    CRAFTED[damage](header)
    refused(assembled(header, body))


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace(b'"cells":', b'"cells":{},"cells":', 1),
        lambda text: text.replace(b'"dtype":"I32"', b'"dtype":"I32","dtype":"I32"', 1),
        lambda text: text.replace(b'\\"kind\\":', b'\\"kind\\":\\"x\\",\\"kind\\":', 1),
        lambda text: text.replace(b'"__metadata__":', b'"__metadata__" :', 1),
        lambda text: text.replace(b"I32", b"I\xff2", 1),
        lambda text: text[:-1],
        lambda text: text + b"}",
        lambda text: text + b"\0",
        lambda text: text.replace(b"[0,", b"[" + b"9" * 10_000 + b",", 1),
        lambda text: text.replace(b"[0,", b"[NaN,", 1),
        lambda text: text.replace(b"[0,", b"[-0,", 1) + b"x",
        lambda text: START + b'0000000000000000","manifest":"{}"}}',
        lambda text: START + b'0000000000000000"}}',
        lambda text: START + b'0000000000000000"}',
    ],
)
def test_crafted_json_is_refused(small: bytes, refused: Callable[[bytes], str], change: Callable[[bytes], bytes]) -> None:
    length = int.from_bytes(small[:8], "little")
    text = small[8 : 8 + length].rstrip(b" ")
    assert change(text) != text
    refused(assembled(change(text), small[8 + length :]))


def test_array_off_its_boundary_is_refused(small: bytes, refused: Callable[[bytes], str]) -> None:
    """A kernel may take it for aligned: reading a double from an odd address is undefined in C."""
    header, body = parts(small)
    data = assembled(header, body, padded=False)
    assert int.from_bytes(data[:8], "little") % 64 != 56
    refused(data)


def rebuilt(small: bytes, **changed: bytes) -> bytes:
    """The sample with other bytes in some arrays, all checksums right."""
    header, body = parts(small)
    data = bytearray(body)
    for name, content in changed.items():
        begin, end = header[name]["data_offsets"]
        assert end - begin == len(content)
        data[begin:end] = content
    return assembled(with_checksums(header, bytes(data)), bytes(data))


def an_array(small: bytes, name: str) -> np.ndarray[Any, Any]:
    header, body = parts(small)
    entry = header[name]
    return np.frombuffer(body[slice(*entry["data_offsets"])], DTYPES[entry["dtype"]]).reshape(entry["shape"]).copy()


CELL = np.dtype([("base", "<i4"), ("check", "<i4"), ("logf", "<f8")])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("base", -1), ("base", 1 << 30), ("base", -(1 << 31)), ("base", (1 << 31) - 1), ("check", 1 << 30), ("check",
        (1 << 31) - 1),
        ("logf", float("nan")), ("logf", float("inf")), ("logf", -1.0), ("logf", 700.0),
    ],
)  # fmt: skip
def test_every_crafted_cell_is_refused(small: bytes, refused: Callable[[bytes], str], field: str, value: float) -> None:
    cells = an_array(small, "cells").view(CELL).ravel()
    for i in np.flatnonzero(cells["check"] >= 0):
        changed = cells.copy()
        changed[field][i] = value
        assert "cell" in refused(rebuilt(small, cells=changed.tobytes()))


@pytest.mark.parametrize(
    ("field", "value"), [("base", 1), ("base", -1), ("check", 0), ("check", -1), ("logf", 0.0), ("logf", float("nan"))]
)
def test_crafted_root_is_refused(small: bytes, refused: Callable[[bytes], str], field: str, value: float) -> None:
    cells = an_array(small, "cells").view(CELL).ravel()
    cells[field][0] = value
    refused(rebuilt(small, cells=cells.tobytes()))


def test_cell_that_is_not_where_its_parent_says_is_refused(small: bytes, refused: Callable[[bytes], str]) -> None:
    cells = an_array(small, "cells").view(CELL).ravel()
    used = np.flatnonzero(cells["check"] >= 0)
    n_codes = len(an_array(small, "characters"))
    for i in used:
        for parent in [0, *used]:
            code = i - int(cells["base"][parent])
            if 1 <= code < n_codes:
                continue  # a place where such a child may be
            changed = cells.copy()
            changed["check"][i] = parent
            refused(rebuilt(small, cells=changed.tobytes()))


def test_crafted_characters_tags_and_names_are_refused(small: bytes, refused: Callable[[bytes], str]) -> None:
    characters, tags = an_array(small, "characters"), an_array(small, "tags")
    for wrong in (0x110000, 0xFFFFFFFF):
        for i in range(1, len(characters)):
            changed = characters.copy()
            changed[i] = wrong
            refused(rebuilt(small, characters=changed.tobytes()))
    for wrong in (len(an_array(small, "tag_names.offsets")) - 1, 0xFFFF):
        for i in range(len(tags)):
            changed = tags.copy()
            changed[i] = wrong
            refused(rebuilt(small, tags=changed.tobytes()))
    offsets = an_array(small, "tag_names.offsets")
    for wrong in (-1, 1 << 62, 1000):
        for i in range(len(offsets)):
            changed = offsets.copy()
            changed[i] = wrong
            refused(rebuilt(small, **{"tag_names.offsets": changed.tobytes()}))
    names = an_array(small, "tag_names.blob")
    refused(rebuilt(small, **{"tag_names.blob": bytes([0xFF]) * len(names)}))


def crafted_dictionary(cells: np.ndarray[Any, Any], characters: list[int], tag_names: list[str]) -> dict[str, Any]:
    blob, offsets = container.pack_strings(tag_names)
    return {
        "cells": cells.view("<i4").reshape(-1, 4), "tags": np.zeros(len(cells), np.uint16),
        "characters": np.array(characters, np.uint32),
        "tag_names.blob": blob, "tag_names.offsets": offsets,
    }  # fmt: skip


@pytest.mark.parametrize(
    "names",
    [["", "名"], ["", "n", "n"], ["", "x" * 300], ["", *(f"t{i}" for i in range(3000))]],
    ids=["not ASCII", "twice", "long", "too many"],
)
def test_crafted_tag_names_never_surface_as_another_error(tmp_path: Path, names: list[str]) -> None:
    """Either the file is refused, or all that can be done with the dictionary works."""
    Dictionary.from_words({"a": 1}).save(tmp_path / "good")
    header, body = parts((tmp_path / "good").read_bytes())
    cells = np.frombuffer(body[slice(*header["cells"]["data_offsets"])], CELL)
    container.write(
        tmp_path / "f", "dictionary", crafted_dictionary(cells, [0, ord("a")], names), learned={"total": 1, "words": 1}
    )
    try:
        dictionary = Dictionary.load(tmp_path / "f")
        dictionary.with_words(["ab"])
    except NlptkError:
        pass


def test_strangely_linked_dictionaries_are_refused_or_safe(tmp_path: Path) -> None:
    """Free cells with any base, cycles, orphans: refused, or no use of them leaves the arrays.

    `make sanitize` sees reads outside that happen to hit mapped memory.
    """
    from nlptk import DictionarySegmenter

    rng = np.random.default_rng(5)
    characters = [0, *(ord(c) for c in "的一是不了在人有我他")]
    text = "的一是不了在人有我他" * 20 + "他我有人在了不是一的" * 20
    loaded = 0
    for number in range(400):
        n = 64
        cells = np.zeros(n, CELL)
        cells["check"], cells["logf"] = -1, -np.inf
        cells[0] = (0, -(1 << 31), -np.inf)
        for code in range(1, 1 + rng.integers(11)):
            cells[code] = (rng.integers(0, n - 11), 0, 1.0)
        for i in range(11, n):
            parent = int(rng.integers(1, 11 if number % 2 else n))
            if 1 <= i - cells["base"][parent] < 11:
                cells[i] = (rng.integers(0, n - 11), parent, 2.0)
        free = cells["check"] < 0
        free[0] = False
        cells["base"][free] = rng.choice([0, (1 << 31) - 1, -(1 << 31), -1, 1 << 24], n)[free]
        cells["logf"][free] = rng.choice([0, np.nan, np.inf], n)[free]
        container.write(
            tmp_path / "f", "dictionary", crafted_dictionary(cells, characters, [""]), learned={"total": 9, "words": 0}
        )
        try:
            dictionary = Dictionary.load(tmp_path / "f")
        except ModelFormatError:
            continue
        loaded += 1
        for hmm in (True, False):
            assert "".join(DictionarySegmenter(dictionary, hmm=hmm).cut(text)) == text
        dictionary.items()
        dictionary.prefixes(text)
        dictionary.completions("的")
    assert loaded or number  # refusing all of them would do as well


def test_free_cell_with_a_base_outside_is_refused_or_safe(tmp_path: Path) -> None:
    """Two characters whose hash is that of a pair that begins a word lead to the cell of the first, which is free here."""

    def pair_hash(first: int, second: int) -> int:  # nlptk_pair_hash
        return ((first * 0x9E3779B1 + second * 0x85EBCA77) & 0xFFFFFFFF) >> 12

    n_codes, free = 3000, 1
    wanted = {pair_hash(free, second): second for second in range(1, n_codes)}
    first, second = next((a, b) for a in range(2, n_codes) for b in range(1, n_codes) if pair_hash(a, b) in wanted)
    cells = np.zeros(2 * n_codes, CELL)
    cells["check"], cells["logf"] = -1, -np.inf
    cells[0] = (0, -(1 << 31), -np.inf)
    cells[2:n_codes] = (0, 0, 1.0)
    cells["base"][first] = n_codes
    cells[n_codes + second] = (0, first, 1.0)
    cells["base"][free] = 1 << 30
    characters = [0, *range(0x4E01, 0x4E00 + n_codes)]
    path = tmp_path / "f.nlptk"
    container.write(path, "dictionary", crafted_dictionary(cells, characters, [""]), learned={"total": 9, "words": 9})
    text = chr(characters[free]) + chr(characters[wanted[pair_hash(first, second)]])
    code = (
        "import sys, nlptk\nfrom nlptk.errors import ModelFormatError\n"
        "try: words = nlptk.DictionarySegmenter(nlptk.Dictionary.load(sys.argv[1]), hmm=False).cut(sys.argv[2])\n"
        "except ModelFormatError: sys.exit(0)\n"
        "sys.exit(''.join(words) != sys.argv[2])"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path), text], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr or f"ended by signal {-done.returncode}"
