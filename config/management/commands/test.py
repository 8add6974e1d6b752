"""The tests, with servers and a state folder of their own; every argument goes to pytest.

Without arguments it is the whole suite, on all cores.
"""

import os
import signal
import subprocess
import sys

from django.core.management.base import BaseCommand

from config import embedded
from config.endings import in_one_sentence

# One process more than cores, as each often waits for its servers, a worker or the browser. Who has nothing
# left to do takes over from another, so that no process ends long after the rest.
WHOLE = ("-n", str((os.cpu_count() or 1) + 1), "--dist", "worksteal")


class Command(BaseCommand):
    help = __doc__

    def run_from_argv(self, argv):
        # Not handle(): Django's own options would be taken away from pytest.
        with in_one_sentence():
            sys.exit(self.run(argv[2:]))

    def run(self, arguments):
        os.environ["AFTERCARE_STATE"] = str(embedded.state_dir() / "test")
        # Ctrl-C is pytest's to answer; we stay to stop the servers. A polite kill ends both.
        signal.signal(signal.SIGINT, lambda *_: None)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
        with embedded.locked("tests", waiting=self.say_wait):
            embedded.use(lasting=False)
            code = subprocess.call([sys.executable, "-m", "pytest", *(arguments or WHOLE)])
            embedded.leave()
        return code

    def say_wait(self):
        self.stdout.write("Another test run uses this folder; waiting for it to end …")
        self.stdout.flush()
