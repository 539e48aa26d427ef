"""Transcripts in Markdown, run as a reader would type them. A fence says what it is:

    ```file snow.md        the file that the text tells the reader to write
    ```console             commands behind "$ ", each with what it prints; one that ends with a backslash goes on below

In what is printed, "..." stands for any text, over several lines where it is a line of its own. In a command, a shortened
id ("tzentry1...") stands for the newest one of its kind that was printed before, and a shortened key ("5f3a...") for the newest 64
hexadecimal digits, the passphrases that a command would ask
for are given by files, "tamizdat-relay:v1 ..." is the address line of a relay of the test, each time of the next one, "https://newsroom.example"
is a site of the test, and a relay that the transcript makes listens on ports that are free. A command with " &" behind it runs
until the end of the transcripts.
"""

import re
import signal
import socket
import subprocess

from relays import CLI, COMMAND_SECONDS_MAX, RELAY, WAIT_SECONDS_MAX, free_ports, wait_for

FENCE = re.compile(r"^```(console|file (\S+))\n(.*?)^```$", re.DOTALL | re.MULTILINE)
ID = re.compile(r"\b(tz[a-z]+1)[a-z0-9]{50,}")
KEY = re.compile(r"\b[0-9a-f]{64}\b")
ASKS_FOR_PASSPHRASES = {("project", "create"): ("--passphrase-file", "--root-passphrase-file"),
                        ("project", "sign"): ("--passphrase-file",), ("project", "freeze"): ("--passphrase-file",),
                        ("desk", "new"): ("--passphrase-file",),
                        ("publish",): ("--passphrase-file",), ("correct",): ("--passphrase-file",), ("import",): ("--passphrase-file",),
                        ("embargo", "release"): ("--passphrase-file",), ("retract",): ("--passphrase-file", "--cosign-passphrase-file"),
                        ("sealing-key", "new"): ("--passphrase-file",), ("send", "--to"): ("--passphrase-file",),
                        ("inbox",): ("--passphrase-file",),
                        ("sealing-key", "export"): ("--passphrase-file", "--file-passphrase-file"),
                        ("sealing-key", "import"): ("--passphrase-file", "--file-passphrase-file")}


def pattern_of(expected):
    """A regular expression for what a transcript shows."""
    out = []
    for line in expected.splitlines():
        if line == "...":
            out.append(r"(?:.*\n)*?")
        else:
            parts = re.sub(r"\b[0-9a-f]{4}\.\.\.", "...", line).split("...")
            out.append(".*".join(re.escape(part) for part in parts) + r" *\n")
    return re.compile("".join(out))


class Transcripts:
    def __init__(self, folder, *addresses, site=""):
        self.addresses, self.site, self.commands = addresses, site, 0
        self.first, self.newest = {}, {}  # "tzentry1": the ids of that kind that were printed
        programs = folder / "bin"
        programs.mkdir(parents=True)
        for program in (CLI, RELAY):
            (programs / program.name).symlink_to(program)
        self.passphrase = folder / "passphrase"
        self.passphrase.write_text("snow falls on both banks\n", encoding="utf-8")
        self.passphrase.chmod(0o600)
        self.ports = free_ports(2)
        self.behind = []
        self.work = folder / "work"
        self.work.mkdir()
        self.environment = {"PATH": f"{programs}:/usr/bin:/bin", "HOME": str(folder), "LANG": "C.UTF-8"}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.behind:
            process.send_signal(signal.SIGTERM)
            if process.wait(WAIT_SECONDS_MAX) != 0:
                raise AssertionError(f"{process.args} ended with {process.returncode}")

    def run(self, text):
        """Everything in the order of the text. Raises AssertionError at the first thing that is otherwise."""
        for kind, name, content in FENCE.findall(text):
            if name:
                (self.work / name).write_text(content, encoding="utf-8")
                continue
            for part in re.split(r"^\$ ", content, flags=re.MULTILINE)[1:]:
                command, _, expected = part.replace("\\\n", "").partition("\n")
                self.run_command(command, expected)

    def run_command(self, command, expected):
        self.commands += 1
        if command.endswith(" &"):
            self.behind.append(subprocess.Popen(["bash", "-c", "exec " + command.removesuffix(" &")], cwd=self.work,
                                                env=self.environment, stdin=subprocess.DEVNULL,
                                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
            wait_for(self.relay_answers, command)
            return
        done = subprocess.run(["bash", "-c", self.completed(command)], cwd=self.work, env=self.environment, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=COMMAND_SECONDS_MAX)
        for found in ID.finditer(done.stdout):
            self.first.setdefault(found[1], found[0])
            self.newest[found[1]] = found[0]
        for found in KEY.finditer(done.stdout):
            self.newest["key"] = found[0]
        printed = done.stdout if done.stdout.endswith("\n") or not done.stdout else done.stdout + "\n"
        if not pattern_of(expected).fullmatch(printed):
            raise AssertionError(f"$ {command}\nthe transcript has\n{expected}\nbut it printed (exit code "
                                 f"{done.returncode})\n{printed}")

    def relay_answers(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.ports[0])) == 0

    def completed(self, command):
        def whole_id(match):
            if match[1] not in self.newest:
                raise AssertionError(f"$ {command}\nno id {match[1]}... was printed before")
            return self.newest[match[1]]

        for address in self.addresses:
            command = command.replace('"tamizdat-relay:v1 ..."', f'"{address}"', 1)
        command = command.replace("https://newsroom.example", self.site)
        command = re.sub(r"\b(tz[a-z]+1)[a-z0-9]*\.\.\.", whole_id, command)
        command = re.sub(r"\b[0-9a-f]{4}\.\.\.", lambda _: self.newest["key"], command)
        words = command.split()
        if words[:2] == ["tamizdat-relay", "init"]:
            command += f" --set relay.listen=127.0.0.1:{self.ports[0]} --set admin.listen=127.0.0.1:{self.ports[1]}"
        for verb, options in ASKS_FOR_PASSPHRASES.items():
            if words[0] == "tamizdat" and tuple(words[1:1 + len(verb)]) == verb:
                command += "".join(f" {option} {self.passphrase}" for option in options)
        return command
