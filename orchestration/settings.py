"""The only reader of the environment: which service, which folders; every path absolute."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
DEFAULT_SERVICE = "demo"
RUNBOOK = "docs/runbook.md"
_SOURCE_URL = re.compile(r"RBDC_SOURCE_[A-Z0-9_]+_URL")


@dataclass(frozen=True)
class Settings:
    """Where one service's pipeline reads and writes.

    `source_dir` is None where the caller named none; `pseudonym_key` is a key or the path of a
    key file, and None where the environment has neither. `source_urls` holds the addresses of
    databases, by the name of their environment variable. Where alerts go beside the log:
    `alert_webhook_url`; `alert_email_to` (addresses with commas between), sent by `smtp_url`.
    `runbook_url` is where docs/runbook.md can be read. Secrets are left out of `repr`.
    """

    service: str = DEFAULT_SERVICE
    project: Path = PROJECT
    services_dir: Path = PROJECT / "services"
    state_root: Path = PROJECT / "var"
    source_dir: Path | None = None
    pseudonym_key: str | None = field(default=None, repr=False)
    source_urls: Mapping[str, str] = field(default_factory=dict, repr=False)
    enable_automation: bool = False
    alert_webhook_url: str | None = field(default=None, repr=False)
    alert_email_to: str | None = None
    alert_email_from: str | None = None
    smtp_url: str | None = field(default=None, repr=False)
    runbook_url: str = RUNBOOK

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Read `RBDC_SERVICE`, `RBDC_SOURCE_DIR`, `RBDC_SERVICES_DIR`, `RBDC_STATE_ROOT`, ….

        `RBDC_PSEUDONYM_KEY` holds a key or the path of a 0600 file, `RBDC_SOURCE_<NAME>_URL` the
        address of a database; schedules and sensors start
        stopped unless `RBDC_ENABLE_AUTOMATION=1`. `RBDC_ALERT_WEBHOOK_URL`,
        `RBDC_ALERT_EMAIL_TO`, `RBDC_ALERT_EMAIL_FROM`, `RBDC_SMTP_URL` and `RBDC_RUNBOOK_URL`
        say where alerts go and what they link to.
        """
        source_dir = environment.get("RBDC_SOURCE_DIR")
        return cls(
            service=environment.get("RBDC_SERVICE") or DEFAULT_SERVICE,
            services_dir=Path(environment.get("RBDC_SERVICES_DIR") or cls.services_dir).resolve(),
            state_root=Path(environment.get("RBDC_STATE_ROOT") or cls.state_root).resolve(),
            source_dir=Path(source_dir).resolve() if source_dir else None,
            pseudonym_key=environment.get("RBDC_PSEUDONYM_KEY") or None,
            source_urls={
                name: value for name, value in environment.items() if _SOURCE_URL.fullmatch(name)
            },
            enable_automation=environment.get("RBDC_ENABLE_AUTOMATION") == "1",
            alert_webhook_url=environment.get("RBDC_ALERT_WEBHOOK_URL") or None,
            alert_email_to=environment.get("RBDC_ALERT_EMAIL_TO") or None,
            alert_email_from=environment.get("RBDC_ALERT_EMAIL_FROM") or None,
            smtp_url=environment.get("RBDC_SMTP_URL") or None,
            runbook_url=environment.get("RBDC_RUNBOOK_URL") or RUNBOOK,
        )

    @property
    def service_dir(self) -> Path:
        """Configuration of the service."""
        return self.services_dir / self.service

    @property
    def state_dir(self) -> Path:
        """State of the service."""
        return self.state_root / self.service

    def to_environment(self) -> dict[str, str]:
        """The environment in which another process reads these same settings."""
        values = {
            "RBDC_SERVICE": self.service,
            "RBDC_SERVICES_DIR": str(self.services_dir),
            "RBDC_STATE_ROOT": str(self.state_root),
            "RBDC_SOURCE_DIR": str(self.source_dir or ""),
            "RBDC_PSEUDONYM_KEY": self.pseudonym_key or "",
            "RBDC_ENABLE_AUTOMATION": "1" if self.enable_automation else "",
            "RBDC_ALERT_WEBHOOK_URL": self.alert_webhook_url or "",
            "RBDC_ALERT_EMAIL_TO": self.alert_email_to or "",
            "RBDC_ALERT_EMAIL_FROM": self.alert_email_from or "",
            "RBDC_SMTP_URL": self.smtp_url or "",
            "RBDC_RUNBOOK_URL": self.runbook_url,
            **self.source_urls,
        }
        return {name: value for name, value in values.items() if value}
