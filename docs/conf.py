"""Sphinx configuration. The examples in the pages and in the docstrings run as tests: `make docs`."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

project = "nlptk"
author = "the nlptk authors"
copyright = "2026, the nlptk authors"
release = re.search(r'^__version__ = "(.+)"', (ROOT / "nlptk/__init__.py").read_text("utf-8"), re.M)[1]
version = release

extensions = ["sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.doctest"]
exclude_patterns = ["_build"]
language = "en"

html_theme = "furo"
html_title = f"nlptk {release}"
html_copy_source = False

autodoc_member_order = "bysource"
autodoc_default_options = {"members": True, "show-inheritance": True}
autodoc_typehints = "none"  # the docstrings say it in words
napoleon_google_docstring = False
napoleon_use_rtype = False

# Every page runs in a folder of its own that holds the sample corpora, so that examples may write files.
doctest_global_setup = f"""
import logging, os, shutil, tempfile
import nlptk
from nlptk import *
from nlptk.corpus import *
from nlptk.lexicon import *
from nlptk.lm.arpa import *
from nlptk.lm.estimate import *
from nlptk.segment import *
from nlptk.tagging import *
logging.getLogger("nlptk").setLevel(logging.ERROR)  # the pages show what is skipped, the terminal need not
_folder = tempfile.TemporaryDirectory()
shutil.copytree({str(ROOT / "corpora")!r}, os.path.join(_folder.name, "corpora"))
os.chdir(_folder.name)
"""
doctest_global_cleanup = f"""
os.chdir({str(ROOT)!r})
_folder.cleanup()
"""

suppress_warnings = ["ref.python"]  # plain words such as "path" in type columns name several attributes
