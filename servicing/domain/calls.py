"""When a caller counts as the person on file."""

# So many of the three must fit; who has fewer on file is known by all of them.
ENOUGH = 2


def is_known(matched: set[str], on_file: set[str]) -> bool:
    """Whether enough of what is on file was said right; nobody is known of whom nothing is on file."""
    return bool(on_file) and len(matched & on_file) >= min(ENOUGH, len(on_file))
