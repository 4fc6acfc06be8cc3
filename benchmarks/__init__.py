"""Each hot path of nlptk beside the tool it replaces, in one run: ``python -m benchmarks``.

A part is a module here with ``PEERS`` (the distributions it compares with) and ``cases(options)``, which returns the
:class:`~benchmarks.frame.Case` list. The frame pins, alternates, takes medians, prints and writes.
"""
