"""Dictionary: word lists in every shape, and the same answers as a dict."""

from __future__ import annotations

import logging
import random
from collections import Counter
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlptk import Dictionary
from nlptk.errors import CorpusFormatError, InputError, ModelFormatError, NlptkError, OutputError, ParameterError
from nlptk.ext.trie import MAX_FREQUENCY
from nlptk.lexicon import packaged_dictionary

Entries = dict[str, tuple[int, str]]
ReadText = Callable[..., Entries]


@pytest.fixture
def read(tmp_path: Path) -> ReadText:
    """What a word list holds."""

    def from_text(text: str | bytes, **options: Any) -> Entries:
        path = tmp_path / "words.txt"
        path.write_bytes(text.encode("utf-8") if isinstance(text, str) else text)
        return {word: tuple(entry) for word, entry in Dictionary.from_file(path, **options).items()}

    return from_text


# ---- word lists


@pytest.mark.parametrize(
    ("line", "word", "frequency", "tag"),
    [
        ("北京", "北京", 1, ""),
        ("北京 5", "北京", 5, ""),
        ("北京 ns", "北京", 1, "ns"),
        ("北京 5 ns", "北京", 5, "ns"),
        ("北京\t5\tns", "北京", 5, "ns"),
        ("北京\t5", "北京", 5, ""),
        ("北京\tns", "北京", 1, "ns"),
        ("北京\t\tns", "北京", 1, "ns"),
        ("北京 \t 5 \t ns ", "北京", 5, "ns"),
        ("  北京   5   ns  ", "北京", 5, "ns"),
        ("北京\u30005\u3000ns", "北京", 5, "ns"),
        ("iPhone 15 Pro\t40\tnz", "iPhone 15 Pro", 40, "nz"),
        ("iPhone 15 Pro 40 nz", "iPhone 15 Pro", 40, "nz"),
        ("iPhone 15 Pro", "iPhone 15 Pro", 1, ""),
        ("iPhone 15", "iPhone", 15, ""),
        ("iPhone 15\t", "iPhone", 15, ""),
        ("hello world", "hello", 1, "world"),
        ("hello world\t3", "hello world", 3, ""),
        ("C++ 9", "C++", 9, ""),
        ("C# 9", "C#", 9, ""),
        ("#话题 9", "#话题", 9, ""),
        (".NET 80 nx", ".NET", 80, "nx"),
        ("小🐱咪 3 nz", "小🐱咪", 3, "nz"),
        ("👨‍👩‍👧 2", "👨‍👩‍👧", 2, ""),
        ("𠮷野家", "𠮷野家", 1, ""),
        ("café 2", "café", 2, ""),
        ("3", "3", 1, ""),
        ("3 4", "3", 4, ""),
        ("n", "n", 1, ""),
        ("-5", "-5", 1, ""),
        ("a\x00b 3", "a\x00b", 3, ""),
        (f"x {MAX_FREQUENCY}", "x", MAX_FREQUENCY, ""),
        ("x 007", "x", 7, ""),
        ("北京\t5\tns-1_X", "北京", 5, "ns-1_X"),
    ],
)
def test_a_line(read: ReadText, line: str, word: str, frequency: int, tag: str) -> None:
    for text in (line, line + "\n", line + "\r\n", "\ufeff" + line, "\n\n" + line, f"# comment\n{line}\n#\n"):
        if text.startswith("\ufeff#"):
            continue
        assert read(text) == {word: (frequency, tag)}


def test_zero_takes_a_word_away(read: ReadText) -> None:
    assert read("甲 3\n乙 1\n甲 0\n") == {"乙": (1, "")}


def test_blank_lines_comments_and_the_empty_file(read: ReadText) -> None:
    assert read("") == read("\ufeff\n\r\n  \n\t\n") == read("\ufeff# only a comment\n#\n# word\n") == {}


def test_the_later_line_counts(read: ReadText, tmp_path: Path) -> None:
    assert read("甲 3 n\n乙 1\n甲 5\n甲 7 v\n") == {"甲": (7, "v"), "乙": (1, "")}
    for name, text in (("a", "甲 1 n\n乙 1 n"), ("b", "甲 2 v\n丙 2")):
        (tmp_path / name).write_text(text, "utf-8")
    merged = Dictionary.from_files([tmp_path / "a", tmp_path / "b"])
    assert merged.items() == [("丙", (2, "")), ("乙", (1, "n")), ("甲", (2, "v"))]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("北京\t5\tns\tx", "3 fields"),
        ("北京\tx5\tns", "frequency"),
        ("北京\t-5", "frequency"),
        ("北京 -5", "frequency"),
        ("北京 +5 n", "frequency"),
        ("北京 2.5", "frequency"),
        ("北京\t2.5\tn", "frequency"),
        (f"北京 {MAX_FREQUENCY + 1}", "frequency"),
        ("北京 " + "9" * 400, "frequency"),
        ("北京\t1\t名", "tag"),
        ("北京\t1\t" + "x" * 256, "tag"),
        ("北" * 65_536, "65535"),
        ("\t5\tns", "word"),
        ("\t5", "word"),
        ("  \t5\tns", "word"),
    ],
)  # fmt: skip
def test_malformed_lines_are_named(read: ReadText, tmp_path: Path, line: str, expected: str) -> None:
    text = f"甲 1\n# c\r\n{line}\n乙 2\n"
    with pytest.raises(CorpusFormatError, match=expected) as caught:
        read(text)
    assert caught.value.line == 3
    assert str(caught.value).startswith(f"{tmp_path / 'words.txt'}:3: ")
    assert len(str(caught.value)) < 500
    assert read(text, on_error="skip") == {"甲": (1, ""), "乙": (2, "")}


def test_skipped_lines_are_reported(read: ReadText, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "nlptk"):
        read("甲 -1\n乙\n丙 -1\n", on_error="skip")
    assert len(caplog.records) == 1
    assert "skipped 2" in caplog.text
    assert "1 (expected" in caplog.text
    assert "3 (expected" in caplog.text


@pytest.mark.parametrize("bad", [b"\xff", b"\xe5\x8c", b"\xed\xa0\x80", "北京".encode("gb18030")])
def test_wrong_bytes_are_named(read: ReadText, bad: bytes) -> None:
    text = "甲 1\n".encode() + bad + "\n乙 2\n".encode()
    with pytest.raises(CorpusFormatError, match="UTF-8") as caught:
        read(text)
    assert caught.value.line == 2
    assert read(text, on_error="skip") == {"甲": (1, ""), "乙": (2, "")}


def test_encodings(read: ReadText) -> None:
    expected = {"北京": (5, "ns"), "𠮷": (1, "")}
    text = "北京 5 ns\r\n𠮷\r\n"
    for encoding in ("gb18030", "utf-16", "utf-8", "UTF_8", "utf-8-sig"):
        assert read(text.encode(encoding), encoding=encoding) == expected
    with pytest.raises(CorpusFormatError, match="UTF-16"):
        read(text.encode("utf-16"))
    with pytest.raises(CorpusFormatError):
        read(b"\xff\xff\n", encoding="gb18030")
    with pytest.raises(ParameterError, match="no-such"):
        read("a", encoding="no-such")
    with pytest.raises(ParameterError, match="on_error"):
        read("a", on_error="ignore")


def test_more_tags_or_characters_than_fit_is_an_error_of_ours(read: ReadText) -> None:
    """At most 2,048 tags and 65,535 different characters."""
    with pytest.raises(NlptkError, match="tags"):
        read("".join(f"w{i}\t1\tt{i}\n" for i in range(3000)))
    with pytest.raises(NlptkError, match="characters"):
        read("".join(f"{chr(0x20000 + i)}\n" for i in range(66_000)))
    with pytest.raises(NlptkError):
        Dictionary.from_words([("a", 1, "x" * 300)])
    with pytest.raises(NlptkError):
        Dictionary.from_words([(f"w{i}", 1, f"t{i}") for i in range(3000)])


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    for path in (tmp_path / "missing", tmp_path, tmp_path / "missing.nlptk"):
        with pytest.raises(InputError, match=str(path)):
            Dictionary.from_file(path)
    (tmp_path / "list.nlptk").write_text("北京 5\n", "utf-8")
    with pytest.raises(ModelFormatError):
        Dictionary.from_file(tmp_path / "list.nlptk")


def test_packed_files(tmp_path: Path) -> None:
    import gzip

    (tmp_path / "words.txt.gz").write_bytes(gzip.compress("北京 5\n".encode()))
    assert Dictionary.from_file(tmp_path / "words.txt.gz").items() == [("北京", (5, ""))]


def test_sample_of_the_project(corpora: Path) -> None:
    found = Dictionary.from_file(corpora / "userdict.txt")
    assert found["iPhone 15 Pro"] == (40, "nz")
    assert found["𠮷野家"].tag == "nz"
    assert found["C#"].frequency == 150


def test_a_million_words_load_in_time(tmp_path: Path) -> None:
    from time import perf_counter

    rng = random.Random(1)
    path = tmp_path / "million.txt"
    seen = {"".join(chr(rng.randrange(0x4E00, 0x9FA6)) for _ in range(rng.randrange(2, 6))) for _ in range(100_000)}
    path.write_text("".join(f"{word} {len(word)} n\n" for word in seen), "utf-8")
    start = perf_counter()
    dictionary = Dictionary.from_file(path)
    assert perf_counter() - start < 2  # a tenth of a million; the benchmark measures the whole
    assert len(dictionary) == len(seen)


# ---- from Python


def test_words_in_every_shape() -> None:
    expected = [("乙", (2, "")), ("甲", (1, ""))]
    for words in (
        ["甲", ("乙", 2)],
        {"甲": 1, "乙": 2},
        Counter("甲乙乙"),
        iter([("甲", 1, ""), ("乙", 2, None)]),
        (("甲", 1), ("乙", 2)),
    ):
        assert Dictionary.from_words(words).items() == expected
    assert Dictionary.from_words(Dictionary.from_words({"甲": 1, "乙": 2})).items() == expected
    assert Dictionary.from_words([]).items() == []


@pytest.mark.parametrize(
    "words",
    [
        [5], [None], [""], [("",)], [("甲", -1)], [("甲", 1.5)], [("甲", "1")], [("甲", 1, 2)], [("甲", 1, "名")], [(1,
        1)], [b"x"], 5, None,
        ["甲" * 65_536], [("甲", MAX_FREQUENCY + 1)], {"甲": None, "乙": "x"}, [("甲", float("nan"))], [("甲", 1, "n",
        "more")], [()], [Path("x")],
    ],
    ids=lambda words: repr(words)[:30],
)  # fmt: skip
def test_what_is_no_list_of_words_is_refused(words: Any) -> None:
    with pytest.raises(ParameterError):
        Dictionary.from_words(words)


def test_numpy_numbers_are_numbers() -> None:
    import numpy as np

    assert Dictionary.from_words([("甲", np.int64(3))])["甲"].frequency == 3


ANY = st.characters(categories=["C", "L", "M", "N", "P", "S", "Z"])
ENTRIES = st.dictionaries(
    st.text(ANY, min_size=1, max_size=6) | st.text("甲乙丙a", min_size=1, max_size=5),
    st.tuples(st.integers(1, MAX_FREQUENCY), st.sampled_from(["", "n", "nz", "v"])),
    max_size=30,
)


@given(ENTRIES, st.text("甲乙丙a", max_size=10))
def test_same_answers_as_a_dict(tmp_path_factory: pytest.TempPathFactory, entries: Entries, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "dictionary.nlptk"
    made = Dictionary.from_words([(word, *entry) for word, entry in entries.items()])
    made.save(path)
    for dictionary in (made, Dictionary.load(path)):
        assert len(dictionary) == len(entries)
        assert bool(dictionary) == bool(entries)
        assert list(dictionary) == sorted(entries)
        assert dictionary.items() == sorted(entries.items())
        assert dictionary.total == pytest.approx(sum(frequency for frequency, _ in entries.values()))
        for word in [*entries, text, text[:1], "", "甲乙"]:
            assert (word in dictionary) == (word in entries)
            assert dictionary.get(word) == entries.get(word)
            assert dictionary.frequency(word) == entries.get(word, (0, ""))[0]
            assert dictionary.tag(word) == entries.get(word, (0, None))[1]
            begun = sorted((w for w in entries if w.startswith(word)), key=lambda w: (-entries[w][0], w))
            assert dictionary.completions(word) == begun
            assert dictionary.completions(word, 2) == begun[:2]
        for start in range(len(text) + 1):
            found = [text[start:end] for end in range(start + 1, len(text) + 1) if text[start:end] in entries]
            assert dictionary.prefixes(text, start) == found
            assert dictionary.longest(text, start) == (found[-1] if found else None)
    assert made == Dictionary.load(path)


def test_asked_for_what_is_no_word() -> None:
    dictionary = Dictionary.from_words(["甲乙"])
    with pytest.raises(KeyError, match="甲"):
        dictionary["甲"]
    assert 5 not in dictionary
    assert None not in dictionary
    assert dictionary != {"甲乙": 1}


def test_equal_dictionaries_hash_alike() -> None:
    """What Python asks of every object that can be compared and hashed."""
    one, two = Dictionary.from_words({"甲": 1, "乙": 2}), Dictionary.from_words({"乙": 2, "甲": 1})
    assert one == two
    try:
        hashes = {hash(one), hash(two)}
    except TypeError:
        return  # not hashable is fine
    assert len(hashes) == 1


# ---- one made from another


def test_with_words_leaves_the_old_one(tmp_path: Path) -> None:
    base = Dictionary.from_words([("北京", 34488, "ns"), ("大学", 20025, "n")])
    (tmp_path / "w.txt").write_text("清华 3 nz\n北京 7\n", "utf-8")
    grown = base.with_words(["甲"], {"乙": 2}, tmp_path / "w.txt", Dictionary.from_words([("丙", 4, "x")]))
    assert base.items() == [("北京", (34488, "ns")), ("大学", (20025, "n"))]
    assert list(grown) == sorted(["北京", "大学", "清华", "甲", "乙", "丙"])
    assert grown["北京"] == (7, "ns")
    assert grown["丙"] == (4, "x")
    assert base.with_words() == base


def test_with_words_takes_words_away() -> None:
    base = Dictionary.from_words({"甲": 1, "甲乙": 2})
    assert list(base.with_words({"甲": 0})) == ["甲乙"]


def test_merge_takes_the_later_one() -> None:
    one, two = Dictionary.from_words([("甲", 1, "n"), ("乙", 1, "n")]), Dictionary.from_words([("甲", 5, "v")])
    assert one.merge(two)["甲"] == (5, "v")
    assert two.merge(one)["甲"] == (1, "n")
    assert two.merge(one, one, two)["甲"] == (5, "v")


@given(ENTRIES, ENTRIES)
def test_with_words_is_an_update(base: Entries, added: Entries) -> None:
    grown = Dictionary.from_words([(w, *e) for w, e in base.items()]).with_words([(w, *e) for w, e in added.items()])
    # a word added without a tag keeps the one it has
    expected = base | {w: (f, t or base.get(w, (0, ""))[1]) for w, (f, t) in added.items()}
    assert grown.items() == sorted(expected.items())


# ---- files


def test_same_words_same_bytes(tmp_path: Path) -> None:
    words = [("北京", 34488, "ns"), ("大学", 20025, "n"), ("𠮷", 1, "")]
    for name in ("one", "two"):
        Dictionary.from_words(words).save(tmp_path / name, licence="MIT", training_data="made up")
    Dictionary.load(tmp_path / "one").save(tmp_path / "three", licence="MIT", training_data="made up")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes() == (tmp_path / "three").read_bytes()


def test_load_by_name_of_kind(tmp_path: Path) -> None:
    import nlptk

    Dictionary.from_words(["北京"]).save(tmp_path / "d.nlptk")
    assert list(nlptk.load(tmp_path / "d.nlptk")) == ["北京"]
    assert list(Dictionary.from_file(tmp_path / "d.nlptk")) == ["北京"]
    assert list(Dictionary.load(tmp_path / "d.nlptk", verify=False)) == ["北京"]


def test_save_where_nothing_can_be(tmp_path: Path) -> None:
    with pytest.raises(OutputError):
        Dictionary.from_words(["北京"]).save(tmp_path / "no" / "d.nlptk")


# ---- beside jieba


def jieba_lines() -> list[list[str]]:
    spec = find_spec("jieba")
    if spec is None or spec.origin is None:
        pytest.skip("jieba is not installed")
    return [line.split(" ") for line in (Path(spec.origin).parent / "dict.txt").read_text("utf-8").splitlines()]


def test_the_packaged_dictionary_is_that_of_jieba() -> None:
    expected = {word: (int(frequency), tag) for word, frequency, tag in jieba_lines()}
    packaged = packaged_dictionary()
    assert len(packaged) == len(expected) == 349_045
    assert packaged.total == 60_101_967
    assert dict(packaged.items()) == expected


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Any]:
    """Makes new tokenizers of jieba; their cache is in a folder of ours."""
    jieba = pytest.importorskip("jieba")
    jieba.setLogLevel(logging.ERROR)
    folder = str(tmp_path_factory.mktemp("jieba"))

    def make() -> Any:
        made = jieba.Tokenizer()
        made.tmp_dir = folder
        made.initialize()
        return made

    return make


def test_suggested_frequencies_are_those_of_jieba(tokenizer: Callable[[], Any], tmp_path: Path) -> None:
    """One after the other, since each changes the total; then the words as a file."""
    rng = random.Random(3)
    known = [word for word, _, _ in jieba_lines()]
    pieces = [*rng.sample(known, 200), *"的一是aZ9龘㐀é", "C++", "3.14", "iPhone"]
    words = list(dict.fromkeys("".join(rng.choices(pieces, k=rng.randrange(1, 4))) for _ in range(200)))
    path = tmp_path / "userdict.txt"
    path.write_text("".join(f"{word}\n" for word in words), "utf-8")
    theirs = tokenizer()
    with path.open("rb") as file:  # given a name, jieba leaves the file open
        theirs.load_userdict(file)
    for grown in (packaged_dictionary().with_words(words), packaged_dictionary().with_words(path)):
        assert {word: grown.frequency(word) for word in words} == {word: theirs.FREQ[word] for word in words}
        assert grown.total == theirs.total


def test_user_dictionaries_read_as_jieba_reads_them(tokenizer: Callable[[], Any], tmp_path: Path) -> None:
    rng = random.Random(5)
    lines = []
    for _ in range(300):
        word = "".join(rng.choices("北京大学云计算创新办李小福abC+ ", k=rng.randrange(1, 6))).strip() or "甲"
        lines.append(word + rng.choice(["", " 5", " 1234", " n", " 5 nz", " 0"]))
    lines = list(dict.fromkeys(lines))
    path = tmp_path / "userdict.txt"
    path.write_text("\n".join(lines), "utf-8")
    theirs = tokenizer()
    before = dict(theirs.FREQ)
    with path.open("rb") as file:  # given a name, jieba leaves the file open
        theirs.load_userdict(file)
    grown = packaged_dictionary().with_words(path)
    changed = {word for word, frequency in theirs.FREQ.items() if before.get(word, 0) != frequency}
    assert changed
    assert {word: grown.frequency(word) for word in changed} == {word: theirs.FREQ[word] for word in changed}
    assert grown.total == theirs.total
    for word, tag in theirs.user_word_tag_tab.items():
        if grown.frequency(word):
            assert grown.tag(word) == tag
