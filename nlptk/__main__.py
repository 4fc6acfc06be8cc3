"""``python -m nlptk``: the command line."""

from .cli import main

main()
