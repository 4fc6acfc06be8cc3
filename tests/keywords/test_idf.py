"""The packaged inverse document frequencies are jieba's, to the last bit."""

from __future__ import annotations

import pytest

from nlptk import container
from nlptk.errors import ModelFormatError
from nlptk.keywords.idf import KIND, Idf, StoredIdf, median, packaged_idf


def test_every_word_has_exactly_its_value():
    theirs, unknown = pytest.importorskip("jieba.analyse").default_tfidf.idf_loader.get_idf()
    ours = packaged_idf()
    assert len(ours) == len(theirs)
    assert ours.unknown == unknown
    assert all(ours(word) == value for word, value in theirs.items())
    for word in ("", "没有的词", "\ud800", "a" * 1000):
        assert word not in ours
        assert ours(word) == unknown
    assert "北京" in ours
    assert ours.words() == sorted(theirs)


def test_median_is_the_upper_one():
    assert [median([3, 1]), median([2.0]), median([5, 1, 2])] == [3, 2.0, 2]


def test_from_documents_counts_a_word_once_a_document():
    idf = Idf.from_documents([["a", "a"], ["b"]])
    assert idf("a") == idf("b") < idf("c")
    assert (len(idf), "a" in idf, "c" in idf) == (2, True, False)


def test_building(tmp_path):
    from nlptk.data.idf import build_idf

    (tmp_path / "analyse").mkdir()
    (tmp_path / "analyse" / "idf.txt").write_text("乙 2.5\n甲 1.25\n丙 7\n乙 3\n", "utf-8")
    learned, arrays = build_idf(tmp_path)
    assert learned == {"words": 3, "median": 3.0}
    container.write(tmp_path / "idf", KIND, arrays, learned=learned)
    idf = StoredIdf(container.open(tmp_path / "idf", kind=KIND))
    assert [idf(word) for word in "甲乙丙丁"] == [1.25, 3.0, 7.0, 3.0]


@pytest.mark.parametrize(("change", "learned"), [({"slots": 3}, {"median": 1.0}), ({"slots": 1}, {"median": 1.0}), ({}, {})])
def test_a_damaged_table_is_refused(tmp_path, change, learned):
    from array import array

    blob, offsets = container.pack_strings(["甲"])
    slots = memoryview(array("i", [0] * change.get("slots", 2)))
    arrays = {"values": memoryview(array("d", [1.0])), "words.blob": blob, "words.offsets": offsets, "slots": slots}
    container.write(tmp_path / "idf", KIND, arrays, learned=learned)
    with pytest.raises(ModelFormatError):
        StoredIdf(container.open(tmp_path / "idf", kind=KIND))


def test_slots_that_point_anywhere_find_nothing(tmp_path):
    from array import array

    blob, offsets = container.pack_strings(["甲"])
    for slots in ([5, 5], [-7, -7], [0, 0]):
        arrays = {
            "values": memoryview(array("d", [1.0])), "words.blob": blob, "words.offsets": offsets,
            "slots": memoryview(array("i", slots)),
        }  # fmt: skip
        container.write(tmp_path / "idf", KIND, arrays, learned={"median": 2.0})
        assert StoredIdf(container.open(tmp_path / "idf", kind=KIND))("乙") == 2.0
