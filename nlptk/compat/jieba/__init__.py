"""jieba 0.42.1's interface on nlptk's kernels: ``import nlptk.compat.jieba as jieba``.

Same functions, same output, same quirks where output depends on them. What is unsafe or broken in jieba is not copied: there
is no marshal cache in a shared temporary folder, ``use_paddle`` warns and does nothing, and words added by any thread, before
or after ``enable_parallel``, always take effect.
"""

from __future__ import annotations

from .tokenizer import DEFAULT_DICT, DEFAULT_DICT_NAME, Tokenizer, default_logger, log_console, setLogLevel
from .words import strdecode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

__version__ = "0.42.1"
__license__ = "MIT"

__all__ = [
    "Tokenizer", "dt", "cut", "lcut", "cut_for_search", "lcut_for_search", "tokenize", "add_word", "del_word", "suggest_freq",
    "load_userdict", "set_dictionary", "initialize", "get_dict_file", "get_DAG", "calc", "get_FREQ", "user_word_tag_tab",
    "enable_parallel", "disable_parallel", "enable_paddle", "setLogLevel", "default_logger", "log_console", "strdecode",
    "DEFAULT_DICT", "DEFAULT_DICT_NAME", "pool",
]  # fmt: skip

dt = Tokenizer()

add_word = dt.add_word
calc = dt.calc
cut = dt.cut
lcut = dt.lcut
cut_for_search = dt.cut_for_search
lcut_for_search = dt.lcut_for_search
del_word = dt.del_word
get_DAG = dt.get_DAG
get_dict_file = dt.get_dict_file
initialize = dt.initialize
load_userdict = dt.load_userdict
set_dictionary = dt.set_dictionary
suggest_freq = dt.suggest_freq
tokenize = dt.tokenize
user_word_tag_tab = dt.user_word_tag_tab

pool: int | None = None  # how many workers were asked for; jieba keeps its process pool here


def get_FREQ(k: str, d: Any = None) -> Any:
    """Frequency of a word or of a beginning of words (0), or ``d``."""
    return dt.FREQ.get(k, d)


def _parallel_cut(sentence: str | bytes, cut_all: bool = False, HMM: bool = True, use_paddle: bool = False) -> Iterator[str]:
    """``cut`` after ``enable_parallel``: line by line, as jieba's worker processes do it."""
    for part in strdecode(sentence).splitlines(True):
        yield from dt.lcut(part, cut_all, HMM)


def _parallel_cut_for_search(sentence: str | bytes, HMM: bool = True) -> Iterator[str]:
    for part in strdecode(sentence).splitlines(True):
        yield from dt.lcut_for_search(part, HMM)


def enable_parallel(processnum: int | None = None) -> None:
    """Cut line by line from now on, as jieba does with processes.

    No process is started: one core of this module is faster than 50 of jieba's, and user words cannot get lost on the way.
    """
    import os

    global pool, cut, cut_for_search
    if os.name == "nt":
        raise NotImplementedError("jieba: parallel mode only supports posix system")
    dt.check_initialized()
    pool = os.cpu_count() if processnum is None else processnum
    cut, cut_for_search = _parallel_cut, _parallel_cut_for_search


def disable_parallel() -> None:
    """Undo :func:`enable_parallel`."""
    global pool, cut, cut_for_search
    pool = None
    cut, cut_for_search = dt.cut, dt.cut_for_search


def enable_paddle() -> None:
    """jieba installs a package here; this does nothing but say so."""
    import warnings

    warnings.warn("nlptk.compat.jieba has no paddle mode: use_paddle is ignored", stacklevel=2)
