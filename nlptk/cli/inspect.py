"""``nlptk inspect``."""

from __future__ import annotations

import click

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..container import Container


@click.command()
@click.argument("model")
@click.option(
    "--top", default=10, show_default=True, type=click.IntRange(0), metavar="N", help="Features of a label, of either sign."
)
@click.option("--label", metavar="NAME", help="Only what has to do with this label.")
@click.option("--format", type=click.Choice(["text", "json"]), default="text", show_default=True)
def inspect(model: str, top: int, label: str | None, format: str) -> None:
    """Print what a model file holds: its manifest and arrays; of a tagger also the features with the largest weights of each
    label, and the transitions between labels.

    MODEL is a file, or the name of a packaged model.

    \b
    Examples:
      nlptk inspect model.nlptk
      nlptk inspect zh-pos-pku --label nr --top 20
    """
    import os

    from .. import container
    from ..data.packaged import packaged_model, packaged_names

    path = packaged_model(model).path if model in packaged_names() and not os.path.exists(model) else model
    stored = container.open(path)
    facts = _facts(stored, os.path.getsize(path))
    if stored.kind in ("crf", "perceptron", "hmm", "pos-tagger", "entity-tagger", "chunker"):
        from ..errors import ParameterError
        from ..loading import load
        from ..tagging import tasks

        try:
            inside = tasks.inspect(load(path), top, label)
        except ParameterError:
            if label is not None:
                raise
        else:
            facts |= inside._asdict()
    if format == "json":
        import json

        click.echo(json.dumps(facts, ensure_ascii=False, indent=1))
    else:
        _show(facts)


def _facts(stored: Container, size: int) -> dict[str, Any]:
    manifest = stored.manifest
    parameters = stored.parameters
    inner = stored.learned.get("tagger")
    if isinstance(inner, dict):
        parameters = {**parameters, "tagger": {"kind": inner.get("kind"), **inner.get("parameters", {})}}
    return {
        **{name: manifest.get(name) for name in ("kind", "library", "licence", "training_data", "scores")},
        "size": size,
        "parameters": parameters,
        "arrays": {name: [str(array.dtype), list(array.shape)] for name in stored.names() for array in [stored.numpy(name)]},
    }


def _show(facts: dict[str, Any]) -> None:
    import json

    for name in ("kind", "library", "licence", "training_data", "scores", "size"):
        value = facts[name]
        shown = (
            ", ".join(f"{k} {v}" for k, v in value.items())
            if isinstance(value, dict)
            else f"{value:,}"
            if name == "size"
            else value
        )
        click.echo(f"{name.replace('_', ' '):<14} {shown or '-'}")
    click.echo("parameters")
    parameters = dict(facts["parameters"])
    inner = parameters.pop("tagger", None) or {}
    for name, value in [*parameters.items(), *((f"tagger.{name}", value) for name, value in inner.items())]:
        lines = value.split("\n") if isinstance(value, str) else [json.dumps(value, ensure_ascii=False)]
        click.echo(f"  {name:<24} " + f"\n  {'':<24} ".join(line for line in lines if line))
    click.echo("arrays")
    for name, (dtype, shape) in facts["arrays"].items():
        click.echo(f"  {name:<24} {dtype} {'x'.join(map(str, shape))}")
    if "labels" not in facts:
        return
    click.echo(f"labels         {len(facts['labels'])}: {' '.join(facts['labels'])}")
    click.echo(f"attributes     {facts['attributes']:,}, {facts['weights']:,} weights that are not 0")
    click.echo("features")
    for attribute, name, weight in facts["features"]:
        click.echo(f"  {name:<10} {weight:9.4f}  {attribute}")
    click.echo("transitions")
    for before, after, weight in facts["transitions"]:
        click.echo(f"  {before} -> {after}  {weight:.4f}")
