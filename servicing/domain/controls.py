"""What needs two people: the digest they agree on, and pairs that agree too often."""

import hashlib
import json


def digest(shown: dict) -> str:
    """64 hex digits that change whenever anything in `shown` does; it holds what JSON can."""
    text = json.dumps(shown, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def close_pairs(approved: dict, *, percent: int, least: int) -> list:
    """[(approver, proposer, of both, of the approver)] where one proposer has more than `percent` of all
    that an approver approved, most first; `approved` is {(approver, proposer): count}, and fewer than
    `least` approvals in all say nothing.
    """
    totals: dict = {}
    for (approver, _proposer), count in approved.items():
        totals[approver] = totals.get(approver, 0) + count
    found = [
        (approver, proposer, count, totals[approver])
        for (approver, proposer), count in approved.items()
        if totals[approver] >= least and count * 100 > percent * totals[approver]
    ]
    return sorted(found, key=lambda pair: pair[2], reverse=True)
