"""One run on two machines, over TCP: both take parts of it, and nothing is lost or done twice.

It takes the better part of a minute, so it is asked for: `python3 manage.py test tests/chaos --machines`.
"""

import json
import shutil
import tempfile
from pathlib import Path

import pytest

from tests.chaos import machines

pytestmark = pytest.mark.chaos


@pytest.fixture
def pair(request):
    if not request.config.getoption("--machines"):
        pytest.skip("asked for with --machines")
    if machines.binaries() is None:
        pytest.skip("needs Debian's postgresql and redis-server, which listen on TCP")
    # Open to Debian's own user, as a folder of pytest's is not.
    folder = Path(tempfile.mkdtemp(prefix="aftercare-"))
    folder.chmod(0o755)
    try:
        with machines.installation(folder, count=2) as both:
            yield both
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def test_two_machines_share_a_run(pair):
    told = json.loads(pair[0].command("-m", "tests.chaos.share", "2").splitlines()[-1])
    print(told)
    assert told["wrong"] == []
    assert told["borrowers"] == 10_000
    assert len(told["parts"]) == 2
    if isinstance(pair[0].place, machines.Network):
        assert {worker.split(":")[0] for worker in told["parts"]} == {"m1", "m2"}
    assert min(told["parts"].values()) > 5
