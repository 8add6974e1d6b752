"""What the demonstration refuses at once, and how it keeps and stops its children."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from config import supervisor
from config.endings import Trouble
from tests.conftest import wait_until

ROOT = Path(__file__).resolve().parents[2]
CHILD = """
import os, pathlib, signal, sys, time
folder = pathlib.Path(sys.argv[1])
name, obeys = sys.argv[2:]
def leave(*_):
    with open(folder / "left", "a") as left:
        left.write(name + "\\n")
    if obeys == "yes":
        sys.exit()
signal.signal(signal.SIGTERM, leave)
if not os.fork():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(30)
written = folder / (name + ".new")
written.write_text(str(os.getpid()))
written.rename(folder / name)  # whoever waits for it finds it whole
time.sleep(30)
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.setenv("AFTERCARE_STATE", str(tmp_path / "state"))
    (tmp_path / "pretended.py").write_text(CHILD)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return tmp_path


@pytest.fixture
def taken():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def demo(*arguments):
    """The command from outside, with a Python that has none of our packages."""
    ended = subprocess.run(
        [sys.executable, "-S", "manage.py", "demo", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=20,
    )
    return ended.stderr, ended.returncode


def test_a_taken_port_is_said_first(here, taken):
    sentence = f"Port {taken} is taken by another program; choose another one with --port N.\n"
    assert demo("--port", str(taken)) == (sentence, 1)


def test_a_second_demonstration_is_told_where_the_first_one_is(here, taken):
    held = supervisor.only_one()
    supervisor.note(url="http://127.0.0.1:8000/")
    said, code = demo("--port", str(taken))
    os.close(held)
    assert said == f"The demonstration already runs from {here / 'state'}, at http://127.0.0.1:8000/.\n"
    assert code == 1


def test_a_number_that_is_no_port(here):
    with pytest.raises(Trouble, match="70000 is not a port"):
        supervisor.check_port(70000)


def test_a_killed_demonstrations_port_is_waited_for(here):
    supervisor.note(url="http://127.0.0.1:8000/")
    listener = "import socket, time; s = socket.create_server(('127.0.0.1', 0)); "
    listener += "print(s.getsockname()[1], flush=True); time.sleep(0.4)"
    process = subprocess.Popen([sys.executable, "-c", listener], stdout=subprocess.PIPE, text=True)
    supervisor.check_port(int(process.stdout.readline()))
    process.communicate()


def children(here, **obeys):
    started = supervisor.Children()
    for name, answer in obeys.items():
        started.start(name, ["pretended", str(here), name, answer])
    while not all((here / name).exists() for name in obeys):
        time.sleep(0.02)
    return started


def gone(group):
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    # Nobody may have buried the grandchildren yet, where process 1 does not.
    states = subprocess.run(["ps", "-o", "stat=", "-g", str(group)], capture_output=True, text=True).stdout
    return all(line.startswith("Z") for line in states.split())


def test_they_stop_in_order_and_the_stubborn_one_with_all_that_it_started(here, monkeypatch):
    monkeypatch.setitem(supervisor.GRACE, "worker", 0.3)
    started = children(here, worker="no", beat="yes", web="yes")
    assert started.dead() is None
    groups = [child.pid for child in started.processes.values()]
    started.stop(hurry=lambda: False)
    assert (here / "left").read_text().split() == ["web", "beat", "worker"]
    assert gone(groups[0])
    for group in groups[1:]:
        os.killpg(group, signal.SIGKILL)


def test_the_one_that_died_is_named(here):
    started = children(here, web="yes", beat="yes")
    started.processes["beat"].kill()
    started.processes["beat"].wait()
    assert started.dead() == "beat"
    started.stop(hurry=lambda: True)
    wait_until(lambda: all(gone(child.pid) for child in started.processes.values()), "somebody stays")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's end")
def test_the_children_of_a_killed_demonstration_leave(here):
    script = f"""
import time
from config import supervisor
supervisor.Children().start("web", ["pretended", {str(here)!r}, "web", "yes"])
time.sleep(30)
"""
    parent = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT)
    while not (here / "web").exists():
        time.sleep(0.02)
    parent.kill()
    parent.wait()
    until = time.monotonic() + 5
    while not (here / "left").exists() and time.monotonic() < until:
        time.sleep(0.02)
    os.killpg(int((here / "web").read_text()), signal.SIGKILL)  # what the child itself had started
    assert (here / "left").read_text() == "web\n"
