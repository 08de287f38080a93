"""The pseudonym key of the simulated service: made once per machine, never shared, never seeded."""

import os
import secrets
from pathlib import Path


def write_demo_key(path: Path) -> None:
    """Write a random pseudonym key, one line `demo-1:<64 hex digits>`, unless the file exists.

    The key is random, so pseudonyms differ between machines; figures do not depend on them.

    Args:
        path: the file to make; only its owner may read it (mode 0600).
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        # O_EXCL and the mode in one call: at no moment can others read it or two runs both write.
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(f"demo-1:{secrets.token_hex(32)}\n")
