"""The installation's own secrets: kept in files of mode 0600, never in the database or its backups."""

import base64
import json
import os
import secrets
from pathlib import Path


def kept(path: Path, make) -> str:
    """The text of a private file, made on first use; of two makers at once one wins and both read it."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        fresh = path.with_name(f"{path.name}.{os.getpid()}")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(make())
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text()


def secret_key(folder: Path) -> str:
    """Django's signing key: AFTERCARE_SECRET_KEY, or this installation's own file."""
    return os.environ.get("AFTERCARE_SECRET_KEY") or kept(
        folder / "secret", lambda: secrets.token_urlsafe(64)
    )


def keyring(folder: Path) -> dict:
    """Field keys: AFTERCARE_KEYS (JSON), the file AFTERCARE_KEYS_FILE, or this installation's own file.

    {"primary": id, "keys": {id: base64 of 32 bytes}, "index": base64 of 32 bytes}; old keys stay for reading.
    """
    if text := os.environ.get("AFTERCARE_KEYS"):
        return json.loads(text)
    if name := os.environ.get("AFTERCARE_KEYS_FILE"):
        return json.loads(Path(name).read_text())
    return json.loads(kept(folder / "field.json", fresh_keyring))


def fresh_keyring() -> str:
    """New keys as the text of a keys file."""

    def key():
        return base64.b64encode(secrets.token_bytes(32)).decode()

    return json.dumps({"primary": "k1", "keys": {"k1": key()}, "index": key()})
