"""An option of the command line has the default of the parameter it stands for."""

from __future__ import annotations

import inspect
import pkgutil
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
    ("train-segmenter", "--weight", "nlptk.BigramSegmenter", "weight"),
    ("train-segmenter", "--characters", "nlptk.BigramSegmenter", "characters"),
    ("train-segmenter", "--epochs", "nlptk.TaggedSegmenter", "epochs"),
    ("train-segmenter", "--c2", "nlptk.TaggedSegmenter", "c2"),
    ("train-segmenter", "--cost", "nlptk.TaggedSegmenter", "cost"),
    ("train-segmenter", "--seed", "nlptk.TaggedSegmenter", "seed"),
    ("keywords", "--top", "nlptk.TfidfKeywords", "top_k"),
    ("summarize", "--sentences", "nlptk.summarize", "sentences"),
    ("newwords", "--min-pmi", "nlptk.NewWords", "min_pmi"),
    ("newwords", "--min-entropy", "nlptk.NewWords", "min_entropy"),
    ("newwords", "--min-count", "nlptk.NewWords", "min_count"),
    ("newwords", "--max-length", "nlptk.NewWords", "max_length"),
    ("newwords", "--memory", "nlptk.NewWords", "memory"),
    ("tag", "--no-hmm", "nlptk.PosSegmenter", "hmm"),
    ("train-lm", "--order", "nlptk.lm.estimate.estimate", "order"),
    ("train-lm", "--smoothing", "nlptk.lm.estimate.estimate", "smoothing"),
    ("train-lm", "--memory", "nlptk.lm.estimate.estimate", "memory"),
    ("train-lm", "--max-vocabulary", "nlptk.lm.estimate.estimate", "max_vocabulary"),
    ("train-lm", "--vocabulary", "nlptk.lm.estimate.estimate", "vocabulary"),
    ("train-lm", "--min-count", "nlptk.lm.estimate.estimate", "min_count"),
    ("train-lm", "--weight", "nlptk.lm.estimate.estimate", "weight"),
    ("train-lm", "--k", "nlptk.lm.estimate.estimate", "k"),
    ("train-lm", "--backoff", "nlptk.lm.estimate.estimate", "backoff"),
    ("train-lm", "--threads", "nlptk.lm.estimate.estimate", "threads"),
    ("train-lm", "--encoding", "nlptk.lm.estimate.estimate", "encoding"),
    ("train-lm", "--quantize", "nlptk.lm.NgramLM.save", "quantize"),
    ("score", "--no-bos", "nlptk.lm.NgramLM.score_batch", "bos"),
    ("score", "--no-eos", "nlptk.lm.NgramLM.score_batch", "eos"),
    ("score", "--threads", "nlptk.lm.NgramLM.score_batch", "threads"),
    ("lm generate", "--count", "nlptk.lm.NgramLM.generate", "n"),
    ("lm generate", "--seed", "nlptk.lm.NgramLM.generate", "seed"),
    ("lm generate", "--max-length", "nlptk.lm.NgramLM.generate", "max_length"),
    ("lm generate", "--temperature", "nlptk.lm.NgramLM.generate", "temperature"),
    ("train-w2v", "--size", "nlptk.Word2Vec", "vector_size"),
    ("train-w2v", "--window", "nlptk.Word2Vec", "window"),
    ("train-w2v", "--min-count", "nlptk.Word2Vec", "min_count"),
    ("train-w2v", "--max-vocabulary", "nlptk.Word2Vec", "max_final_vocab"),
    ("train-w2v", "--negative", "nlptk.Word2Vec", "negative"),
    ("train-w2v", "--sample", "nlptk.Word2Vec", "sample"),
    ("train-w2v", "--alpha", "nlptk.Word2Vec", "alpha"),
    ("train-w2v", "--min-alpha", "nlptk.Word2Vec", "min_alpha"),
    ("train-w2v", "--epochs", "nlptk.Word2Vec", "epochs"),
    ("train-w2v", "--threads", "nlptk.Word2Vec", "workers"),
    ("train-w2v", "--seed", "nlptk.Word2Vec", "seed"),
    ("train-fasttext", "--size", "nlptk.FastText", "vector_size"),
    ("train-fasttext", "--window", "nlptk.FastText", "window"),
    ("train-fasttext", "--min-count", "nlptk.FastText", "min_count"),
    ("train-fasttext", "--max-vocabulary", "nlptk.FastText", "max_final_vocab"),
    ("train-fasttext", "--negative", "nlptk.FastText", "negative"),
    ("train-fasttext", "--sample", "nlptk.FastText", "sample"),
    ("train-fasttext", "--alpha", "nlptk.FastText", "alpha"),
    ("train-fasttext", "--min-alpha", "nlptk.FastText", "min_alpha"),
    ("train-fasttext", "--epochs", "nlptk.FastText", "epochs"),
    ("train-fasttext", "--threads", "nlptk.FastText", "workers"),
    ("train-fasttext", "--seed", "nlptk.FastText", "seed"),
    ("train-fasttext", "--min-n", "nlptk.FastText", "min_n"),
    ("train-fasttext", "--max-n", "nlptk.FastText", "max_n"),
    ("train-fasttext", "--bucket", "nlptk.FastText", "bucket"),
    ("train-glove", "--size", "nlptk.GloVe", "vector_size"),
    ("train-glove", "--window", "nlptk.GloVe", "window"),
    ("train-glove", "--epochs", "nlptk.GloVe", "epochs"),
    ("train-glove", "--min-count", "nlptk.GloVe", "min_count"),
    ("train-glove", "--max-vocabulary", "nlptk.GloVe", "max_final_vocab"),
    ("train-glove", "--x-max", "nlptk.GloVe", "x_max"),
    ("train-glove", "--alpha", "nlptk.GloVe", "alpha"),
    ("train-glove", "--learning-rate", "nlptk.GloVe", "learning_rate"),
    ("train-glove", "--no-symmetric", "nlptk.GloVe", "symmetric"),
    ("train-glove", "--no-distance-weighting", "nlptk.GloVe", "distance_weighting"),
    ("train-glove", "--memory", "nlptk.GloVe", "memory"),
    ("train-glove", "--seed", "nlptk.GloVe", "seed"),
    ("train-glove", "--threads", "nlptk.GloVe", "workers"),
]


def api_default(path: str, parameter: str) -> Any:
    default = inspect.signature(pkgutil.resolve_name(path)).parameters[parameter].default
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
