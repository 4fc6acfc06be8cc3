"""Fixtures that every test may ask for, and how hard hypothesis tries."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, Protocol

import pytest
from hypothesis import HealthCheck, settings

# Shells start jobs in the background with interrupts ignored, and their children inherit that: some tests interrupt theirs.
signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).resolve().parent.parent

# HYPOTHESIS_PROFILE=heavy pytest ...   for a long search; the default is quick enough for every edit.
QUIET = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]}
settings.register_profile("default", max_examples=50, **QUIET)
settings.register_profile("heavy", max_examples=100_000, **QUIET)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


@pytest.fixture(scope="session")
def corpora() -> Path:
    """The folder of sample corpora."""
    return ROOT / "corpora"


class RunCli(Protocol):
    def __call__(
        self,
        *args: object,
        input: str | bytes | None = None,
        binary: bool | None = None,
        check: bool = False,
        **options: Any,
    ) -> subprocess.CompletedProcess[Any]: ...


@pytest.fixture(scope="session")
def nlptk_cli() -> RunCli:
    """``nlptk_cli("segment", path, "-o", out)`` runs the command line in a process of its own.

    Output is text in UTF-8 with line ends as they are; bytes with ``binary=True`` or when ``input`` is bytes.
    ``check=True`` raises, with what the command said, when it fails. Other options go to ``subprocess.run``.
    """

    def run(
        *args: object, input: str | bytes | None = None, binary: bool | None = None, check: bool = False, **options: Any
    ) -> subprocess.CompletedProcess[Any]:
        if binary is None:
            binary = isinstance(input, bytes)
        data = input.encode("utf-8") if isinstance(input, str) else input
        if data is None:
            options.setdefault("stdin", subprocess.DEVNULL)
        else:
            options["input"] = data
        options.setdefault("timeout", 120)
        words = [str(word) for word in args]
        done = subprocess.run([sys.executable, "-m", "nlptk", *words], capture_output=True, check=False, **options)
        complaint = done.stderr.decode("utf-8", "replace")
        assert done.returncode == 0 or not check, f"nlptk {' '.join(words)} ended with {done.returncode}:\n{complaint}"
        if not binary:
            done.stdout, done.stderr = done.stdout.decode("utf-8"), complaint
        return done

    return run
