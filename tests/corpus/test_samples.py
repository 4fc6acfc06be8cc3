"""Every sample corpus is what its name and its README say."""

import re
from collections import Counter
from pathlib import Path

import pytest

from nlptk.corpus import read_columns, read_labelled, read_lines, read_tagged, read_tokens

SAMPLES = Path(__file__).parents[2] / "corpora"
CHINESE = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]")
LINES = {
    "demo.zh": 12,
    "news.zh": 81,
    "dialogue.zh": 60,
    "classical.zh": 40,
    "mixed.zh": 50,
    "demo.en": 10,
    "news.en": 60,
}


def test_the_readme_lists_every_file():
    listed = re.findall(r"^\| `([^`]+)`", (SAMPLES / "README.md").read_text("utf-8"), re.MULTILINE)
    assert sorted(listed) == sorted(path.name for path in SAMPLES.iterdir() if path.name != "README.md")


def test_all_are_plain_utf8():
    for path in SAMPLES.iterdir():
        data = path.read_bytes()
        assert b"\r" not in data and not data.startswith(b"\xef\xbb\xbf") and data.endswith(b"\n"), path.name


@pytest.mark.parametrize("name", LINES)
def test_lines(name):
    lines = list(read_lines(SAMPLES / f"{name}.txt"))
    assert len(lines) == LINES[name]
    assert len(set(lines)) == len(lines) and all(line == line.strip() != "" for line in lines)
    assert all(CHINESE.search(line) for line in lines) if name.endswith("zh") and name != "mixed.zh" else True
    assert not any(CHINESE.search(line) for line in lines) if name.endswith("en") else True


def test_mixed_has_what_is_hard():
    text = "\n".join(read_lines(SAMPLES / "mixed.zh.txt"))
    for hard in ("𠮷", "https://", "@example.org", "Ｗ", "E=mc²", "e\u0301", "\t", *"\u3000\u00a0\u200b\u200d"):
        assert hard in text, hard


def test_segmented():
    sentences = list(read_tokens(SAMPLES / "segmented.zh.txt", keep_empty=True))
    assert len(sentences) == 100 and all(len(sentence) > 3 for sentence in sentences)
    assert list(read_tokens(SAMPLES / "segmented.zh.txt", sep=" ")) == sentences
    assert max(len(word) for sentence in sentences for word in sentence) <= 5


def test_tagged():
    path = SAMPLES / "tagged.zh.txt"
    sentences = list(read_tagged(path))
    tags = {tag for sentence in sentences for _, tag in sentence}
    assert len(sentences) == 60
    assert {"n", "v", "a", "d", "r", "m", "q", "p", "c", "u", "t", "f", "s", "w", "nr", "ns", "nz", "i", "k"} <= tags
    assert all(re.fullmatch("[a-z]+", tag) for tag in tags)
    words = [word for sentence in sentences for word, _ in sentence]
    assert {"/", "[", "]", "km/h"} <= {*words} and not [word for word in words if len(word) > 1 and word[0] == "["]
    assert sum("]" in tag for sentence in read_tagged(path, brackets="keep") for _, tag in sentence) >= 6


@pytest.mark.parametrize(("name", "count", "width"), [("ner.zh.bio", 40, 2), ("chunk.en.txt", 30, 3)])
def test_columns_with_bio_labels(name, count, width):
    sentences = list(read_columns(SAMPLES / name, columns=width))
    assert len(sentences) == count
    for rows in sentences:
        before = "O"
        for row in rows:
            label = row[-1]
            assert re.fullmatch("O|[BI]-[A-Z]+", label)
            if label.startswith("I-"):
                assert before[1:] == label[1:], rows
            before = label
    kinds = Counter(row[-1][2:] for rows in sentences for row in rows)
    assert {"PER", "LOC", "ORG"} == {*kinds} - {""} if width == 2 else {"NP", "VP", "PP", "SBAR", "ADJP"} <= {*kinds}
    assert width == 3 or all(len(row[0]) == 1 for rows in sentences for row in rows)


@pytest.mark.parametrize(("name", "count"), [("tree.zh.conllu", 11), ("tree.en.conllu", 10)])
def test_conllu(name, count):
    sentences = list(read_columns(SAMPLES / name, "\t", 10, comment="#"))
    texts = [line.split(" = ")[1] for line in read_lines(SAMPLES / name) if line.startswith("# text = ")]
    assert len(sentences) == len(texts) == count
    for rows, text in zip(sentences, texts, strict=True):
        assert [row[0] for row in rows] == [str(number) for number in range(1, len(rows) + 1)]
        assert "".join(row[1] + " " * (row[9] == "_") for row in rows).strip() == text
        heads = [0, *(int(row[6]) for row in rows)]
        assert [row[7] for row in rows if row[6] == "0"] == ["root"]
        for node in range(1, len(heads)):  # every word leads to the root
            for _ in rows:
                node = heads[node]
            assert node == 0
        arcs = [tuple(sorted((head, node))) for node, head in enumerate(heads) if node]
        assert not [1 for a, b in arcs for c, d in arcs if a < c < b < d], f"crossing arcs: {text}"


def test_bracketed_trees():
    text = " ".join(read_lines(SAMPLES / "trees.en.mrg"))
    symbols = re.findall(r"\(|\)|[^\s()]+", text)
    depth, trees, leaves = 0, 0, 0
    for before, symbol in zip(["", *symbols], symbols, strict=False):
        depth += (symbol == "(") - (symbol == ")")
        assert depth >= 0 and (depth > 0 or symbol == ")")
        assert before != "(" or symbol not in "()", "a bracket without a label"
        trees += depth == 0
        leaves += symbol not in "()" and before not in "()"
    assert (depth, trees) == (0, 16) and leaves > 80


@pytest.mark.parametrize(
    ("name", "options", "labels"),
    [
        ("reviews.zh.csv", {"text": "review"}, {"0": 30, "1": 30}),
        (
            "titles.zh.tsv",
            {"format": "tsv", "text": "title", "label": "class"},
            dict.fromkeys(["体育", "科技", "财经", "娱乐", "教育", "健康"], 10),
        ),
    ],
)
def test_labelled(name, options, labels):
    rows = list(read_labelled(SAMPLES / name, **options))
    assert Counter(label for _, label in rows) == labels
    assert len({text for text, _ in rows}) == 60 and all(CHINESE.search(text) for text, _ in rows)


def test_userdict():
    lines = [line for line in read_lines(SAMPLES / "userdict.txt") if not line.startswith("#")]
    matches = [re.fullmatch(r"(.+?)(?: (\d+))?(?: ([a-z]+))?", line) for line in lines]
    words = [match[1] for match in matches]
    assert len(words) == len({*words}) == 26
    assert {"iPhone 15 Pro", "C++", "😂", "𠮷野家", "A/B测试"} <= {*words}
    assert {(match[2] is None, match[3] is None) for match in matches} >= {(False, False), (True, False), (False, True)}


def test_analogies():
    lines = list(read_tokens(SAMPLES / "analogies.zh.txt", sep=" "))
    sections = [line for line in lines if line[0] == ":"]
    assert len(sections) == 6 and all(len(line) == 2 for line in sections)
    questions = [line for line in lines if line[0] != ":"]
    assert len(questions) == 29 and all(len({*line}) == len(line) == 4 for line in questions)


def test_similarity():
    (rows,) = read_columns(SAMPLES / "similarity.zh.txt", columns=3)
    assert len(rows) == len({(a, b) for a, b, _ in rows}) == 30
    assert all(a != b and 0 <= float(score) <= 10 for a, b, score in rows)
