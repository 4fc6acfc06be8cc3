"""nlptk keywords and nlptk summarize: what they write, and what they say when they cannot."""

from __future__ import annotations

import json

import pytest

LINES = ["自然语言处理是人工智能的方向", "", "机器翻译与机器翻译系统"]
TEXT = "北京是中国的首都。北京有很多大学。今天下雨。清华大学是北京的大学。\n"


@pytest.fixture
def corpus(tmp_path):
    path = tmp_path / "news.txt"
    path.write_text("\n".join(LINES) + "\n", "utf-8")
    return path


@pytest.mark.parametrize("method", ["tf", "tfidf", "textrank"])
def test_a_keyword_and_its_weight_a_line(nlptk_cli, corpus, method):
    out = nlptk_cli("keywords", corpus, "--method", method, "--top", 3, check=True).stdout
    rows = [line.split("\t") for line in out.splitlines()]
    assert len(rows) == 3
    assert all(term and float(weight) > 0 for term, weight in rows)


def test_it_is_what_the_class_says(nlptk_cli, corpus):
    from nlptk.keywords import TfidfKeywords

    found = json.loads(nlptk_cli("keywords", corpus, "--format", "jsonl", check=True).stdout)
    expected = TfidfKeywords().extract("\n".join(LINES))
    assert found == {"file": str(corpus), "keywords": [list(pair) for pair in expected]}


def test_per_line(nlptk_cli, corpus, tmp_path):
    out = nlptk_cli("keywords", corpus, "--per", "line", "--phrases", "--top", 1, check=True).stdout
    assert [line.split("\t") for line in out.splitlines()][1:] == [[""], ["机器翻译"]]
    out = nlptk_cli("keywords", "-", "--per", "line", "--format", "jsonl", input="苹果\n\n", check=True).stdout
    records = [json.loads(line) for line in out.splitlines()]
    assert [(r["file"], r["line"], [t for t, _ in r["keywords"]]) for r in records] == [
        ("<stdin>", 1, ["苹果"]), ("<stdin>", 2, []),
    ]  # fmt: skip


def test_several_files(nlptk_cli, corpus, tmp_path):
    (tmp_path / "b.txt").write_text("苹果", "utf-8")
    out = nlptk_cli("keywords", tmp_path / "b.txt", corpus, "--top", 1, "--method", "tf", check=True).stdout.splitlines()
    assert out[:3] == [f"==> {tmp_path / 'b.txt'} <==", "苹果\t1", f"==> {corpus} <=="]


def test_options(nlptk_cli, tmp_path):
    (tmp_path / "idf").write_text("苹果 1\n香蕉 10\n", "utf-8")
    (tmp_path / "stop").write_text("葡萄\n", "utf-8")
    text = "我们在北京卖苹果，香蕉，葡萄"
    out = nlptk_cli("keywords", "-", "--idf", tmp_path / "idf", "--stopwords", tmp_path / "stop", "--pos", "n*",
                    input=text, check=True).stdout  # fmt: skip
    assert [line.split("\t")[0] for line in out.splitlines()] == ["北京", "香蕉", "苹果"]
    (tmp_path / "gb.txt").write_text("苹果", "gb18030")
    nlptk_cli("keywords", tmp_path / "gb.txt", "--encoding", "gb18030", "-o", tmp_path / "out", check=True)
    assert (tmp_path / "out").read_text("utf-8").startswith("苹果\t")


def test_no_keywords_at_all(nlptk_cli):
    assert nlptk_cli("keywords", "-", input="的了是在", check=True).stdout == ""
    assert nlptk_cli("keywords", "-", input="", check=True).stdout == ""


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (["missing"], 1, "missing: no such file"),
        (["-", "--idf", "missing"], 1, "missing: no such file"),
        (["-", "--stopwords", "missing"], 1, "missing: no such file"),
        (["-", "--idf", "bad"], 1, "bad:2: '香蕉', expected a word and a number"),
        (["-", "--stopwords", "bad"], 1, "bad:1: 2 words, expected one a line"),
        (["-", "--top", "-1"], 2, "--top"),
        (["-", "--pos", ","], 2, "names no part of speech"),
        (["-", "--method", "tf", "--idf", "bad"], 2, "--method tfidf only"),
        (["-", "--method", "none"], 2, "tfidf"),
        ([], 2, "FILE"),
    ],
)
def test_what_is_wrong(nlptk_cli, tmp_path, arguments, code, complaint):
    (tmp_path / "bad").write_text("苹果 1\n香蕉\n", "utf-8")
    done = nlptk_cli("keywords", *arguments, "-o", "out", input="苹果", cwd=tmp_path)
    assert done.returncode == code
    assert complaint in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_summarize(nlptk_cli, tmp_path):
    out = nlptk_cli("summarize", "-", "--sentences", 2, input=TEXT, check=True).stdout
    assert out == "北京有很多大学。\n清华大学是北京的大学。\n"
    (tmp_path / "stop").write_text("北京\n大学\n", "utf-8")
    other = nlptk_cli("summarize", "-", "--sentences", 2, "--stopwords", tmp_path / "stop", input=TEXT, check=True).stdout
    assert other != out
    assert nlptk_cli("summarize", "-", input="", check=True).stdout == ""
    wrapped = "A cat\nsat. A cat sat\nagain.\n"
    assert nlptk_cli("summarize", "-", input=wrapped, check=True).stdout == "A cat sat.\nA cat sat again.\n"


@pytest.mark.parametrize(("arguments", "code"), [(["missing"], 1), (["-", "--sentences", "0"], 2)])
def test_what_is_wrong_with_summaries(nlptk_cli, arguments, code, tmp_path):
    done = nlptk_cli("summarize", *arguments, input=TEXT, cwd=tmp_path)
    assert done.returncode == code
    assert "Traceback" not in done.stderr
