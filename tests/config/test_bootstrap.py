"""A bare machine: every test installs with a pretended `uv`, so that none needs a network."""

import ast
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from config import bootstrap

ROOT = Path(__file__).resolve().parents[2]
START = """
import sys
from config import bootstrap, endings
with endings.in_one_sentence():
    bootstrap.ensure(dev="dev" in sys.argv)
    print("inside", sys.prefix)
"""


class Project:
    """A copy of what a fresh clone starts with."""

    def __init__(self, folder):
        self.folder, self.tools, self.trail = folder / "project", folder / "tools", folder / "trail"
        (self.folder / "config").mkdir(parents=True)
        for name in ("__init__.py", "bootstrap.py", "endings.py"):
            shutil.copy(ROOT / "config" / name, self.folder / "config")
        for name in ("requirements.lock", "requirements-dev.lock"):
            (self.folder / "config" / name).write_text(name)
        (self.folder / "start.py").write_text(START)

    def pretend_uv(self, script):
        self.tools.mkdir(exist_ok=True)
        uv = self.tools / "uv"
        uv.write_text(f"#!/bin/sh\necho begin >> {self.trail}\n{script}\necho end >> {self.trail}\n")
        uv.chmod(0o755)

    def start(self, *arguments, python=sys.executable, **environment):
        return subprocess.Popen(
            [python, "start.py", *arguments],
            cwd=self.folder,
            env=os.environ | {"PATH": f"{self.tools}:/usr/bin:/bin"} | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *arguments, **environment):
        process = self.start(*arguments, **environment)
        return process.communicate(timeout=20)[0], process.returncode

    def installs(self):
        return self.trail.read_text().split() if self.trail.exists() else []


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


def test_an_old_python_reads_a_sentence():
    pretend = (
        "import runpy, sys; sys.version_info = (3, 9, 2); runpy.run_path('manage.py', run_name='__main__')"
    )
    ended = subprocess.run([sys.executable, "-c", pretend], cwd=ROOT, capture_output=True, text=True)
    assert ended.stderr == "Aftercare needs Python 3.11 or newer; this is 3.9.\n"
    assert ended.returncode == 1


def test_an_old_python_can_parse_that_sentence():
    ast.parse((ROOT / "manage.py").read_text(), feature_version=(3, 7))


def test_it_installs_once_and_goes_on_inside(project):
    project.pretend_uv("true")
    for _ in range(2):
        said, code = project.run()
        assert said.endswith(f"inside {project.folder / '.venv'}\n")
        assert code == 0
    assert project.installs() == ["begin", "end"]


def test_the_longer_list_contains_the_shorter_but_not_the_reverse(project):
    project.pretend_uv("true")
    project.run()
    project.run("dev")
    project.run()
    assert project.installs() == ["begin", "end"] * 2


def test_a_changed_list_is_installed_again(project):
    project.pretend_uv("true")
    project.run()
    (project.folder / "config" / "requirements.lock").write_text("newer")
    project.run()
    assert project.installs() == ["begin", "end"] * 2


def test_two_at_once_install_once(project):
    project.pretend_uv("sleep 0.5")
    for process in [project.start() for _ in range(2)]:
        assert "inside" in process.communicate(timeout=20)[0]
    assert project.installs() == ["begin", "end"]


def test_a_killed_installation_never_counts_and_never_meets_the_next(project):
    project.pretend_uv("sleep 0.7")
    process = project.start()
    while not project.installs():
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    said, _ = project.run()
    assert "waiting" in said
    assert project.installs() == ["begin", "end"] * 2


@pytest.mark.parametrize(
    ("complaint", "sentence"),
    [
        ("ERROR: OSError: [Errno 28] No space left on device", "The disk is full"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "its hash differs"),
        ("ERROR: No matching distribution found", "No matching distribution found"),
    ],
)
def test_a_failed_installation_says_why(project, complaint, sentence):
    project.pretend_uv(f'echo "{complaint}"; exit 1')
    said, code = project.run()
    assert sentence in said.splitlines()[-1]
    assert "Traceback" not in said
    assert code == 1
    assert not (project.folder / ".venv" / ".installed").exists()


def test_without_pip_the_half_made_folder_goes_and_the_package_is_named(project, tmp_path):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "bare"], check=True)
    (tmp_path / "ensurepip").mkdir()
    (tmp_path / "ensurepip" / "__init__.py").write_text("raise ImportError")
    process = project.start(python=tmp_path / "bare" / "bin" / "python", PYTHONPATH=str(tmp_path))
    said = process.communicate(timeout=20)[0]
    assert "apt install python3-venv" in said
    assert "Traceback" not in said
    assert not (project.folder / ".venv").exists()


def test_too_little_room_is_said_before_anything_is_installed():
    with pytest.raises(bootstrap.Trouble, match="MB are free"):
        bootstrap.check_folder(1 << 40)
