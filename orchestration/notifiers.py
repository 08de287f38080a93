"""Where alerts go: the log, a webhook, e-mail, or whatever else has a `send`."""

import logging
import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Protocol
from urllib.parse import SplitResult, unquote, urlsplit

from orchestration.alerts import Alert
from orchestration.progress import LOGGER_NAME
from orchestration.settings import Settings
from rbdc.errors import ConfigError, RbdcError

# A refresh must not wait long for whoever listens.
TIMEOUT_SECONDS = 10.0
_log = logging.getLogger(f"{LOGGER_NAME}.alerts")  # its lines go where the progress lines go


class Notifier(Protocol):
    """Anything that takes the alerts of one run to people."""

    @property
    def name(self) -> str:
        """What it is called in the log."""

    def send(self, alerts: Sequence[Alert]) -> None:
        """Take the alerts of one run, one or more, to people.

        Raises:
            Exception: any; it is logged, and the run's outcome stays what it is.
        """


@dataclass(frozen=True)
class LogNotifier:
    """A line of the log for each alert."""

    name: str = "log"

    def send(self, alerts: Sequence[Alert]) -> None:
        """Write the lines."""
        for alert in alerts:
            _log.error("ALERT    %s", alert.line)


@dataclass(frozen=True)
class WebhookNotifier:
    """One POST a run: `text`, which chat programs show, and the alerts for programs."""

    url: str = field(repr=False)  # such addresses are secrets themselves
    timeout_seconds: float = TIMEOUT_SECONDS
    name: str = "webhook"

    def send(self, alerts: Sequence[Alert]) -> None:
        """Post the alerts.

        Raises:
            RbdcError: the answer is none of success.
            requests.RequestException: there is no answer in time.
        """
        import requests

        content = {
            "text": "\n".join([summary(alerts), *(alert.line for alert in alerts)]),
            "service": alerts[0].service,
            "run_id": alerts[0].run_id,
            "synthetic": alerts[0].synthetic,
            "alerts": [alert.as_json() for alert in alerts],
        }
        # Its body is not read: nobody waits for one that never ends. A redirected POST would be
        # asked for as a page, without its content.
        with requests.post(
            self.url,
            json=content,
            timeout=self.timeout_seconds,
            allow_redirects=False,
            stream=True,
        ) as answer:
            if not 200 <= answer.status_code < 300:
                raise RbdcError(f"it answered {answer.status_code}")


@dataclass(frozen=True)
class EmailNotifier:
    """One mail a run.

    `smtp_url` is `smtp://user:password@host:port` or `smtps://…`; the password goes only over an
    encrypted connection.
    """

    smtp_url: str = field(repr=False)
    sender: str
    recipients: tuple[str, ...]
    timeout_seconds: float = TIMEOUT_SECONDS
    name: str = "e-mail"

    def __post_init__(self) -> None:
        """Look at the address.

        Raises:
            ConfigError: it is none of a mail server.
        """
        self._server()

    def _server(self) -> SplitResult:
        try:
            url = urlsplit(self.smtp_url)
            sound = url.scheme in ("smtp", "smtps") and url.hostname and url.port != 0
        except ValueError:
            sound = False
        if not sound:
            raise ConfigError(
                "RBDC_SMTP_URL is no address of a mail server: smtp://user:password@host:port, "
                "or smtps://…"
            )
        return url

    def send(self, alerts: Sequence[Alert]) -> None:
        """Send the mail.

        Raises:
            RbdcError: a password is to be sent, and the server offers no encryption.
            OSError: the server cannot be reached, or refuses (`smtplib.SMTPException`).
        """
        url, tls = self._server(), ssl.create_default_context()
        host, timeout = str(url.hostname), self.timeout_seconds
        with (
            smtplib.SMTP_SSL(host, url.port or 465, timeout=timeout, context=tls)
            if url.scheme == "smtps"
            else smtplib.SMTP(host, url.port or 587, timeout=timeout)
        ) as server:
            encrypted = url.scheme == "smtps"
            server.ehlo()
            if not encrypted and server.has_extn("starttls"):
                server.starttls(context=tls)
                server.ehlo()
                encrypted = True
            if url.username:
                if not encrypted:
                    raise RbdcError("the mail server offers no encryption; use smtps://")
                server.login(unquote(url.username), unquote(url.password or ""))
            server.send_message(self._mail(alerts))

    def _mail(self, alerts: Sequence[Alert]) -> EmailMessage:
        mail = EmailMessage()
        mail["Subject"], mail["From"] = summary(alerts), self.sender
        mail["To"] = ", ".join(self.recipients)
        mail.set_content("\n\n".join([f"{summary(alerts)}.", *map(_paragraph, alerts)]) + "\n")
        return mail


def notifiers_of(settings: Settings) -> tuple[Notifier, ...]:
    """The notifiers that the environment asks for; the log always.

    Raises:
        ConfigError: what is said of e-mail is not complete.
    """
    notifiers: list[Notifier] = [LogNotifier()]
    if settings.alert_webhook_url:
        notifiers.append(WebhookNotifier(settings.alert_webhook_url))
    if settings.alert_email_to:
        if not settings.alert_email_from or not settings.smtp_url:
            raise ConfigError(
                "RBDC_ALERT_EMAIL_TO is set: set RBDC_ALERT_EMAIL_FROM and RBDC_SMTP_URL too."
            )
        recipients = tuple(one.strip() for one in settings.alert_email_to.split(",") if one.strip())
        notifiers.append(EmailNotifier(settings.smtp_url, settings.alert_email_from, recipients))
    return tuple(notifiers)


def notify(notifiers: Sequence[Notifier], alerts: Sequence[Alert]) -> None:
    """Take the alerts of one run to people, through every notifier; nothing is raised.

    One that fails is logged by its name and the kind of error: messages of libraries hold
    addresses and passwords.
    """
    if not alerts:
        return
    for notifier in notifiers:
        try:
            notifier.send(alerts)
        except Exception as error:
            why = str(error) if isinstance(error, RbdcError) else type(error).__name__
            _log.error("The alerts did not go out by %s: %s.", notifier.name, why)


def summary(alerts: Sequence[Alert]) -> str:
    """The alerts of one run, the worst first, in a few words."""
    first, more = alerts[0], len({alert.about for alert in alerts}) - 1
    simulated = " (simulated data)" if first.synthetic else ""
    others = f" and {more} more" if more else ""
    return f"RBDC {first.service}{simulated} {first.severity}: {first.about}{others}"


def _paragraph(alert: Alert) -> str:
    counted = "" if alert.count is None else f", {alert.count:,}"
    return (
        f"{alert.severity.upper()} {alert.about}: {alert.rule}{counted}\n"
        f"What is so: {alert.reason}\nWhat to do: {alert.fix}\nWho: {alert.owner}\n"
        f"More: {alert.runbook}\nRun: {alert.run_id or 'not started'}"
    )
