"""Analogies and similarities: small cases by hand, and the figures of gensim."""

from __future__ import annotations

import json
import random

import numpy as np
import pytest

from nlptk.errors import CorpusFormatError, InputError, ParameterError
from nlptk.vectors import WordVectors
from nlptk.vectors.evaluation import evaluate_analogies, evaluate_similarity

PLANE = {
    "man": [1, 0.1, 0], "woman": [1, -1, 0], "king": [1, 0.1, 2], "queen": [1, -1, 2], "Uncle": [1, 0.1, -1], "aunt": [1, -1, -1],
}  # fmt: skip
ROUND = {"北京": [1, 1, 0], "中国": [1, 1, 1], "东京": [1, -1, 0], "日本": [1, -1, 1]}
QUESTIONS = """\
: family
man woman king queen
man woman king nobody
king queen uncle aunt

: capitals of 国家
北京 中国 东京 日本
北京 中国 巴黎 法国
"""


@pytest.fixture
def wv() -> WordVectors:
    rows = [[*row, 0, 0, 0] for row in PLANE.values()] + [[0, 0, 0, *row] for row in ROUND.values()]
    return WordVectors([*PLANE, *ROUND], rows)


@pytest.fixture
def write(tmp_path):
    def write(text: str):
        path = tmp_path / "file.txt"
        path.write_text(text, "utf-8")
        return path

    return write


@pytest.mark.parametrize("method", ["3cosadd", "3cosmul"])
def test_analogies_by_section(wv, write, method):
    found = evaluate_analogies(wv, write(QUESTIONS), method=method)
    assert [(s.name, s.correct, s.asked, s.unknown) for s in found.sections] == [
        ("family", 2, 2, 1),
        ("capitals of 国家", 1, 1, 1),
    ]
    assert (found.total.correct, found.total.asked, found.total.unknown, found.accuracy) == (3, 3, 2, 1.0)
    assert found.table().splitlines()[-1].split() == ["total", "100.00%", "3", "3", "2"]
    assert json.loads(json.dumps(found.to_dict()))["total"]["accuracy"] == 1.0


def test_case_restriction_and_dummies(wv, write):
    path = write(QUESTIONS)
    assert evaluate_analogies(wv, path, case_insensitive=False).sections[0].unknown == 2
    assert evaluate_analogies(wv, path, restrict_vocab=4).total.asked == 1
    assert evaluate_analogies(wv, path, dummy4unknown=True).accuracy == pytest.approx(3 / 5)
    same = WordVectors(["King", "king", "a", "b"], [[1, 0], [0, 1], [1, 1], [-1, 1]])
    assert evaluate_analogies(same, write("a a king KING\n")).total.asked == 1  # the first word of those letters


def test_questions_without_a_section(wv, write):
    found = evaluate_analogies(wv, write("man woman king queen\n"))
    assert [(s.name, s.correct) for s in found.sections] == [("", 1)]


def test_question_files_that_are_wrong(wv, write, tmp_path):
    with pytest.raises(CorpusFormatError, match=r"file.txt:2: 3 words, expected 4"):
        evaluate_analogies(wv, write(": a\nman woman king\n"))
    assert evaluate_analogies(wv, write(": a\nman\nman woman king queen\n"), on_error="skip").total.asked == 1
    with pytest.raises(CorpusFormatError, match="no questions"):
        evaluate_analogies(wv, write(": a\n"))
    with pytest.raises(InputError):
        evaluate_analogies(wv, tmp_path / "none")
    for wrong in ({"method": "x"}, {"restrict_vocab": 0}):
        with pytest.raises(ParameterError):
            evaluate_analogies(wv, write(QUESTIONS), **wrong)


def test_similarities(wv, write):
    stats = pytest.importorskip("scipy.stats")
    text = "Word 1\tWord 2\tHuman (mean)\n# comment\nman\tking\t3.5\nman\twoman\t9\nking\tqueen\t1\nman\tnobody\t5\n"
    ours = [wv.similarity(*pair) for pair in (("man", "king"), ("man", "woman"), ("king", "queen"))]
    found = evaluate_similarity(wv, write(text))
    assert (found.pairs, found.unknown) == (4, 1)
    assert found.spearman == pytest.approx(stats.spearmanr(ours, [3.5, 9, 1])[0])
    assert found.pearson == pytest.approx(stats.pearsonr(ours, [3.5, 9, 1])[0])
    blanks = "\n".join(line.replace("\t", " ") for line in text.splitlines()[2:])
    assert evaluate_similarity(wv, write(blanks)) == found
    dummies = evaluate_similarity(wv, write(text), dummy4unknown=True)
    assert dummies.pearson == pytest.approx(stats.pearsonr([*ours, 0], [3.5, 9, 1, 5])[0])
    flat = evaluate_similarity(wv, write("man king 1\nman woman 1\n"))
    assert flat.to_dict()["spearman"] is None


def test_similarity_files_that_are_wrong(wv, write):
    for text, problem in (
        ("man king 1\nman king\n", r"file.txt:2: expected two words and a number"),
        ("man king 1\nman king nan\n", r":2: expected"),
        ("man x 1\nman y 2\n", "2 pairs, 2 with a word without a vector"),
        ("", "0 pairs"),
    ):
        with pytest.raises(CorpusFormatError, match=problem):
            evaluate_similarity(wv, write(text))
    assert evaluate_similarity(wv, write("man king 1\nx\nman woman 2\n"), on_error="skip").pairs == 2


@pytest.mark.parametrize("options", [{}, {"case_insensitive": False, "dummy4unknown": True}, {"restrict_vocab": 90}])
def test_figures_of_gensim(tmp_path, options):
    models = pytest.importorskip("gensim").models
    rng = random.Random(4)
    words = list(dict.fromkeys(f"{rng.choice('AaBbCc')}{rng.choice('xXyY')}{i % 60}" for i in range(400)))
    matrix = np.random.default_rng(4).standard_normal((len(words), 6)).astype(np.float32)
    wv = WordVectors(words, matrix)
    theirs = models.KeyedVectors(6)
    theirs.add_vectors(words, matrix)
    questions, pairs = tmp_path / "q", tmp_path / "p"
    pool = [*words, "nobody"]
    text = ""
    for section in "abc":
        text += f": {section}\n"
        for _ in range(150):
            a, b, c = rng.sample(pool, 3)
            known = [word for word in (a, b, c) if word in wv]
            expected = wv.analogy(a, b, c, 1)[0][0] if len(known) == 3 and rng.random() < 0.7 else rng.choice(pool)
            text += f"{a} {b} {c} {expected}\n"
    questions.write_text(text)
    pairs.write_text("".join(f"{rng.choice(pool)}\t{rng.choice(pool)}\t{rng.random():.3f}\n" for _ in range(200)))
    _, sections = theirs.evaluate_word_analogies(str(questions), **options)
    found = evaluate_analogies(wv, questions, **options)
    expected = [(len(s["correct"]), len(s["correct"]) + len(s["incorrect"])) for s in sections]
    assert [(s.correct, s.asked) for s in [*found.sections, found.total]] == expected
    pearson, spearman, _ = theirs.evaluate_word_pairs(str(pairs), **options)
    similarities = evaluate_similarity(wv, pairs, **options)
    assert similarities.pearson == pytest.approx(pearson[0], abs=1e-6)
    assert similarities.spearman == pytest.approx(spearman[0], abs=1e-6)
