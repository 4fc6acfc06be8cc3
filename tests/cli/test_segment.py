"""``nlptk segment`` from the outside: every option, every bad input."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import json
import lzma
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from nlptk import DictionarySegmenter, cut

LINE = "李小福是创新办主任也是云计算方面的专家"


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    path = tmp_path / "sample.txt"
    path.write_bytes(f"{LINE}\r\nabc 3.14\n\n完".encode())
    return path


def fails(done: Any, code: int, *said: str) -> None:
    assert done.returncode == code, done.stderr
    complaint = done.stderr if isinstance(done.stderr, str) else done.stderr.decode()
    assert "Traceback" not in complaint
    assert len(complaint.strip().splitlines()) <= (1 if code == 1 else 5)
    for word in said:
        assert word in complaint


# ---- options


def test_plain(nlptk_cli: Any, sample: Path) -> None:
    done = nlptk_cli("segment", sample)
    assert done.returncode == 0
    assert done.stderr == ""
    assert done.stdout == f"{' '.join(cut(LINE))}\r\nabc 3.14\n\n完"


OPTIONS: dict[str, dict[str, Any]] = {
    "": {},
    "--no-hmm": {"hmm": False},
    "--hmm": {},
    "--mode search": {"mode": "search"},
    "--mode search --no-hmm": {"mode": "search", "hmm": False},
    "--algorithm dictionary": {},
    "--algorithm forward": {"algorithm": "forward"},
    "--algorithm backward": {"algorithm": "backward"},
    "--algorithm bidirectional": {"algorithm": "bidirectional"},
    "--algorithm full": {"algorithm": "full"},
}


@pytest.mark.parametrize("options", OPTIONS)
def test_the_words_are_those_of_the_api(nlptk_cli: Any, corpora: Path, options: str) -> None:
    path = corpora / "mixed.zh.txt"
    segmenter = DictionarySegmenter(**OPTIONS[options])
    done = nlptk_cli("segment", path, *options.split(), "--format", "jsonl", check=True)
    found = [json.loads(line)["words"] for line in done.stdout.split("\n")[:-1]]
    assert found == [segmenter.cut(line.removesuffix("\r")) for line in path.read_bytes().decode().removesuffix("\n").split("\n")]


@pytest.mark.parametrize("sep", ["/", " ", "", "\t", " | ", "词"])
def test_separator(nlptk_cli: Any, sep: str) -> None:
    done = nlptk_cli("segment", "-", "--sep", sep, input="我来到北京\n", check=True)
    assert done.stdout == sep.join(["我", "来到", "北京"]) + "\n"


def test_separator_with_a_line_end_is_refused(nlptk_cli: Any) -> None:
    fails(nlptk_cli("segment", "-", "--sep", "a\nb", input="北京"), 2, "separator")


def test_formats(nlptk_cli: Any) -> None:
    text = '他说"好"\\\t北京\n'
    done = nlptk_cli("segment", "-", "--format", "jsonl", input=text, check=True)
    assert json.loads(done.stdout) == {"words": cut(text[:-1])}
    done = nlptk_cli("segment", "-", "--format", "tsv", input=text, check=True)
    rows = [row.split("\t") for row in done.stdout.split("\n")[:-2]]
    assert [int(start) for _, start, _ in rows] == [0, *(int(end) for _, _, end in rows)][:-1]
    assert done.stdout.endswith("\n\n")


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_threads(nlptk_cli: Any, tmp_path: Path, threads: int) -> None:
    path = tmp_path / "big.txt"
    path.write_text("".join(f"第{i}行{LINE}\n" for i in range(30_000)), "utf-8")
    done = nlptk_cli("segment", path, "--threads", threads, check=True)
    assert done.stdout.count("\n") == 30_000
    assert done.stdout.replace(" ", "") == path.read_text("utf-8")


def test_user_dictionaries(nlptk_cli: Any, sample: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("云计算 5\n", "utf-8")
    (tmp_path / "b.txt").write_text("创新办\n主任也 1\n", "utf-8")
    one = nlptk_cli("segment", sample, "--userdict", tmp_path / "a.txt", check=True).stdout.split()
    assert "云计算" in one and "创新办" not in one
    both = nlptk_cli(
        "segment", sample, "--userdict", tmp_path / "a.txt", "--userdict", tmp_path / "b.txt", check=True
    ).stdout.split()
    assert "云计算" in both and "创新办" in both and "主任也" not in both
    forced = nlptk_cli("segment", sample, "--userdict", tmp_path / "b.txt", "--user-priority", "force", check=True).stdout.split()
    assert "主任也" in forced


def test_user_dictionary_that_is_missing(nlptk_cli: Any, sample: Path, tmp_path: Path) -> None:
    """Not a word by the name of the file."""
    fails(nlptk_cli("segment", sample, "--userdict", "missing.txt"), 1, "missing.txt")
    (tmp_path / "a.txt").write_text("云计算 5\n", "utf-8")
    fails(nlptk_cli("segment", sample, "--userdict", tmp_path / "a.txt", "--userdict", "missing.txt"), 1, "missing.txt")
    fails(nlptk_cli("segment", sample, "--userdict", tmp_path), 1, str(tmp_path))


def test_user_dictionary_that_is_malformed(nlptk_cli: Any, sample: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("云计算\n创新办 -5\n", "utf-8")
    fails(nlptk_cli("segment", sample, "--userdict", tmp_path / "a.txt"), 1, "a.txt:2:", "frequency")
    (tmp_path / "tags.txt").write_text("".join(f"w{i}\t1\tt{i}\n" for i in range(3000)), "utf-8")
    fails(nlptk_cli("segment", sample, "--userdict", tmp_path / "tags.txt"), 1, "tags")


def test_dictionary(nlptk_cli: Any, sample: Path, tmp_path: Path) -> None:
    (tmp_path / "d.txt").write_text("李小福是 5\n", "utf-8")
    nlptk_cli("lexicon", "build", tmp_path / "d.txt", "-o", tmp_path / "d.nlptk", check=True)
    for name in ("d.txt", "d.nlptk"):
        done = nlptk_cli("segment", sample, "--dictionary", tmp_path / name, "--no-hmm", check=True)
        assert done.stdout.startswith("李小福是 创 新 办")
    fails(nlptk_cli("segment", sample, "--dictionary", "missing"), 1, "missing")
    (tmp_path / "bad.nlptk").write_bytes((tmp_path / "d.nlptk").read_bytes()[:-1])
    fails(nlptk_cli("segment", sample, "--dictionary", tmp_path / "bad.nlptk"), 1, "bad.nlptk")


@pytest.mark.parametrize(
    "options",
    [["--algorithm", "viterbi"], ["--algorithm", "forward", "--mode", "search"], ["--encoding", "no-such"]],
    ids=" ".join,
)
def test_options_that_cannot_be(nlptk_cli: Any, sample: Path, options: list[str]) -> None:
    fails(nlptk_cli("segment", sample, *options), 2)


def test_several_files_and_standard_input(nlptk_cli: Any, sample: Path, tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_text("北京\n", "utf-8")
    done = nlptk_cli("segment", tmp_path / "b.txt", "-", sample, "--sep", "", input="大学\n", check=True)
    assert done.stdout == "北京\n大学\n" + sample.read_bytes().decode()


# ---- encodings and bad bytes


def test_encoding(nlptk_cli: Any, tmp_path: Path) -> None:
    path = tmp_path / "gb.txt"
    path.write_bytes("我来到北京\n𠮷\n".encode("gb18030"))
    done = nlptk_cli("segment", path, "--encoding", "gb18030", check=True)
    assert done.stdout == "我 来到 北京\n𠮷\n"
    fails(nlptk_cli("segment", path), 1, "gb.txt:1:", "byte 1", "--encoding")


@pytest.mark.parametrize("threads", [1, 2])
def test_invalid_utf8(nlptk_cli: Any, tmp_path: Path, threads: int) -> None:
    path, out = tmp_path / "bad.txt", tmp_path / "out.txt"
    path.write_bytes("北京\n大\n".encode() + b"ab\xff\n" + "完\n".encode())
    fails(nlptk_cli("segment", path, "-o", out, "--threads", threads), 1, "bad.txt:3:", "byte 3", "0xFF")
    assert not out.exists()
    assert [p.name for p in tmp_path.iterdir()] == ["bad.txt"]
    done = nlptk_cli("segment", path, "-o", out, "--on-error", "skip", "--threads", threads)
    assert done.returncode == 0
    assert "skipped 1 line" in done.stderr
    assert out.read_text("utf-8") == "北京\n大\n完\n"


def test_binary_file(nlptk_cli: Any) -> None:
    done = nlptk_cli("segment", sys.executable, binary=True)
    fails(done, 1, ":1:" if b"\n" not in Path(sys.executable).read_bytes()[:16] else ":")


def test_nul_bytes_are_text(nlptk_cli: Any) -> None:
    done = nlptk_cli("segment", "-", "--sep", "|", input="北京\0大学\0\n".encode(), check=True)
    assert done.stdout.decode() == "北京|\0|大学|\0\n"


@pytest.mark.parametrize("data", [b"", b"\n", b"\r\n", b"\n\n\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n"])
@pytest.mark.parametrize("form", ["text", "jsonl", "tsv"])
def test_empty_files_and_lines(nlptk_cli: Any, tmp_path: Path, data: bytes, form: str) -> None:
    path = tmp_path / "empty.txt"
    path.write_bytes(data)
    done = nlptk_cli("segment", path, "--format", form, binary=True)
    assert done.returncode == 0, done.stderr
    lines = data.removeprefix(b"\xef\xbb\xbf")
    one = {"text": None, "jsonl": b'{"words": []}\n', "tsv": b"\n"}[form]
    assert done.stdout == (lines if one is None else one * lines.count(b"\n"))


# ---- files that cannot be read or written


def test_missing_file_and_folder(nlptk_cli: Any, tmp_path: Path) -> None:
    fails(nlptk_cli("segment", tmp_path / "missing.txt"), 1, "missing.txt", "no such file")
    fails(nlptk_cli("segment", tmp_path), 1, str(tmp_path), "directory")
    assert nlptk_cli("segment").returncode == 2


def test_a_missing_second_file_leaves_no_output(nlptk_cli: Any, sample: Path, tmp_path: Path) -> None:
    fails(nlptk_cli("segment", sample, tmp_path / "missing.txt", "-o", tmp_path / "out"), 1, "missing.txt")
    assert [p.name for p in tmp_path.iterdir()] == ["sample.txt"]


@pytest.mark.parametrize(("suffix", "pack"), [(".gz", gzip), (".bz2", bz2), (".xz", lzma)])
def test_packed_files(nlptk_cli: Any, tmp_path: Path, suffix: str, pack: Any) -> None:
    source, target = tmp_path / f"in.txt{suffix}", tmp_path / f"out.txt{suffix}"
    source.write_bytes(pack.compress("我来到北京\n".encode() * 5000))
    nlptk_cli("segment", source, "-o", target, check=True)
    assert pack.decompress(target.read_bytes()).decode() == "我 来到 北京\n" * 5000
    source.write_bytes(source.read_bytes()[:-9])
    fails(nlptk_cli("segment", source, "-o", tmp_path / "no"), 1, source.name)
    source.write_bytes(b"not packed")
    fails(nlptk_cli("segment", source, "-o", tmp_path / "no"), 1, source.name)
    assert not (tmp_path / "no").exists()


def test_output_where_nothing_can_be(nlptk_cli: Any, sample: Path, tmp_path: Path) -> None:
    fails(nlptk_cli("segment", sample, "-o", tmp_path / "no" / "out"), 1, "no such folder")
    fails(nlptk_cli("segment", sample, "-o", tmp_path), 1, "directory")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_read_only_folder(nlptk_cli: Any, sample: Path, tmp_path: Path) -> None:
    folder = tmp_path / "shut"
    folder.mkdir()
    folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        fails(nlptk_cli("segment", sample, "-o", folder / "out"), 1, "permission denied")
        assert not any(folder.iterdir())
    finally:
        folder.chmod(stat.S_IRWXU)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_full_disk(nlptk_cli: Any, sample: Path) -> None:
    fails(nlptk_cli("segment", sample, "-o", "/dev/full"), 1, "/dev/full", "space")


def test_output_over_the_input(nlptk_cli: Any, sample: Path) -> None:
    nlptk_cli("segment", sample, "-o", sample, check=True)
    assert sample.read_bytes().decode().startswith(" ".join(cut(LINE)))


# ---- interrupted


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
@pytest.mark.parametrize("threads", ["1", "3"])
@pytest.mark.parametrize("sent", [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")], ids=str)
def test_interrupt_leaves_no_half_file(tmp_path: Path, threads: str, sent: tuple[signal.Signals, int, str]) -> None:
    out = tmp_path / "out.txt"
    out.write_text("as it was", "utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "nlptk", "segment", "-", "-o", str(out), "--threads", threads],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin and process.stderr
    process.stdin.write("我来到北京\n".encode() * 60_000)  # several blocks, so that it is at work
    process.stdin.flush()
    for _ in range(500):
        if len(list(tmp_path.iterdir())) > 1:
            break
        time.sleep(0.02)
    else:
        pytest.fail("it has not begun to write")
    process.send_signal(sent[0])
    complaint = process.stderr.read().decode()
    process.stderr.close()
    assert process.wait(30) == sent[1]
    with contextlib.suppress(OSError):
        process.stdin.close()
    assert complaint.strip() == f"nlptk: {sent[2]}"
    assert [p.name for p in tmp_path.iterdir()] == ["out.txt"]
    assert out.read_text("utf-8") == "as it was"


# ---- trained models

TRAIN = Path(__file__).parents[2] / "corpora" / "segmented.zh.txt"


@pytest.fixture
def model(nlptk_cli: Any, tmp_path: Path) -> Path:
    path = tmp_path / "models" / "model.nlptk"
    path.parent.mkdir()
    done = nlptk_cli("train-segmenter", TRAIN, "--model", "bigram", "-o", path, "--licence", "MIT")
    assert done.returncode == 0, done.stderr
    return path


def test_a_trained_model_segments(nlptk_cli: Any, model: Path, sample: Path) -> None:
    import nlptk

    segmenter = nlptk.load(model, licence="MIT")
    assert isinstance(segmenter, nlptk.BigramSegmenter)
    done = nlptk_cli("segment", sample, "--algorithm", model, "--sep", "/")
    assert done.stdout.split("\r\n")[0] == "/".join(segmenter.cut(LINE))
    forced = nlptk_cli(
        "segment", sample, "--algorithm", model, "--userdict", user_words(sample), "--user-priority", "force", "--threads", "2"
    )
    assert "云计算" in forced.stdout.split()
    single = nlptk_cli("segment", sample, "--algorithm", model, "--no-hmm", "--format", "jsonl")
    assert json.loads(single.stdout.split("\n")[0])["words"] == segmenter.set_params(hmm=False).cut(LINE)


def test_the_packaged_bigram_model(nlptk_cli: Any, sample: Path) -> None:
    import nlptk

    segmenter = nlptk.load("zh-seg-bigram", licence="open")
    assert isinstance(segmenter, nlptk.BigramSegmenter)
    done = nlptk_cli("segment", sample, "--algorithm", "bigram", "--sep", "/")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split("\r\n")[0] == "/".join(segmenter.cut(LINE))


@pytest.mark.parametrize("kind", ["crf", "perceptron", "hmm"])
def test_labels_of_characters_segment(nlptk_cli: Any, tmp_path: Path, sample: Path, kind: str) -> None:
    import nlptk

    path = tmp_path / "labels.nlptk"
    options = {"crf": ["--epochs", "3", "--prune", "0.1", "--c2", "0.1"], "perceptron": ["--seed", "7"], "hmm": []}[kind]
    done = nlptk_cli("train-segmenter", TRAIN, "--model", kind, *options, "-o", path, "--licence", "MIT")
    assert (done.returncode, done.stderr) == (0, "")
    segmenter = nlptk.load(path, licence="MIT")
    assert isinstance(segmenter, nlptk.TaggedSegmenter)
    done = nlptk_cli("segment", sample, "--algorithm", path, "--sep", "/")
    assert done.stdout.split("\r\n")[0] == "/".join(segmenter.cut(LINE))
    forced = nlptk_cli("segment", sample, "--algorithm", path, "--userdict", user_words(sample), "--user-priority", "force")
    assert "云计算" in forced.stdout.split()


@pytest.mark.parametrize(
    ("kind", "option"), [("crf", "--weight"), ("bigram", "--c2"), ("perceptron", "--cost"), ("hmm", "--seed")]
)
def test_options_of_another_model(nlptk_cli: Any, tmp_path: Path, kind: str, option: str) -> None:
    done = nlptk_cli("train-segmenter", TRAIN, "--model", kind, option, "1", "-o", tmp_path / "m.nlptk")
    fails(done, 2, f"{option} does not go with --model {kind}")


@pytest.mark.parametrize(("kind", "default"), [("bigram", "0"), ("perceptron", "0.2")])
def test_pruning(nlptk_cli: Any, tmp_path: Path, kind: str, default: str) -> None:
    """Each model has its own default, and more makes smaller files."""
    files = []
    for options in ([], ["--prune", default], ["--prune", "2"]):
        path = tmp_path / "m.nlptk"
        nlptk_cli("train-segmenter", TRAIN, "--model", kind, *options, "-o", path, "--licence", "MIT", check=True)
        files.append(path.read_bytes())
    assert files[0] == files[1]
    assert len(files[2]) < len(files[0])


def user_words(sample: Path) -> Path:
    path = sample.with_name("user.txt")
    path.write_text("云计算\n", "utf-8")
    return path


def test_two_files_teach_as_one(nlptk_cli: Any, tmp_path: Path, model: Path) -> None:
    lines = TRAIN.read_text("utf-8").splitlines(keepends=True)
    for name, part in (("a.txt", lines[:100]), ("b.txt", lines[100:])):
        (tmp_path / name).write_text("".join(part), "utf-8")
    done = nlptk_cli("train-segmenter", tmp_path / "a.txt", tmp_path / "b.txt", "-o", tmp_path / "m.nlptk", "--licence", "MIT")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "m.nlptk").read_bytes() == model.read_bytes()


def test_what_is_no_model(nlptk_cli: Any, tmp_path: Path, sample: Path, model: Path) -> None:
    fails(nlptk_cli("segment", sample, "--algorithm", "trigram"), 2, "none of dictionary, ")
    fails(nlptk_cli("segment", sample, "--algorithm", tmp_path / "none.nlptk"), 2, "none.nlptk")
    fails(nlptk_cli("segment", sample, "--algorithm", sample), 1, str(sample))
    fails(nlptk_cli("segment", sample, "--algorithm", model, "--mode", "search"), 2, "--mode")
    fails(nlptk_cli("segment", sample, "--algorithm", model, "--dictionary", sample), 2, "--dictionary")
    built = tmp_path / "words.nlptk"
    assert nlptk_cli("lexicon", "build", user_words(sample), "-o", built).returncode == 0
    fails(nlptk_cli("segment", sample, "--algorithm", built), 1, "holds a dictionary, expected a segmenter")


def test_training_on_bad_input(nlptk_cli: Any, tmp_path: Path) -> None:
    empty, latin, out = tmp_path / "empty.txt", tmp_path / "latin.txt", tmp_path / "m.nlptk"
    empty.write_bytes(b"")
    latin.write_bytes(b"a b\n\xff\xfe b\n")
    fails(nlptk_cli("train-segmenter", empty, "-o", out), 1, "empty.txt: no words")
    fails(nlptk_cli("train-segmenter", latin, "-o", out), 1, "latin.txt:2")
    fails(nlptk_cli("train-segmenter", tmp_path / "none.txt", "-o", out), 1, "none.txt: no such file")
    fails(nlptk_cli("train-segmenter", TRAIN, "-o", tmp_path / "no" / "m.nlptk"), 1, "no such folder")
    fails(nlptk_cli("train-segmenter", TRAIN, "-o", tmp_path), 1, "is a folder")
    fails(nlptk_cli("train-segmenter", TRAIN, "-o", "-"), 2, "standard output")
    fails(nlptk_cli("train-segmenter", TRAIN, "-o", out, "--weight", "1"), 2, "weight=1")
    fails(nlptk_cli("train-segmenter", "-o", out), 2, "TRAIN")
    assert not out.exists() and sorted(path.name for path in tmp_path.iterdir()) == ["empty.txt", "latin.txt"]
