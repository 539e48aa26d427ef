"""A line between two relays: a TCP proxy on loopback with a delay, a rate, and counters.

It delays octets, not packets, and answers connects itself: what it shows is the round trips of the protocols above TCP
and whether they keep a long line full. TLS passes through unopened."""

import asyncio
import threading
import time

READ_BYTES = 16 * 1024
# What a router on the way would hold.
BUFFER_BYTES = 1024 * 1024


class Direction:
    def __init__(self, delay, bytes_per_second):
        self.delay, self.bytes_per_second = delay, bytes_per_second
        self.octets = 0
        self.times = []  # (monotonic seconds, octets so far), as they are handed over

    async def pump(self, reader, writer):
        queue = asyncio.Queue()
        waiting, room = 0, asyncio.Event()
        room.set()

        async def deliver():
            nonlocal waiting
            while True:
                due, chunk = await queue.get()
                if due > time.monotonic():
                    await asyncio.sleep(due - time.monotonic())
                if not chunk:
                    writer.close()
                    return
                writer.write(chunk)
                await writer.drain()
                self.octets += len(chunk)
                self.times.append((time.monotonic(), self.octets))
                waiting -= len(chunk)
                room.set()

        delivery = asyncio.create_task(deliver())
        capacity = BUFFER_BYTES + int(self.delay * (self.bytes_per_second or 1e9))
        free_at = 0.0
        try:
            while chunk := await reader.read(READ_BYTES):
                free_at = max(free_at, time.monotonic())
                if self.bytes_per_second:
                    free_at += len(chunk) / self.bytes_per_second
                waiting += len(chunk)
                queue.put_nowait((free_at + self.delay, chunk))
                while waiting > capacity:
                    room.clear()
                    await room.wait()
        except ConnectionError:
            pass
        queue.put_nowait((free_at + self.delay, b""))
        try:
            await delivery
        except ConnectionError:
            pass


class Line:
    """`with Line(port, rtt=0.3, bits_per_second=50e6) as line:` listens on `line.port` and leads to `port`."""

    def __init__(self, target_port, rtt=0.0, bits_per_second=None):
        self.target_port = target_port
        rate = bits_per_second / 8 if bits_per_second else None
        self.up, self.down = Direction(rtt / 2, rate), Direction(rtt / 2, rate)  # to the target, from the target
        self.opened_at = None
        self.loop = asyncio.new_event_loop()

    async def _serve(self, reader, writer):
        self.opened_at = self.opened_at or time.monotonic()
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target_port)
        await asyncio.gather(self.up.pump(reader, far_writer), self.down.pump(far_reader, writer))

    def __enter__(self):
        asyncio.set_event_loop(self.loop)
        server = self.loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
