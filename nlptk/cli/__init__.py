"""The command line: click commands without logic of their own, each file imported when its command is run."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

import click

from ..errors import NlptkError, ParameterError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# command -> (module:name, one line of help), so that `nlptk --help` imports none of them
_COMMANDS = {
    "segment": ("segment:segment", "Split text into words."),
    "evaluate": ("evaluate:evaluate", "Compare results with a gold standard."),
    "lexicon": ("lexicon:lexicon", "Build, extend and look into dictionaries."),
    "keywords": ("keywords:keywords", "Find the keywords of a text."),
    "summarize": ("summarize:summarize", "Pick the sentences that say most."),
    "newwords": ("newwords:newwords", "Find new words in a corpus."),
    "tag": ("tag:tag", "Split text into words with their parts of speech."),
    "ner": ("ner:ner", "Find named entities."),
    "train-tagger": ("train_tagger:train_tagger", "Train a tagger: parts of speech, entities, chunks."),
    "inspect": ("inspect:inspect", "Look into a model file."),
    "models": ("models:models", "List the packaged models."),
    "train-segmenter": ("train_segmenter:train_segmenter", "Train a word segmenter on segmented text."),
    "train-w2v": ("train_vectors:train_w2v", "Train word vectors: skip-gram or CBOW."),
    "train-fasttext": ("train_vectors:train_fasttext", "Train vectors of words and their n-grams."),
    "train-glove": ("train_glove:train_glove", "Train word vectors: GloVe."),
    "train-lm": ("lm:train_lm", "Train an n-gram language model."),
    "score": ("lm:score", "Score sentences with a language model."),
    "lm": ("lm:lm", "Make text with a language model."),
    "vectors": ("vectors:vectors", "Ask, draw and convert word vectors."),
    "convert": ("convert:convert", "Turn a model into another file format."),
    "completion": ("completion:completion", "Print a script that completes commands in your shell."),
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        from importlib import import_module

        module, _, name = _COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(f"{__name__}.{module}"), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, help) for name, (_, help) in _COMMANDS.items()])


def _print_version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from .. import __version__

        click.echo(f"nlptk {__version__}")
        ctx.exit()


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--version", is_flag=True, callback=_print_version, expose_value=False, is_eager=True, help="Print the version.")
def nlptk() -> None:
    """Chinese and English text processing at native speed.

    \b
    Examples:
      nlptk segment news.txt
      zcat big.txt.gz | nlptk segment - --format jsonl
      nlptk segment news.txt --mode search --userdict brands.txt --threads 2 -o news.seg
      nlptk evaluate segment gold.txt predicted.txt
    """


def main(arguments: list[str] | None = None) -> None:
    """Run a command and exit: 0 done, 1 something is wrong with the data, 2 with the command."""
    import signal

    with suppress(ValueError):  # not in the main thread
        signal.signal(signal.SIGTERM, _terminate)
    sys.exit(_run(arguments))


class _Terminated(KeyboardInterrupt):
    """Asked to end: temporary files go, as when interrupted from the keyboard."""


def _terminate(signal: int, frame: object) -> None:
    raise _Terminated


def _run(arguments: list[str] | None) -> int:
    try:
        result: Any = nlptk.main(arguments, prog_name="nlptk", standalone_mode=False)
        sys.stdout.flush()
        return result if isinstance(result, int) else 0
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.UsageError as error:
        error.show()
        return 2
    except click.ClickException as error:
        error.show()
        return 1
    except (click.Abort, KeyboardInterrupt) as error:  # click turns the latter into the former
        terminated = isinstance(error.__cause__ or error, _Terminated)
        click.echo("nlptk: terminated" if terminated else "nlptk: interrupted", err=True)
        return 143 if terminated else 130
    except (BrokenPipeError, SystemExit):  # click leaves with the latter where a pipe breaks while it prints
        _forget_output()  # the reader (| head) has seen enough
        return 0
    except OSError as error:
        _forget_output()
        click.echo(f"nlptk: {error.filename or '<stdout>'}: {(error.strerror or str(error)).lower()}", err=True)
        return 1
    except NlptkError as error:
        click.echo(f"nlptk: {error}", err=True)
        return 2 if isinstance(error, ParameterError) else 1
    except MemoryError:
        click.echo("nlptk: out of memory", err=True)
        return 1


def _forget_output() -> None:
    """What could not be written stays unwritten: keep Python from trying again at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
