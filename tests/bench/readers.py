"""Readers by the thousand: a load of requests over TLS, connections that only stay open, and nginx as the peer that serves
the same octets with the same certificate."""

import contextlib
import os
import pathlib
import re
import resource
import shutil
import socket
import ssl
import subprocess
import time

import relays

SERVER_CORE, LOAD_CORE = "0", "1"
CONNECTIONS = 64


def require_programs():
    """nginx and wrk belong to no other part of the project, so no list of packages has them."""
    if missing := [name for name in ("nginx", "wrk", "taskset") if not shutil.which(name, path="/usr/sbin:/usr/bin:/bin")]:
        raise SystemExit(f"{', '.join(missing)} is missing: apt-get install --no-install-recommends nginx-light wrk util-linux")


def pin(pid):
    """All threads of a process onto the server's core."""
    subprocess.run(["taskset", "-a", "-c", "-p", SERVER_CORE, str(pid)], check=True, stdout=subprocess.DEVNULL)


def requests_per_second(url, seconds):
    done = subprocess.run(["taskset", "-c", LOAD_CORE, "wrk", "-t", "1", "-c", str(CONNECTIONS), "-d", f"{seconds}s", url],
                          capture_output=True, text=True, check=True)
    if "Non-2xx" in done.stdout or "Socket errors" in done.stdout:
        raise SystemExit(f"{url}: {done.stdout}")
    return float(re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)[1])


class Nginx:
    """One worker that serves `files` ({path: (media type, octets)}) with the relay's certificate."""

    def __init__(self, folder, relay, files):
        self.folder, self.port = pathlib.Path(folder).resolve(), relays.free_port()
        types = ""
        for path, (media_type, octets) in files.items():
            target = self.folder / "www" / path.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(octets)
            types += f"location = {path} {{ default_type '{media_type}'; }}\n"
        self.config = self.folder / "nginx.conf"
        self.config.write_text(f"""
            {"user root;" if os.getuid() == 0 else ""}
            daemon off; worker_processes 1; pid {self.folder}/pid; error_log {self.folder}/error.log;
            worker_rlimit_nofile 16384;
            events {{ worker_connections 8192; }}
            http {{
              access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000; types {{ }}
              client_body_temp_path {self.folder}/body; proxy_temp_path {self.folder}/proxy;
              fastcgi_temp_path {self.folder}/fastcgi; uwsgi_temp_path {self.folder}/uwsgi; scgi_temp_path {self.folder}/scgi;
              open_file_cache max=100;
              server {{
                listen 127.0.0.1:{self.port} ssl; root {self.folder}/www; ssl_protocols TLSv1.3;
                ssl_certificate {relay.folder.resolve()}/tls/certificate.pem; ssl_certificate_key {relay.folder.resolve()}/tls/key.pem;
                add_header Cache-Control "public, max-age=60"; add_header Content-Security-Policy "default-src 'none'";
                {types}
              }}
            }}""")

    def __enter__(self):
        self.process = subprocess.Popen(["taskset", "-c", SERVER_CORE, "/usr/sbin/nginx", "-c", self.config, "-p", self.folder],
                                        stderr=subprocess.DEVNULL)
        while True:
            if self.process.poll() is not None:
                raise SystemExit(f"nginx ended: {(self.folder / 'error.log').read_text()}")
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return self
            time.sleep(0.01)

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def memory_pids(self):
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [self.process.pid, *map(int, children)]


def resident_kib(pids):
    total = 0
    for pid in pids:
        total += int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1])
    return total


def idle_kib_per_connection(port, pids, count, path):
    """What the server's memory grows by for each connection that asked once and stays."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(count + 512, resource.getrlimit(resource.RLIMIT_NOFILE)[1]),
                                                resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    context = ssl._create_unverified_context()
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    before = resident_kib(pids)
    with contextlib.ExitStack() as stack:
        for _ in range(count):
            stream = stack.enter_context(context.wrap_socket(socket.create_connection(("127.0.0.1", port))))
            stream.sendall(request)
            head = b""
            while b"\r\n\r\n" not in head:
                head += stream.recv(65536)
            left = int(re.search(rb"(?i)content-length: (\d+)", head)[1]) - len(head.split(b"\r\n\r\n", 1)[1])
            while left > 0:
                left -= len(stream.recv(65536))
        return (resident_kib(pids) - before) / count
