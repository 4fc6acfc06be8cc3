"""Sizes as people write them."""

import pytest

from nlptk.corpus.sizes import parse_size
from nlptk.errors import ParameterError


@pytest.mark.parametrize(
    ("size", "bytes_"),
    [
        ("512M", 512 << 20), ("2G", 2 << 30), ("2g", 2 << 30), ("64K", 65536), ("1T", 1 << 40), ("1.5G", 3 << 29),
        ("100", 100), (100, 100), ("10 MB", 10 << 20), ("10MiB", 10 << 20), (" 7 B ", 7),
    ],
)  # fmt: skip
def test_sizes(size, bytes_):
    assert parse_size(size) == bytes_


@pytest.mark.parametrize("size", ["", "M", "lots", "-1M", "0", 0, -5, "nan", "inf", "1e99", None, 1.5, True, "5X", "1..2M"])
def test_what_is_no_size(size):
    with pytest.raises(ParameterError, match=r"memory is .*, expected a number of bytes such as 512M or 2G"):
        parse_size(size, "memory")
