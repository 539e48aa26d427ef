"""A newsroom's site on loopback: one feed with many articles, each with a photograph of its own."""

import http.server
import pathlib
import subprocess
import threading
import time

PHOTOGRAPH = pathlib.Path(__file__).resolve().parents[2] / "deploy/handbook/yard.jpg"


def photographs(count):
    """JPEGs whose pixels differ: each has its own finest coefficients in the first quantisation table (ITU-T T.81, B.2.4.1)."""
    octets = bytearray(PHOTOGRAPH.read_bytes())
    table = octets.index(b"\xff\xdb") + 5
    out = []
    for number in range(count):
        octets[table + 62], octets[table + 63] = 1 + number % 250, 1 + number // 250
        out.append(bytes(octets))
    return out


def seconds_to_encode(tool, count=5):
    """Of one photograph by `tamizdat-image`, the mean."""
    started = time.monotonic()
    for _ in range(count):
        with PHOTOGRAPH.open("rb") as picture:
            subprocess.run([tool], stdin=picture, stdout=subprocess.DEVNULL, check=True)
    return (time.monotonic() - started) / count


class Site:
    """`with Site(count, text_bytes) as site:` serves `site.feed`."""

    def __init__(self, count, text_bytes):
        site, pictures = self, photographs(count)
        self.picture_octets = sum(map(len, pictures))
        text = ("Снег тает. " * (text_bytes // 20 + 1)).encode()[:text_bytes // 2 * 2].decode(errors="ignore")

        def item(number):
            return (f"<item><guid isPermaLink=\"false\">{number}</guid><title>Article {number}</title>"
                    f"<pubDate>Mon, 02 Mar 2026 10:00:00 GMT</pubDate><description>&lt;p&gt;{number} {text}&lt;/p&gt;&lt;img "
                    f"src='/{number}.jpg' alt='A yard'&gt;</description></item>")

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                body = site.document if self.path == "/feed" else pictures[int(self.path[1:].removesuffix(".jpg"))]
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        address = f"http://127.0.0.1:{self.server.server_port}"
        self.feed = f"{address}/feed"
        self.document = ('<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>Bench</title>'
                         f"<link>{address}/</link><description>x</description>{''.join(map(item, range(count)))}"
                         "</channel></rss>").encode()

    def __enter__(self):
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
