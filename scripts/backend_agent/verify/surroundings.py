"""The environment that a command of the project runs in: the programs that the project itself installed come first, as in its own shell.

`pytest` of a `.venv` that is not active, `tsc` of `node_modules`, `phpunit` of `vendor`: who works on the project has them on the path, by
activation or by the package manager's runner. Only folders inside of the project are looked at.
"""

import os
import shutil

_NODE = os.path.join("node_modules", ".bin")
_PHP = os.path.join("vendor", "bin")
_VENVS = (".venv", "venv", "env")


def of(root: str, folder: str, environment: "dict[str, str]") -> "dict[str, str]":
    """A copy of `environment` for a command in `folder`, an absolute path in or below `root`."""
    found, venv = _programs(root, folder)
    if not found:
        return dict(environment)
    path = environment.get("PATH", os.defpath)
    changed = {**environment, "PATH": os.pathsep.join([*found, path])}
    if venv:
        changed["VIRTUAL_ENV"] = venv
        changed.pop("PYTHONHOME", None)  # it would win over the environment
    return changed


def _programs(root: str, folder: str) -> "tuple[list[str], str]":
    """Folders of programs from `folder` up to `root`, the nearest first, and the nearest virtual environment."""
    top, here = os.path.realpath(root), os.path.realpath(folder)
    found: list[str] = []
    venv = ""
    while here == top or here.startswith(top + os.sep):
        if not venv:
            venv = next((p for p in (os.path.join(here, name) for name in _VENVS) if os.path.isfile(os.path.join(p, "pyvenv.cfg"))), "")
            if venv:
                found.append(os.path.join(venv, "Scripts" if os.name == "nt" else "bin"))
        found += [p for p in (os.path.join(here, name) for name in (_NODE, _PHP)) if os.path.isdir(p)]
        if here == top:
            break
        here = os.path.dirname(here)
    return found, venv


def program(name: str, folder: str, environment: "dict[str, str]") -> str:
    """The path of a program, "" where it is missing. A name with a slash is looked up in the folder of the command."""
    if "/" in name or os.sep in name:
        return shutil.which(os.path.join(folder, name)) or ""
    path = environment.get("PATH")
    found = shutil.which(name, path=path) or ""
    if not found and name == "python":
        return shutil.which("python3", path=path) or ""  # Debian and macOS have no `python`
    return found
