"""An environment of its own for each peer, over the one that has this package."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import NamedTuple

REPOSITORY = Path(__file__).resolve().parents[2]
CONSTRAINTS = REPOSITORY / "constraints.txt"
VERSIONS = "import importlib.metadata as m, json, sys; print(json.dumps({n: m.version(n) for n in sys.argv[1:]}))"


class InstallationError(Exception):
    """A peer cannot be installed; the message is what pip says."""


class Environment(NamedTuple):
    """Where the two sides run: one interpreter where they live together, else two."""

    peer: Path
    ours: Path

    @property
    def together(self) -> bool:
        return self.peer == self.ours


def reason(log: str) -> str:
    """Return what pip complains of: its first line of an error, else its last line."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith("error:")]
    return ([*errors, *lines[-1:]] or ["pip said nothing"])[0][:300]


def install(folder: Path, packages: tuple[str, ...], constraints: Path, minutes: int) -> Path:
    """Install packages into a fresh environment; return its interpreter.

    It lies over the environment that runs this script: it sees the packages there, and pip counts them as installed.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
    python = folder / "bin" / "python"
    (own,) = folder.glob("lib/python*/site-packages")
    below = sysconfig.get_path("purelib")
    (own / "over.pth").write_text(f"import site; site.addsitedir({below!r})\n", encoding="utf-8")
    command = [str(python), "-m", "pip", "install", "--no-input", "--no-compile", "-c", str(constraints), *packages]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60 * minutes, check=False)
    except subprocess.TimeoutExpired as error:
        raise InstallationError(f"pip found no versions that fit in {minutes} minutes") from error
    folder.with_suffix(".log").write_text(done.stdout + done.stderr, encoding="utf-8")
    if done.returncode:
        raise InstallationError(reason(done.stderr))
    return python


def torch_alone(folder: Path) -> Path:
    """Write the constraint of torch alone, whose default build is another: of the rest a peer has what it likes."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "torch.txt"
    lines = CONSTRAINTS.read_text(encoding="utf-8").splitlines()
    path.write_text("".join(f"{line}\n" for line in lines if line.startswith("torch==")), encoding="utf-8")
    return path


def make(work: Path, name: str, packages: tuple[str, ...]) -> Environment:
    """Return where a peer and this package run; make it where it is not yet made.

    The peer is installed over the environment that runs this script, with the versions of constraints.txt, and both
    sides run there. Where pip finds no versions that fit, the peer's environment may hide ours by others, but for
    torch, and our side runs in that of this script.
    """
    envs = work / "envs"
    ready = envs / f"{name}.json"
    if ready.exists():
        return Environment(*map(Path, json.loads(ready.read_text(encoding="utf-8"))))
    try:
        found = Environment(*[install(envs / name, packages, CONSTRAINTS, minutes=10)] * 2)
    except InstallationError as error:
        print(f"{name}: not with the versions of this package ({error}); with its own", flush=True)
        found = Environment(install(envs / name, packages, torch_alone(envs), minutes=30), Path(sys.executable))
    ready.write_text(json.dumps([str(found.peer), str(found.ours)]), encoding="utf-8")
    return found


def versions(python: Path, packages: tuple[str, ...]) -> dict[str, str]:
    """Return the installed versions of packages."""
    done = subprocess.run([str(python), "-c", VERSIONS, *packages], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)
