"""nlptk newwords: what it writes, and what it says when it cannot."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

AROUND = zip("甲乙丙丁戊己庚辛壬", "子丑寅卯辰巳午未申", strict=True)
TEXT = "\n".join(f"{a}凛雪鸦{b}{a}清华大学{b}" if i % 3 else f"{a}凛雪鸦{b}" for i, (a, b) in enumerate(AROUND))
LOOSE = ("--min-pmi", 1, "--min-count", 3)


@pytest.fixture
def corpus(tmp_path):
    path = tmp_path / "corpus.txt"
    path.write_text(TEXT, "utf-8")
    return path


def test_output_is_a_user_dictionary(nlptk_cli, corpus, tmp_path):
    out = tmp_path / "words.txt"
    done = nlptk_cli("newwords", corpus, "-o", out, *LOOSE, check=True)
    assert done.stdout == done.stderr == ""
    assert out.read_text("utf-8") == "凛雪鸦\t9\tn\n"
    line = "看见凛雪鸦了"
    assert "凛雪鸦" not in nlptk_cli("segment", "-", "--no-hmm", input=line, check=True).stdout.split()
    assert "凛雪鸦" in nlptk_cli("segment", "-", "--no-hmm", "--userdict", out, input=line, check=True).stdout.split()


def test_stdin_to_stdout_top_and_all(nlptk_cli):
    found = nlptk_cli("newwords", "-", *LOOSE, "--all", input=TEXT, check=True).stdout
    assert found == "凛雪鸦\t9\tn\n清华大学\t6\tn\n"
    assert nlptk_cli("newwords", "-", *LOOSE, "--all", "--top", 1, input=TEXT, check=True).stdout == "凛雪鸦\t9\tn\n"
    assert nlptk_cli("newwords", "-", *LOOSE, "--top", 0, input=TEXT, check=True).stdout == ""


def test_several_files_and_encodings(nlptk_cli, corpus, tmp_path):
    other = tmp_path / "other.txt"
    other.write_text(TEXT, "gb18030")
    assert nlptk_cli("newwords", corpus, corpus, *LOOSE, check=True).stdout == "凛雪鸦\t18\tn\n"
    assert nlptk_cli("newwords", other, "--encoding", "gb18030", *LOOSE, check=True).stdout == "凛雪鸦\t9\tn\n"


def test_an_empty_file_has_no_words(nlptk_cli, tmp_path):
    (tmp_path / "empty").touch()
    done = nlptk_cli("newwords", tmp_path / "empty", "-o", tmp_path / "out", check=True)
    assert done.stderr == ""
    assert (tmp_path / "out").read_bytes() == b""


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (["missing"], 1, "missing: no such file"),
        (["corpus.txt", "-o", "nowhere/words"], 1, "nowhere/words: no such folder"),
        (["bad"], 1, "bad:2: byte 3 of the line is 0xFF, not UTF-8"),
        (["corpus.txt", "--memory", "lots"], 2, "memory is 'lots', expected"),
        (["corpus.txt", "--memory", "10K"], 2, "memory='10K': expected 1M or more"),
        (["corpus.txt", "--max-length", "9"], 2, "max_length=9: expected 2 to 6"),
        (["corpus.txt", "--min-count", "0"], 2, "min_count=0: expected 1 or more"),
        (["corpus.txt", "--encoding", "klingon"], 2, "encoding 'klingon' is unknown"),
        ([], 2, "Missing argument"),
    ],
)
def test_mistakes(nlptk_cli, corpus, tmp_path, arguments, code, complaint):
    (tmp_path / "bad").write_bytes(b"ab\nab\xff\n")
    before = sorted(os.listdir(tmp_path))
    done = nlptk_cli("newwords", "-o", "out", *arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (code, "")
    assert complaint in done.stderr and "Traceback" not in done.stderr
    assert sorted(os.listdir(tmp_path)) == before


@pytest.mark.skipif(sys.platform == "win32", reason="signals and limits of POSIX")
def test_a_full_disk_names_the_folder(nlptk_cli, tmp_path):
    import resource

    (tmp_path / "corpus").write_text("".join(chr(0x4E00 + i * i % 20_000) for i in range(100_000)), "utf-8")
    done = nlptk_cli(
        "newwords", "corpus", "-o", "out", "--memory", "1M", cwd=tmp_path,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 18, 1 << 18)),
    )  # fmt: skip
    assert done.returncode == 1
    assert f"nlptk: {tmp_path}: file too large, in a temporary file" in done.stderr
    assert os.listdir(tmp_path) == ["corpus"]


@pytest.mark.skipif(sys.platform == "win32", reason="signals and limits of POSIX")
def test_interrupted_it_leaves_nothing(tmp_path):
    command = [sys.executable, "-m", "nlptk", "newwords", "-", "-o", str(tmp_path / "out"), "--memory", "1M"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None and process.stderr is not None
        process.stdin.write("".join(chr(0x4E00 + i * i % 20_000) for i in range(200_000)).encode())
        process.stdin.flush()
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
        assert process.stderr.read().strip() == b"nlptk: interrupted"
    assert os.listdir(tmp_path) == []
