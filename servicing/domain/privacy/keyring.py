"""Sealing of personal data. Plain Python: the keys are handed in."""

import base64
import hashlib
import hmac
import os
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from servicing.domain.privacy.spelling import canonical


@dataclass(frozen=True)
class Keyring:
    """AES-256-GCM keys by id, the one that writes, and the separate key of the blind index."""

    keys: dict[str, bytes]
    primary: str
    index_key: bytes

    @classmethod
    def of(cls, spec: dict) -> "Keyring":
        """From {"primary", "keys": {id: base64}, "index": base64}; raises ValueError for a bad length."""
        keys = {kid: base64.b64decode(text) for kid, text in spec["keys"].items()}
        ring = cls(keys, spec["primary"], base64.b64decode(spec["index"]))
        if ring.primary not in keys or any(len(key) != 32 for key in [*keys.values(), ring.index_key]):
            raise ValueError("a keyring needs its primary key, and keys of 32 bytes")
        return ring

    def marks(self) -> dict[str, bytes]:
        """By which each key is known again: {name: 32 bytes that say nothing about it}."""
        named = {f"field {kid}": key for kid, key in self.keys.items()} | {"index": self.index_key}
        return {name: hmac.new(key, b"mark", hashlib.sha256).digest() for name, key in named.items()}

    def seal(self, text: str, *, place: str) -> bytes:
        """Encrypt a text for one place ("table|column|row")."""
        return self.lock(text.encode(), place=place)

    def open(self, blob: bytes, *, place: str) -> str:
        """Decrypt a text; raises what `unlock` raises."""
        return self.unlock(blob, place=place).decode()

    def lock(self, data: bytes, *, place: str) -> bytes:
        """Encrypt bytes for one place: version, key id, nonce, ciphertext."""
        head = bytes([1, len(self.primary)]) + self.primary.encode()
        nonce = os.urandom(12)
        return head + nonce + AESGCM(self.keys[self.primary]).encrypt(nonce, data, head + place.encode())

    def unlock(self, blob: bytes, *, place: str) -> bytes:
        """Decrypt bytes; raises InvalidTag where they were moved elsewhere, KeyError for a lost key."""
        blob = bytes(blob)
        cut = 2 + blob[1]
        head, nonce = blob[:cut], blob[cut : cut + 12]
        key = self.keys[head[2:].decode()]
        return AESGCM(key).decrypt(nonce, blob[cut + 12 :], head + place.encode())

    def blind(self, field: str, text: str) -> bytes:
        """Sixteen bytes by which equal values are found without being read."""
        spelled = f"{field}\0{canonical(field, text)}".encode()
        return hmac.new(self.index_key, spelled, hashlib.sha256).digest()[:16]

    def sign(self, purpose: str, text: str) -> bytes:
        """A keyed digest for a purpose that is no field: whoever has not the key cannot make it."""
        return hmac.new(self.index_key, f"{purpose}\0{text}".encode(), hashlib.sha256).digest()


def place(table: str, column: str, row) -> str:
    """The authenticated address of a ciphertext: it opens nowhere else."""
    return f"{table}|{column}|{row}"
