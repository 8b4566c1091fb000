"""The shape of the repository: small modules, known places, nothing of one person's machine in it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from functools import cache
from pathlib import Path

from mailflow import __version__

ROOT = Path(__file__).resolve().parent.parent
TOP_LEVEL = {
    ".ci",
    ".gitignore",
    ".pre-commit-config.yaml",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "README.zh-CN.md",
    "bench",
    "docs",
    "findings",
    "mailflow",
    "pyproject.toml",
    "requirements.lock",
    "rules",
    "storage",
    "templates",
    "tests",
    "tools",
}
MAX_LINES = 400
BINARY = {".docx", ".eml", ".png", ".pdf", ".xlsx", ".dat", ".xz"}


@cache
def _files() -> tuple[Path, ...]:
    """Every file that belongs to the repository: what git tracks, else all but caches and data."""
    if shutil.which("git") and (ROOT / ".git").exists():
        command = ["git", "-C", str(ROOT), "ls-files", "-z"]
        names = subprocess.run(command, capture_output=True, check=True).stdout.decode().split("\0")
        return tuple(ROOT / name for name in names if name and (ROOT / name).is_file())
    found = (path for name in TOP_LEVEL for path in (ROOT / name, *(ROOT / name).rglob("*")))
    return tuple(path for path in found if path.is_file() and "__pycache__" not in path.parts)


def _package_files() -> set[str]:
    return {name for path in _files() if (name := path.relative_to(ROOT).as_posix()).startswith("mailflow/")}


def _texts() -> dict[str, str]:
    """The repository's text files, by their path from the top."""
    return {
        path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in _files() if path.suffix not in BINARY
    }


def test_everything_has_its_place() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in _files()} <= TOP_LEVEL


def test_modules_stay_small_enough_to_read() -> None:
    modules = {name: text for name, text in _texts().items() if name.startswith("mailflow/") and name.endswith(".py")}
    lengths = {name: text.count("\n") for name, text in modules.items()}
    assert {name: lines for name, lines in lengths.items() if lines > MAX_LINES} == {}


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        name
        for name, text in _texts().items()
        if name.startswith("mailflow/") and name.endswith(".py") and not text.lstrip().startswith('"""')
    ]
    assert silent == []


def test_no_file_names_a_place_of_one_machine() -> None:
    # A folder of a developer's machine, or a folder beside the checkout: neither is there for anybody else.
    place = re.compile(r"(?<![\w.])/(?:" + "work" + r"|root|home/\w+)/|\.\./" + "shared")
    named = {name: match[0] for name, text in _texts().items() if (match := place.search(text))}
    assert set(named) <= {".ci/run"}


def test_the_lock_has_hashes_and_no_addresses() -> None:
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    assert "://" not in lock
    pins = re.findall(r"^([\w.-]+)==", lock, re.MULTILINE)
    assert len(pins) > 50
    assert lock.count("--hash=sha256:") >= len(pins)


def test_links_in_the_documents_lead_somewhere() -> None:
    broken = [
        f"{name}: {target}"
        for name, text in _texts().items()
        if name.endswith(".md")
        for target in re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", text)
        if not (ROOT / name).parent.joinpath(target).exists()
    ]
    assert broken == []


def test_make_help_names_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    phony = re.search(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)
    assert phony is not None
    inner = {"help", "setup", "system"}
    assert {f"make {name}" for name in phony[1].split() if name not in inner} <= set(
        re.findall(r'@echo "(make \w+)', makefile)
    )


def test_the_wheel_holds_the_product_and_nothing_of_the_workshop(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob(f"mailflow-{__version__}-*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {name.split("/")[0] for name in names} == {"mailflow", f"mailflow-{__version__}.dist-info"}
    assert [name for name in names if name.startswith("mailflow/defaults/") and name.endswith(".py")] == []
    files = (path.relative_to(ROOT).as_posix() for path in _files())
    shipped = {f"mailflow/defaults/{name}" for name in files if name.startswith(("rules/", "templates/"))}
    assert len(shipped) > 50
    assert shipped <= names
    beside = {name for name in _package_files() if not name.endswith(".py")}
    assert len(beside) > 20  # the Chinese of all sentences, samples, words
    assert beside <= names


def test_the_version_stands_in_one_place_and_its_changes_are_told() -> None:
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    assert re.search(r'^dynamic = \["version"\]', project, re.MULTILINE)
    told = re.findall(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    release, dev, _ = __version__.partition(".dev")
    assert told[0] == "Unreleased"
    assert (release in told) != bool(dev)  # a version still being made has no heading of its own


def test_the_map_for_contributors_shows_the_floors_the_import_check_holds() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    (layers,) = (each["layers"] for each in contracts if each.get("containers") == ["mailflow"])
    held = [[name for name in re.split(r"[ |]+", layer) if not name.startswith("(")] for layer in layers]
    page = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    drawn = [re.findall(r"`(\w+)`", cell) for cell in re.findall(r"^\| \d+ \| (.+?) \|", page, re.MULTILINE)]
    assert drawn == [sorted(floor) for floor in held if floor]
