"""Sizes in bytes as people write them: ``512M``, ``2G``."""

from __future__ import annotations

from ..errors import ParameterError

_UNITS = {"": 0, "K": 10, "M": 20, "G": 30, "T": 40}


def parse_size(size: str | int, name: str = "size") -> int:
    """Number of bytes.

    Parameters
    ----------
    size : str or int
        Bytes, or a number and a unit: ``512M``, ``1.5G``, ``2GiB``. A kilobyte has 1024 bytes.
    name : str
        What messages call it.

    Raises
    ------
    ParameterError
        It is no size, or not above zero.

    Examples
    --------
    >>> parse_size("512M")
    536870912
    """
    if isinstance(size, int) and not isinstance(size, bool):
        bytes_ = size
    else:
        text = str(size).strip().upper().removesuffix("B").removesuffix("I")
        number, unit = (text[:-1], text[-1]) if text[-1:] in _UNITS and text else (text, "")
        try:
            bytes_ = int(float(number) * (1 << _UNITS[unit])) if isinstance(size, str) else 0
        except (ValueError, OverflowError):
            bytes_ = 0
    if not 0 < bytes_ < 1 << 62:
        raise ParameterError(f"{name} is {size!r}, expected a number of bytes such as 512M or 2G")
    return bytes_
