"""Which build this is: the pure one, or the one with modules that mypyc has compiled (hatch_build.py)."""

from __future__ import annotations

import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import hatch_build
from chatstore import __version__, is_compiled
from chatstore.net.fan_out import fan_out, one_by_one

ROOT = Path(__file__).parent.parent
MODULES = hatch_build.modules_of(ROOT)
HALF = """
#include <Python.h>
static PyObject *half(PyObject *module, PyObject *number) { return PyLong_FromLong(PyLong_AsLong(number) / 2); }
static PyMethodDef methods[] = {{"half", half, METH_O, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, .m_name = "half", .m_size = -1, .m_methods = methods};
PyMODINIT_FUNC PyInit_half(void) { return PyModule_Create(&module); }
"""


def file_of(module: str) -> Path:
    found = find_spec(module)
    assert found is not None
    assert found.origin is not None
    return Path(found.origin)


def test_every_module_of_the_list_is_of_the_same_build() -> None:
    wanted = ".so" if is_compiled() else ".py"
    assert {name: file_of(name).suffix for name in MODULES} == dict.fromkeys(MODULES, wanted)


def test_only_the_compiled_build_has_the_loop_in_c() -> None:
    assert (fan_out is not one_by_one) is is_compiled()


def test_what_is_compiled_is_not_older_than_its_source() -> None:
    in_c = ["chatstore.net._fan_out"] if is_compiled() else []
    for name in [*MODULES, *in_c]:
        source = ROOT / f"{name.replace('.', '/')}{'.c' if name in in_c else '.py'}"
        assert file_of(name).stat().st_mtime >= source.stat().st_mtime, f"{name} was changed: compile it again"


def test_the_version_says_which_build_it_is() -> None:
    command = [sys.executable, "-m", "chatstore", "--version"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said == f"chatstore {__version__}{' (compiled)' if is_compiled() else ''}\n"


@pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler here")
def test_a_checkout_is_compiled_and_pure_again(tmp_path: Path) -> None:
    """As a program, beside the sources, which are imported again when the libraries are removed."""
    package = tmp_path / "chatstore"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "sums.py").write_text("def double(number: int) -> int:\n    return 2 * number\n")
    (package / "half.c").write_text(HALF)
    table = "tool.hatch.build.targets.wheel.hooks.custom"
    (tmp_path / "pyproject.toml").write_text(f"[{table}]\nmodules = ['chatstore.sums']\n")

    def run(*command: str) -> str:
        done = subprocess.run([sys.executable, *command], cwd=tmp_path, capture_output=True, text=True, timeout=100)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    program = str(ROOT / "hatch_build.py")
    asking = "import chatstore.sums as module; print(module.double(21), module.__file__)"
    run(program)
    assert run("-c", "from chatstore.half import half; print(half(84))") == "42\n"
    double, file = run("-c", asking).split()
    assert double == "42"
    assert file.endswith(".so")
    run(program, "--remove")
    assert run("-c", asking).split() == ["42", str(package / "sums.py")]
    assert {file.name for file in tmp_path.iterdir()} == {"chatstore", "pyproject.toml"}
