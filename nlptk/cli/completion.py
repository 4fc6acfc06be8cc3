"""``nlptk completion``."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print a script that completes commands and options.

    \b
    bash:  nlptk completion bash > ~/.local/share/bash-completion/completions/nlptk
    zsh:   nlptk completion zsh > "${fpath[1]}/_nlptk"
    fish:  nlptk completion fish > ~/.config/fish/completions/nlptk.fish
    """
    from . import nlptk

    found = get_completion_class(shell)
    assert found is not None  # the choices above are click's own
    click.echo(found(nlptk, {}, "nlptk", "_NLPTK_COMPLETE").source())
