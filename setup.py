"""Build the kernels (ext/ -> nlptk.ext.*) and the packaged dictionary; everything else stands in pyproject.toml.

Switches, as environment variables, all in this one place:
    NLPTK_BUILD=debug      bounds checks and asserts on, no optimisation
    NLPTK_BUILD=sanitize   AddressSanitizer + UBSan (see `make sanitize`)
    NLPTK_BUILD=portable   no per-CPU dispatch: one plain version of every kernel
    NLPTK_WERROR=1         warnings of the C compiler are errors (what CI builds with)
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy
from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

HERE = Path(__file__).parent
BUILD = os.environ.get("NLPTK_BUILD", "release")
if BUILD not in ("release", "debug", "sanitize", "portable"):
    raise SystemExit(f"NLPTK_BUILD={BUILD}: expected release, debug, sanitize or portable")

# module -> C sources beside its .pyx: an algorithm in C knows no Python, the .pyx is its door.
KERNELS: dict[str, list[str]] = {
    "checksum": ["xxhash.c"],
    "trie": ["trie.c", "words.c", "wordlist.c", "segment.c", "tag_hmm.c"],
    "cutter": ["segment.c", "tag_hmm.c"],
    "segment": ["segment.c", "tag_hmm.c", "segment_lines.c"],
    "bigram": ["bigram.c", "bigram_tables.c", "segment.c", "tag_hmm.c", "segment_lines.c", "words.c"],
    "char_tagger": ["char_tagger.c", "char_train.c", "segment.c", "tag_hmm.c", "segment_lines.c", "words.c"],
    "textrank": ["textrank.c"],
    "newwords": ["newwords.c"],
    "ngram_query": ["ngram_query.c"],
    "ngram_estimate": ["ngram_estimate.c", "spool.c", "vocabulary.c"],
    "arpa": ["arpa.c"],
    "encode": ["encode.c", "vocabulary.c"],
    "chain": ["chain.c"],
    "crf": ["crf.c"],
    "crf_online": ["crf_online.c"],
    "hmm": ["hmm.c"],
    "optimize": ["optimize.c"],
    "features": ["features.c"],
    "perceptron": ["perceptron.c"],
    "cooccurrence": ["cooccurrence.c"],
    "glove": ["glove.c"],
    "word2vec": ["word2vec.c", "rows.c"],
    "subwords": ["subwords.c"],
    "word_table": ["word_table.c", "xxhash.c"],
    "nearest": ["nearest.c"],
    "vector_text": ["vector_text.c", "arpa.c"],
}


def compiler_flags() -> tuple[list[str], list[str], list[tuple[str, str | None]]]:
    """Compile flags, link flags and macros of this build."""
    macros: list[tuple[str, str | None]] = []
    if sys.platform == "win32":
        return ["/O2", "/std:c11", "/utf-8"], [], macros  # MSVC
    compile_flags = ["-std=c11", "-fopenmp-simd", "-fno-math-errno", "-Wall", "-Wextra", "-Wno-unused-parameter"]
    # What Cython generates is not ours to keep warning-free.
    compile_flags += ["-Wno-missing-field-initializers", "-Wno-cast-function-type"]
    link_flags: list[str] = []
    if os.environ.get("NLPTK_WERROR"):
        compile_flags.append("-Werror")
    if BUILD == "debug":
        compile_flags += ["-O0", "-g", "-UNDEBUG"]
    elif BUILD == "sanitize":
        compile_flags += [
            "-O1",
            "-g",
            "-UNDEBUG",
            "-fno-omit-frame-pointer",
            "-fsanitize=address,undefined",
            "-fno-sanitize-recover=undefined",
        ]
        link_flags += ["-fsanitize=address,undefined"]
    else:
        compile_flags += ["-O3", "-DNDEBUG"]
    if BUILD in ("portable", "sanitize"):
        macros.append(("NLPTK_PORTABLE", "1"))
    return compile_flags, link_flags, macros


def included(files: list[str]) -> set[str]:
    """The project's headers that these files include, and those that these include: a changed header rebuilds no more."""
    found: set[str] = set()
    while files:
        names = re.findall(r'"(nlptk/\w+\.h)"', (HERE / files.pop()).read_text("utf-8"))
        new = {f"ext/include/{name}" for name in names} - found
        found |= new
        files.extend(new)
    return found


def extensions() -> list[Extension]:
    compile_flags, link_flags, macros = compiler_flags()
    return [
        Extension(
            f"nlptk.ext.{name}",
            [f"ext/{name}.pyx"],
            include_dirs=["ext/include", numpy.get_include()],
            depends=sorted(included([f"ext/{name}.pyx", *(f"ext/{source}" for source in KERNELS[name])])),
            extra_compile_args=compile_flags,
            extra_link_args=link_flags,
            define_macros=macros,
        )
        for name in KERNELS
    ]


def require_compiler() -> None:
    """Say plainly what is missing, before distutils does it obscurely."""
    if sys.platform == "win32":
        return  # MSVC is found by setuptools itself, which explains well when it is not there
    compiler = os.environ.get("CC", "cc").split()[0]
    if not (shutil.which(compiler) or shutil.which("gcc") or shutil.which("clang")):
        hint = "xcode-select --install" if platform.system() == "Darwin" else "apt-get install gcc (or your system's equivalent)"
        raise SystemExit(
            f"nlptk: no C compiler ('{compiler}') found; its kernels are "
            f"compiled on installation from source.\nInstall one: {hint}"
        )


class BuildKernels(build_ext):
    """The kernels, then the data files that only the kernels can write."""

    def run(self) -> None:
        require_compiler()
        super().run()
        self.build_data()

    def build_data(self) -> None:
        root = HERE if self.inplace else Path(self.build_lib).absolute()
        target = root / "nlptk" / "data"
        target.mkdir(parents=True, exist_ok=True)
        if not self.inplace:  # the pure Python files may not have been copied yet
            self.run_command("build_py")
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(root), *sys.path])}
        if BUILD == "sanitize":
            environment |= {"ASAN_OPTIONS": "detect_leaks=0", "PYTHONMALLOC": "malloc"}
            environment["LD_PRELOAD"] = subprocess.check_output(["gcc", "-print-file-name=libasan.so"], text=True).strip()
        subprocess.run([sys.executable, "-m", "nlptk.data.build", str(target)], env=environment, cwd=HERE / "ext", check=True)


modules = cythonize(
    extensions(),
    include_path=["."],
    build_dir="build/cython",
    language_level=3,
    compiler_directives={
        "boundscheck": BUILD in ("debug", "sanitize"),
        "wraparound": False,
        "cdivision": True,
        "initializedcheck": BUILD in ("debug", "sanitize"),
        "embedsignature": True,
        "freethreading_compatible": False,
    },
)
for module in modules:  # only now: Cython would copy them over its own output, whose names are the same
    module.sources += [f"ext/{source}" for source in KERNELS[module.name.rpartition(".")[2]]]

setup(ext_modules=modules, cmdclass={"build_ext": BuildKernels})
