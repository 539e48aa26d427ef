"""Real relays on loopback, for benchmarks."""

import http.client
import os
import pathlib
import re
import signal
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Relay:
    def __init__(self, program, folder):
        self.program, self.folder = str(program), pathlib.Path(folder)
        self.port, self.admin_port = free_port(), free_port()
        self.process = self.connection = None
        address = f"127.0.0.1:{self.port}"
        self._call("init", self.folder, "--set", f"relay.listen={address}", "--set", f"relay.public_addresses={address}",
                   "--set", "relay.country=GE", "--set", f"admin.listen=127.0.0.1:{self.admin_port}",
                   "--set", "log.level=warning")
        self.address = self._call("address", self.folder).strip()

    def _call(self, *arguments):
        done = subprocess.run([self.program, *map(str, arguments)], capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"tamizdat-relay {arguments[0]}: {done.stderr}")
        return done.stdout

    @property
    def data(self):
        return self.folder / "data"

    def address_at(self, port):
        """The address line with another port, where a line to this relay begins, or nobody answers."""
        return re.sub(r" 127\.0\.0\.1:\d+ ", f" 127.0.0.1:{port} ", self.address)

    def add_peer(self, address):
        with open(self.folder / "relay.toml", "a") as config:
            config.write(f'\n[[peer]]\naddress = "{address}"\n')

    def start(self):
        log = open(self.folder / "log", "a")
        self.process = subprocess.Popen([self.program, "run", str(self.folder)], stderr=log)
        while True:
            if self.process.poll() is not None:
                raise SystemExit(f"the relay ended: {(self.folder / 'log').read_text()}")
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                    return
            except OSError:
                time.sleep(0.005)

    def wait_until_ready(self):
        """Until the reader's pages of what it holds are made, which keeps a relay busy after its start."""
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.admin_port}/healthz/ready"):
                    return
            except urllib.error.URLError:  # not ready, or not even listening
                time.sleep(0.05)

    def stop(self):
        if self.connection:
            self.connection.close()
            self.connection = None
        if self.process:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait()

    def get(self, path):
        if self.connection is None:
            context = ssl._create_unverified_context()
            self.connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=context, timeout=60)
        self.connection.request("GET", path)
        response = self.connection.getresponse()
        return response, response.read()

    def held(self, log):
        """Entries held of the log, and its head."""
        response, head = self.get(f"/v1/logs/{log}/head")
        return (int(response.getheader("Tamizdat-Held")), head) if response.status == 200 else (0, b"")

    def metric(self, name):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.admin_port}/metrics") as answer:
            found = re.search(rf"^{name}(?:{{.*}})? (\S+)$", answer.read().decode(), re.MULTILINE)
        return float(found[1]) if found else 0.0

    def memory(self):
        """Resident memory in MiB, now and at its highest."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return tuple(int(re.search(rf"{name}:\s+(\d+)", status)[1]) // 1024 for name in ("VmRSS", "VmHWM"))

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
