"""Verification, and durable submits beside a bare group commit."""

import relays
from bench import say

WRITERS = 64


def verify(bench):
    say("verification")
    seconds = 0.1 if bench.arguments.quick else 0.5
    found = bench.call("bench_verify", seconds)
    command = f"bench_verify {seconds}"
    for run in (1, 16, 1024):
        # What the primitives of the same run allow: a signature check for each run, two hashes for each entry.
        bound = 1 / (1 / (run * found["ed25519"]) + 1 / found["entry_hashes"])
        bench.row(f"verify, runs of {run:,}", "near its primitives",
                 f"{found[f'run_{run}']:,.0f} entries/s = {found[f'run_{run}'] / bound:.0%} of Ed25519 + SHA-256",
                 command, f"Ed25519 {found['ed25519']:,.0f}/s and SHA-256 {found['sha256_mb']:,.0f} MB/s "
                 f"({found['entry_hashes']:,.0f} entries/s) give {bound:,.0f}; the rest parses and copies")


def submit(bench):
    entries = 100 if bench.arguments.quick else 500

    def measure():
        folder = bench.fresh("submit")
        relay = relays.Relay(bench.program("tamizdat-relay"), folder / "relay")
        relay.start()
        found = bench.call("bench_submit", relay.address, WRITERS, entries, 6000)
        found["cpu"] = relay.cpu_seconds()
        relay.stop()
        (folder / "scratch").mkdir()
        found.update(bench.call("bench_group_commit", relay.data, folder / "scratch", WRITERS))
        return found

    best = bench.rounds("submit", measure)
    bench.row("durable submits, 64 writers, 6 KB", ">= 0.7 of bare group commit",
             f"{best['rate']:,.0f} entries/s (median {best['median']:,.0f}) = "
             f"{best['rate'] / best['bare']:.2f} of it; p50 {best['p50_ms']:.1f} ms, p99 {best['p99_ms']:.1f} ms",
             f"bench_submit $(tamizdat-relay address DIR) {WRITERS} {entries} 6000; "
             f"bench_group_commit DIR/data SCRATCH {WRITERS}",
             f"bare, same groups {best['bare']:,.0f}, compressed as stored {best['bare_compressed']:,.0f}, groups of "
             f"{WRITERS} {best['bare_full_groups']:,.0f} entries/s; {best['entries'] / best['groups']:.0f} entries a "
             f"group; relay CPU {best['cpu'] / best['entries'] * 1e6:.0f} us an entry")
