"""Parts of speech and keywords beside jieba."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

from benchmarks.frame import Case, Options, Run, lines_of
from benchmarks.segment import each

PEERS = ["jieba"]

OURS_MB, THEIRS_MB = 1.0, 0.05
LINES_AN_ARTICLE = 10


def cases(options: Options) -> Iterator[Case]:
    import nlptk.compat.jieba.analyse as analyse
    import nlptk.compat.jieba.posseg as posseg

    many, size = lines_of(options.texts, OURS_MB)
    few, little = lines_of(options.texts, THEIRS_MB)
    articles, few_articles = joined(many), joined(few)
    yield Case(
        "posseg, pairs",
        [Run("nlptk", each(posseg.lcut, many), size), Run("jieba", each(peer("posseg", "lcut"), few), little)],
    )
    for name in ("extract_tags", "textrank"):
        ours = Run("nlptk", each(getattr(analyse, name), articles), size)
        yield Case(f"{name}, articles", [ours, Run("jieba", each(peer("analyse", name), few_articles), little)])


def joined(lines: list[str]) -> list[str]:
    """Articles of a few lines each."""
    return ["\n".join(lines[i : i + LINES_AN_ARTICLE]) for i in range(0, len(lines), LINES_AN_ARTICLE)]


def peer(module: str, name: str) -> Callable[..., Any] | None:
    """A function of jieba's, or None where it is not installed."""
    try:
        jieba = import_module("jieba")
        found: Callable[..., Any] = getattr(import_module(f"jieba.{module}"), name)
    except ImportError:
        return None
    jieba.setLogLevel(logging.ERROR)
    return found
