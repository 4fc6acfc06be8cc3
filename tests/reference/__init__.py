"""The slow, obvious version of every kernel, in plain Python, to compare the fast one with.

Nothing here imports nlptk, so a bug cannot hide on both sides.
"""
