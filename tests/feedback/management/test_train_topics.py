"""Topics learned from real complaints, no part of the project: AFTERCARE_REAL_DATA names their folder."""

import csv
import gzip
import json
import os
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

REAL = Path(os.environ.get("AFTERCARE_REAL_DATA", "nowhere")) / "cfpb_complaints" / "complaints.csv.gz"


@pytest.mark.django_db
@pytest.mark.skipif(not REAL.is_file(), reason="AFTERCARE_REAL_DATA names no folder with real complaints")
def test_real_complaints_are_told_apart_far_better_than_by_guessing(tmp_path):
    path, out = tmp_path / "complaints.csv", StringIO()
    with gzip.open(REAL, "rt", encoding="utf-8") as source, path.open("w", newline="") as target:
        rows = list(csv.DictReader(source))
        writer = csv.DictWriter(target, ["text", "topic"], extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    call_command("train_topics", file=str(path), json=True, stdout=out)
    found = json.loads(out.getvalue())
    assert (found["topics"], found["responses"]) == (5, len(rows))
    assert found["low"] > found["baseline"] + 0.3
    assert found["macro_f1"] > 0.75
