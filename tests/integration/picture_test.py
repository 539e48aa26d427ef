"""tamizdat-image as a process: what survives of a picture, what it may do, and what hostile files make of it."""

import contextlib
import json
import os
import pathlib
import random
import resource
import signal
import struct
import subprocess
import tempfile
import unittest
import zlib

from relays import BUILD, DATA, wait_for

TOOL = BUILD / "client-lib/image/tamizdat-image"
PROBE = BUILD / "tests/integration/sandbox_probe"
PICTURES = DATA / "pictures"

# One of each type, with all that a camera and an editor write.
TELLING = ["photo.jpg", "progressive.jpg", "cmyk.jpg", "drawing.png", "photo.webp", "film.webp", "drawing.gif", "film.gif",
           "photo.heic", "photo.tiff"]
SECRET = b"TZSECRET"

BROKEN, TOO_LARGE, TYPE_UNKNOWN, TIMEOUT = 65, 66, 67, 68
REFUSED = {BROKEN, TOO_LARGE, TYPE_UNKNOWN}
MEMORY_KB_MAX = 1536 << 10


class Run:
    """One run of the tool: its pictures, smallest first, as (media type, width, height, octets)."""

    def __init__(self, octets):
        with tempfile.TemporaryFile() as picture, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as talk:
            picture.write(octets)
            picture.seek(0)
            process = subprocess.Popen([TOOL], stdin=picture, stdout=out, stderr=talk)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = self.exit_code = os.waitstatus_to_exitcode(status)
            self.memory_kb = usage.ru_maxrss
            out.seek(0)
            talk.seek(0)
            self.complaint = talk.read().decode()
            self.pictures = list(self.parse(out.read())) if self.exit_code == 0 else []

    @staticmethod
    def parse(output):
        while True:
            line, _, output = output.partition(b"\n")
            if line == b"end":
                assert not output, "something behind the end"
                return
            media_type, width, height, octets = line.split()
            yield media_type.decode(), int(width), int(height), output[:int(octets)]
            output = output[int(octets):]


def tags_of(octets, suffix):
    """What exiftool finds: {"group:tag": value}, without what it says of the file itself."""
    with tempfile.NamedTemporaryFile(suffix=suffix) as file:
        file.write(octets)
        file.flush()
        found = subprocess.run(["exiftool", "-json", "-G1", "-a", "-u", "-ee", file.name], capture_output=True, check=True)
    tags = json.loads(found.stdout)[0]
    return {name: value for name, value in tags.items() if name.split(":")[0] not in ("SourceFile", "ExifTool", "System")}


# All that a bare picture says of itself.
BARE_TAGS = {
    "File": {"FileType", "FileTypeExtension", "MIMEType", "ImageWidth", "ImageHeight", "EncodingProcess", "BitsPerSample",
             "ColorComponents", "YCbCrSubSampling"},
    "Composite": {"ImageSize", "Megapixels"},
    "PNG": {"ImageWidth", "ImageHeight", "BitDepth", "ColorType", "Compression", "Filter", "Interlace", "Palette",
            "Transparency"},
    "PNG-pHYs": {"PixelsPerUnitX", "PixelsPerUnitY", "PixelUnits"},
    "GIF": {"GIFVersion", "ImageWidth", "ImageHeight", "HasColorMap", "ColorResolutionDepth", "BitsPerPixel", "BackgroundColor",
            "AnimationIterations", "FrameCount", "Duration", "TransparentColor", "PixelAspectRatio"},
    "RIFF": {"WebP_Flags", "WebPFlags", "ImageWidth", "ImageHeight", "BackgroundColor", "AnimationLoopCount", "FrameCount",
             "Duration"},
}


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, *chunks, depth=8, colour=0):
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(chunks) + chunk(b"IEND", b"")


def status_of(process):
    lines = pathlib.Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return dict(line.split(":\t", 1) for line in lines if ":\t" in line)


@contextlib.contextmanager
def waiting_tool(*inherited):
    """The tool in its sandbox, while it waits for its picture."""
    process = subprocess.Popen([TOOL], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               pass_fds=[each.fileno() for each in inherited], env={"TZSECRET": "1"})
    try:
        wait_for(lambda: status_of(process).get("Seccomp", "").strip() == "2", "the seccomp filter while standard input is open")
        yield process
    finally:
        process.kill()
        process.communicate()


class SurvivalTest(unittest.TestCase):
    def test_the_planted_secrets_are_there(self):
        for name in TELLING:
            octets = (PICTURES / name).read_bytes()
            self.assertIn(SECRET, octets, name)
            if not name.endswith(".gif"):
                self.assertTrue(any("GPSLatitude" in tag for tag in tags_of(octets, pathlib.Path(name).suffix)), name)
        self.assertIn("IFD1:ThumbnailImage", tags_of((PICTURES / "photo.jpg").read_bytes(), ".jpg"))

    def test_nothing_but_pixels_survives(self):
        for name in TELLING:
            run = Run((PICTURES / name).read_bytes())
            self.assertEqual(run.exit_code, 0, f"{name}: {run.complaint}")
            for media_type, width, height, octets in run.pictures:
                self.assertNotIn(SECRET, octets, name)
                self.assertNotIn(SECRET.decode().encode("utf-16-le"), octets, name)
                for tag, value in tags_of(octets, "." + media_type.split("/")[1]).items():
                    group, _, tag_name = tag.partition(":")
                    self.assertIn(tag_name, BARE_TAGS.get(group, ()), f"{name} as {media_type}: {tag} = {value}")

    def test_every_type_gives_what_every_browser_shows(self):
        for name, media_type in [("photo.jpg", "image/jpeg"), ("photo.heic", "image/jpeg"), ("photo.tiff", "image/jpeg"),
                                 ("photo.webp", "image/jpeg"), ("drawing.png", "image/png"), ("drawing.gif", "image/png"),
                                 ("glass.webp", "image/png"), ("film.gif", "image/gif"), ("film.webp", "image/webp")]:
            run = Run((PICTURES / name).read_bytes())
            self.assertEqual({each[0] for each in run.pictures}, {media_type}, name)
            widths = [each[1] for each in run.pictures]
            self.assertEqual(widths, [320] if name.startswith("film") else [480, 640], name)


class SandboxTest(unittest.TestCase):
    def attempt(self, name):
        with tempfile.TemporaryFile() as out:
            return subprocess.run([PROBE, name], stdin=subprocess.DEVNULL, stdout=out, timeout=30).returncode

    def test_it_can_do_its_work(self):
        for name in ["write", "thread", "memory"]:
            self.assertEqual(self.attempt(name), 0, name)

    def test_it_cannot_touch_files(self):
        for name in ["read-file", "write-file", "stat-file", "much-memory"]:
            self.assertEqual(self.attempt(name), 1, name)

    def test_it_dies_of_anything_else(self):
        for name in ["delete-file", "open-by-handle", "duplicate", "socket", "local-socket", "program", "process",
                     "new-namespace", "trace", "signal-to-another", "read-another", "code", "data-to-code", "own-limits",
                     "be-traced-again", "io-uring", "terminal"]:
            self.assertEqual(self.attempt(name), -signal.SIGSYS, name)

    def test_the_program_itself_is_in_it_before_it_reads(self):
        with tempfile.TemporaryFile() as inherited, waiting_tool(inherited) as process:
            folder = pathlib.Path(f"/proc/{process.pid}")
            self.assertEqual(status_of(process)["NoNewPrivs"].strip(), "1")
            limits = (folder / "limits").read_text()
            self.assertRegex(limits, r"Max open files +0 +0 ")
            self.assertRegex(limits, r"Max core file size +0 +0 ")
            self.assertRegex(limits, r"Max address space +1610612736 +1610612736 ")
            self.assertRegex(limits, r"Max cpu time +60 +65 ")
            if os.getuid() == 0:  # nobody else may look
                self.assertEqual(sorted(os.listdir(folder / "fd")), ["0", "1", "2"])
                self.assertNotIn(b"TZSECRET", (folder / "environ").read_bytes())


class HostileTest(unittest.TestCase):
    def assert_refused(self, octets, codes, what):
        run = Run(octets)
        self.assertIn(run.exit_code, codes, f"{what}: {run.complaint}")
        self.assertLess(run.memory_kb, MEMORY_KB_MAX, what)
        self.assertEqual(len(run.complaint.splitlines()), 1, f"{what}: {run.complaint}")
        return run

    def assert_defined(self, octets, what):
        run = Run(octets)
        self.assertIn(run.exit_code, REFUSED | {0, TIMEOUT}, f"{what}: {run.complaint}")
        self.assertLess(run.memory_kb, MEMORY_KB_MAX, what)
        if run.exit_code == 0:
            self.assertTrue(run.pictures, what)
        else:
            self.assertEqual(len(run.complaint.splitlines()), 1, f"{what}: {run.complaint}")

    def test_a_picture_that_is_cut_off_is_refused(self):
        for name in TELLING:
            octets = (PICTURES / name).read_bytes()
            for part in [0.1, 0.25, 0.4, 0.5]:
                self.assert_refused(octets[:int(len(octets) * part)], REFUSED, f"{name} cut at {part}")

    def test_a_picture_cut_anywhere_has_a_defined_end(self):
        chance = random.Random(1)
        for name in TELLING:
            octets = (PICTURES / name).read_bytes()
            for length in sorted({*range(0, 40, 7), *(chance.randrange(len(octets)) for _ in range(8)), len(octets) - 1}):
                self.assert_defined(octets[:length], f"{name} cut at {length}")

    def test_mutations_have_a_defined_end(self):
        count = int(os.environ.get("TAMIZDAT_MUTATIONS", 12))
        for name in TELLING:
            octets = (PICTURES / name).read_bytes()
            for seed in range(count):
                self.assert_defined(mutated(octets, random.Random(f"{name} {seed}")), f"{name} mutated with seed {seed}")

    def test_pictures_of_too_many_pixels_are_refused_by_their_header(self):
        jpeg = bytearray((PICTURES / "photo.jpg").read_bytes())
        frame = jpeg.rindex(b"\xff\xc0\x00\x11\x08")  # the first one is the thumbnail's
        jpeg[frame + 5:frame + 9] = b"\xff\xdc\xff\xdc"
        heic = (PICTURES / "photo.heic").read_bytes()
        size = heic.index(b"ispe") + 8
        heic = heic[:size] + struct.pack(">II", 30000, 30000) + heic[size + 8:]
        tiff = b"II*\0\x08\0\0\0" + struct.pack("<H", 9) + b"".join(
            struct.pack("<HHII", *entry) for entry in [
                (256, 4, 1, 60000), (257, 4, 1, 60000), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1), (273, 4, 1, 8),
                (277, 3, 1, 1), (278, 4, 1, 60000), (279, 4, 1, 1000)]) + struct.pack("<I", 0)
        webp_bits = struct.pack("<I", 16382 | 16382 << 14)
        bombs = {
            "PNG": png(50000, 50000, chunk(b"IDAT", zlib.compress(bytes(100_000)))),
            "GIF": b"GIF89a\xff\xff\xff\xff\x80\0\0" + bytes(6) + b",\0\0\0\0\xff\xff\xff\xff\0\x02\x02\x44\x01\0;",
            "JPEG": bytes(jpeg), "TIFF": tiff,
            "WebP": b"RIFF" + struct.pack("<I", 26) + b"WEBPVP8L" + struct.pack("<I", 14) + b"\x2f" + webp_bits + bytes(9),
        }
        for kind, octets in bombs.items():
            run = self.assert_refused(octets, {TOO_LARGE}, kind)
            self.assertIn("limit", run.complaint, kind)
            # What a process is forked from counts as its own: this one may have grown larger than the tool.
            own_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            self.assertLessEqual(run.memory_kb, max(200_000, own_kb), kind)
        self.assert_refused(heic, {TOO_LARGE, BROKEN}, "HEIC")

    def test_an_animation_of_too_many_frames_is_refused(self):
        frame = b"\x21\xf9\x04\0\x05\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0"
        head = b"GIF89a\x01\0\x01\0\x80\0\0" + bytes(6)
        self.assert_refused(head + frame * 1001 + b";", {TOO_LARGE}, "1001 frames")
        large = b"GIF89a\x00\x04\x00\x04\x80\0\0" + bytes(6)
        self.assert_refused(large + frame * 200 + b";", {TOO_LARGE}, "200 frames of a megapixel")
        self.assertEqual(Run(head + frame * 20 + b";").exit_code, 0)

    def test_a_small_file_with_a_large_inside_is_bounded(self):
        zeros = zlib.compress(bytes(400 << 20), 9)
        pixel = chunk(b"IDAT", zlib.compress(b"\0\0"))
        self.assert_defined(png(1, 1, chunk(b"IDAT", zeros)), "a pixel with 400 MiB behind it")
        self.assert_defined(png(1, 1, chunk(b"zTXt", b"a\0\0" + zeros), pixel), "400 MiB of text")
        self.assert_defined(png(1, 1, chunk(b"iCCP", b"a\0\0" + zeros), pixel), "400 MiB of profile")

    def test_a_picture_of_too_many_channels_is_refused(self):
        tags = [(256, 4, 1, 9000), (257, 4, 1, 9000), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1), (273, 4, 1, 8),
                (277, 3, 1, 60), (278, 4, 1, 9000), (279, 4, 1, 1000), (284, 3, 1, 1)]
        tiff = b"II*\0\x08\0\0\0" + struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", *tag) for tag in tags) + bytes(4)
        run = self.assert_refused(tiff, {TOO_LARGE}, "60 channels")
        self.assertIn("60 channels", run.complaint)

    def test_little_memory_is_told_and_crashes_nothing(self):
        with waiting_tool() as process:
            alone = int(status_of(process)["VmPeak"].split()[0]) << 10
        refused = 0
        # libde265 may wait for a thread that could not start until the alarm ends it, which is too long for a test.
        for name in set(TELLING) - {"photo.heic"}:
            octets = (PICTURES / name).read_bytes()
            for room in [2 << 20, 8 << 20, 16 << 20]:
                limit = (alone + room, alone + room)
                done = subprocess.run([TOOL], input=octets, capture_output=True,
                                      preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, limit))
                self.assertIn(done.returncode, {0, TOO_LARGE}, f"{name} with {room} octets: {done.stderr.decode()}")
                refused += done.returncode != 0
        self.assertGreater(refused, 0, "there was room for everything, so nothing was tested")

    def test_a_picture_that_takes_too_long_is_given_up(self):
        rows = zlib.compress(bytes(9900 * 9901), 1)
        done = subprocess.run([TOOL], input=png(9900, 9900, chunk(b"IDAT", rows)), capture_output=True,
                              preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (1, 60)))
        self.assertEqual(done.returncode, TIMEOUT, done.stderr.decode())
        self.assertIn("takes too long", done.stderr.decode())

    def test_a_file_above_the_limit_is_refused(self):
        self.assert_refused(b"\xff\xd8\xff" + bytes(64 << 20), {TOO_LARGE}, "64 MiB and three octets")

    def test_files_that_name_other_files_are_refused(self):
        for what, octets in {
            "SVG": b'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
                   b'<image xlink:href="file:///etc/passwd"/></svg>',
            "MVG": b"push graphic-context\nviewbox 0 0 1 1\nimage over 0,0 0,0 '/etc/passwd'\npop graphic-context\n",
            "PDF": b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n",
            "EPS": b"%!PS-Adobe-3.0 EPSF-3.0\n(/etc/passwd) (r) file\n",
            "MSL": b'<?xml version="1.0"?><image><read filename="/etc/passwd"/></image>',
            "PPM": b"P6 1 1 255\n\0\0\0", "empty": b"", "text": "Снег\n".encode(),
        }.items():
            self.assert_refused(octets, {TYPE_UNKNOWN}, what)


def mutated(octets, chance):
    """As fuzzers do: octets changed, blocks doubled, cut out, or filled with what sizes overflow at."""
    out = bytearray(octets)
    for _ in range(chance.randrange(1, 12)):
        at = chance.randrange(len(out)) if chance.random() < 0.5 else chance.randrange(min(600, len(out)))
        kind = chance.randrange(5)
        if kind == 0:
            out[at] ^= 1 << chance.randrange(8)
        elif kind == 1:
            out[at] = chance.randrange(256)
        elif kind == 2:
            out[at:at + 4] = chance.choice([b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\0", b"\x80\0\0\0"])
        elif kind == 3:
            del out[at:at + chance.randrange(1, 64)]
        else:
            out[at:at] = out[at:at + chance.randrange(1, 64)]
    return bytes(out)


if __name__ == "__main__":
    unittest.main()
