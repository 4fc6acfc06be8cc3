"""An option of the command line has the default of the parameter it stands for."""

from __future__ import annotations

import importlib
import inspect
from typing import Any

import click
import pytest

from tests.guards.source import command_tree

# command, option, callable of the API, its parameter. `--no-x` stands for the parameter `x` turned round.
ROWS = [
    ("segment", "--mode", "nlptk.cut", "mode"),
    ("segment", "--no-hmm", "nlptk.cut", "hmm"),
    ("segment", "--mode", "nlptk.DictionarySegmenter", "mode"),
    ("segment", "--no-hmm", "nlptk.DictionarySegmenter", "hmm"),
    ("segment", "--algorithm", "nlptk.DictionarySegmenter", "algorithm"),
    ("segment", "--user-priority", "nlptk.DictionarySegmenter", "user_priority"),
    ("keywords", "--top", "nlptk.TfidfKeywords", "top_k"),
    ("summarize", "--sentences", "nlptk.summarize", "sentences"),
    ("newwords", "--min-pmi", "nlptk.NewWords", "min_pmi"),
    ("newwords", "--min-entropy", "nlptk.NewWords", "min_entropy"),
    ("newwords", "--min-count", "nlptk.NewWords", "min_count"),
    ("newwords", "--max-length", "nlptk.NewWords", "max_length"),
    ("newwords", "--memory", "nlptk.NewWords", "memory"),
    ("tag", "--no-hmm", "nlptk.PosSegmenter", "hmm"),
]


def api_default(path: str, parameter: str) -> Any:
    module, _, name = path.rpartition(".")
    function = getattr(importlib.import_module(module), name)
    default = inspect.signature(function).parameters[parameter].default
    assert default is not inspect.Parameter.empty, f"{path}({parameter}=...) has no default"
    return default


def cli_default(command: str, option: str) -> Any:
    found = command_tree()[command]
    for parameter in found.params:
        if isinstance(parameter, click.Option) and option in [*parameter.opts, *parameter.secondary_opts]:
            default = parameter.get_default(click.Context(found))
            if type(default).__name__ == "Sentinel":  # click 8.3 and later: no default
                default = None
            if parameter.is_flag:
                turned = option in parameter.opts and option.startswith("--no-") and parameter.name.startswith("no_")
                return not default if turned else bool(default)
            return tuple(default or ()) if parameter.multiple else default
    raise AssertionError(f"nlptk {command} has no option {option}")


@pytest.mark.parametrize(("command", "option", "path", "parameter"), ROWS)
def test_option_default_is_the_api_default(command: str, option: str, path: str, parameter: str) -> None:
    assert cli_default(command, option) == api_default(path, parameter)
