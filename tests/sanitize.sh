#!/bin/sh
# The kernel tests under AddressSanitizer and UBSan: `make sanitize`. Works on a copy of the tree in build/sanitize, with a
# virtual environment of its own, so the ordinary build beside it stays as it is. Arguments go to pytest.
set -eu
cd "$(dirname "$0")/.."
root=$PWD
work=$root/build/sanitize
python=${PYTHON:-python3}
preload=$(${CC:-gcc} -print-file-name=libasan.so)
[ -e "$preload" ] || { echo "sanitize: no libasan.so beside ${CC:-gcc}; install the sanitizer library of your compiler"; exit 1; }

mkdir -p "$work/tree"
[ -x "$work/venv/bin/python" ] || "$python" -m venv "$work/venv"
[ -e "$work/venv/.installed" ] || {
  "$work/venv/bin/python" -m pip --disable-pip-version-check -q install -c constraints.txt \
    setuptools Cython numpy jieba click scikit-learn tqdm xopen pytest hypothesis safetensors
  touch "$work/venv/.installed"
}

# Sources as they stand now, files deleted meanwhile too; what was compiled stays, so that the next run is quick.
rm -rf "$work/tree/ext" "$work/tree/tests" "$work/tree/fuzz" "$work/tree/corpora"
find "$work/tree/nlptk" -name '*.py' -delete 2>/dev/null || true
tar -cf - --exclude='*.so' --exclude='*.nlptk' --exclude=__pycache__ \
  LICENSE LICENSE.jieba README.md pyproject.toml setup.py ext nlptk tests fuzz corpora | tar -xf - -C "$work/tree"

cd "$work/tree"
export PYTHONPATH=$work/tree PYTHONMALLOC=malloc ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=print_stacktrace=1
NLPTK_BUILD=sanitize "$work/venv/bin/python" setup.py -q build_ext --inplace --force
[ $# -gt 0 ] || set -- tests/ext
LD_PRELOAD=$preload "$work/venv/bin/python" -m pytest -m 'not slow' -p no:cacheprovider --capture=sys "$@"
