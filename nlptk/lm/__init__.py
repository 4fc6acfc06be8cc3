"""N-gram language models."""

from __future__ import annotations
