"""``nlptk convert``."""

from __future__ import annotations

import os

import click

# kind of model -> module:function(source, target, quantize), below this package
_CONVERTERS = {
    "ngram-lm": "lm.formats:convert",
}
# what a file is called that says itself nothing of its kind
_SUFFIXES = {
    ".arpa": "ngram-lm",
}


@click.command()
@click.argument("source", metavar="IN")
@click.argument("target", metavar="OUT")
@click.option("--quantize", type=click.Choice(["8"]), help="Store numbers in so many bits, in a .nlptk file.")
def convert(source: str, target: str, quantize: str | None) -> None:
    """Turn a model into another file format. The name of OUT tells which; IN may be compressed, and so may an .arpa file OUT.

    \b
    Language models   .arpa  .arpa.gz (.bz2 .xz .zst)  .nlptk

    \b
    Examples:
      nlptk convert model.arpa.gz model.nlptk
      nlptk convert model.nlptk model.arpa
      nlptk convert model.arpa small.nlptk --quantize 8
    """
    from importlib import import_module

    module, _, name = _CONVERTERS[_kind(source, target)].partition(":")
    getattr(import_module(f"nlptk.{module}"), name)(source, target, None if quantize is None else int(quantize))


def _kind(source: str, target: str) -> str:
    from .. import container
    from ..errors import InputError, ParameterError

    if source != "-" and not os.path.exists(source):
        raise InputError("no such file", path=source)
    if container.is_model_file(source):
        kind = container.open(source, verify=False).kind
        if kind not in _CONVERTERS:
            raise ParameterError(f"{source}: a {kind} file, expected one of {', '.join(_CONVERTERS)}")
        return kind
    for path in (source, target):
        stem, suffix = os.path.splitext(path)
        for found in (suffix, os.path.splitext(stem)[1]):
            if found in _SUFFIXES:
                return _SUFFIXES[found]
    raise ParameterError(
        f"{source}: what kind of model is this? Expected a .nlptk file, or a name that ends in {', '.join(_SUFFIXES)}"
    )
