# make demo   set everything up in .venv and segment a sample
# make test   set up and run the tests; make test-all adds the heavy ones
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check -q
KERNEL_SOURCES := $(shell find ext -name '*.pyx' -o -name '*.c' -o -name '*.h') $(shell find nlptk -name '*.pxd')

.PHONY: demo test test-all lint bench wheel sanitize docs models clean

demo: $(VENV)/.installed
	$(BIN)/nlptk segment corpora/demo.zh.txt

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { echo "nlptk needs Python 3.10 or newer ($(PYTHON) is older); try: make PYTHON=python3.12"; exit 1; }
	@command -v $${CC:-cc} >/dev/null || { echo "nlptk needs a C compiler, and there is no '$${CC:-cc}' here. Debian/Ubuntu: apt-get install gcc; macOS: xcode-select --install"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(VENV)/bin/python pyproject.toml setup.py constraints.txt nlptk/data/build.py $(KERNEL_SOURCES)
	$(PIP) install -c constraints.txt setuptools Cython numpy jieba
	$(PIP) install -c constraints.txt --no-build-isolation -e .
	@touch $@

$(VENV)/.test: $(VENV)/.installed
	$(PIP) install -c constraints.txt --no-build-isolation -e '.[test,plot]'
	@touch $@

$(VENV)/.lint: $(VENV)/.installed
	$(PIP) install -c constraints.txt ruff mypy
	@touch $@

$(VENV)/.docs: $(VENV)/.installed
	$(PIP) install -c constraints.txt sphinx furo
	@touch $@

test: $(VENV)/.test
	$(BIN)/python -m pytest -m 'not slow'

test-all: $(VENV)/.test
	$(BIN)/python -m pytest

lint: $(VENV)/.lint
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: $(VENV)/.test
	$(PIP) install -c constraints.txt rjieba
	$(BIN)/python -m benchmarks

wheel: $(VENV)/.installed
	$(PIP) install -c constraints.txt build
	$(BIN)/python -m build --wheel

# The kernel tests under AddressSanitizer and UBSan, in a virtual environment of their own.
sanitize:
	NLPTK_BUILD=sanitize sh tests/sanitize.sh

docs: $(VENV)/.docs
	$(BIN)/python -m sphinx -W -q -b html docs docs/_build/html
	$(BIN)/python -m sphinx -W -q -b doctest docs docs/_build/doctest

# The packaged models, trained anew: make models DATA=folder-of-the-corpora (see models/README.md).
models: $(VENV)/.installed
	@test -n "$(DATA)" || { echo "make models DATA=folder-of-the-corpora; models/README.md says what is in it"; exit 1; }
	$(BIN)/python models/build.py --data "$(DATA)" $(MODELS)

clean:
	rm -rf $(VENV) build dist *.egg-info docs/_build nlptk/ext/*.so nlptk/data/*.nlptk
