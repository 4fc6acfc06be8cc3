"""What every command shares: help, version, exit codes, completion, pipes and full disks."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import nlptk

COMMANDS = [
    [], ["segment"], ["evaluate"], ["evaluate", "segment"], ["lexicon"], ["lexicon", "build"], ["lexicon", "add"],
    ["lexicon", "info"],
    ["lexicon", "dump"], ["completion"],
]  # fmt: skip
FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
POSIX = pytest.mark.skipif(os.name != "posix", reason="pipes as POSIX has them")


def is_plain_error(text: str) -> bool:
    """One clear error, no traceback."""
    return bool(text.strip()) and "Traceback" not in text and "Exception ignored" not in text


def test_version(nlptk_cli: Any) -> None:
    done = nlptk_cli("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"nlptk {nlptk.__version__}\n", "")


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help(nlptk_cli: Any, command: list[str], option: str) -> None:
    done = nlptk_cli(*command, option)
    assert done.returncode == 0
    assert done.stderr == ""
    assert done.stdout.startswith("Usage: nlptk")


def test_help_names_the_commands_and_gives_examples(nlptk_cli: Any) -> None:
    text = nlptk_cli("--help").stdout
    for word in ("segment", "evaluate", "lexicon", "completion", "Examples:", "nlptk segment news.txt"):
        assert word in text


@pytest.mark.parametrize(
    "arguments",
    [
        ["no-such-command"], ["--no-such-option"], ["segment"], ["segment", "--no-such-option", "x"], ["segment",
        "x", "--threads", "0"],
        ["segment", "x", "--threads", "many"], ["segment", "x", "--format", "xml"], ["segment", "x", "--mode", "fast"],
        ["segment", "x", "-o"], ["lexicon", "build"], ["lexicon", "build", "x"], ["lexicon", "no-such"], ["lexicon",
        "add", "default", "-o", "x"],
        ["evaluate", "segment", "x"], ["evaluate", "segment", "a", "b", "c"], ["completion"], ["completion", "tcsh"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_wrong_usage_ends_with_2(nlptk_cli: Any, arguments: list[str]) -> None:
    done = nlptk_cli(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert is_plain_error(done.stderr)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(nlptk_cli: Any, shell: str) -> None:
    done = nlptk_cli("completion", shell)
    assert done.returncode == 0
    assert "_NLPTK_COMPLETE" in done.stdout
    if shell == "bash":
        words = {"COMP_WORDS": "nlptk seg", "COMP_CWORD": "1", "_NLPTK_COMPLETE": "bash_complete"}
        done = nlptk_cli(env={**os.environ, **words})
        assert "segment" in done.stdout


@FULL
@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"], ["--version"], ["completion", "bash"], ["lexicon", "info"], ["lexicon", "dump"], ["segment",
        "corpora/news.zh.txt"],
        ["evaluate", "segment", "corpora/segmented.zh.txt", "corpora/segmented.zh.txt"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_a_full_disk_under_standard_output(corpora: Path, arguments: list[str]) -> None:
    arguments = [str(corpora.parent / a) if a.startswith("corpora/") else a for a in arguments]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([sys.executable, "-m", "nlptk", *arguments], stdout=full, stderr=subprocess.PIPE, timeout=60)
    assert done.returncode == 1
    assert is_plain_error(done.stderr.decode())
    assert "space" in done.stderr.decode()


@POSIX
@pytest.mark.parametrize(
    "arguments",
    [["lexicon", "dump"], ["segment", "-", "--format", "tsv"], ["--help"], ["lexicon", "info"]],
    ids=" ".join,
)
def test_a_reader_that_has_seen_enough(arguments: list[str]) -> None:
    """As `nlptk ... | head -1` does it: no word about it, and success."""
    text = "我来到北京清华大学\n".encode() * 300_000 if "-" in arguments else b""
    process = subprocess.Popen(
        [sys.executable, "-m", "nlptk", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin and process.stdout and process.stderr
    with process.stdout:
        if "-" in arguments:
            import threading

            def feed() -> None:
                with contextlib.suppress(OSError):
                    process.stdin.write(text)
                    process.stdin.close()

            thread = threading.Thread(target=feed)
            thread.start()
            process.stdout.readline()
    complaint = process.stderr.read().decode()
    process.stderr.close()
    with contextlib.suppress(OSError):
        process.stdin.close()
    assert complaint == ""
    assert process.wait(60) == 0


@POSIX
def test_a_closed_standard_output() -> None:
    done = subprocess.run(
        ["sh", "-c", '"$0" -m nlptk segment - >&-', sys.executable],
        input="北京\n".encode(),
        stderr=subprocess.PIPE,
        timeout=60,
    )
    assert done.returncode == 1
    assert is_plain_error(done.stderr.decode())
