"""Keyed pseudonyms: direct identifiers become HMAC digests before anything is written."""

import hashlib
import hmac
import stat
from dataclasses import dataclass, field
from pathlib import Path

from rbdc.errors import ConfigError

_BLOCK = 64  # bytes of a SHA-256 block, RFC 2104


@dataclass(frozen=True)
class PseudonymKey:
    """A secret with a public id, so that a change of key shows in the pseudonyms' prefix."""

    id: str
    secret: bytes = field(repr=False)

    def of(self, value: str) -> str:
        """Pseudonym of one value: `<key id>:<first 128 bits of HMAC-SHA256, hex>`."""
        digest = hmac.new(self.secret, value.encode(), hashlib.sha256).hexdigest()
        return f"{self.id}:{digest[:32]}"

    def sql(self, expression: str) -> str:
        """DuckDB expression with the same result as `of`, null for null (RFC 2104 by hand).

        DuckDB has SHA-256 but no HMAC; doing it in SQL keeps the identifiers inside the engine
        and is an order of magnitude faster than a Python function called for each row.
        """
        secret = self.secret
        if len(secret) > _BLOCK:
            secret = hashlib.sha256(secret).digest()
        secret = secret.ljust(_BLOCK, b"\0")
        inner = _blob(bytes(byte ^ 0x36 for byte in secret))
        outer = _blob(bytes(byte ^ 0x5C for byte in secret))
        digest = f"sha256({outer} || unhex(sha256({inner} || encode({expression}))))"
        return f"'{self.id}:' || left({digest}, 32)"


def parse_key(text: str) -> PseudonymKey:
    """Read a key written as `<id>:<hex of at least 32 bytes>`.

    Raises:
        ConfigError: another form; the text itself is never repeated.
    """
    key_id, _, hexadecimal = text.strip().partition(":")
    try:
        secret = bytes.fromhex(hexadecimal)
    except ValueError:
        secret = b""
    if not key_id.replace("-", "").isalnum() or len(secret) < 32:
        raise ConfigError(
            "The pseudonym key must be written <id>:<hex of 32 bytes or more>, for example "
            "service-1:9f86d0…; make one with `openssl rand -hex 32`."
        )
    return PseudonymKey(key_id, secret)


def read_key_file(path: Path) -> PseudonymKey:
    """Read a key file that only its owner may read.

    Raises:
        ConfigError: other people may read the file, or its content is not a key.
    """
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise ConfigError(f"{path.name} can be read by others; run `chmod 600` on it.")
    return parse_key(path.read_text(encoding="utf-8"))


def _blob(value: bytes) -> str:
    return "'" + "".join(f"\\x{byte:02X}" for byte in value) + "'::blob"
