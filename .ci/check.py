"""Everything `make test` checks: lint, format, types, the direction of imports, then the tests.

All of them run, whatever fails; arguments go to pytest (`make test ARGS="-k charset"`).
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent

CHECKS = (
    ("ruff check", [sys.executable, "-m", "ruff", "check", "--quiet", "."]),
    ("ruff format", [sys.executable, "-m", "ruff", "format", "--check", "--quiet", "."]),
    ("mypy", [sys.executable, "-m", "mypy", "--no-error-summary"]),
    ("imports", [str(BIN / "lint-imports")]),
)


def main() -> int:
    env = dict(os.environ, PATH=f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}", PYTHONUTF8="1")
    failed: list[str] = []
    for name, command in CHECKS:
        started = time.monotonic()
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        print(f"{'FAILED' if done.returncode else 'ok':8}{name:14}{time.monotonic() - started:6.1f} s", flush=True)
        if done.returncode:
            failed.append(name)
            sys.stdout.write(done.stdout.decode("utf-8", "replace"))
    pytest = [
        sys.executable,
        "-m",
        "pytest",
        "--verbose",
        "--no-header",
        "-o",
        "faulthandler_timeout=600",
        *sys.argv[1:],
    ]
    status = subprocess.run(pytest, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, check=False).returncode
    if failed:
        print(f"FAILED: {', '.join(failed)} (see above)", flush=True)
    return status or int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
