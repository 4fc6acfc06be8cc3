"""Dictionary segmentation beside jieba, rjieba and a cppjieba binding."""

from __future__ import annotations

import logging
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from benchmarks.frame import Case, Options, Run, lines_of

PEERS = ["jieba", "rjieba", "cppjieba-py", "cppjieba"]

LIST_MB = 4.0  # text a call gets for lists of words; 100 times slower peers get less
SLOW_MB = 0.4
FILE_MB = 64.0  # enough for process start to vanish
LINE_CHARACTERS = 350_000  # of one hostile line: 1 MB, when Chinese

Cut = Callable[[str], object]


def cases(options: Options) -> Iterator[Case]:
    """Made one by one, so that what only the last ones need is not in memory during the first."""
    yield from lists(options)
    yield from files(options)
    yield from long_lines(options)
    yield from processes()


# Lists of words, line by line


def lists(options: Options) -> Iterator[Case]:
    import nlptk

    segmenter = nlptk.DictionarySegmenter()
    lines, size = lines_of(options.texts, LIST_MB)
    few_lines, few = lines_of(options.texts, SLOW_MB)
    jieba, rjieba, cppjieba = peer_modes()
    ours: dict[str, Cut] = {
        "default": segmenter.cut,
        "no HMM": partial(nlptk.cut, hmm=False),
        "full": partial(nlptk.cut, mode="full"),
        "search": partial(nlptk.cut, mode="search"),
        "boundaries as an array": segmenter.boundaries,
    }
    for mode, cut in ours.items():
        their_mode = "default" if mode.startswith("boundaries") else mode
        runs = [
            Run("nlptk", each(cut, lines), size),
            Run("jieba", each(jieba.get(their_mode), few_lines), few),
            Run("rjieba", each(rjieba.get(their_mode), lines), size),
            Run("cppjieba", each(cppjieba.get(their_mode), lines), size),
        ]
        yield Case(mode if mode.startswith("boundaries") else f"words, {mode}", runs)
    segmented = [" ".join(segmenter.cut(line)) for line in lines]
    trained = nlptk.BigramSegmenter().fit(segmented)
    runs = [Run("nlptk", each(trained.cut, lines), size), Run("jieba", each(jieba.get("default"), few_lines), few)]
    yield Case("words, bigram model", runs)
    labels = nlptk.TaggedSegmenter().fit(segmented)
    runs = [Run("nlptk", each(labels.cut, lines), size), Run("jieba", each(jieba.get("default"), few_lines), few)]
    yield Case("words, labels of characters (CRF)", runs)


def each(cut: Cut | None, lines: Sequence[str]) -> Callable[[], None] | None:
    """Cut line after line and throw the words away, as a program would that reads a file."""
    if cut is None:
        return None

    def run() -> None:
        for line in lines:
            cut(line)

    return run


def optional(name: str) -> ModuleType | None:
    try:
        return import_module(name)
    except ImportError:
        return None


def peer_modes() -> tuple[dict[str, Cut], dict[str, Cut], dict[str, Cut]]:
    """The modes of jieba, rjieba and cppjieba that give lists; empty for what is not installed."""
    jieba, rjieba = optional("jieba"), optional("rjieba")
    theirs: list[dict[str, Cut]] = [{}, {}, cppjieba_modes()]
    if jieba:
        jieba.setLogLevel(logging.ERROR)
        jieba.initialize()
        theirs[0] = {
            "default": jieba.lcut,
            "no HMM": partial(jieba.lcut, HMM=False),
            "full": partial(jieba.lcut, cut_all=True),
            "search": jieba.lcut_for_search,
        }
    if rjieba:
        theirs[1] = {
            "default": rjieba.cut,
            "no HMM": lambda line: rjieba.cut(line, False),
            "full": rjieba.cut_all,
            "search": rjieba.cut_for_search,
        }
    return theirs[0], theirs[1], theirs[2]


def cppjieba_modes() -> dict[str, Cut]:
    """Two bindings are around: ``cppjieba_py`` with functions like jieba's, ``cppjieba`` with a class."""
    module: Any = optional("cppjieba_py")
    if module:
        modes = {"default": "lcut", "full": "lcut_all", "search": "lcut_for_search"}
        found = {mode: getattr(module, name) for mode, name in modes.items() if hasattr(module, name)}
        return found | ({"no HMM": lambda line: module.lcut(line, HMM=False)} if "default" in found else {})
    module = optional("cppjieba")
    if module and hasattr(module, "Jieba"):
        tool = module.Jieba()
        return {"default": tool.cut, "no HMM": partial(tool.cut, hmm=False)}
    return {}


# File to file


def files(options: Options) -> Iterator[Case]:
    lines, size = lines_of(options.texts, FILE_MB)
    few_lines, few = lines_of(options.texts, SLOW_MB)
    some_lines, some = lines_of(options.texts, LIST_MB)
    jieba, rjieba, _ = peer_modes()
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "text.txt"), Path(folder, "text.seg")
        write(source, lines)
        write(few_source := Path(folder, "few.txt"), few_lines)
        write(some_source := Path(folder, "some.txt"), some_lines)
        del lines
        one, two = (command(source, target, threads) for threads in (1, 2))
        peers = [
            Run("jieba", file_to_file(jieba.get("default"), few_source, target), few),
            Run("rjieba", file_to_file(rjieba.get("default"), some_source, target), some),
        ]
        yield Case("file to file, 1 thread", [Run("nlptk segment", one, size), *peers])
        yield Case("file to file, 2 threads", [Run("nlptk segment", two, size), Run("1 thread", one, size)], cores=2)


def write(path: Path, lines: Sequence[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8", newline="\n")


def command(source: Path, target: Path, threads: int) -> Callable[[], object]:
    """The command line, process start and all."""
    words = [sys.executable, "-m", "nlptk", "segment", str(source), "-o", str(target), "--threads", str(threads)]
    return partial(subprocess.run, words, check=True)


def file_to_file(cut: Cut | None, source: Path, target: Path) -> Callable[[], None] | None:
    """What users of a library write. Its loading is not timed, which is in its favour."""
    if cut is None:
        return None

    def run() -> None:
        with source.open(encoding="utf-8") as lines, target.open("w", encoding="utf-8") as out:
            for line in lines:
                out.write(" ".join(cut(line.rstrip("\n"))))  # type: ignore[arg-type]
                out.write("\n")

    return run


# One long line: time a byte against that of ordinary text


def long_lines(options: Options) -> Iterator[Case]:
    import nlptk

    rng = random.Random(1)
    lines, size = lines_of(options.texts, LIST_MB)
    text = each(nlptk.cut, lines)
    hostile = {
        "same character": "的" * LINE_CHARACTERS,
        "same letter": "a" * 3 * LINE_CHARACTERS,
        "one word": "北京" * (LINE_CHARACTERS // 2),
        "digits": "0123456789" * (3 * LINE_CHARACTERS // 10),
        "brackets": "（" * LINE_CHARACTERS,
        "random Han": "".join(chr(rng.randrange(0x4E00, 0x9FA6)) for _ in range(LINE_CHARACTERS)),
    }
    for name, line in hostile.items():
        whole = Run("nlptk", partial(nlptk.cut, line), len(line.encode("utf-8")) / 1e6)
        yield Case(f"line of 1 MB: {name}", [whole, Run("nlptk on the text", text, size)])


# Process start and memory

SENTENCE = "我来到北京清华大学"
QUIET = "import logging, jieba; jieba.setLogLevel(logging.ERROR); "
# Its own peak; what the system tells the parent afterwards would include the parent's, from before exec.
PEAK = "; print(open('/proc/self/status').read().split('VmHWM:')[1].split()[0])"


def processes() -> Iterator[Case]:
    bare = python("bare Python", "pass", None)
    imports = [python(name, f"import {name}", name) for name in ("nlptk", "jieba", "rjieba")]
    yield Case("import", [*imports, bare], "ms")

    first_word = [
        ("nlptk", f"import nlptk; nlptk.cut('{SENTENCE}')", "nlptk"),
        ("jieba", f"{QUIET}jieba.lcut('{SENTENCE}')", "jieba"),
        ("rjieba", f"import rjieba; rjieba.cut('{SENTENCE}')", "rjieba"),
        ("bare Python", "pass", None),
    ]
    yield Case("start to first word", [python(*row) for row in first_word], "ms")
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "line.txt")
        write(source, [SENTENCE])
        words = [sys.executable, "-m", "nlptk", "segment", str(source)]
        line = Run("nlptk segment", partial(subprocess.run, words, check=True, stdout=subprocess.DEVNULL))
        jieba = Run("jieba", None)
        if optional("jieba"):
            words = [sys.executable, "-m", "jieba", "-q", str(source)]
            jieba = Run("python -m jieba", partial(subprocess.run, words, check=True, stdout=subprocess.DEVNULL))
        yield Case("command, one line", [line, jieba], "ms")
    if Path("/proc/self/status").exists():
        yield Case("peak memory", [python(name, code + PEAK, module, peak) for name, code, module in first_word], "MB")


def python(name: str, code: str, module: str | None, finish: Callable[[bytes], object] = len) -> Run:
    """A fresh interpreter that runs the code; ``finish`` makes a value of what it printed."""
    if module and not optional(module):
        return Run(name, None)
    words = [sys.executable, "-c", code]
    return Run(name, lambda: finish(subprocess.run(words, check=True, stdout=subprocess.PIPE).stdout))


def peak(printed: bytes) -> float:
    return int(printed) * 1024 / 1e6
