"""``nlptk models``."""

from __future__ import annotations

import click


@click.command()
@click.option("--format", type=click.Choice(["text", "json"]), default="text", show_default=True)
def models(format: str) -> None:
    """List the packaged models: task, training data, licence of that data, score.

    Models whose data is for research have a licence that says so. nlptk.load("zh", licence="open") takes none of them.

    \b
    Examples:
      nlptk models
      nlptk models --format json
    """
    from ..data.packaged import packaged_models

    found = packaged_models()
    if format == "json":
        import json

        rows = [{key: value for key, value in model._asdict().items() if key != "path"} for model in found]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for model in found:
        click.echo(f"{model.name}")
        click.echo(f"  task      {model.task} ({model.kind}, {model.size / 1e6:.1f} MB)")
        click.echo(f"  data      {model.training_data}")
        click.echo(f"  licence   {model.licence}: {'open' if model.is_open else 'not open'}")
        click.echo(f"  scores    {', '.join(f'{name} {value}' for name, value in model.scores.items()) or 'not measured'}")
