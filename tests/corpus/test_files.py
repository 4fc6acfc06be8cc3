"""Files are opened by name, unpacked by suffix, and written whole or not at all."""

import errno
import gzip
import io
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from nlptk.corpus import open_input, open_output, read_lines, write_lines
from nlptk.errors import InputError, OutputError

SUFFIXES = ["", ".gz", ".bz2", ".xz", ".zst", ".GZ"]
MAGIC = {".gz": b"\x1f\x8b", ".bz2": b"BZh", ".xz": b"\xfd7zXZ", ".zst": b"\x28\xb5\x2f\xfd", ".GZ": b"\x1f\x8b"}
DATA = "春眠不觉晓，\n处处闻啼鸟。\n".encode() * 20_000


def read(path):
    with open_input(path) as file:
        return file.read()


def write(path, data=b"new"):
    with open_output(path) as file:
        file.write(data)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_bytes_survive_packing(tmp_path, suffix):
    path = tmp_path / f"a.txt{suffix}"
    write(path, DATA)
    assert read(path) == DATA
    raw = path.read_bytes()
    assert raw.startswith(MAGIC.get(suffix, DATA[:8]))
    assert len(raw) == len(DATA) if not suffix else len(raw) < len(DATA) / 10
    assert os.listdir(tmp_path) == [path.name]


def test_gzip_is_the_common_one(tmp_path):
    write(tmp_path / "a.gz", DATA)
    assert gzip.decompress((tmp_path / "a.gz").read_bytes()) == DATA
    (tmp_path / "b.gz").write_bytes(gzip.compress(b"one\n") + gzip.compress(b"two\n"))
    assert read(tmp_path / "b.gz") == b"one\ntwo\n"


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_nothing_survives_packing(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    with open_output(path):
        pass
    assert read(path) == b"" and bool(path.stat().st_size) == bool(suffix)


@pytest.mark.parametrize("suffix", [".gz", ".bz2", ".xz", ".zst"])
def test_a_truncated_archive_is_an_input_error(tmp_path, suffix):
    path = tmp_path / f"a.txt{suffix}"
    write(path, os.urandom(300_000))
    path.write_bytes(path.read_bytes()[:-200_000])
    with pytest.raises(InputError, match=f"damaged or truncated {suffix}") as caught:
        read(path)
    assert str(caught.value).startswith(f"{path}: ")


@pytest.mark.parametrize("suffix", [".gz", ".bz2", ".xz", ".zst"])
def test_an_archive_that_is_none_is_an_input_error(tmp_path, suffix):
    path = tmp_path / f"a.txt{suffix}"
    path.write_bytes(b"this was never packed\n" * 100)
    with pytest.raises(InputError, match=r"a\.txt\."):
        read(path)


def test_a_flipped_bit_in_an_archive_is_an_input_error(tmp_path):
    path = tmp_path / "a.gz"
    raw = bytearray(gzip.compress(os.urandom(10_000)))
    raw[5_000] ^= 1
    path.write_bytes(raw)
    with pytest.raises(InputError, match="damaged"):
        read(path)


def test_damage_met_while_iterating_lines(tmp_path):
    path = tmp_path / "a.txt.gz"
    path.write_bytes(gzip.compress(DATA)[:-20])
    lines = iter(read_lines(path))
    assert next(lines) == "春眠不觉晓，"
    with pytest.raises(InputError, match=r"a\.txt\.gz: damaged or truncated \.gz"):
        list(lines)


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_missing_file_and_directory(tmp_path, suffix):
    with pytest.raises(InputError, match=r"gone.*: no such file"):
        open_input(tmp_path / f"gone{suffix}")
    folder = tmp_path / f"folder{suffix}"
    folder.mkdir()
    with pytest.raises(InputError, match=r"folder.*: is a directory"):
        open_input(folder)


def test_a_path_through_a_file_and_an_impossible_name(tmp_path):
    (tmp_path / "file").write_text("x")
    for call in (open_input, write):
        with pytest.raises((InputError, OutputError), match="not a directory"):
            call(tmp_path / "file" / "a.txt")
        with pytest.raises((InputError, OutputError), match="null"):
            call("a\0b")
        with pytest.raises((InputError, OutputError), match="too long"):
            call(tmp_path / ("x" * 300))


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is denied to root")
def test_permission_denied(tmp_path):
    path = tmp_path / "secret"
    path.write_text("x")
    path.chmod(0)
    with pytest.raises(InputError, match="permission denied"):
        open_input(path)
    with pytest.raises(OutputError, match="permission denied"):
        write(path)
    tmp_path.chmod(0o555)
    try:
        with pytest.raises(OutputError, match="permission denied"):
            write(tmp_path / "new")
    finally:
        tmp_path.chmod(0o755)


def test_standard_input_stays_open(monkeypatch):
    stdin = io.TextIOWrapper(io.BytesIO(b"one\ntwo\n"))
    monkeypatch.setattr(sys, "stdin", stdin)
    assert read("-") == b"one\ntwo\n"
    assert not stdin.buffer.closed
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(InputError, match="<stdin>: standard input is closed"):
        open_input("-")


def test_standard_output(capfdbinary, monkeypatch):
    for path in (None, "-", "/dev/stdout"):
        write(path, "字".encode())
    assert not sys.stdout.closed
    monkeypatch.setattr(sys, "stdout", None)
    with pytest.raises(OutputError, match="<stdout>"):
        write(None)
    monkeypatch.undo()
    assert capfdbinary.readouterr().out == "字字字".encode()


def test_what_was_written_before_an_error_reaches_standard_output(capfdbinary):
    with pytest.raises(ZeroDivisionError), open_output("-") as file:
        file.write(b"half")
        raise ZeroDivisionError
    sys.stdout.flush()
    assert capfdbinary.readouterr().out == b"half"


@pytest.mark.parametrize("suffix", ["", ".gz", ".zst"])
@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, ValueError, OSError])
def test_an_exception_leaves_nothing_and_keeps_the_old_file(tmp_path, suffix, error):
    old = tmp_path / f"old{suffix}"
    old.write_bytes(b"old")
    for path in (old, tmp_path / f"new{suffix}"):
        with pytest.raises(error), open_output(path) as file:
            file.write(DATA)
            assert len([name for name in os.listdir(tmp_path) if name.endswith(".tmp")]) == 1
            raise error
    assert os.listdir(tmp_path) == [old.name]
    assert old.read_bytes() == b"old"


def test_the_final_name_appears_only_at_the_end(tmp_path):
    path = tmp_path / "a.txt"
    with open_output(path) as file:
        file.write(DATA)
        file.flush()
        assert not path.exists()
    assert path.read_bytes() == DATA


def test_an_error_while_the_last_bytes_are_packed_leaves_nothing(tmp_path, monkeypatch):
    def interrupted(descriptor):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "a.gz", DATA)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("call", ["fsync", "replace", "chmod"])
def test_the_disk_says_no_late(tmp_path, monkeypatch, call):
    def full(*arguments):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    path = tmp_path / "a.txt"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, call, full)
    with pytest.raises(OutputError, match=r"a\.txt: no space left on device") as caught:
        write(path)
    assert caught.value.path == str(path)
    assert os.listdir(tmp_path) == ["a.txt"] and path.read_bytes() == b"old"


def test_the_data_is_synced_before_it_takes_its_name(tmp_path, monkeypatch):
    path, seen = tmp_path / "a.gz", []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda fd: (seen.append(os.fstat(fd).st_size), fsync(fd))[1])
    monkeypatch.setattr(os, "replace", lambda a, b: (seen.append("replace"), replace(a, b))[1])
    write(path, DATA)
    assert seen == [path.stat().st_size, "replace"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
def test_disk_full(tmp_path):
    for size in (1, 10_000_000):  # met while closing; met while writing
        with pytest.raises(OutputError, match=r"^/dev/full: no space left on device$"):
            write("/dev/full", b"x" * size)
    link = tmp_path / "a.gz"
    link.symlink_to("/dev/full")
    with pytest.raises(OutputError, match=r"a\.gz: no space left"):
        write(link, DATA)
    assert stat.S_ISCHR(os.stat("/dev/full").st_mode)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
def test_disk_full_behind_standard_output():
    code = "from nlptk.corpus import write_lines\nwrite_lines('-', ['x'])"
    with Path("/dev/full").open("wb") as full:
        run = subprocess.run([sys.executable, "-c", code], stdout=full, stderr=subprocess.PIPE, text=True)
    assert "OutputError: <stdout>: no space left on device" in run.stderr


@pytest.mark.skipif(os.name != "posix", reason="pipes of POSIX")
def test_a_closed_pipe_stays_a_broken_pipe():
    code = (
        "import os, sys\nfrom nlptk.corpus import write_lines\n"
        "try: write_lines('-', ('x' * 1000 for _ in range(10_000)))\n"
        "except BrokenPipeError: os.dup2(os.open(os.devnull, os.O_WRONLY), 1); sys.exit(7)"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.read(1)
    process.stdout.close()
    complaint = process.stderr.read()
    process.stderr.close()
    assert (process.wait(), complaint) == (7, b"")


@pytest.mark.skipif(os.name != "posix", reason="permission bits of POSIX")
def test_permission_bits(tmp_path):
    path = tmp_path / "a"
    old = os.umask(0o027)
    try:
        write(path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
        path.chmod(0o604)
        write(path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o604
    finally:
        os.umask(old)


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "there").mkdir()
    real, link = tmp_path / "there" / "real", tmp_path / "link"
    real.write_bytes(b"old")
    link.symlink_to(real)
    write(link)
    assert link.is_symlink() and real.read_bytes() == b"new"
    real.unlink()
    write(link, b"again")  # a dangling link makes its target
    assert link.is_symlink() and real.read_bytes() == b"again"
    assert os.listdir(tmp_path / "there") == ["real"]
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    with pytest.raises(OutputError, match="loop: too many levels"):
        write(loop)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_devices_and_named_pipes_are_written_directly(tmp_path):
    write("/dev/null", DATA)
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    write(pipe, DATA)
    reader.join(10)
    assert got == [DATA] and stat.S_ISFIFO(pipe.stat().st_mode)


def test_places_that_cannot_be_written(tmp_path):
    with pytest.raises(OutputError, match="a: no such folder"):
        write(tmp_path / "gone" / "a")
    with pytest.raises(OutputError, match=": is a directory"):
        write(tmp_path)
    for name in ("", f"{tmp_path}/new/"):
        with pytest.raises(OutputError):
            write(name)
    assert os.listdir(tmp_path) == []


def test_a_missing_unpacker_is_named(tmp_path, monkeypatch):
    (tmp_path / "a.zst").write_bytes(b"")
    monkeypatch.setitem(sys.modules, "xopen", None)
    with pytest.raises(InputError, match=r"no package installed that unpacks \.zst"):
        open_input(tmp_path / "a.zst")
    with pytest.raises(OutputError, match=r"b\.zst: .*xopen"):
        write(tmp_path / "b.zst")
    assert os.listdir(tmp_path) == ["a.zst"]


def test_importing_is_cheap():
    heavy = ["numpy", "tqdm", "click", "xopen", "csv", "json", "typing", "logging", "tempfile", "contextlib"]
    code = "import sys, nlptk.corpus, nlptk.corpus.lines\nprint(*sys.modules)"
    root = Path(__file__).parents[2]
    run = subprocess.run(
        [sys.executable, "-S", "-c", code], stdout=subprocess.PIPE, text=True, check=True, cwd=root
    )  # -S: what site packages import at start is not ours
    assert not {*heavy} & {*run.stdout.split()}


def test_reading_stops_early_without_a_warning(tmp_path, recwarn):
    for suffix in SUFFIXES:
        path = tmp_path / f"a{suffix}"
        write_lines(path, ["x"] * 1000)
        for _ in read_lines(path):
            break
    import gc

    gc.collect()
    assert [str(w.message) for w in recwarn if issubclass(w.category, ResourceWarning)] == []
