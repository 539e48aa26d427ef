"""What every part of the benchmark works with: the build, a folder, rounds, and the table."""

import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def say(text):
    print(text, file=sys.stderr, flush=True)


class Bench:
    def __init__(self, arguments):
        self.arguments = arguments
        self.data = arguments.build / "bench-data"
        self.rows = []

    def program(self, name):
        folders = {"tamizdat-relay": "relay/daemon", "tamizdat": "client-lib/cli"}
        return self.arguments.build / folders.get(name, "tests/bench") / name

    def build(self):
        say("building")
        targets = ["tamizdat-relay", "tamizdat", "tamizdat-image", "bench_verify", "bench_fill", "bench_attach", "bench_submit",
                   "bench_group_commit"]
        subprocess.run(["cmake", "-S", ROOT, "-B", self.arguments.build, "-G", "Ninja", "-DTAMIZDAT_BENCH=ON",
                        "-DTAMIZDAT_TESTS=OFF"], check=True, stdout=subprocess.DEVNULL)
        subprocess.run(["ninja", "-C", self.arguments.build, *targets], check=True, stdout=sys.stderr)

    def call(self, name, *arguments):
        done = subprocess.run([self.program(name), *map(str, arguments)], stdout=subprocess.PIPE, check=True)
        return json.loads(done.stdout)

    def fresh(self, name):
        shutil.rmtree(self.data / name, ignore_errors=True)
        (self.data / name).mkdir(parents=True)
        return self.data / name

    def row(self, figure, goal, measured, command, bound):
        self.rows.append((figure, goal, measured, command, bound))
        say(f"  {figure}: {measured} (goal: {goal})")

    def rounds(self, what, measure):
        """The best result by `rate`, and the median of the rates."""
        results = []
        for number in range(self.arguments.rounds):
            say(f"{what}, round {number + 1} of {self.arguments.rounds}")
            results.append(measure())
        best = max(results, key=lambda result: result["rate"])
        best["median"] = statistics.median(result["rate"] for result in results)
        return best

    def print_table(self):
        head = ("figure", "goal", "measured", "command", "what bounds it")
        print("\n| " + " | ".join(head) + " |\n" + "|---" * len(head) + "|")
        for row in self.rows:
            print("| " + " | ".join(row) + " |")
        print(f"\n{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f} at the end; best of {self.arguments.rounds}.")
