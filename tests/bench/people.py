"""What people notice: pages and feeds beside nginx, idle connections, and the import of a newsroom's feed."""

import json
import re
import subprocess
import time

import newsroom
import readers as load
import relays
from bench import say
from links import fill


def readers(bench):
    load.require_programs()
    entries, seconds, idle = 12, 2 if bench.arguments.quick else 5, 2000
    relay, filled = fill(bench, "readers", entries)
    relay.start()
    try:
        relay.wait_until_ready()
        load.pin(relay.process.pid)
        feed = "/feed.atom"
        article = "/a/" + re.search(r"/a/(tzentry1[a-z0-9]+)", relay.get(feed)[1].decode())[1]
        # The host asked stands in a feed: the peer serves what wrk would get.
        files = {path: (response.getheader("Content-Type"), octets)
                 for path in (feed, article) for response, octets in [relay.get(path)]}
        with load.Nginx(bench.data / "readers/nginx", relay, files) as nginx:
            command = "tests/bench/run --only readers"
            for what, path in (("articles", article), ("feeds", feed)):
                def measure():
                    peer = load.requests_per_second(f"https://127.0.0.1:{nginx.port}{path}", seconds)
                    own = load.requests_per_second(f"https://127.0.0.1:{relay.port}{path}", seconds)
                    return {"rate": own / peer, "own": own, "peer": peer}

                best = bench.rounds(f"readers, {what}", measure)
                bench.row(f"{what} of {len(files[path][1]) / 1000:.1f} KB over TLS, one core", ">= 0.8 of nginx",
                         f"{best['own']:,.0f}/s = {best['rate']:.2f} of it (median {best['median']:.2f})", command,
                         f"nginx, same octets, core and run: {best['peer']:,.0f}/s")
            say(f"{idle:,} idle connections")
            peer = load.idle_kib_per_connection(nginx.port, nginx.memory_pids(), idle, article)
            own = load.idle_kib_per_connection(relay.port, [relay.process.pid], idle, article)
            bench.row(f"memory of {idle:,} idle TLS connections", "none set", f"{own:.1f} KiB each, {relay.memory()[1]} "
                     "MiB in all at most", command, f"nginx {peer:.1f} KiB each; OpenSSL's own share is in both")
    finally:
        relay.stop()


def import_pictures(bench):
    count = 100 if bench.arguments.quick else 1000
    folder = bench.fresh("import")
    relay = relays.Relay(bench.program("tamizdat-relay"), folder / "relay")
    relay.start()
    passphrase = folder / "passphrase"
    passphrase.write_text("snow falls on both banks\n")
    passphrase.chmod(0o600)

    def tamizdat(*words):
        done = subprocess.run([bench.program("tamizdat"), *words, "--home", folder / "home", "--json"], check=True,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        return json.loads(done.stdout)

    try:
        tamizdat("project", "create", "--title", "Bench", "--language", "ru", "--passphrase-file", passphrase)
        tamizdat("relay", "add", relay.address)
        with newsroom.Site(count, 2400) as site:
            say(f"import of {count:,} articles with pictures")
            started = time.monotonic()
            report = tamizdat("import", site.feed, "--passphrase-file", passphrase)
            seconds = time.monotonic() - started
            started = time.monotonic()
            again = tamizdat("import", site.feed, "--passphrase-file", passphrase)
            seconds_again = time.monotonic() - started
        if report["articles"] != count or report["notes"] or again["unchanged"] != count:
            raise SystemExit(f"not everything was imported: {report['articles']}, {report['notes'][:3]}")
        attached = sum(entry["attachments"] for entry in report["published"]["entries"])
        tool = newsroom.seconds_to_encode(bench.arguments.build / "client-lib/image/tamizdat-image")
        bench.row(f"import of {count:,} articles with a picture of {site.picture_octets // count // 1000} KB each", "none set",
                  f"{seconds:.0f} s = {seconds / count * 1000:.0f} ms an article; again, nothing new: {seconds_again:.1f} s",
                  "tests/bench/run --only import-pictures",
                  f"tamizdat-image alone: {tool * 1000:.0f} ms a picture of 1600 x 1000, in {attached // count} attachment of "
                  "three sizes; fetched, encoded, kept durably and sent to one relay")
    finally:
        relay.stop()
