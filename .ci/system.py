"""The programs outside Python that some tests use: install them as root on Debian or Ubuntu, else say what is missing.

The demo and the product itself need none of them.
"""

from __future__ import annotations

import glob
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path


def program(*names: str) -> Callable[[], bool]:
    """A probe: any of these programs is here (daemons live in sbin, which is not on every PATH)."""
    path = os.pathsep.join(
        [
            os.environ.get("PATH", ""),
            *("/usr/sbin", "/usr/local/sbin", "/usr/lib/dovecot", "/usr/libexec/dovecot"),
            *sorted(glob.glob("/usr/lib/postgresql/*/bin")),  # Debian keeps its programs off the PATH
        ]
    )
    return lambda: any(shutil.which(name, path=path) for name in names)


def font(family: str) -> Callable[[], bool]:
    """A probe: fontconfig knows this family."""

    def probe() -> bool:
        lister = shutil.which("fc-list")
        if not lister:
            return False
        listed = subprocess.run(
            [lister, family, "family"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False
        )
        return bool(listed.stdout.strip())

    return probe


# Debian package, probes that must all be true, the tests that need it.
NEEDED = (
    (
        "dovecot-imapd",
        (program("dovecot"), program("imap-login"), program("imap")),
        "the tests against a real IMAP server",
    ),
    ("postgresql", (program("initdb"), program("postgres")), "the tests with a ledger on PostgreSQL"),
    (
        "libreoffice-writer-nogui",
        (program("soffice", "libreoffice"),),
        "the tests that look at the printed Word record",
    ),
    ("poppler-utils", (program("pdftoppm"), program("pdftotext")), "the tests that look at the printed Word record"),
    ("fonts-noto-cjk", (font("Noto Sans CJK SC"),), "the tests that look at the printed Word record"),
    ("fonts-liberation", (font("Liberation Sans"),), "the tests that look at the printed Word record"),
)

# Servers that conflict with each other, or would begin to serve this machine when they are installed: only unpacked,
# with the libraries they need.  The program that tells whether they are there, its packages, the tests that need it.
SERVERS = Path(__file__).parents[1] / ".venv" / "servers"
UNPACKED = (
    (
        "usr/bin/imapd",
        ("courier-imap", "libcourier-unicode4", "gamin", "libgamin0", "libidn12", "courier-authlib"),
        "Courier",
    ),
    ("usr/sbin/exim4", ("exim4-daemon-light", "libgnutls-dane0", "libunbound8", "libnsl2", "libidn12"), "Exim"),
)


def unpack(packages: list[str]) -> str:
    """Fetch Debian packages and unpack them into :data:`SERVERS`; an empty string on success, else what was said."""
    SERVERS.mkdir(parents=True, exist_ok=True)
    print(f"system: unpacking {' '.join(packages)} ...")
    sys.stdout.flush()
    with tempfile.TemporaryDirectory(dir=SERVERS) as folder:
        steps = [["apt-get", "update", "-qq"], ["apt-get", "download", "-qq", *packages]]
        for step in steps:
            done = subprocess.run(step, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, check=False)
            if done.returncode:
                return (done.stderr.decode("utf-8", "replace").strip().splitlines() or ["no message"])[-1]
        for package in sorted(Path(folder).glob("*.deb")):
            subprocess.run(["dpkg", "-x", str(package), str(SERVERS)], check=True)
    return ""


def missing() -> list[tuple[str, str]]:
    """The packages of NEEDED that are not here, each with the tests that need it."""
    return [(package, tests) for package, probes, tests in NEEDED if not all(probe() for probe in probes)]


def can_install() -> bool:
    """Whether we may and can install system packages: root, with apt."""
    return hasattr(os, "geteuid") and os.geteuid() == 0 and bool(shutil.which("apt-get"))


def install(packages: list[str], tries: int = 3) -> str:
    """Install Debian packages without a question; an empty string on success, else the last words of apt-get."""
    env = dict(os.environ, DEBIAN_FRONTEND="noninteractive", LC_ALL="C.UTF-8")
    wait = ["-o", "DPkg::Lock::Timeout=120", "-o", "Acquire::Retries=3"]
    print(f"system: installing {' '.join(packages)} ...")
    sys.stdout.flush()
    words = ""
    for attempt in range(tries):
        if attempt:
            time.sleep(5 * attempt)
        for step in (
            ["apt-get", "update", "-qq", *wait],
            ["apt-get", "install", "-qq", "-y", "--no-install-recommends", *wait, *packages],
        ):
            done = subprocess.run(
                step, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
            )
            if done.returncode:
                lines = done.stdout.decode("utf-8", "replace").strip().splitlines()
                words = ([line for line in lines if line.startswith("E:")] or lines or ["no message"])[-1]
                break
        else:
            return ""
    return words


def main() -> int:
    absent = missing()
    if absent and can_install():
        words = install([package for package, _ in absent])
        if words:
            print(f"system: apt-get: {words}", file=sys.stderr)
        absent = missing()
    servers = [(packages, name) for program, packages, name in UNPACKED if not (SERVERS / program).is_file()]
    if servers and shutil.which("dpkg") and shutil.which("apt-get"):
        words = unpack(sorted({package for packages, _ in servers for package in packages}))
        if words:
            print(
                f"system: apt-get: {words}; the tests against {', '.join(n for _, n in servers)} are skipped",
                file=sys.stderr,
            )
    for package, tests in absent:
        print(f"system: {package} is missing; {tests} are skipped", file=sys.stderr)
    if absent and not can_install():
        print(f"system: to run them: apt-get install {' '.join(package for package, _ in absent)}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
