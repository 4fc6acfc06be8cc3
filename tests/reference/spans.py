"""Spans of tag schemes, item by item."""

from __future__ import annotations


def lenient(labels: list[str]) -> list[tuple[int, int, str]]:
    """As conlleval: what begins or ends a span is decided between each two neighbours."""
    out, start = [], None
    before, kind_before = "O", ""
    for i, label in enumerate([*labels, "O"]):
        role = {"M": "I", "L": "E", "U": "S"}.get(label[0], label[0])
        kind = "" if role == "O" else label[2:] or "_"
        if start is not None and (role in "OBS" or before in "ES" or kind != kind_before):
            out.append((start, i, kind_before))
            start = None
        if role != "O" and start is None:
            start = i
        before, kind_before = role, kind
    return out


def strict(labels: list[str], single: str = "S", last: str = "E", inside: str = "I") -> list[tuple[int, int, str]]:
    """BIOES and the like: S alone, or B I ... I E of one kind. With no letter for the last item: B I ... I."""
    out = []
    for i, label in enumerate(labels):
        kind = label[2:]
        if label[0] == single:
            out.append((i, i + 1, kind or "_"))
        if label[0] != "B":
            continue
        j = i + 1
        while j < len(labels) and labels[j][0] in (inside, last) and labels[j][2:] == kind and labels[j - 1][0] != last:
            j += 1
        if not last or labels[j - 1][0] == last:
            out.append((i, j, kind or "_"))
    return out
