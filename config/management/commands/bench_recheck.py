"""The recheck beside other ways to do the same, on servers and in a state folder of its own.

See docs/benchmark.md; `--help` tells the options.
"""

import os
import signal
import subprocess
import sys

from django.core.management.base import BaseCommand

from config import embedded
from config.endings import in_one_sentence


class Command(BaseCommand):
    help = __doc__

    def run_from_argv(self, argv):
        # Not handle(): the engines and their options are no part of the product.
        with in_one_sentence():
            os.environ["AFTERCARE_STATE"] = str(embedded.state_dir() / "bench")
            for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL"):
                os.environ.pop(name, None)
            signal.signal(signal.SIGINT, lambda *_: None)
            sys.exit(subprocess.call([sys.executable, "-m", "tests.bench.recheck", *argv[2:]]))
