"""Real relays and a real desk for the integration tests: processes of this build on free loopback ports, in a temporary
folder. Every wait is for a condition and has a limit; every process is ended by the test that started it.

    class RoadTest(Case):
        def test_something(self):
            a, b, c = self.chain("GE", "RS", "DE")
            desk = self.desk([a])
            desk.publish("# Snow\\n\\nIt melts.")
            wait_for(lambda: c.holds(desk.log, 1), "the article on DE")

The programs are those below $TAMIZDAT_BUILD (default: build/ of this checkout).
"""

import atexit
import base64
import contextlib
import functools
import hashlib
import http.client
import json
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("TAMIZDAT_BUILD") or ROOT / "build").resolve()
CLI = BUILD / "client-lib/cli/tamizdat"
RELAY = BUILD / "relay/daemon/tamizdat-relay"
DATA = ROOT / "tests/data"

WAIT_SECONDS_MAX = 60  # for anything that a healthy relay does within a second or two; two cores may be busy
COMMAND_SECONDS_MAX = 120


def wait_for(condition, what, seconds_max=WAIT_SECONDS_MAX):
    """Asks until `condition()` is true, and returns its value; fails when the limit has passed."""
    end = time.monotonic() + seconds_max
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds_max} s in vain for {what}")
        time.sleep(0.02)


# Below those that systems give to outgoing connections (Linux from 32768 on, RFC 6056 from 49152 on): what is free here
# when a test looks is free when its relay listens.
PORTS = range(12000, 32000)


def free_ports(count):
    """Loopback ports that nobody listens on; all are held until all are known, so that they differ."""
    with contextlib.ExitStack() as stack:
        found = []
        while len(found) < count:
            each = stack.enter_context(socket.socket())
            with contextlib.suppress(OSError):
                port = random.choice(PORTS)
                each.bind(("127.0.0.1", port))
                found.append(port)
        return found


def run(*command, expect=0, **options):
    """Runs a program to its end and returns what it did; the exit code must be the expected one (None: any)."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, stdin=subprocess.DEVNULL,
                          timeout=COMMAND_SECONDS_MAX, **options)
    if expect is not None and done.returncode != expect:
        raise AssertionError(f"{' '.join(map(str, command))}: exit {done.returncode} instead of {expect}\n"
                             f"{done.stdout}{done.stderr}")
    return done


def public_key_der(certificate):
    """The SubjectPublicKeyInfo of a DER certificate (RFC 5280 section 4.1), whose SHA-256 is the key pin."""
    def parts(data):
        at, out = 0, []
        while at < len(data):
            length, start = data[at + 1], at + 2
            if length & 0x80:
                octets = length & 0x7F
                length, start = int.from_bytes(data[start:start + octets], "big"), start + octets
            out.append((data[at:start + length], data[start:start + length]))
            at = start + length
        return out

    signed = parts(parts(certificate)[0][1])[0][1]
    return parts(signed)[6][0]  # after version, serial number, algorithm, issuer, validity and subject


def tls_context():
    """A client's that trusts no authority and no name: the tests compare the key pin, as relays do."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self):
        return self.body.decode()

    @property
    def json(self):
        return json.loads(self.body)


class Relay:
    def __init__(self, folder, label, port, admin_port, settings=()):
        self.folder, self.label, self.port, self.admin_port = folder, label, port, admin_port
        self.log_file = folder.with_suffix(".log")
        self.passphrase_file = folder.with_suffix(".passphrase")  # where `init` puts it
        self.process = None
        words = [f"relay.listen=127.0.0.1:{port}", f"relay.public_addresses=127.0.0.1:{port}", f"relay.label={label}",
                 f"relay.country={label}", f"admin.listen=127.0.0.1:{admin_port}", *settings]
        run(RELAY, "init", folder, *[word for each in words for word in ("--set", each)])
        self.address = run(RELAY, "address", folder).stdout.strip()
        self.link_path = self.address.rsplit("path=", 1)[1]
        self.pin = re.search(r"pin=(\S+)", self.address)[1]

    def address_through(self, wire):
        """Its address line for somebody who shall reach it over this wire (wires.py)."""
        return self.address.replace(f":{self.port} ", f":{wire.port} ")

    def add_peer(self, address):
        with open(self.folder / "relay.toml", "a", encoding="utf-8") as config:
            config.write(f'\n[[peer]]\naddress = "{address}"\n')

    # ---- the process ----

    def start(self, *words, **options):
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen([str(RELAY), "run", str(self.folder), *map(str, words)], stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, **options)
        wait_for(self.is_ready, f"relay {self.label} to be ready; its log says:\n{self.log()}")

    def is_ready(self):
        if self.process.poll() is not None:
            raise AssertionError(f"relay {self.label} ended with {self.process.returncode}:\n{self.log()}")
        try:
            return self.admin("/healthz/ready").status == 200
        except OSError:
            return False

    def kill(self):
        """The power goes."""
        self.process.kill()
        self.process.wait(WAIT_SECONDS_MAX)
        self.process = None

    def stop(self):
        """Stops it in order; it has to end by itself, and well."""
        process, self.process = self.process, None
        process.send_signal(signal.SIGTERM)
        try:
            code = process.wait(WAIT_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(f"relay {self.label} does not stop:\n{self.log()}") from None
        if code != 0:
            raise AssertionError(f"relay {self.label} ended with {code}:\n{self.log()}")

    def log(self):
        return self.log_file.read_text(encoding="utf-8", errors="replace") if self.log_file.exists() else ""

    # ---- what it says ----

    def connect(self, seconds_max=WAIT_SECONDS_MAX, source="127.0.0.1"):
        """A TLS connection to its one port from this address, the key pin compared."""
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=seconds_max, source_address=(source, 0))
        stream = tls_context().wrap_socket(plain, server_hostname="localhost")
        expected = self.pin + "=" * (-len(self.pin) % 4)
        found = base64.urlsafe_b64encode(hashlib.sha256(public_key_der(stream.getpeercert(True))).digest()).decode()
        if found != expected:
            stream.close()
            raise AssertionError(f"relay {self.label} shows the key {found}, its address says {expected}")
        return stream

    def ask(self, method, path, body=None, headers=None, source="127.0.0.1"):
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        with self.connect(source=source) as connection.sock:
            connection.request(method, path, body=body, headers=headers or {})
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())

    def get(self, path, **headers):
        return self.ask("GET", path, headers=headers)

    def admin(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.admin_port, timeout=WAIT_SECONDS_MAX)
        with contextlib.closing(connection):
            connection.request("GET", path)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())

    def metric(self, name, **labels):
        """The sum of all series of `name` that have these labels."""
        total = 0.0
        for line in self.admin("/metrics").text.splitlines():
            series, _, value = line.rpartition(" ")
            if re.split(r"[{ ]", series)[0] != name:
                continue
            if all(f'{key}="{wanted}"' in series for key, wanted in labels.items()):
                total += float(value)
        return total

    def logs(self):
        """{log id: (size, root)} of everything it holds."""
        projects = self.get("/v1/projects").json["projects"]
        return {log["log"]: (log["size"], log["root"]) for project in projects for log in project["logs"]}

    def holds(self, log, size):
        return self.logs().get(log, (0, ""))[0] >= size


@functools.cache
def new_project(title):
    """The folder of a desk that nobody has used yet. Key files are slow to make by design: each project is made once a
    run, and every test works with a copy of its own."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="tamizdat-integration-project-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    passphrase = folder / "passphrase"
    passphrase.write_text("snow falls on both banks\n", encoding="utf-8")
    passphrase.chmod(0o600)
    run(CLI, "project", "create", "--title", title, "--language", "ru", "--region", "RU-SVE", "--passphrase-file",
        passphrase, "--home", folder / "home")
    return folder


class Desk:
    """One desk with its project, worked by the command line program."""

    def __init__(self, folder, relays, title):
        shutil.copytree(new_project(title), folder)
        self.folder, self.home = folder, folder / "home"
        self.project = self.call("project", "show")
        self.id = self.project["project"]
        self.log = self.project["desks"][0]["log"]
        for relay in relays:
            self.call("relay", "add", relay.address)

    def passphrase(self):
        return ("--passphrase-file", self.folder / "passphrase")

    def command(self, *words):
        return [CLI, *words, "--home", self.home, "--json"]

    def call(self, *words, expect=0):
        """Runs `tamizdat WORDS` with --json and returns the object that it prints."""
        done = run(*self.command(*words), expect=expect)
        return json.loads(done.stdout)

    def publish(self, text, *words, expect=0):
        article = self.folder / "article.md"
        article.write_text(text, encoding="utf-8")
        return self.call("publish", article, *self.passphrase(), *words, expect=expect)

    def import_feed(self, source, *words, expect=0):
        return self.call("import", source, *self.passphrase(), *words, expect=expect)


def fetch(relay, out, *words, expect=0):
    """A reader who knows nothing but the relay's address line."""
    done = run(CLI, "fetch", "--relay", relay.address, "--out", out, "--json", *words, expect=expect)
    return json.loads(done.stdout) if done.stdout else {}


def verify(place, *words, expect=0):
    return json.loads(run(CLI, "verify", place, "--json", *words, expect=expect).stdout)


def feed(items):
    """An RSS feed of (guid, title, text)."""
    out = ['<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel><title>Лента</title>'
           "<link>https://newsroom.example/</link><description>Тексты</description>"]
    out += [f'<item><guid isPermaLink="false">{guid}</guid><title>{title}</title>'
            f"<pubDate>Mon, 02 Mar 2026 10:00:00 GMT</pubDate><description>{text}</description></item>"
            for guid, title, text in items]
    return "".join(out) + "</channel></rss>\n"


class Case(unittest.TestCase):
    maxDiff = 4000

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tamizdat-integration-"))
        self.relays = []
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.addCleanup(self.stop_relays)

    def stop_relays(self):
        """Stops what runs; a relay that does not end well fails the test."""
        faults = []
        for relay in self.relays:
            try:
                if relay.process is not None:
                    relay.stop()
            except AssertionError as fault:
                faults.append(str(fault))
        if faults:
            self.fail("\n".join(faults))

    def make_relays(self, *labels, settings=()):
        """New relays without peers, not started yet."""
        ports = free_ports(2 * len(labels))
        made = [Relay(self.folder / label, label, ports.pop(), ports.pop(), settings) for label in labels]
        self.relays += made
        return made

    def chain(self, *labels):
        """Started relays of which each knows its neighbours only."""
        relays = self.make_relays(*labels)
        for left, right in zip(relays, relays[1:]):
            left.add_peer(right.address)
            right.add_peer(left.address)
        for relay in relays:
            relay.start()
        return relays

    def desk(self, relays, title="Уральские заметки"):
        return Desk(self.folder / f"desk of {title}", relays, title)

    def copy_of(self, desk):
        """Another home of the same desk, as it stands now."""
        copy = type(desk).__new__(type(desk))
        vars(copy).update(vars(desk))
        copy.folder = self.folder / "copy"
        shutil.copytree(desk.folder, copy.folder)
        copy.home = copy.folder / "home"
        return copy

    def wait_for_same(self, relays, log, size, seconds_max=WAIT_SECONDS_MAX):
        """Until all hold `size` entries of the log; then their roots are one."""
        for relay in relays:
            wait_for(lambda: relay.holds(log, size), f"{size} entries on {relay.label}", seconds_max)
        states = {relay.label: relay.logs()[log] for relay in relays}
        self.assertEqual(1, len(set(states.values())), states)
