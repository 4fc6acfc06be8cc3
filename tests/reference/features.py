"""Attributes of items as strings, made one by one: what ext/features.c and the encoders must agree with."""

from __future__ import annotations

from collections import Counter

NUMERALS = set("一七万三两九二五亿仟伍佰億八六十千卅叁四壹廿拾捌柒玖百肆萬贰陆零")


def character_class(c: str) -> str:
    """X and x: letters; d: digits; C: Han; n: Chinese numerals; k: kana; g: Hangul; p: punctuation; s: blanks; o: others."""
    code = ord(c)
    if 0xFF01 <= code <= 0xFF5E:
        return character_class(chr(code - 0xFEE0))
    if c in NUMERALS or c == "〇":
        return "n"
    ranges = [
        ("s", "\t\r"), ("s", "  "), ("d", "09"), ("X", "AZ"), ("x", "az"), ("p", "!~"),
        ("s", "\x85\x85"), ("s", "\xa0\xa0"), ("x", "\xaa\xaa"), ("x", "\xb5\xb5"), ("x", "\xba\xba"), ("p", "\xa1\xbf"),
        ("p", "\xd7\xd7"), ("p", "\xf7\xf7"), ("X", "\xc0\xde"), ("x", "\xdf\xff"),
        ("p", "\u0387\u0387"),
        ("x", "\u0390\u0390"), ("X", "\u0386\u03ab"), ("x", "\u03ac\u03ce"), ("X", "\u0400\u042f"), ("x", "\u0430\u045f"),
        ("s", "\u2000\u200a"),
        ("s", "\u2028\u2029"), ("s", "\u202f\u202f"), ("s", "\u205f\u205f"), ("p", "\u2000\u206f"), ("p", "\u20a0\u20cf"),
        ("d", "\u2150\u218f"), ("p", "\u2190\u22ff"), ("d", "\u2460\u24ff"), ("p", "\u2500\u27ff"),
        ("s", "\u3000\u3000"), ("p", "\u3001\u303f"), ("p", "\u30fb\u30fb"), ("k", "\u3041\u30ff"), ("k", "\u31f0\u31ff"),
        ("g", "\uac00\ud7a3"), ("g", "\u1100\u11ff"), ("g", "\u3131\u318e"), ("p", "\ufe10\ufe1f"), ("p", "\ufe30\ufe6f"),
        ("p", "\uff5f\uff65"), ("k", "\uff66\uff9d"), ("p", "\uffe0\uffe6"),
        ("C", "\u3400\u4dbf"), ("C", "\u4e00\u9fff"), ("C", "\uf900\ufaff"), ("C", "\U00020000\U00033fff"),
    ]  # fmt: skip
    for name, (first, last) in ranges:
        if first <= c <= last:
            return name
    if 0x100 <= code < 0x250 or 0x460 <= code < 0x500:
        return "x" if code % 2 else "X"
    return "o"


def fold(c: str) -> str:
    """Lower case and half width, digits 0."""
    code = ord(c)
    if 0xFF01 <= code <= 0xFF5E:
        c, code = chr(code - 0xFEE0), code - 0xFEE0
    if c == "\u3000":
        return " "
    if "0" <= c <= "9":
        return "0"
    upper = "A" <= c <= "Z" or ("À" <= c <= "Þ" and c != "×") or ("Α" <= c <= "Ω" and code != 0x3A2) or "Ѐ" <= c <= "Я"
    return c.lower() if upper else c


def matches(cells: list[str], words: set[str]) -> list[str]:
    """Longest matches from the left: B2 E2, S1, O, ..."""
    out: list[str] = []
    while len(out) < len(cells):
        t = len(out)
        ends = [u for u in range(t, len(cells)) if cells[u] and "".join(cells[t : u + 1]) in words]
        n = ends[-1] - t + 1 if ends else 0
        if n <= 1:
            out.append("S1" if n else "O")
            continue
        out += [f"{'B' if i == 0 else 'E' if i == n - 1 else 'M'}{min(n, 5)}" for i in range(n)]
    return out


def cell_text(rows, t: int, cell, dictionaries) -> str | None:
    """The text of a cell seen from item t; None: there is none."""
    at = t + cell.row
    if at < 0:
        return f"_B{at}"
    if at >= len(rows):
        return f"_B+{at - len(rows) + 1}"
    text = rows[at][cell.column]
    classes = "".join(map(character_class, text))
    match cell.function:
        case "x":
            return text
        case "fold":
            return "".join(map(fold, text))
        case "class":
            return classes[:12]
        case "shape":
            return "".join(c for i, c in enumerate(classes) if i == 0 or classes[i - 1] != c)[:12]
        case "prefix":
            return text[: cell.argument] if len(text) >= cell.argument else None
        case "suffix":
            return text[-cell.argument :] if len(text) >= cell.argument else None
        case "length":
            return str(min(len(text), 10))
        case "dict":
            return matches([row[cell.column] for row in rows], set(dictionaries[cell.argument]))[at]
    raise AssertionError(cell)


def template_attributes(X, template, dictionaries=None):
    """For each sentence, for each item, the strings of its attributes."""
    out = []
    for rows in X:
        items = []
        for t in range(len(rows)):
            names = []
            for macro in template.macros:
                parts = [p if isinstance(p, str) else cell_text(rows, t, p, dictionaries) for p in macro.parts]
                if None not in parts:
                    names.append("".join(parts))
            items.append(names)
        out.append(items)
    return out


def dict_attributes(item, prefix: str = ""):
    """(name, value) pairs by the rules of python-crfsuite."""
    if not isinstance(item, dict):
        return [(prefix + name, 1.0) for name in item]
    pairs = []
    for key, value in item.items():
        if isinstance(value, str):
            pairs.append((f"{prefix}{key}:{value}", 1.0))
        elif isinstance(value, (dict, list, tuple)):
            pairs += dict_attributes(value, f"{prefix}{key}:")
        else:
            pairs.append((prefix + key, float(value)))
    return pairs


def frequent(items, min_freq: int):
    """The attributes seen at least min_freq times, and at least once."""
    counts = Counter(name for item in items for name in item)
    return {name for name, count in counts.items() if count >= min_freq}
