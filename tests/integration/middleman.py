"""Somebody in the middle: a server with a TLS key of its own that carries what it can read to the real relay and back. Who
compares the key of the address refuses it; who was given its key tells it everything."""

import base64
import contextlib
import hashlib
import re
import select
import socket
import ssl

from relays import RELAY, WAIT_SECONDS_MAX, public_key_der, run, tls_context
from wires import Listener


class Middleman:
    """Ends TLS with a key of its own and carries what it can read to the real relay and back."""

    def __init__(self, folder, port):
        self.folder = folder
        run(RELAY, "init", folder)  # a certificate made as any relay makes one
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(folder / "tls/certificate.pem", folder / "tls/key.pem")
        self.target = port
        self.visits = 0
        self.overheard = b""
        self.listener = Listener(self.carry)
        self.port = self.listener.port

    def carry(self, near):
        self.visits += 1
        with contextlib.suppress(OSError), self.context.wrap_socket(near, server_side=True) as near:
            with socket.create_connection(("127.0.0.1", self.target)) as plain, tls_context().wrap_socket(plain) as far:
                while self.carry_some({near: far, far: near}):
                    pass

    def carry_some(self, others):
        """In one thread: OpenSSL does not let two use one connection at a time. False when an end has closed."""
        ready = [end for end in others if end.pending()] or select.select(list(others), [], [], WAIT_SECONDS_MAX)[0]
        for source in ready:
            source.setblocking(False)
            try:
                octets = source.recv(16384)
            except ssl.SSLWantReadError:  # no data, a session ticket
                continue
            finally:
                source.setblocking(True)
            if not octets:
                return False
            self.overheard += octets
            others[source].sendall(octets)
        return bool(ready)

    def address_with_its_key(self, relay):
        """An address line of the relay for somebody who shall take the middleman for it."""
        certificate = self.folder / "tls/certificate.pem"
        der = ssl.PEM_cert_to_DER_cert(certificate.read_text(encoding="ascii"))
        pin = base64.urlsafe_b64encode(hashlib.sha256(public_key_der(der)).digest()).decode().rstrip("=")
        return relay.address_through(self).replace(relay.pin, pin)

    def requests(self):
        """What was asked through it, in order: "GET /v1/relay"."""
        return [line.decode() for line in re.findall(rb"((?:GET|HEAD|PUT|POST|DELETE) \S+) HTTP/1\.1\r\n", self.overheard)]

    def close(self):
        self.listener.close()
