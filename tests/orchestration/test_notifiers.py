"""Alerts reach log, webhook and mail once a run; one that fails harms nothing."""

import logging
import smtplib
from dataclasses import replace

import pytest

from orchestration.alerts import Alert
from orchestration.notifiers import (
    EmailNotifier,
    LogNotifier,
    WebhookNotifier,
    notifiers_of,
    notify,
)
from orchestration.settings import Settings
from rbdc.errors import ConfigError, RbdcError
from tests.webhook import Hook

REFUSED = Alert(
    service="demo",
    severity="refused",
    source="config",
    table="labels",
    rule="label_key_unique",
    count=1200,
    owner="team:data-governance",
    reason="1,200 rows, allowed is no rows.",
    fix="Remove one of the lines.",
    runbook="docs/runbook.md#label_key_unique",
    run_id="run-1",
    synthetic=True,
)
HELD = replace(REFUSED, severity="held", table="other", rule="source", count=None)
SECRET = "pa:ss/word"
SMTP = "smtp://robot:pa%3Ass%2Fword@mail.example:2525"


class Server:
    """What `smtplib` is asked, in the order in which it is."""

    offers_tls = True

    def __init__(self, host, port, timeout, context=None):
        self.said = [("connect", host, port, context is not None)]
        self.mails = []
        Server.last = self

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def ehlo(self):
        pass

    def has_extn(self, name):
        return name == "starttls" and self.offers_tls

    def starttls(self, context):
        self.said.append(("starttls",))

    def login(self, user, password):
        self.said.append(("login", user, password))

    def send_message(self, mail):
        self.mails.append(mail)


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(smtplib, "SMTP", Server)
    monkeypatch.setattr(smtplib, "SMTP_SSL", Server)
    monkeypatch.setattr(Server, "offers_tls", True)
    return Server


def test_the_log_has_a_line_for_each_alert(caplog):
    with caplog.at_level(logging.INFO, "rbdc.progress"):
        LogNotifier().send([REFUSED, HELD])
    assert [record.getMessage() for record in caplog.records] == [
        "ALERT    refused config.labels: label_key_unique (1,200); team:data-governance; "
        "simulated data, docs/runbook.md#label_key_unique",
        "ALERT    held config.other: source; team:data-governance; simulated data, "
        "docs/runbook.md#label_key_unique",
    ]


def test_the_webhook_gets_one_post_a_run():
    with Hook() as hook:
        WebhookNotifier(hook.url).send([REFUSED, HELD])
    [content] = hook.received
    assert content["alerts"] == [REFUSED.as_json(), HELD.as_json()]
    assert (content["service"], content["run_id"], content["synthetic"]) == ("demo", "run-1", True)
    first, *lines = content["text"].splitlines()
    assert first == "RBDC demo (simulated data) refused: config.labels and 1 more"
    assert lines == [REFUSED.line, HELD.line]


@pytest.mark.parametrize("status", [302, 404, 500])
def test_an_answer_other_than_success_is_a_failure_of_the_webhook(status):
    with Hook(status) as hook, pytest.raises(RbdcError, match=str(status)):
        WebhookNotifier(hook.url).send([REFUSED])
    assert len(hook.received) == 1


def test_one_mail_a_run_over_an_encrypted_connection(server):
    EmailNotifier(SMTP, "rbdc@example.org", ("a@example.org", "b@example.org")).send(
        [REFUSED, HELD]
    )
    assert server.last.said == [
        ("connect", "mail.example", 2525, False),
        ("starttls",),
        ("login", "robot", SECRET),
    ]
    [mail] = server.last.mails
    assert mail["To"] == "a@example.org, b@example.org" and mail["From"] == "rbdc@example.org"
    assert mail["Subject"] == "RBDC demo (simulated data) refused: config.labels and 1 more"
    text = mail.get_content()
    for part in ("config.labels: label_key_unique, 1,200", REFUSED.fix, REFUSED.owner, "HELD"):
        assert part in text


def test_smtps_is_encrypted_from_the_start(server):
    EmailNotifier("smtps://robot:x@mail.example", "a@example.org", ("b@example.org",)).send([HELD])
    assert server.last.said == [("connect", "mail.example", 465, True), ("login", "robot", "x")]
    assert len(server.last.mails) == 1


def test_a_password_is_never_sent_in_the_clear(server, monkeypatch):
    monkeypatch.setattr(server, "offers_tls", False)
    with pytest.raises(RbdcError, match="no encryption"):
        EmailNotifier(SMTP, "a@example.org", ("b@example.org",)).send([REFUSED])
    assert not server.last.mails and len(server.last.said) == 1
    EmailNotifier("smtp://relay:25", "a@example.org", ("b@example.org",)).send([REFUSED])
    assert len(server.last.mails) == 1  # a relay that asks for no password


class Broken:
    name = "pager"

    def send(self, alerts):
        raise ValueError(SECRET)


def test_a_notifier_that_fails_is_logged_and_the_others_go_out(caplog):
    with Hook(500) as dead, Hook() as living, caplog.at_level(logging.INFO, "rbdc.progress"):
        notify([Broken(), WebhookNotifier(dead.url), WebhookNotifier(living.url)], [REFUSED])
    assert len(living.received) == 1
    assert [record.getMessage() for record in caplog.records] == [
        "The alerts did not go out by pager: ValueError.",
        "The alerts did not go out by webhook: it answered 500.",
    ]


def test_without_alerts_nobody_is_disturbed():
    notify([Broken()], [])
    with Hook() as hook:
        notify([WebhookNotifier(hook.url)], [])
    assert hook.received == []


def test_the_environment_says_where_alerts_go_and_secrets_are_not_shown():
    environment = {
        "RBDC_ALERT_WEBHOOK_URL": f"https://example.org/{SECRET}",
        "RBDC_ALERT_EMAIL_TO": "a@example.org, b@example.org",
        "RBDC_ALERT_EMAIL_FROM": "rbdc@example.org",
        "RBDC_SMTP_URL": SMTP,
        "RBDC_PSEUDONYM_KEY": f"1:{SECRET}",
    }
    settings = Settings.from_environment(environment)
    made = notifiers_of(settings)
    assert [one.name for one in made] == ["log", "webhook", "e-mail"]
    assert isinstance(made[2], EmailNotifier)
    assert made[2].recipients == ("a@example.org", "b@example.org")
    assert SECRET not in repr(settings) + repr(made) and "pa%3A" not in repr(settings) + repr(made)
    assert [one.name for one in notifiers_of(Settings())] == ["log"]


@pytest.mark.parametrize(
    ("sender", "smtp"),
    [(None, SMTP), ("a@example.org", None), ("a@example.org", "mail.example:25")],
)
def test_half_a_configuration_of_mail_is_wrong_use(sender, smtp):
    settings = Settings(alert_email_to="b@example.org", alert_email_from=sender, smtp_url=smtp)
    with pytest.raises(ConfigError, match="RBDC_SMTP_URL"):
        notifiers_of(settings)
