"""Campaign after campaign, so that what is wrong with one keeps no other waiting."""

import logging
import time

from servicing.actions import jobs

log = logging.getLogger(__name__)


def each(campaigns, act, *, until=None):
    """The sum of what `act` counts of each, until all are done or an instant of time.monotonic().

    One that fails is passed over, and comes again the next time.
    """
    count = 0
    for campaign in campaigns:
        if until is not None and time.monotonic() >= until:
            break
        try:
            count += act(campaign)
        except Exception as error:  # its text may quote a row, so it is not kept
            log.error("%s of %s failed: %s", act.__name__, campaign, jobs.trouble_of(error))
    return count
