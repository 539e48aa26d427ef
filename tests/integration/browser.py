"""A Chromium that the tests drive over its debugging pipe (Chrome DevTools Protocol): as a person would see the page, in
light or dark, on a phone, on paper, with the keyboard. What is evaluated here is not subject to the page's own policy.

    with Browser() as browser:
        page = browser.open("https://127.0.0.1:8443/", language="ru", scheme="dark")
        page.evaluate("document.title")

Needs the Debian package chromium.
"""

import base64
import contextlib
import fcntl
import json
import os
import pathlib
import select
import shutil
import subprocess
import tempfile
import time

WAIT_SECONDS_MAX = 60
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-default-apps",
         "--disable-extensions", "--hide-scrollbars", "--disable-dev-shm-usage", "--ignore-certificate-errors")


class Browser:
    def __init__(self):
        program = shutil.which("chromium")
        if program is None:
            raise AssertionError("chromium is missing: deploy/install-packages test")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tamizdat-browser-"))
        from_us, self.commands = os.pipe()
        self.answers, to_us = os.pipe()
        # The protocol is spoken on the file descriptors 3 and 4; ours are moved out of their way. dash knows one digit only.
        given = [fcntl.fcntl(each, fcntl.F_DUPFD, 10) for each in (from_us, to_us)]
        self.process = subprocess.Popen(
            ["bash", "-c", f'exec "$@" 3<&{given[0]} 4>&{given[1]}', "bash", program, *FLAGS, "--remote-debugging-pipe",
             f"--user-data-dir={self.folder}", "about:blank"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, pass_fds=given)
        for each in (from_us, to_us, *given):
            os.close(each)
        self.number, self.rest, self.events = 0, b"", []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError, AssertionError):
            self.call("Browser.close")
        try:
            self.process.wait(WAIT_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.commands)
        os.close(self.answers)
        shutil.rmtree(self.folder, ignore_errors=True)

    def call(self, method, session=None, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self.commands, json.dumps(message).encode() + b"\0")
        answer = self.wait_for(lambda each: each.get("id") == self.number, method)
        if "error" in answer:
            raise AssertionError(f"{method}: {answer['error']}")
        return answer["result"]

    def wait_for(self, wanted, what):
        """The next message that is wanted; events that come before it are kept."""
        end = time.monotonic() + WAIT_SECONDS_MAX
        while True:
            for position, event in enumerate(self.events):
                if wanted(event):
                    return self.events.pop(position)
            if not select.select([self.answers], [], [], max(0, end - time.monotonic()))[0]:
                raise AssertionError(f"chromium did not answer {what} within {WAIT_SECONDS_MAX} s")
            octets = os.read(self.answers, 1 << 20)
            if not octets:
                raise AssertionError(f"chromium ended before it answered {what}")
            *messages, self.rest = (self.rest + octets).split(b"\0")
            self.events += [json.loads(message) for message in messages]

    def open(self, url, language="ru", scheme="light", width=1280, height=900, script=True, media="screen"):
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = Page(self, session)
        page.call("Page.enable")
        page.call("Log.enable")
        page.call("Network.enable")
        page.call("Network.setExtraHTTPHeaders", headers={"Accept-Language": language})
        page.call("Emulation.setEmulatedMedia", media=media, features=[{"name": "prefers-color-scheme", "value": scheme}])
        page.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1,
                  mobile=width < 600)
        page.call("Emulation.setScriptExecutionDisabled", value=not script)
        page.call("Page.navigate", url=url)
        self.wait_for(lambda event: event.get("method") == "Page.loadEventFired" and event.get("sessionId") == session,
                      f"that {url} is loaded")
        return page


class Page:
    def __init__(self, browser, session):
        self.browser, self.session = browser, session

    def call(self, method, **parameters):
        return self.browser.call(method, session=self.session, **parameters)

    def evaluate(self, expression):
        """The value of the expression, a promise awaited."""
        done = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in done:
            raise AssertionError(f"{expression[:80]}: {done['exceptionDetails']}")
        return done["result"].get("value")

    def complaints(self):
        """What the browser logged about the page so far: violations of its policy, files that are not there."""
        return [event["params"]["entry"]["text"] for event in self.browser.events
                if event.get("method") == "Log.entryAdded" and event.get("sessionId") == self.session]

    def press(self, key):
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key,
                      windowsVirtualKeyCode={"Tab": 9, "Enter": 13}[key], text="\r" if key == "Enter" else "")

    def screenshot(self, path):
        """As .png or .webp, by the name."""
        kind = pathlib.Path(path).suffix[1:]
        shot = self.call("Page.captureScreenshot", format=kind, captureBeyondViewport=False)
        pathlib.Path(path).write_bytes(base64.b64decode(shot["data"]))
