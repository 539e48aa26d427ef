"""What relays sign about logs, over real relays: cosigned heads, receipts, and what a reader and a desk make of them. The
cosignatures are checked here from the text of C2SP alone, with another library's Ed25519."""

import base64
import hashlib
import json
import shutil
import signal
import struct
import subprocess
import sys
import unittest

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from charter_life_test import CharterCase
from key_files import public, relay_seed
from relays import CLI, COMMAND_SECONDS_MAX, RELAY, ROOT, feed, fetch, run, verify, wait_for

sys.path.insert(0, str(ROOT / "tests/vectors"))
from verify import fields, print_id  # noqa: E402  the wire form alone

CHARTER_SEEN, COSIGNED_HEAD, RECEIPT = 6, 7, 8


def secret(relay, role):
    return Ed25519PrivateKey.from_private_bytes(relay_seed(relay, role))


def relay_id(relay):
    return print_id("tzrelay", public(relay, "identity"))


def records(archive):
    while archive:
        size = struct.unpack(">I", archive[:4])[0]
        yield archive[4 : 4 + size]
        archive = archive[4 + size :]


def statements(relay, desk, kind=None):
    """[(kind, content, key)] of what the relay holds of the project."""
    answer = relay.get(f"/v1/projects/{desk.id}/statements")
    if answer.status != 200:
        return []
    found = []
    for record in records(answer.body):
        for number, _, statement in fields(record):
            parts = {field: value for field, _, value in fields(statement)} if number == 3 else {}
            if parts and kind in (None, parts[1]):
                found.append((parts[1], parts[3], parts.get(5, b"")))
    return found


def is_cosigned(note, name, key):
    """C2SP tlog-cosignature and signed-note, word for word: whether `key` of this name cosigned the note; its time."""
    text, _, signatures = note.rpartition(b"\n\n")
    text += b"\n"
    wanted_id = hashlib.sha256(name + b"\n" + b"\x04" + key).digest()[:4]
    for line in signatures.splitlines():
        dash, key_name, signature = line.split(b" ")
        octets = base64.b64decode(signature, validate=True)
        if dash != "—".encode() or key_name != name or octets[:4] != wanted_id:
            continue  # of an unknown key
        time = struct.unpack(">Q", octets[4:12])[0]
        message = b"cosignature/v1\ntime " + str(time).encode() + b"\n" + text
        try:
            Ed25519PublicKey.from_public_bytes(key).verify(octets[12:], message)
        except InvalidSignature:
            return None
        return time
    return None


class WitnessCase(CharterCase):
    def listed(self, desk, relays, *words, among=None):
        """The charter lists these relays; all of them, or those `among` them that run, must know it before anything counts."""
        policy = [word for relay in relays for word in (
            "--policy-relay", f"{relay_id(relay)} {relay.label} {public(relay, 'witness').hex()} {public(relay, 'mirror').hex()}")]
        self.update(desk, *policy, *words)
        for relay in among or relays:
            wait_for(lambda: relay.get(f"/v1/projects/{desk.id}").status == 200 and
                     self.charter_of(relay, desk)["charter_version"] > 1, f"the charter on {relay.label}")

    def ring(self, *labels):
        """Relays that all know each other."""
        relays = self.make_relays(*labels)
        for relay in relays:
            for other in relays:
                if other is not relay:
                    relay.add_peer(other.address)
        for relay in relays:
            relay.start()
        return relays

    def fetched(self, relays, out, *words):
        lines = [word for relay in relays for word in ("--relay", relay.address)]
        return json.loads(run(CLI, "fetch", *lines, "--out", out, "--json", *words).stdout)

    def freshness(self, relay, name="news"):
        return fetch(relay, self.folder / name)["logs"][0]["freshness"]


class WitnessTest(WitnessCase):
    def test_a_public_verifier_takes_the_cosignatures(self):
        relay, = self.chain("GE")
        desk = self.desk([relay])
        desk.publish("# Снег\n\nТает.")
        self.listed(desk, [relay], "--quorum", "1")
        note = wait_for(lambda: statements(relay, desk, COSIGNED_HEAD), "a cosigned head")[0][1]
        name, key = f"tamizdat/{relay_id(relay)}".encode(), public(relay, "witness")
        self.assertTrue(is_cosigned(note, name, key))
        # The head is the desk's, octet for octet, and every other C2SP cosigner could sign it too.
        head = relay.get(f"/v1/logs/{desk.log}/head").body
        self.assertTrue(note.startswith(head))
        for strange in (public(relay, "mirror"), public(relay, "identity")):
            self.assertIsNone(is_cosigned(note, name, strange))
        self.assertIsNone(is_cosigned(note.replace(b"\n1\n", b"\n2\n", 1), name, key))

    def test_relays_of_one_country_are_no_quorum_alone(self):
        relays = self.make_relays("GE", "AM", "RS")
        desk = self.desk([])

        def listed(*countries):
            return ["--offline", *[word for relay, country in zip(relays, countries) for word in (
                "--policy-relay", f"{relay_id(relay)} {country} {public(relay, 'witness').hex()} {public(relay, 'mirror').hex()}")]]

        self.assertIn("witness quorum: 0 -> 2", " ".join(self.ask(desk, *listed("GE", "AM", "RS"))["changes"]))
        self.assertIn("witness quorum: 0 -> 3", " ".join(self.ask(desk, *listed("GE", "GE", "RS"))["changes"]))
        refused = self.ask(desk, *listed("GE", "GE", "RS"), "--quorum", "2", expect=2)
        self.assertIn("more than any one country of several has", refused["text"])
        # Where there is one country only it cannot be otherwise, and that is said.
        self.assertIn("alone are a quorum", " ".join(self.ask(desk, *listed("GE", "GE", "GE"))["warnings"]))

    def test_publish_waits_for_receipts_and_readers_find_it_fresh(self):
        relays = self.ring("GE", "RS", "DE")
        desk = self.desk(relays[:1])
        desk.publish("# Снег\n\nТает.")
        self.listed(desk, relays, "--copies", "3", "--countries", "3")
        copies = desk.publish("# Лёд\n\nТрещит.")["copies"]
        self.assertTrue(copies["enough"])
        self.assertEqual((3, 3), (copies["copies"], copies["countries"]))
        self.assertEqual({"whole"}, {relay["state"] for relay in copies["relays"]})
        # The desk knows one relay only: it has the others' receipts from that one.
        entry = desk.publish("# Вода\n\nПрибывает.")["entries"][0]["entry"]
        self.assertEqual(3, desk.call("status", entry)["copies"]["copies"])
        wait_for(lambda: self.freshness(relays[2])["state"] == "fresh", "the log to be fresh")
        proven = verify(self.folder / "news")
        self.assertEqual(("fresh", 3), (proven["logs"][0]["freshness"]["state"], proven["logs"][0]["freshness"]["witnessed"]))
        self.assertEqual("fresh", desk.call("status")["freshness"]["state"])

    def test_a_submission_is_answered_with_the_receipt(self):
        near, far = self.make_relays("GE", "RS")
        near.start()
        far.start()
        desk = self.desk([near])
        desk.publish("# Снег\n\nТает.")
        log = next(iter(near.logs()))
        self.assertEqual(200, far.ask("PUT", "/v1/charters", near.get(f"/v1/projects/{desk.id}/charters").body).status)
        bundle = near.get(f"/v1/logs/{log}/bundles?from=0").body
        answer = far.ask("PUT", "/v1/bundles?wait=5", bundle).json
        self.assertEqual((log, 1), (answer["log"], answer["held"]))
        receipt = base64.b64decode(answer["receipt"], validate=True)
        self.assertIn(receipt, far.get(f"/v1/projects/{desk.id}/statements").body)
        # It says the same when it is asked once more, and without a wait.
        self.assertEqual(answer, far.ask("PUT", "/v1/bundles", bundle).json)

    def watch(self, desk, *guids):
        """`import --watch` of a feed with these items, once it waits for copies."""
        source = self.folder / "feed.xml"
        source.write_text(feed([(guid, "Снег", "Тает.") for guid in guids]), encoding="utf-8")
        command = desk.command("import", source, "--watch", *desk.passphrase())
        process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        said = next((line for line in process.stderr if line.startswith("Waiting until 2 relays in 2 countries")), None)
        self.assertIsNotNone(said, "it does not wait")
        return process

    def test_a_watch_waits_for_receipts_until_it_is_stopped(self):
        near, far = self.ring("GE", "RS")
        desk = self.desk([near])
        self.listed(desk, [near, far], "--copies", "2", "--countries", "2")
        far.stop()
        process = self.watch(desk, "a")
        process.send_signal(signal.SIGTERM)
        out, said = process.communicate(timeout=COMMAND_SECONDS_MAX)
        self.assertEqual(0, process.returncode, said)
        self.assertIn("Stopped, as you wanted.", said)
        self.assertFalse(json.loads(out)["published"]["copies"]["enough"])
        # The round's line comes as soon as the other relay is there again.
        process = self.watch(desk, "a", "b")
        far.start()
        copies = json.loads(process.stdout.readline())["published"]["copies"]
        self.assertEqual((2, 2, True), (copies["copies"], copies["countries"], copies["enough"]))
        process.send_signal(signal.SIGINT)
        self.assertIn("Stopped, as you wanted.", process.communicate(timeout=COMMAND_SECONDS_MAX)[1])

    def test_one_country_gone_leaves_a_quorum_and_two_do_not(self):
        relays = self.ring("GE", "RS", "DE")
        desk = self.desk(relays)
        desk.publish("# Снег\n\nТает.")
        self.listed(desk, relays, "--copies", "2", "--countries", "2")
        wait_for(lambda: self.freshness(relays[0])["state"] == "fresh", "the log to be fresh")
        relays[1].kill()
        self.assertTrue(desk.publish("# Лёд\n\nТрещит.")["copies"]["enough"])
        wait_for(lambda: self.freshness(relays[0])["witnessed"] == 2, "two of three to vouch for the new text")
        relays[2].kill()
        report = desk.publish("# Вода\n\nПрибывает.", "--no-wait")
        self.assertFalse(report["copies"]["enough"])
        found = self.freshness(relays[0])
        # What one relay alone has cosigned is nobody's proof: the quorum's word ends before it.
        self.assertEqual(2, found["witnessed"])

    def test_a_seized_relay_that_serves_old_heads_is_named(self):
        seized, free, other = self.ring("GE", "RS", "DE")
        desk = self.desk([seized, free, other])
        desk.publish("# Снег\n\nТает.")
        self.listed(desk, [seized, free, other], "--copies", "2", "--countries", "2")
        wait_for(lambda: self.freshness(free)["state"] == "fresh", "the log to be fresh")
        # Cut off: it serves on what it had. Nobody dials it any more, and it dials nobody.
        for relay in (seized, free, other):
            relay.stop()
            config = relay.folder / "relay.toml"
            text = config.read_text(encoding="utf-8")
            keep = text.split("\n[[peer]]")
            peers = [part for part in keep[1:] if relay is not seized and f":{seized.port} " not in part]
            config.write_text("\n[[peer]]".join([keep[0], *peers]), encoding="utf-8")
            relay.start()
        desk.call("relay", "remove", f"127.0.0.1:{seized.port}")
        self.assertTrue(desk.publish("# Лёд\n\nТрещит.")["copies"]["enough"])
        wait_for(lambda: self.freshness(other, "elsewhere")["witnessed"] == 2, "a quorum to have seen both")
        report = self.fetched([seized, other], self.folder / "both")
        self.assertEqual([(1, 2)], [(relay["served"], relay["witnessed"]) for relay in report["withholding"]])
        self.assertEqual(f"127.0.0.1:{seized.port}", report["withholding"][0]["relay"])
        self.assertEqual(("fresh", 2), (report["logs"][0]["freshness"]["state"], report["logs"][0]["entries"]))
        # A reader with nothing but the old log and yesterday's word of the others sees what is held back from him.
        copy = self.folder / "held back"
        fetch(seized, copy)
        for file in (self.folder / "both").glob("tzproject*.tamizdat"):
            shutil.copy(file, copy)
        log = verify(copy, expect=3)["logs"][0]
        self.assertEqual(("withheld", 2, 1), (log["freshness"]["state"], log["freshness"]["witnessed"], log["size"]))
        self.assertEqual("withheld", fetch(seized, copy, expect=3)["logs"][0]["freshness"]["state"])
        # Nor can it hide the log as a whole.
        shutil.rmtree(copy)
        copy.mkdir()
        shutil.copy(self.folder / "both" / f"{desk.id}.tamizdat", copy)
        log = verify(copy, expect=3)["logs"][0]
        self.assertEqual(("withheld", 2, 0), (log["freshness"]["state"], log["freshness"]["witnessed"], log["size"]))

    def sizes_cosigned(self, by, desk, at):
        """[(time, size)] of the heads that `by` cosigned, as relay `at` holds them."""
        name, key = f"tamizdat/{relay_id(by)}".encode(), public(by, "witness")
        heads = [(is_cosigned(note, name, key), int(note.split(b"\n")[1])) for _, note, _ in statements(at, desk, COSIGNED_HEAD)]
        return [head for head in heads if head[0]]

    def test_a_relay_that_was_restored_from_a_backup_does_not_contradict_itself(self):
        relay, peer = self.ring("GE", "RS")
        desk = self.desk([relay])
        desk.publish("# Снег\n\nТает.")
        self.listed(desk, [relay, peer], "--quorum", "2")
        old = wait_for(lambda: self.sizes_cosigned(relay, desk, relay), "a head to be cosigned")
        run(RELAY, "backup", relay.folder, self.folder / "backup")
        desk.publish("# Лёд\n\nТрещит.")
        second = relay.get(f"/v1/logs/{desk.log}/bundles?from=1").body
        desk.publish("# Вода\n\nПрибывает.")
        said = wait_for(lambda: [head for head in self.sizes_cosigned(relay, desk, peer) if head[1] == 3], "three to be cosigned")
        peer.stop()
        relay.kill()
        shutil.rmtree(relay.folder / "data")
        shutil.copytree(self.folder / "backup", relay.folder / "data")
        relay.start()
        # It grows, and gives receipts for what it holds; but it has cosigned more than that.
        self.assertEqual(200, relay.ask("PUT", "/v1/bundles", second).status)
        wait_for(lambda: any(b"\x10\x02" in content for _, content, key in statements(relay, desk, RECEIPT)
                             if key == public(relay, "mirror")), "a receipt for two")
        self.assertEqual(old, self.sizes_cosigned(relay, desk, relay))
        peer.start()
        wait_for(lambda: relay.holds(desk.log, 3), "the rest of the log")
        wait_for(lambda: "signs again after its restore" in relay.log(), "its peer to have told it all")
        self.assertEqual(said, self.sizes_cosigned(relay, desk, relay))
        desk.publish("# Ил\n\nОстался.")
        after = wait_for(lambda: [head for head in self.sizes_cosigned(relay, desk, peer) if head[1] == 4], "four to be cosigned")
        self.assertGreater(after[0][0], said[0][0])

    def test_a_witness_signature_relabelled_as_a_receipt_counts_for_nothing(self):
        relay, = self.chain("GE")
        desk = self.desk([relay])
        desk.publish("# Снег\n\nТает.")
        self.listed(desk, [relay], "--quorum", "1", "--copies", "1", "--countries", "1")
        content = wait_for(lambda: [content for _, content, key in statements(relay, desk, RECEIPT)
                                    if key == public(relay, "mirror")], "a receipt")[0]
        project = desk_project(desk)
        cosigned = wait_for(lambda: statements(relay, desk, COSIGNED_HEAD), "a cosigned head")[0][1]
        stolen = base64.b64decode(cosigned.splitlines()[-1].rsplit(b" ", 1)[1])[12:]
        by_witness = secret(relay, "witness").sign(b"tamizdat/v1/receipt\0" + project + content)
        for signature, code in ((stolen, "statement-signature-invalid"), (by_witness, "statement-signer-unknown")):
            statement = (field(1, RECEIPT) + field(2, project) + field(3, content) + field(4, 1) +
                         field(5, public(relay, "witness")) + field(6, signature))
            record = field(3, statement)
            answer = relay.ask("PUT", "/v1/statements", struct.pack(">I", len(record)) + record)
            self.assertEqual(code, answer.json["statements"][0]["state"], answer.text)

    def test_a_relay_that_cannot_give_what_it_signed_for_is_named(self):
        honest, liar = self.ring("GE", "RS")
        desk = self.desk([honest, liar])
        desk.publish("# Снег\n\nТает.")
        self.listed(desk, [honest, liar], "--copies", "2", "--countries", "2")
        wait_for(lambda: desk.call("status")["copies"]["enough"], "both receipts")
        kept = desk.call("status", "--audit")["relays"]
        self.assertEqual([[], []], [relay["broken"] for relay in kept])
        self.assertTrue(all(relay["entries"] > 0 for relay in kept), kept)
        # It drops everything, and its word lies with the other one.
        liar.stop()
        shutil.rmtree(liar.folder / "data")
        config = liar.folder / "relay.toml"
        config.write_text(config.read_text(encoding="utf-8").split("\n[[peer]]")[0], encoding="utf-8")
        liar.start()
        audited = {relay["relay"]: relay for relay in desk.call("status", "--audit", expect=3)["relays"]}
        self.assertEqual([], audited[relay_id(honest)]["broken"])
        self.assertIn("says that it holds", audited[relay_id(liar)]["broken"][0])


def field(number, value):
    """A Protocol Buffers field."""
    def varint(n):
        out = bytearray()
        while n >= 0x80:
            out.append(n & 0x7F | 0x80)
            n >>= 7
        return bytes(out + bytes([n]))

    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def desk_project(desk):
    from verify import parse_id
    return parse_id("tzproject", desk.id.encode())


if __name__ == "__main__":
    unittest.main()
