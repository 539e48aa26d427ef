"""What crosses a link: entries and attachments, on loopback and on a long line."""

import os
import shutil
import time

import line
import relays
from bench import say

# Nobody answers there: the relay that is filled must not open a second link.
NOBODY_PORT = 9


def fill(bench, name, entries):
    """A relay that holds `entries` and does not run yet."""
    relay = relays.Relay(bench.program("tamizdat-relay"), bench.fresh(name) / "relay")
    return relay, bench.call("bench_fill", relay.data, entries, 2400)


def empty_peer(bench, full, folder, port):
    """An empty relay that finds `full` at `port`. Both name each other; only the empty one can dial."""
    empty = relays.Relay(bench.program("tamizdat-relay"), folder)
    empty.add_peer(full.address_at(port))
    full.add_peer(empty.address_at(NOBODY_PORT))
    return empty


def pull(bench, full, empty, filled):
    """Starts the empty relay and waits until it holds everything."""
    full.wait_until_ready()
    full_before = full.cpu_seconds()
    started = time.monotonic()
    empty.start()
    while empty.held(filled["log"])[0] < filled["entries"]:
        time.sleep(0.02)
    seconds = time.monotonic() - started
    if empty.held(filled["log"]) != full.held(filled["log"]):
        raise SystemExit("the two relays do not hold the same")
    return {"rate": filled["entries"] / seconds, "seconds": seconds, "full_memory": full.memory(),
            "empty_memory": empty.memory(), "full_cpu": full.cpu_seconds() - full_before,
            "empty_cpu": empty.cpu_seconds(), "octets": full.metric("tamizdat_link_sent_octets_total")}


def catch_up(bench):
    full, filled = fill(bench, "catch-up", bench.arguments.entries)
    number = 0

    def measure(port=full.port):
        nonlocal number
        number += 1
        empty = empty_peer(bench, full, bench.data / "catch-up" / f"empty-{number}", port)
        full.start()
        try:
            return pull(bench, full, empty, filled)
        finally:
            empty.stop()
            full.stop()
            shutil.rmtree(empty.data)

    best = bench.rounds(f"catch-up of {filled['entries']:,}", measure)
    say("catch-up with counters")
    with line.Line(full.port) as wire:
        counted = measure(wire.port)
    command = f"tests/bench/run --only catch-up --entries {filled['entries']}"
    bench.row(f"catch-up of {filled['entries']:,} entries, mean {filled['entry_bytes']} B, TLS", ">= 30,000/s",
             f"{best['rate']:,.0f} entries/s (median {best['median']:,.0f}), {best['seconds']:.2f} s with the start of "
             "the process", command,
             f"CPU: sender {best['full_cpu']:.2f} s, receiver {best['empty_cpu']:.2f} s on {os.cpu_count()} cores; the "
             f"store alone takes {filled['store_rate']:,.0f} entries/s")
    bench.row("its control octets", "<= 26 KB with heads",
             f"{wire.up.octets / 1000:,.1f} KB to the sender, TLS and handshakes in them; "
             f"{(wire.down.octets - counted['octets']) / 1000:,.1f} KB around {counted['octets'] / 1e6:,.1f} MB of "
             "bundles back", command, "a credit message for each bundle of 1 MiB; back: 22 octets of TLS a 16 KiB record")
    bench.row("memory, sender and receiver", "< 200 MiB for 1M entries",
             f"{best['full_memory'][1]} and {best['empty_memory'][1]} MiB at most", command,
             "the index is mapped; up to a window of 8 MiB of bundles is under way")


def long_line(bench):
    entries = bench.arguments.entries // (1 if bench.arguments.quick else 2)
    full, filled = fill(bench, "line", entries)

    def measure(rtt, bits_per_second):
        with line.Line(full.port, rtt, bits_per_second) as wire:
            empty = empty_peer(bench, full, bench.data / "line" / f"empty-{bits_per_second}", wire.port)
            full.start()
            try:
                return pull(bench, full, empty, filled), wire
            finally:
                empty.stop()
                full.stop()

    rtt, rate = 0.3, 50e6
    say("a line of 300 ms and 50 Mbit/s")
    pulled, wire = measure(rtt, rate)
    first = next(at for at, octets in wire.down.times if octets > 64 * 1024)
    trips = (first - wire.opened_at) / rtt + 1
    command = f"tests/bench/run --only line --entries {bench.arguments.entries}"
    share = wire.down.octets * 8 / rate / (pulled["seconds"] + rtt)
    bench.row(f"{entries:,} entries at 300 ms RTT, 50 Mbit/s", ">= 80 % of the line",
             f"{share:.0%} of the line, {pulled['rate']:,.0f} entries/s", command,
             f"the line; {pulled['seconds']:.1f} s from the start of the process")
    bench.row("round trips before the first bundle", "first body after 1 round trip of the link",
             f"{trips:.1f}, TCP 1, TLS 1 and Upgrade 1 among them", command,
             "digest and frontier, charters, subscription: one after the other for a new relay")


def pull_attachments(bench, what, count, size, rtt=0.0, bits_per_second=None):
    """An empty relay pulls all that a full one has, measured from the first block on: the best round."""
    full = relays.Relay(bench.program("tamizdat-relay"), bench.fresh("attachments") / "relay")
    filled = bench.call("bench_attach", full.data, count, size)
    number = 0

    def measure():
        nonlocal number
        number += 1
        with line.Line(full.port, rtt, bits_per_second) as wire:
            empty = empty_peer(bench, full, bench.data / "attachments" / f"empty-{number}",
                                    wire.port if bits_per_second else full.port)
            full.start()
            try:
                full.wait_until_ready()
                full_before = full.cpu_seconds()
                started = time.monotonic()
                empty.start()
                while empty.metric("tamizdat_link_received_blocks_total") == 0:
                    time.sleep(0.01)
                began = time.monotonic()
                while (empty.metric("tamizdat_link_received_blocks_total") < filled["blocks"]
                       or empty.metric("tamizdat_attachments_missing") > 0):
                    time.sleep(0.01)
                seconds = time.monotonic() - began
                return filled | {"seconds": seconds, "rate": count * size / 1e6 / seconds, "line": wire.down.octets,
                                 "before": began - started,
                                 "full_cpu": full.cpu_seconds() - full_before, "empty_cpu": empty.cpu_seconds(),
                                 "memory": max(full.memory()[1], empty.memory()[1])}
            finally:
                empty.stop()
                full.stop()
                shutil.rmtree(empty.data)

    return bench.rounds(what, measure)


def attachments(bench):
    scale = 10 if bench.arguments.quick else 1
    command = "tests/bench/run --only attachments"
    for what, count, size in ((f"one attachment of {400 // scale} MB", 1, 400_000_000 // scale),
                              (f"{2000 // scale:,} pictures of 60 KB", 2000 // scale, 60_000)):
        best = pull_attachments(bench, what, count, size)
        bench.row(f"{what} over a link, TLS", "none set",
                 f"{best['rate']:,.0f} MB/s (median {best['median']:,.0f}), {count / best['seconds']:,.1f} a second, "
                 "verified and durable", command,
                 f"CPU: sender {best['full_cpu']:.2f} s, receiver {best['empty_cpu']:.2f} s on {os.cpu_count()} cores; the "
                 f"files alone take {best['store_mb']:,.0f} MB/s; {best['memory']} MiB resident at most")
    rtt, rate, size = 0.3, 50e6, 40_000_000
    best = pull_attachments(bench, "attachment on a line of 300 ms and 50 Mbit/s", 1, size, rtt, rate)
    bench.row("one of 40 MB at 300 ms RTT, 50 Mbit/s", "none set",
             f"{best['line'] * 8 / rate / best['seconds']:.0%} of the line", command,
             f"the line; {best['before']:.1f} s pass before the first block: start, dialling, and a round trip each for "
             "TCP, TLS, Upgrade, frontier, charters, bundle and leaf hashes")
