"""What processes hold for themselves, in MiB, and how long they were at work, in seconds."""

import os
import threading
from contextlib import suppress
from pathlib import Path

# Where PostgreSQL keeps what all backends share: whoever touches a page alone would look as if it owned it.
SHARED = ("/dev/zero", "/dev/shm", "/SYSV", "/PostgreSQL.")  # noqa: S108


def peak(pid="self"):
    """The largest resident set that a process ever had."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return round(int(line.split()[1]) / 1024, 1)
    return 0.0


def private(pid):
    """What a backend holds and nobody else sees."""
    kilobytes, counts = 0, True
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        name, *rest = line.split()
        if not name.endswith(":"):
            counts = not (rest and len(rest) > 4 and rest[4].startswith(SHARED))
        elif counts and name in ("Private_Clean:", "Private_Dirty:"):
            kilobytes += int(rest[0])
    return kilobytes / 1024


def cpu(pid):
    """Processor time of a process since it began, its threads included."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


class Watch(threading.Thread):
    """Looks at backends again and again; `most` is the largest that one of them was."""

    def __init__(self, pids):
        super().__init__(daemon=True)
        self.pids, self.most, self.ended = pids, 0.0, threading.Event()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.join()

    def run(self):
        while not self.ended.wait(0.1):
            for pid in self.pids:
                with suppress(FileNotFoundError, ProcessLookupError):
                    self.most = max(self.most, private(pid))
