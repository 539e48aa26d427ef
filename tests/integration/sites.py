"""A web site on loopback for the tests of the client."""

import contextlib
import http.server
import ssl
import threading


class Site:
    """A web server on loopback with prepared answers: path -> (status, headers, body). Keeps what it was asked."""

    def __init__(self, pages, certificate=None):
        site = self
        self.asked = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                site.asked.append((self.path, dict(self.headers)))
                status, headers, body = pages.get(self.path, (404, {}, b""))
                if headers.get("Last-Modified") and self.headers.get("If-Modified-Since") == headers["Last-Modified"]:
                    status, body = 304, b""
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                with contextlib.suppress(OSError):
                    self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.scheme = "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate / "tls/certificate.pem", certificate / "tls/key.pem")
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
            self.scheme = "https"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def url(self, path):
        return f"{self.scheme}://127.0.0.1:{self.server.server_port}{path}"

    def close(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
