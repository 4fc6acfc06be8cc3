"""``python -m benchmarks [NAME...] [--json FILE] [--rounds 5] [--text FILE...]``"""

from __future__ import annotations

import sys

from benchmarks.frame import main

if __name__ == "__main__":
    sys.exit(main())
