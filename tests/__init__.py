"""Tests of nlptk; the folders mirror ``nlptk/`` and ``ext/``."""
