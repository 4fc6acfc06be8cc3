"""Dictionary segmentation in plain Python: the words that jieba 0.42.1 gives, and maximum matching.

Text is cut into *blocks* first. A block is a run of Han characters, ASCII letters, ASCII digits and ``+#&._%-``; only
in blocks are there words. Outside of blocks every character stands alone, but ``\\r\\n`` is one token.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from string import ascii_letters, digits

LATIN = frozenset(ascii_letters + digits)
SYMBOLS = frozenset("+#&._%-")

IMPOSSIBLE = -3.14e100  # stands for the logarithm of zero; finite, so sums of it still compare
STATES = "BMES"  # begin, middle, end of a word; a word of a single character
BEFORE = {"B": "ES", "M": "BM", "E": "BM", "S": "ES"}  # which states may stand before a state
# In the Latin part of an unknown run: letters and digits with an optional decimal part and percent sign.
LATIN_WORD = re.compile(r"[a-zA-Z0-9]+(?:\.[0-9]+)?%?")


@dataclass(frozen=True)
class Hmm:
    """Log probabilities of the four-state model of unknown words."""

    start: Mapping[str, float]
    trans: Mapping[str, Mapping[str, float]]
    emit: Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Lexicon:
    """Words with positive frequencies, the total that makes them probabilities, and the HMM.

    ``total`` is given apart because jieba counts a line that appears twice twice. ``split`` holds words that the HMM
    must not form (what ``del_word`` does in jieba).
    """

    freq: Mapping[str, int]
    total: int
    hmm: Hmm | None = None
    split: Set[str] = frozenset()

    @cached_property
    def longest(self) -> int:
        return max(map(len, self.freq), default=1)

    def __contains__(self, word: str) -> bool:
        return self.freq.get(word, 0) > 0

    def ends(self, text: str, start: int) -> list[int]:
        """Where the words that start at ``start`` end, nearest first."""
        last = min(len(text), start + self.longest)
        return [end for end in range(start + 1, last + 1) if text[start:end] in self]


@cache
def load_jieba() -> Lexicon:
    """The dictionary and HMM in the folder of the installed jieba, read as data: jieba is not imported."""
    spec = find_spec("jieba")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("jieba is not installed: pip install jieba==0.42.1")
    folder = Path(spec.origin).parent
    freq: dict[str, int] = {}
    total = 0
    with (folder / "dict.txt").open(encoding="utf-8") as lines:
        for line in lines:
            word, count, *_ = line.strip().split(" ")
            freq[word] = int(count)
            total += int(count)
    start, trans, emit = (_literal(folder / "finalseg" / f"prob_{name}.py") for name in ("start", "trans", "emit"))
    return Lexicon(freq, total, Hmm(start, trans, emit))


def _literal(path: Path) -> dict:
    """The dict that a file assigns to ``P``."""
    for statement in ast.parse(path.read_text("utf-8")).body:
        if isinstance(statement, ast.Assign):
            return ast.literal_eval(statement.value)
    raise ValueError(f"{path}: no assignment")


# Blocks


def is_han(character: str) -> bool:
    return "\u4e00" <= character <= "\u9fd5"


def in_block(character: str) -> bool:
    return is_han(character) or character in LATIN or character in SYMBOLS


def blocks(text: str) -> Iterator[tuple[bool, str]]:
    """``(is it a block, run of characters)``, from the left."""
    for is_block, run in groupby(text, in_block):
        yield is_block, "".join(run)


def outside(run: str) -> list[str]:
    """Tokens of a run between blocks: its characters, with CR LF kept together."""
    return re.findall("\r\n|.", run, re.DOTALL)


def cut_blocks(text: str, cut_block: Callable[[str], Iterable[str]]) -> list[str]:
    return [word for is_block, run in blocks(text) for word in (cut_block(run) if is_block else outside(run))]


# Most probable path


def unigram(text: str, lexicon: Lexicon, hmm: bool = True) -> list[str]:
    """The path with the largest product of word frequencies, as ``jieba.lcut(text, HMM=hmm)``."""

    def cut_block(block: str) -> Iterator[str]:
        words = best_path(block, lexicon)
        # What is left as single characters is looked at again, as long as it stands together.
        for loose, group in groupby(words, loose_letter if not hmm else loose_character):
            if not loose:
                yield from group
            elif hmm:
                yield from unknown("".join(group), lexicon)
            else:
                yield "".join(group)

    return cut_blocks(text, cut_block)


def loose_character(word: str) -> bool:
    return len(word) == 1


def loose_letter(word: str) -> bool:
    return word in LATIN


def best_path(block: str, lexicon: Lexicon) -> list[str]:
    """Words of the most probable path. Of equally probable ones, the one whose first word is longest.

    Where no word starts, the character counts as a word of frequency 1; where longer words do start, it does not.
    Scores are summed from the end in this very order: another order rounds otherwise and may decide otherwise.
    """
    log_total = math.log(lexicon.total)
    score, jump = [0.0] * (len(block) + 1), [0] * len(block)
    for start in reversed(range(len(block))):
        score[start], jump[start] = max(
            (math.log(lexicon.freq.get(block[start:end]) or 1) - log_total + score[end], end)
            for end in lexicon.ends(block, start) or [start + 1]
        )
    words, start = [], 0
    while start < len(block):
        words.append(block[start : jump[start]])
        start = jump[start]
    return words


def unknown(run: str, lexicon: Lexicon) -> list[str]:
    """Words in a run of characters that the path left single."""
    if len(run) == 1:
        return [run]
    if run in lexicon:  # a word of the dictionary that lost against its characters: it stays lost
        return list(run)
    if lexicon.hmm is None:
        raise ValueError("this lexicon has no HMM")
    words: list[str] = []
    for han, group in groupby(run, is_han):
        part = "".join(group)
        if not han:
            words += latin_words(part)
            continue
        for word in hmm_words(part, lexicon.hmm):
            words += list(word) if word in lexicon.split else [word]
    return words


def latin_words(part: str) -> list[str]:
    """``3.14``, ``10.5%`` and ``abc`` are words; so is whatever lies between two of them (``--``)."""
    words, position = [], 0
    for match in LATIN_WORD.finditer(part):
        words += [part[position : match.start()], match[0]]
        position = match.end()
    return [word for word in [*words, part[position:]] if word]


def hmm_words(text: str, hmm: Hmm) -> list[str]:
    """Cut after every E and S of the best state sequence."""
    words, begin = [], 0
    for end, state in enumerate(hmm_viterbi(text, hmm), 1):
        if state in "ES":
            words.append(text[begin:end])
            begin = end
    return words


def hmm_viterbi(text: str, hmm: Hmm) -> str:
    """Most probable states, one letter a character. Ties go to the state later in the alphabet: S > M > E > B."""
    best = [{state: (hmm.start[state] + hmm.emit[state].get(text[0], IMPOSSIBLE), "") for state in STATES}]
    for character in text[1:]:
        before = best[-1]
        best.append(
            {
                state: max(
                    (
                        before[previous][0]
                        + hmm.trans[previous].get(state, IMPOSSIBLE)
                        + hmm.emit[state].get(character, IMPOSSIBLE),
                        previous,
                    )
                    for previous in BEFORE[state]
                )
                for state in STATES
            }
        )
    state = max("ES", key=lambda last: (best[-1][last][0], last))  # a text cannot end inside a word
    states = []
    for column in reversed(best):
        states.append(state)
        state = column[state][1]
    return "".join(reversed(states))


# Full and search mode


def full(text: str, lexicon: Lexicon) -> list[str]:
    """Every word of the dictionary, overlapping, as ``jieba.lcut(text, cut_all=True)``, its empty strings included."""
    words: list[str] = []
    for is_block, run in blocks(text):
        words += full_block(run, lexicon) if is_block else full_outside(run)
    return words


def full_block(block: str, lexicon: Lexicon) -> Iterator[str]:
    covered = 0  # the words given so far reach to here
    latin = ""  # a Latin run that waits for its end
    for start, character in enumerate(block):
        if latin and character not in LATIN:
            yield latin
            latin = ""
        ends = lexicon.ends(block, start) or [start + 1]
        if len(ends) == 1 and start >= covered:
            # One way only to go on from here. What begins with a letter waits: more of it may follow, and words that
            # start inside the run are given before it.
            word = block[start : ends[0]]
            if character in LATIN:
                latin += word
            else:
                yield word
            covered = ends[0]
        else:
            for end in ends:
                if end > start + 1:
                    yield block[start:end]
                    covered = end  # may move back: the reach of the last word given, not of the longest
    if latin:
        yield latin


def full_outside(run: str) -> Iterator[str]:
    """Split at white space, which is given too; so is the empty string between two blanks or a blank and a block."""
    piece = ""
    for token in outside(run):
        if token.isspace():
            yield piece
            yield token
            piece = ""
        else:
            piece += token
    yield piece


def search(text: str, lexicon: Lexicon, hmm: bool = True) -> list[str]:
    """Before each word the shorter words inside it, as ``jieba.lcut_for_search(text, HMM=hmm)``."""
    words: list[str] = []
    for word in unigram(text, lexicon, hmm):
        for size in (2, 3):
            if len(word) > size:
                inside = (word[i : i + size] for i in range(len(word) - size + 1))
                words += [short for short in inside if short in lexicon]
        words.append(word)
    return words


# Maximum matching


def forward(text: str, lexicon: Lexicon) -> list[str]:
    """From the left of each block, always the longest word that starts here."""
    return cut_blocks(text, lambda block: forward_block(block, lexicon))


def backward(text: str, lexicon: Lexicon) -> list[str]:
    """From the right of each block, always the longest word that ends here."""
    return cut_blocks(text, lambda block: backward_block(block, lexicon))


def bidirectional(text: str, lexicon: Lexicon) -> list[str]:
    """In each block, the better of both directions: fewer words, then fewer single characters, then backward."""
    return cut_blocks(
        text,
        lambda block: min(
            backward_block(block, lexicon),  # first, so that min() takes it when nothing is better
            forward_block(block, lexicon),
            key=lambda words: (len(words), sum(len(word) == 1 for word in words)),
        ),
    )


def forward_block(block: str, lexicon: Lexicon) -> list[str]:
    words, start = [], 0
    while start < len(block):
        end = max(lexicon.ends(block, start), default=start + 1)
        words.append(block[start:end])
        start = end
    return join_latin(words, lexicon)


def backward_block(block: str, lexicon: Lexicon) -> list[str]:
    words, end = [], len(block)
    while end > 0:
        starts = range(max(0, end - lexicon.longest), end)
        start = next((start for start in starts if block[start:end] in lexicon), end - 1)
        words.append(block[start:end])
        end = start
    return join_latin(words[::-1], lexicon)


def join_latin(words: list[str], lexicon: Lexicon) -> list[str]:
    """Neighbouring letters and digits that the dictionary does not know become one token."""
    joined: list[str] = []
    for latin, group in groupby(words, lambda word: word in LATIN and word not in lexicon):
        if latin:
            joined.append("".join(group))
        else:
            joined.extend(group)
    return joined
