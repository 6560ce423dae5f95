"""Hands a mail over to the coordinator's mail server (RFC 5321), as plain text."""

from __future__ import annotations

import smtplib
import ssl
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final

from coordinator.service.alerts.outbox import Letter
from coordinator.service.reaching.mail import MailServer

__all__ = ["send_mail"]

_TIMEOUT_S: Final = 20.0


def send_mail(server: MailServer, letter: Letter, now: datetime) -> str | None:
    """Hand one letter over.

    Args:
        server: takes it.
        letter: to an address of mail.
        now: for its date.

    Returns:
        What went wrong, without addresses and passwords, or None where the server has taken it.
    """
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = server.sender, letter.address, letter.title
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<{letter.id}@{server.sender.partition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's machine answers it
    mail.set_content(letter.body)
    try:
        with _connected(server) as connection:
            if server.scheme == "smtp":
                connection.starttls(context=ssl.create_default_context())
            if server.user:
                connection.login(server.user, server.password)
            connection.send_message(mail)
    except smtplib.SMTPRecipientsRefused:
        return "the mail server refuses this address"
    except smtplib.SMTPResponseException as error:
        return f"the mail server answers {error.smtp_code}"
    except (smtplib.SMTPException, OSError, ValueError) as error:
        return f"the mail server cannot be reached: {type(error).__name__}"
    return None


def _connected(server: MailServer) -> smtplib.SMTP:
    if server.scheme == "smtps":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(server.host, server.port, timeout=_TIMEOUT_S, context=context)
    return smtplib.SMTP(server.host, server.port, timeout=_TIMEOUT_S)
