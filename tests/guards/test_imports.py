"""What each public entry loads: nothing heavy before it is needed."""

from __future__ import annotations

import json

import pytest

from tests.guards.source import command_tree, run_python

MODELS = {"sklearn", "scipy", "torch", "jieba", "pandas"}
HEAVY = MODELS | {"numpy", "click", "tqdm", "xopen", "logging", "asyncio", "multiprocessing"}

# entry -> code that uses it, modules that must not be loaded by then
ENTRIES: dict[str, tuple[str, set[str]]] = {
    "import nlptk": ("import nlptk", HEAVY),
    "nlptk.cut": ("import nlptk; nlptk.cut('我来到北京清华大学')", HEAVY),
    "nlptk.cut, full": ("import nlptk; nlptk.cut('我来到北京清华大学', mode='full')", HEAVY),
    "nlptk.cut, search": ("import nlptk; nlptk.cut('我来到北京清华大学', mode='search', hmm=False)", HEAVY),
    "DictionarySegmenter.cut": ("import nlptk; nlptk.DictionarySegmenter().cut('我来到北京清华大学')", HEAVY),
    "DictionarySegmenter.boundaries": ("import nlptk; nlptk.DictionarySegmenter().boundaries('我来到北京')", MODELS),
    "nlptk.Doc": ("import nlptk; nlptk.Doc", MODELS),
    "nlptk.Pipeline": ("import nlptk; nlptk.Pipeline", MODELS),
    "nlptk.Estimator": ("import nlptk; nlptk.Estimator", MODELS),
    "a packaged BigramSegmenter": ("import nlptk; nlptk.load('zh-seg-bigram').cut('我来到北京清华大学')", HEAVY),
    "nlptk segment": ("import sys; sys.argv[1:] = ['segment', '-']; import nlptk.cli; nlptk.cli.main()", MODELS),
}

# Runs the code in argv[1], however it ends, and writes the names of the loaded modules to stderr.
REPORT = """
import sys
code = sys.argv.pop(1)
before = set(sys.modules)
try:
    exec(code)
except SystemExit as end:
    if end.code:
        raise
sys.stderr.write("\\nLOADED " + " ".join({name.partition(".")[0] for name in set(sys.modules) - before}))
"""


def loaded_by(code: str) -> set[str]:
    """Top-level modules that the code loads in a fresh interpreter."""
    done = run_python(REPORT, code)
    assert done.returncode == 0, f"{code}\n{done.stderr}"
    return set(done.stderr.rpartition("LOADED ")[2].split())


@pytest.mark.parametrize("entry", ENTRIES)
def test_entry_loads_nothing_heavy(entry: str) -> None:
    code, forbidden = ENTRIES[entry]
    assert loaded_by(code) & forbidden == set()


def test_help_of_every_command_loads_nothing_heavy() -> None:
    found = {}
    for name in command_tree():
        argv = ["nlptk", *name.split(), "--help"]
        loaded = loaded_by(f"sys.argv = {json.dumps(argv)}; import nlptk.cli; nlptk.cli.main()")
        if heavy := loaded & (MODELS | {"numpy"}):
            found[name] = heavy
    assert not found
