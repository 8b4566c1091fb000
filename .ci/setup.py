"""Prepare .venv: exactly the packages of requirements.lock, and mailflow itself, editable.

Needs nothing but Python's standard library.  Uses uv where it is present, venv and pip otherwise; both check every
hash.  Safe to run again: a stamp in .venv says for which lock it was prepared.  A .venv of another Python stays in use,
unless this one was named (--this-python).  Written for old Pythons too, so that they can say clearly that they are too
old.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import progress
import system

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOCK = ROOT / "requirements.lock"
STAMP = VENV / ".mailflow-setup"
NAMED = "--this-python"  # make says so when PYTHON was given
OLDEST = (3, 11)
ALSO_TRY = ("python3.13", "python3.12", "python3.11", "python3.14")
NETWORK = re.compile(
    r"name resolution|name or service not known|getaddrinfo|dns error|failed to lookup|network is unreachable"
    r"|connection (refused|reset|error|broken)|could not connect|connecttimeout|read timed out|timed out"
    r"|newconnectionerror|error sending request|proxyerror",
    re.IGNORECASE,
)


class Failed(Exception):
    """A step went wrong: one line for the person, with the remedy."""


def venv_python() -> Path:
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def run(
    command: list[str], env: dict[str, str] | None = None, shown: progress.Progress | None = None
) -> tuple[bool, str]:
    """Run quietly; whether it succeeded, and all it printed.  ``shown`` tells the person how far it is."""
    if shown:
        return shown.run(command, cwd=str(ROOT), env=env)
    try:
        done = subprocess.run(
            command,
            cwd=str(ROOT),
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
    except OSError as error:
        return False, str(error)
    return done.returncode == 0, done.stdout.decode("utf-8", "replace")


def new_enough(python: str) -> bool:
    """Whether this interpreter runs and is 3.11 or newer."""
    return run([python, "-c", f"import sys; sys.exit(sys.version_info < {OLDEST})"])[0]


def reason(output: str) -> str:
    """One line that says why the packages could not be had."""
    if re.search("certificate|CERTIFICATE", output):
        return "the package registry's certificate is not trusted -> name your authority's file in SSL_CERT_FILE"
    if NETWORK.search(output):
        return (
            "no connection to the package registry -> check the network, or name your mirror in PIP_INDEX_URL "
            "(pip) or UV_DEFAULT_INDEX (uv)"
        )
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if re.match(r"(error|ERROR|×|╰|E:)", line)]
    return (errors or lines or ["no message"])[-1]


def newer_python() -> str:
    """A Python that is new enough: this one, else another on the PATH, unless this one was named."""
    if sys.version_info >= OLDEST:
        return sys.executable
    for name in () if NAMED in sys.argv else ALSO_TRY:
        path = shutil.which(name)
        if path and new_enough(path):
            return path
    raise Failed(
        f"Python {sys.version_info[0]}.{sys.version_info[1]} is too old, mailflow needs 3.11 or newer"
        " -> install it, or name it: make PYTHON=python3.12 ..."
    )


def fingerprint() -> str:
    """What the environment depends on: the lock, packaging and version of the project, where it lies, this script."""
    import tomllib  # from 3.11 on

    if not LOCK.is_file():
        raise Failed("requirements.lock is missing -> restore it, or make it with: make lock")
    version = re.search(
        r'^__version__ = "(.+)"', (ROOT / "mailflow/__init__.py").read_text(encoding="utf-8"), re.MULTILINE
    )
    if not version:
        raise Failed("mailflow/__init__.py states no __version__ -> restore it")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    hatch = project.get("tool", {}).get("hatch")
    packaging = [project.get("build-system"), project.get("project"), hatch, version[1], str(ROOT)]
    digest = hashlib.sha256(LOCK.read_bytes())
    digest.update(json.dumps(packaging, sort_keys=True).encode())
    digest.update(Path(__file__).read_bytes())
    return digest.hexdigest()


def usable() -> bool:
    """Whether .venv holds a working Python that is new enough, and of this version if it was named."""
    if not venv_python().exists() or not new_enough(str(venv_python())):
        return False
    if NAMED not in sys.argv:
        return True
    return run([str(venv_python()), "-c", f"import sys; sys.exit(sys.version_info[:2] != {sys.version_info[:2]})"])[0]


def packages() -> int:
    """How many packages the lock has for this system."""
    pinned = re.findall(r"^([\w.-]+)==(.*)", LOCK.read_text(encoding="utf-8"), re.MULTILINE)
    return len({name for name, rest in pinned if os.name == "nt" or "sys_platform == 'win32'" not in rest})


def installed() -> int:
    """How many packages .venv has by now."""
    return len([*VENV.glob("lib/python3*/site-packages/*.dist-info"), *VENV.glob("Lib/site-packages/*.dist-info")])


def remove_broken_venv() -> None:
    if not VENV.exists() and not VENV.is_symlink():
        return
    if VENV.is_symlink() or (not (VENV / "pyvenv.cfg").exists() and any(VENV.iterdir())):
        raise Failed(".venv is not a virtual environment of ours -> move it away and run this again")
    shutil.rmtree(str(VENV))


def with_uv(uv: str) -> str:
    """Install with uv; an empty string on success, else the reason."""
    env = {**os.environ, "UV_PYTHON_DOWNLOADS": "never"}
    env.pop("VIRTUAL_ENV", None)
    if not env.get("HOME") and os.name != "nt":
        env["UV_NO_CACHE"] = "1"
    here = ["--quiet", "--python", str(venv_python())]
    steps = [
        [uv, "pip", "sync", *here, "--require-hashes", str(LOCK)],
        [uv, "pip", "install", *here, "--no-deps", "--no-build-isolation", "--editable", "."],
    ]
    if not usable():
        remove_broken_venv()
        steps.insert(0, [uv, "venv", "--quiet", "--python", sys.executable, str(VENV)])
    for step in steps:
        shown = progress.Progress(packages(), installed, fetches=False) if "sync" in step else None
        good, output = run(step, env, shown)
        if not good and "certificate" in output and "UV_SYSTEM_CERTS" not in env:
            # The company's own certificate authority: trust what the system trusts (the second name is uv's older one).
            env.update(UV_SYSTEM_CERTS="1", UV_NATIVE_TLS="1")
            good, output = run(step, env, shown)
        if not good:
            keep(step, output)
            return reason(output)
    return ""


def with_pip() -> None:
    """Install with the standard library's venv and pip."""
    if not usable():
        remove_broken_venv()
        good, output = run([sys.executable, "-m", "venv", str(VENV)])
        if not good and "ensurepip" in output and system.can_install():
            system.install(["python3-venv"])
            good, output = run([sys.executable, "-m", "venv", "--clear", str(VENV)])
        if not good:
            good, output = run([sys.executable, "-m", "venv", "--clear", "--without-pip", str(VENV)])
        if not good:
            keep(["venv"], output)
            raise Failed("could not make .venv: " + reason(output))
    pip = [str(venv_python()), "-m", "pip"]
    if not run([*pip, "--version"])[0] and not run([str(venv_python()), "-m", "ensurepip"])[0]:
        pip = [sys.executable, "-m", "pip", "--python", str(venv_python())]  # the system's pip, if it has one
        if not run([*pip, "--version"])[0]:
            raise Failed("this Python has neither venv's pip nor uv -> install the package python3-venv, or uv")
    install = ["install", "--no-input", "--disable-pip-version-check", "--progress-bar", "off"]
    shown = progress.Progress(packages(), installed, fetches=True)
    for step, shows in (
        ([*pip, *install, "--require-hashes", "--requirement", str(LOCK)], shown),
        ([*pip, *install, "--no-deps", "--no-build-isolation", "--editable", "."], None),
    ):
        good, output = run(step, shown=shows)
        if not good:
            keep(step, output)
            raise Failed("could not install the packages: " + reason(output))


def keep(step: list[str], output: str) -> None:
    """Keep what a failed step printed, for who wants to know more."""
    path = Path(tempfile.gettempdir()) / "mailflow-setup.log"
    try:
        path.write_text(f"$ {' '.join(step)}\n{output}\n", encoding="utf-8")
        print(f"setup: the whole message is in {path}", file=sys.stderr)
    except OSError:
        sys.stderr.write(output)


def main() -> int:
    try:
        python = newer_python()
        if python != sys.executable:
            return subprocess.call([python, __file__, *sys.argv[1:]])
        wanted = fingerprint()
        if STAMP.exists() and STAMP.read_text(encoding="utf-8") == wanted and usable():
            return 0
        uv = shutil.which("uv")
        if uv and not run([uv, "--version"])[0]:
            uv = None
        print(f"setup: installing the packages of requirements.lock into .venv with {'uv' if uv else 'pip'} ...")
        sys.stdout.flush()
        if uv:
            refused = with_uv(uv)
            if refused:
                print(f"setup: uv: {refused}; trying pip ...", file=sys.stderr)
                with_pip()
        else:
            with_pip()
        STAMP.write_text(wanted, encoding="utf-8")
    except Failed as error:
        print(f"setup: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
