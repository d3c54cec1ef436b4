"""A mail server for tests: keeps what it is given, and does as it is told on its standard input.

Arguments: a JSON object with the port (0: any) and, if wanted, certificate, key, tls ("starttls" or "tls"), name, password.
Answers each line of standard input with a line of JSON.
"""

import asyncio
import email
import email.policy
import json
import socket
import ssl
import sys

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

wants = json.loads(sys.argv[1])


class Keeper:
    def __init__(self):
        self.mails, self.mood, self.sessions = [], "well", 0

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.mood == "refuses for good":
            return f"550 5.1.1 <{address}> is unknown here"
        if self.mood == "refuses for now":
            return f"451 4.3.0 <{address}> try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.mood == "slow":
            await asyncio.sleep(30)
        if self.mood == "refuses content":
            return "554 5.7.1 the mail to " + envelope.rcpt_tos[0] + " looks bad"
        mail = email.message_from_bytes(envelope.original_content, policy=email.policy.default)
        part = lambda kind: (lambda it: it and it.get_content())(mail.get_body((kind,)))
        self.mails.append({
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "encrypted": server.transport.get_extra_info("ssl_object") is not None,
            "login": session.auth_data,
            "peer": session.peer[1],
            "headers": [[name, str(value)] for name, value in mail.items()],
            "defects": [str(it) for it in mail.defects],
            "parts": [it.get_content_type() for it in mail.walk()],
            "text": part("plain"),
            "html": part("html"),
            "raw": envelope.original_content.decode("latin-1"),
        })
        return "250 OK"


def authenticate(server, session, envelope, mechanism, data):
    good = data.login == wants["name"].encode() and data.password == wants["password"].encode()
    if not good:
        return AuthResult(success=False, handled=False)
    return AuthResult(success=True, auth_data=data.login.decode())


keeper, controller, port = Keeper(), None, wants.get("port", 0)


class Our(Controller):
    def factory(self):
        keeper.sessions += 1
        return SMTP(self.handler, **self.SMTP_kwargs)


def start():
    global controller, port
    if port == 0:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
    options = {"hostname": "127.0.0.1", "port": port, "ready_timeout": 20}
    if "certificate" in wants:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(wants["certificate"], wants["key"])
        if wants["tls"] == "tls":
            options["ssl_context"] = context
        else:
            options |= {"tls_context": context, "require_starttls": True}
    if "password" in wants:
        options |= {"authenticator": authenticate, "auth_required": True, "auth_require_tls": True}
        if wants.get("tls") == "tls":
            options["auth_require_tls"] = False
    controller = Our(keeper, **options)
    controller.start()


start()
print(json.dumps({"port": port}), flush=True)
for line in sys.stdin:
    command, answer = line.strip(), {}
    if command == "mails":
        answer = {"mails": keeper.mails, "sessions": keeper.sessions}
    elif command == "take":
        answer, keeper.mails = {"mails": keeper.mails}, []
    elif command == "gone":
        if controller:
            controller.stop()
        controller = None
    else:
        keeper.mood = command
        if controller is None:
            start()
    print(json.dumps(answer), flush=True)
