"""Ends that one sentence explains: what is wrong on this machine, and what to do about it."""

import errno
import os
import sys
from contextlib import contextmanager

# As the system says it, and as PostgreSQL says it when half a block was written.
FULL = ("No space left on device", "Check free disk space")


class Trouble(Exception):
    """Carries the sentence; it is shown without a traceback."""


@contextmanager
def in_one_sentence():
    """Turn what the machine refuses into a sentence; a fault of ours keeps its traceback."""
    try:
        yield
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped.\n")
        sys.exit(130)
    except BrokenPipeError:
        # The reader of our output left; writing the rest at exit must not complain a second time.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:
        if sentence := explain(error):
            sys.exit(sentence)
        raise


def explain(error):
    """The sentence for this error or for one that caused it, or None."""
    while error:
        if isinstance(error, Trouble):
            return str(error)
        if is_full(str(error)) or getattr(error, "errno", None) == errno.ENOSPC:
            return f"The disk is full{_where(error)}; make room and start again."
        if isinstance(error, OSError) and error.errno == errno.EROFS:
            return f"This folder is read-only{_where(error)}; AFTERCARE_STATE can name another one."
        error = error.__cause__ or error.__context__
    return None


def is_full(text):
    """Whether a text complains of a full disk."""
    return any(words in text for words in FULL)


def _where(error):
    name = getattr(error, "filename", None)
    return f" ({name})" if name else ""
