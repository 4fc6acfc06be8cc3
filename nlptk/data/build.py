"""Build the packaged data files from jieba's data, when the package is built: ``python -m nlptk.data.build DIR``.

jieba's dictionary and model tables are read as data; jieba is never imported.
"""

from __future__ import annotations

import ast
import sys
from array import array
from collections import Counter
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from .. import container
from ..ext.trie import Trie, Words
from ..lexicon import Dictionary
from .idf import KIND as IDF_KIND
from .idf import build_idf

HAN_FIRST, N_HAN = 0x4E00, 0x9FD5 - 0x4E00 + 1
MIN_FLOAT = -3.14e100  # jieba's logarithm of zero
STATES = "BEMS"
LICENCE = "MIT (jieba, Copyright (c) 2013 Sun Junyi; see LICENSE.jieba)"


def jieba_folder() -> Path:
    """Where jieba is installed."""
    spec = find_spec("jieba")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("nlptk: jieba 0.42.1 is needed to build the packaged dictionary: pip install jieba==0.42.1")
    return Path(spec.submodule_search_locations[0])


def literal(path: Path) -> object:
    """The value of the assignment ``P=...`` that one of jieba's table modules consists of."""
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.Assign):
            return ast.literal_eval(node.value)
    raise SystemExit(f"{path}: no table found, expected jieba 0.42.1")


def build_dictionary(text: str) -> Dictionary:
    """jieba's dict.txt as a Dictionary, laid out so that what text visits most lies together."""
    entries: dict[str, tuple[int, str]] = {}
    total = 0
    for line in text.splitlines():
        word, digits, tag = line.strip().split(" ")
        entries[word] = int(digits), tag
        total += int(digits)  # jieba counts a line that is given twice twice
    seen: Counter[str] = Counter()
    for word, (frequency, _) in entries.items():
        for character in word:
            seen[character] += frequency
    words = Words(expected=len(entries))
    for word, (frequency, tag) in sorted(entries.items(), key=lambda item: -item[1][0]):
        words.add(word, frequency, tag)
    words.total = total
    return Dictionary(Trie.build(words, "".join(character for character, _ in seen.most_common())))


def hmm_arrays(folder: Path) -> dict[str, memoryview[float]]:
    """The tables of jieba's finalseg: start (4), trans (4, 4), emit (20950, 4), states in the order B E M S."""
    start, trans, emit = (literal(folder / "finalseg" / f"prob_{name}.py") for name in ("start", "trans", "emit"))
    assert isinstance(start, dict) and isinstance(trans, dict) and isinstance(emit, dict)
    rows = array("d", (emit[state].get(chr(HAN_FIRST + i), MIN_FLOAT) for i in range(N_HAN) for state in STATES))
    moves = array("d", (trans[a].get(b, MIN_FLOAT) for a in STATES for b in STATES))
    return {
        "hmm.start": memoryview(array("d", (start[state] for state in STATES))),
        "hmm.trans": memoryview(moves).cast("B").cast("d", [4, 4]),
        "hmm.emit": memoryview(rows).cast("B").cast("d", [N_HAN, 4]),
    }


def posseg_arrays(folder: Path) -> tuple[dict[str, Any], list[str]]:
    """The tables of jieba's posseg as :class:`nlptk.ext.segment.TagHmm` wants them, and the names of the tags."""
    tables = (literal(folder / "posseg" / f"{name}.py") for name in ("char_state_tab", "prob_start", "prob_trans", "prob_emit"))
    listed, start, trans, emit = tables
    assert isinstance(listed, dict) and isinstance(start, dict) and isinstance(trans, dict) and isinstance(emit, dict)
    states = sorted(trans)
    number = {state: i for i, state in enumerate(states)}
    tags = sorted({tag for _, tag in states})
    entries: list[dict[int, tuple[float, int]]] = [{} for _ in range(N_HAN)]
    for state, row in emit.items():
        for character, probability in row.items():
            if 0 <= ord(character) - HAN_FIRST < N_HAN:
                entries[ord(character) - HAN_FIRST][number[state]] = probability, 0
    for character, candidates in listed.items():
        if 0 <= ord(character) - HAN_FIRST < N_HAN:
            row = entries[ord(character) - HAN_FIRST]
            for state in candidates:
                row[number[state]] = row.get(number[state], (MIN_FLOAT, 0))[0], 1
    flat = [(state, *row[state]) for row in entries for state in sorted(row)]
    offsets = array("i", [0])
    for row in entries:
        offsets.append(offsets[-1] + len(row))
    moves = array("d", (trans[a].get(b, float("-inf")) for a in states for b in states))
    arrays = {
        "start": array("d", (start[state] for state in states)),
        "trans": memoryview(moves).cast("B").cast("d", [len(states), len(states)]),
        "offsets": offsets,
        "states": array("H", (state for state, _, _ in flat)),
        "emit": array("d", (probability for _, probability, _ in flat)),
        "candidate": array("B", (candidate for _, _, candidate in flat)),
        "position": array("B", ("BEMS".index(position) for position, _ in states)),
        "tag": array("H", (tags.index(tag) for _, tag in states)),
    }
    return arrays, [*tags, "x", "m", "eng"]  # the last three are for what is no Chinese word


def main(target: Path) -> None:
    folder = jieba_folder()
    dictionary = build_dictionary((folder / "dict.txt").read_text("utf-8"))
    container.write(
        target / "zh-dictionary.nlptk",
        Dictionary.kind,
        {**dictionary.arrays(), **hmm_arrays(folder)},
        learned={"total": dictionary.trie.total, "words": len(dictionary)},
        licence=LICENCE,
        training_data="dict.txt and finalseg of jieba 0.42.1",
    )
    arrays, tags = posseg_arrays(folder)
    source = "posseg of jieba 0.42.1"
    container.write(target / "zh-posseg.nlptk", "tag-hmm", arrays, learned={"tags": tags}, licence=LICENCE, training_data=source)
    learned, tables = build_idf(folder)
    training_data = "analyse/idf.txt of jieba 0.42.1"
    container.write(target / "zh-idf.nlptk", IDF_KIND, tables, learned=learned, licence=LICENCE, training_data=training_data)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
