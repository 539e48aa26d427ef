#!/usr/bin/env python3
"""An independent verifier of the format, written from proto/README.md alone and with Python's standard library alone.
It runs every conformance vector and must come to the same result as the C++ code, error code and facts included:

    tests/vectors/verify.py [FOLDER]        every *.txt below it; this folder unless given

It is reference code: plain, slow, and not hardened against side channels.
"""

import base64
import hashlib
import struct
import sys
from pathlib import Path


class Refused(Exception):
    """Carries the error code of the specification."""


def require(condition, code):
    if not condition:
        raise Refused(code)


# ---- vectors ----


def read_vector(path):
    head, *paragraphs = path.read_text(encoding="utf-8").split("\n\n")
    lines = dict(line.split(": ", 1) for line in head.splitlines())
    payloads = {}
    for paragraph in paragraphs:
        name, *content = paragraph.splitlines()
        payloads.setdefault(name.rstrip(":"), []).append(b"".join(map(payload_line, content)))
    return lines, payloads


def payload_line(line):
    if line.startswith("repeat "):
        _, count, octet = line.split(" ")
        return bytes.fromhex(octet) * int(count)
    return base64.b64decode(line)


# ---- limits ----

KIB = 1024
HEADER_MAX, BODY_MAX, BUNDLE_MAX, CHECKPOINT_MAX = 1024, 768 * KIB, 1024 * KIB, 512
ENTRIES_MAX, PROOF_MAX, LOG_MAX = 8192, 96, 2**48
CHARTER_MAX, SIGNED_CHARTER_MAX = 64 * KIB, 72 * KIB
CHARTER_FORK_MAX = 2 * SIGNED_CHARTER_MAX + 64
ROOT_KEYS_MAX, SIGNATURES_MAX, DESKS_MAX, CLOSED_MAX = 16, 32, 64, 240
SEALING_MAX, MIRRORS_MAX, RELAYS_MAX = 16, 64, 64
TITLE_MAX, URL_MAX, TAGS_MAX, TAG_MAX, ATTACHMENTS_MAX = 1024, 2048, 256, 64, 256
RENDITIONS_MAX = 8
POLICY_SECONDS_MAX = 10 * 366 * 86400
BLOCK, BLOB_MAX = 16 * KIB, 4 * KIB**3
COSIGNED_MAX, RECEIPT_MAX, EXCEPTIONS_MAX = CHECKPOINT_MAX + 256, 64 * KIB, 2048
RECORD_MAX = BUNDLE_MAX + 64
WITHHOLDING_REASON_MAX = 1024
STATEMENT_MAX, SMALL_STATEMENT_MAX, FORK_PROOF_MAX = 800 * KIB, 4 * KIB, 8 * KIB
RETRACTION_PROOF_MAX = 16 * KIB
TIME_MIN, TIME_MAX = -62167219200, 253402300799
ED25519, X25519 = 1, 2

# ---- hashes ----


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def domain(what):
    return b"tamizdat/v1/" + what + b"\0"


def leaf_hash(leaf):
    return sha256(b"\0", leaf)


def node_hash(left, right):
    return sha256(b"\1", left, right)


# ---- Ed25519: RFC 8032 section 6, with the checks of the specification ----

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
IDENTITY = (0, 1, 1, 0)


def point_add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def point_multiply(scalar, p):
    q = IDENTITY
    while scalar > 0:
        if scalar & 1:
            q = point_add(q, p)
        p = point_add(p, p)
        scalar >>= 1
    return q


def point_equal(p, q):
    return (p[0] * q[2] - q[0] * p[2]) % P == 0 and (p[1] * q[2] - q[1] * p[2]) % P == 0


def point_decompress(octets):
    """The point that the octets encode in the one canonical way; None otherwise."""
    y = int.from_bytes(octets, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if y >= P:
        return None
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P != 0:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - x2) % P != 0 or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


def point_compress(p):
    inverse = pow(p[2], P - 2, P)
    x, y = p[0] * inverse % P, p[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


BASE = point_decompress((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def is_small_order(p):
    return point_equal(point_multiply(8, p), IDENTITY)


def is_public_key(octets):
    p = point_decompress(octets)
    return p is not None and not is_small_order(p) and point_equal(point_multiply(L, p), IDENTITY)


def verify(key, message, signature):
    if len(signature) != 64:
        return False
    a, r, s = point_decompress(key), point_decompress(signature[:32]), int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= L or is_small_order(a) or is_small_order(r):
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    return point_equal(point_multiply(s, BASE), point_add(r, point_multiply(k, a)))


def public_key(seed):
    scalar = int.from_bytes(hashlib.sha512(seed).digest()[:32], "little")
    scalar = scalar & ~7 & (2**254 - 1) | 2**254
    return point_compress(point_multiply(scalar, BASE))


# ---- text forms ----


def from_base64(text):
    try:
        octets = base64.b64decode(text, validate=True)
    except ValueError:
        raise Refused("encoding-invalid") from None
    require(base64.b64encode(octets) == text, "encoding-invalid")
    return octets


BECH32 = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def polymod(values):
    checksum = 1
    for value in values:
        top = checksum >> 25
        checksum = (checksum & 0x1FFFFFF) << 5 ^ value
        for i, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            if top >> i & 1:
                checksum ^= generator
    return checksum


def prefix_values(prefix):
    return [c >> 5 for c in prefix] + [0] + [c & 31 for c in prefix]


def print_id(prefix, octets):
    prefix = prefix.encode()
    bits = "".join(f"{octet:08b}" for octet in octets)
    bits += "0" * (-len(bits) % 5)
    data = [int(bits[i : i + 5], 2) for i in range(0, len(bits), 5)]
    checksum = polymod(prefix_values(prefix) + data + [0] * 6) ^ 0x2BC830A3
    data += [checksum >> 5 * (5 - i) & 31 for i in range(6)]
    return (prefix + b"1" + bytes(BECH32[value] for value in data)).decode()


def parse_id(wanted, text):
    prefix, one, data = text.rpartition(b"1")
    require(len(text) <= 90 and one and prefix and len(data) >= 6, "id-invalid")
    require(all(0x61 <= c <= 0x7A for c in prefix) and all(c in BECH32 for c in data), "id-invalid")
    values = [BECH32.index(c) for c in data]
    require(polymod(prefix_values(prefix) + values) == 0x2BC830A3, "id-invalid")
    bits = "".join(f"{value:05b}" for value in values[:-6])
    spare = len(bits) % 8
    require(spare < 5 and "1" not in bits[len(bits) - spare :], "id-invalid")
    require(prefix.decode() == wanted, "id-of-another-kind")
    octets = bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits) - spare, 8))
    if wanted == "tzblob":
        require(len(octets) == 40 and any(octets[32:]), "id-invalid")
    else:
        require(len(octets) == 32, "id-invalid")
    return octets


# ---- the wire form ----


def take_varint(data, at, octets_max):
    value = 0
    for i in range(octets_max):
        if at + i >= len(data):
            return None
        value |= (data[at + i] & 127) << 7 * i
        if data[at + i] < 128:
            return (value, at + i + 1) if value < 2**64 else None
    return None


def fields(data):
    """[(number, type, value)] of a message; None if it does not have the wire form."""
    out, at = [], 0
    while at < len(data):
        tag = take_varint(data, at, 5)
        if tag is None or tag[0] >= 2**32 or tag[0] >> 3 == 0:
            return None
        (number, kind), at = (tag[0] >> 3, tag[0] & 7), tag[1]
        if kind == 0:
            value = take_varint(data, at, 10)
            if value is None:
                return None
            value, at = value
        elif kind in (1, 2, 5):
            size = (8, at) if kind == 1 else (4, at) if kind == 5 else take_varint(data, at, 5)
            if size is None or size[1] + size[0] > len(data):
                return None
            value, at = data[size[1] : size[1] + size[0]], size[0] + size[1]
        else:
            return None
        out.append((number, kind, value))
    return out


# A schema is {field number: (name, type)}. Types: the words below, a schema for a nested message, [type] for repeated.
ROOT_KEY = {1: ("alg", "int32"), 2: ("key", "bytes")}
SCOPE = {1: ("languages", ["string"]), 2: ("regions", ["string"])}
QUOTA = {1: ("entries_per_day", "uint64"), 2: ("bytes_per_day", "uint64")}
DESK = ROOT_KEY | {3: ("label", "string"), 4: ("scope", SCOPE), 5: ("not_before", "int64"), 6: ("not_after", "int64"),
                   7: ("quota", QUOTA)}
CLOSED = ROOT_KEY | {3: ("label", "string"), 4: ("size", "uint64"), 5: ("root", "bytes")}
SEALING = ROOT_KEY | {3: ("not_before", "int64"), 4: ("not_after", "int64")}
MIRROR = {1: ("url", "string"), 2: ("country", "string"), 3: ("key_pin", "bytes")}
RELAY = {1: ("relay", "bytes"), 2: ("country", "string"), 3: ("witness_key", "bytes"), 4: ("mirror_key", "bytes")}
WITNESS = {1: ("relays", [RELAY]), 2: ("quorum", "uint32"), 3: ("fresh_seconds", "uint64")}
COPIES = {1: ("copies", "uint32"), 2: ("countries", "uint32")}
CHARTER = {
    1: ("version", "uint64"), 2: ("previous", "bytes"), 3: ("nonce", "bytes"), 4: ("title", "string"),
    5: ("languages", ["string"]), 6: ("regions", ["string"]), 7: ("contact", "string"), 8: ("issued_at", "int64"),
    9: ("expires_at", "int64"), 10: ("root_keys", [ROOT_KEY]), 11: ("threshold", "uint32"), 12: ("desks", [DESK]),
    13: ("closed_desks", [CLOSED]), 14: ("sealing_keys", [SEALING]), 15: ("mirrors", [MIRROR]),
    16: ("witness", WITNESS), 17: ("copies", COPIES), 18: ("erase_delay_seconds", "uint64"),
}
SIGNATURE = ROOT_KEY | {3: ("signature", "bytes")}
SIGNED_CHARTER = {1: ("charter", "bytes"), 2: ("signatures", [SIGNATURE])}
HEADER = {
    1: ("project", "bytes"), 2: ("desk", "bytes"), 3: ("index", "uint64"), 4: ("kind", "int32"),
    5: ("body_commitment", "bytes"), 6: ("body_size", "uint32"), 7: ("target", "bytes"), 8: ("not_before", "int64"),
    9: ("expires_at", "int64"), 10: ("time", "int64"), 11: ("key_commitment", "bytes"),
}
REPRINT = {1: ("terms", "string"), 2: ("credit", "string")}
ATTACHMENT = {
    1: ("root", "bytes"), 2: ("size", "uint64"), 3: ("media_type", "string"), 4: ("alt", "string"),
    5: ("caption", "string"), 6: ("credit", "string"), 7: ("name", "string"), 8: ("width", "uint32"),
    9: ("height", "uint32"),
    10: ("renditions", [{
        1: ("root", "bytes"), 2: ("size", "uint64"), 3: ("media_type", "string"), 4: ("width", "uint32"),
        5: ("height", "uint32"),
    }]),
}
BODY = {
    1: ("salt", "bytes"), 2: ("title", "string"), 3: ("lede", "string"), 4: ("html", "string"), 5: ("byline", "string"),
    6: ("language", "string"), 7: ("regions", ["string"]), 8: ("topics", ["string"]), 9: ("original_url", "string"),
    10: ("published_at", "int64"), 11: ("modified_at", "int64"), 12: ("reprint", REPRINT),
    13: ("attachments", [ATTACHMENT]), 14: ("guid", "string"), 16: ("key", "bytes"),
}
# Of `body` and `absence` the one that comes last counts: parse_bundle() looks at the fields of an entry itself.
ENTRY = {1: ("header", "bytes"), 2: ("body", "bytes"), 3: ("absence", "int32")}
BUNDLE = {1: ("head", "bytes"), 2: ("from", "uint64"), 3: ("entries", [ENTRY]), 4: ("proof", ["bytes"])}
RECORD = {1: ("signed_charter", "bytes"), 2: ("bundle", "bytes"), 3: ("statement", "bytes")}
STATEMENT = {1: ("kind", "int32"), 2: ("project", "bytes"), 3: ("content", "bytes"), 4: ("alg", "int32"),
             5: ("key", "bytes"), 6: ("signature", "bytes")}
FREEZE = {1: ("charter", "bytes"), 2: ("time", "int64")}
FORK_PROOF = {1: ("smaller", "bytes"), 2: ("larger", "bytes"), 3: ("proof", ["bytes"])}
CHARTER_FORK = {1: ("signed_charters", ["bytes"])}
RETRACTION_COSIGNATURE = {1: ("retraction", "bytes")}
WITHHOLDING = {1: ("entry", "bytes"), 2: ("country", "string"), 3: ("reason", "string"), 4: ("time", "int64"),
               5: ("lifted", "bool"), 6: ("kept_from_peers", "bool")}
CHARTER_SEEN = {1: ("version", "uint64"), 2: ("hash", "bytes"), 3: ("freeze", "bytes"), 4: ("time", "int64")}


def empty(schema):
    zero = {"bytes": b"", "string": ""}
    return {name: [] if isinstance(kind, list) else empty(kind) if isinstance(kind, dict) else zero.get(kind, 0)
            for name, kind in schema.values()}


def number(kind, value):
    bits = 32 if kind.endswith("32") else 64
    value &= 2**bits - 1
    return value - 2**bits if kind.startswith("int") and value >> bits - 1 else value


def parse(schema, data, code, into=None):
    """The message as a dict; `last` holds the numbers of its known fields in the order of their coming."""
    found = fields(data)
    require(found is not None, code)
    out = into if into is not None else empty(schema) | {"last": []}
    for tag, wire, value in found:
        name, kind = schema.get(tag, (None, None))
        repeated = isinstance(kind, list)
        kind = kind[0] if repeated else kind
        if name is None or (wire == 2) != (isinstance(kind, dict) or kind in ("bytes", "string")) or wire in (1, 5):
            continue  # unknown
        if isinstance(kind, dict):
            value = parse(kind, value, code, None if repeated else out[name] | {"last": []})
        elif kind == "string":
            try:
                value = value.decode("utf-8")
            except UnicodeDecodeError:
                raise Refused(code) from None
        elif kind != "bytes":
            value = number(kind, value)
        if repeated:
            out[name].append(value)
        else:
            out[name] = value
        out["last"].append(tag)
    return out


def are_times(*times):
    return all(TIME_MIN <= time <= TIME_MAX for time in times)


# ---- charters ----

MALFORMED = "charter-malformed"


def octets_of(text):
    return len(text.encode())


def check_tags(tags):
    require(len(tags) <= TAGS_MAX, MALFORMED)
    for tag in tags:
        require(0 < len(tag) <= TAG_MAX and all(c.isascii() and (c.isalnum() or c == "-") for c in tag), MALFORMED)


def is_country(text):
    return len(text) == 2 and all("A" <= c <= "Z" for c in text)


def check_signing_key(item):
    require(item["alg"] == ED25519 and len(item["key"]) == 32, MALFORMED)


def check_desk(desk):
    check_signing_key(desk)
    check_tags(desk["scope"]["languages"])
    check_tags(desk["scope"]["regions"])
    require(octets_of(desk["label"]) <= TITLE_MAX and are_times(desk["not_before"], desk["not_after"]), MALFORMED)


def check_closed(closed):
    check_signing_key(closed)
    require(len(closed["root"]) == 32 and closed["size"] <= LOG_MAX and octets_of(closed["label"]) <= TITLE_MAX, MALFORMED)
    require(closed["size"] != 0 or closed["root"] == sha256(), MALFORMED)


def check_sealing_key(key):
    require(key["alg"] != 0, MALFORMED)
    if key["alg"] == X25519:
        require(len(key["key"]) == 32 and are_times(key["not_before"], key["not_after"]), MALFORMED)


def check_mirror(mirror):
    require(0 < octets_of(mirror["url"]) <= URL_MAX and len(mirror["key_pin"]) in (0, 32), MALFORMED)
    require(mirror["country"] == "" or is_country(mirror["country"]), MALFORMED)


def check_relay(relay):
    require(all(len(relay[key]) == 32 for key in ("relay", "witness_key", "mirror_key")), MALFORMED)
    require(is_country(relay["country"]), MALFORMED)


def check_list(items, most, check):
    require(len(items) <= most, MALFORMED)
    for item in items:
        check(item)


def check_keys(charter):
    keys = [item["key"] for name in ("root_keys", "desks", "closed_desks") for item in charter[name]]
    for relay in charter["witness"]["relays"]:
        keys += [relay["relay"], relay["witness_key"], relay["mirror_key"]]
    require(len(set(keys)) == len(keys) and all(map(is_public_key, keys)), MALFORMED)


def least_quorum(relays):
    """More than half of them, and, where they are in several countries, more than are in any one."""
    countries = [relay["country"] for relay in relays]
    largest = max((countries.count(country) for country in countries), default=0)
    return max(len(relays) // 2 + 1, largest + 1 if largest < len(relays) else 0)



def parse_charter(data):
    require(len(data) <= CHARTER_MAX, "charter-too-large")
    charter = parse(CHARTER, data, MALFORMED)
    witness, copies = charter["witness"], charter["copies"]
    require(charter["version"] >= 1 and len(charter["previous"]) == (0 if charter["version"] == 1 else 32), MALFORMED)
    require(len(charter["nonce"]) == 16 and 0 < octets_of(charter["title"]) <= TITLE_MAX, MALFORMED)
    require(octets_of(charter["contact"]) <= TITLE_MAX, MALFORMED)
    check_tags(charter["languages"])
    check_tags(charter["regions"])
    require(are_times(charter["issued_at"], charter["expires_at"]), MALFORMED)
    require(max(charter["erase_delay_seconds"], witness["fresh_seconds"]) <= POLICY_SECONDS_MAX, MALFORMED)
    check_list(charter["root_keys"], ROOT_KEYS_MAX, check_signing_key)
    check_list(charter["desks"], DESKS_MAX, check_desk)
    check_list(charter["closed_desks"], CLOSED_MAX, check_closed)
    check_list(charter["sealing_keys"], SEALING_MAX, check_sealing_key)
    check_list(charter["mirrors"], MIRRORS_MAX, check_mirror)
    check_list(witness["relays"], RELAYS_MAX, check_relay)
    require(1 <= charter["threshold"] <= len(charter["root_keys"]), MALFORMED)
    quorum = witness["quorum"]
    require(quorum == 0 or least_quorum(witness["relays"]) <= quorum <= len(witness["relays"]), MALFORMED)
    require((copies["countries"] or 3) <= (copies["copies"] or 4), MALFORMED)
    check_keys(charter)
    charter["hash"] = sha256(domain(b"charter"), data)
    return charter


def parse_signed_charter(data):
    require(len(data) <= SIGNED_CHARTER_MAX, "charter-too-large")
    envelope = parse(SIGNED_CHARTER, data, MALFORMED)
    require(len(envelope["signatures"]) <= SIGNATURES_MAX, MALFORMED)
    signatures = []
    for signature in envelope["signatures"]:
        require(signature["alg"] != 0, MALFORMED)
        if signature["alg"] == ED25519:
            require(len(signature["key"]) == 32 and len(signature["signature"]) == 64, MALFORMED)
            signatures.append((signature["key"], signature["signature"]))
    return envelope["charter"], signatures


def require_threshold(charter_bytes, signatures, authority):
    keys, signers = {item["key"] for item in authority["root_keys"]}, set()
    for key, signature in signatures:
        if key in keys:
            message = domain(b"charter-signature") + charter_bytes
            require(verify(key, message, signature), "charter-signature-invalid")
            signers.add(key)
    require(len(signers) >= authority["threshold"], "charter-below-threshold")


def check_succession(current, following):
    if following["version"] == current["version"]:
        raise Refused("charter-known" if following["hash"] == current["hash"] else "charter-forked")
    require(following["version"] > current["version"], "charter-rolled-back")
    require(following["version"] == current["version"] + 1, "charter-skipped")
    require(following["previous"] == current["hash"], "charter-wrong-previous")


def check_desks(current, following):
    listed = {desk["key"] for desk in following["desks"]}
    closed = {desk["key"]: desk for desk in following["closed_desks"]}
    for desk in current["desks"]:
        require(desk["key"] in listed or desk["key"] in closed, "charter-desk-dropped")
    for before in current["closed_desks"]:
        after = closed.get(before["key"])
        require(after is not None, "charter-closed-key-returns")
        raised = after["size"] > before["size"]
        require(raised or (after["size"], after["root"]) == (before["size"], before["root"]), "charter-closing-lowered")


def verify_update(current, signed):
    data, signatures = parse_signed_charter(signed)
    following = parse_charter(data)
    check_succession(current, following)
    require_threshold(data, signatures, current)
    require_threshold(data, signatures, following)
    check_desks(current, following)
    following["project"] = current["project"]
    following["before"] = current
    return following


def verify_chain(signed_charters):
    require(signed_charters, "charter-not-first")
    current = None
    for signed in signed_charters:
        if current is not None:
            current = verify_update(current, signed)
            continue
        data, signatures = parse_signed_charter(signed)
        current = parse_charter(data)
        require(current["version"] == 1, "charter-not-first")
        require_threshold(data, signatures, current)
        current |= {"project": current["hash"], "before": None}
    return current


# ---- heads ----


def origin_of(project, desk):
    return f"tamizdat/{print_id('tzproject', project)}/{print_id('tzdesk', desk)}"


def log_id(project, desk):
    return print_id("tzlog", sha256(domain(b"log"), project, desk))


def parse_checkpoint(data):
    bad = "checkpoint-malformed"
    require(len(data) <= CHECKPOINT_MAX, "checkpoint-too-large")
    lines = data.split(b"\n")
    require(len(lines) == 6 and lines[5] == b"" and lines[3] == b"", bad)
    word, _, ids = lines[0].partition(b"/")
    project_text, slash, desk_text = ids.rpartition(b"/")
    require(word == b"tamizdat" and slash, bad)
    project, desk = parse_id("tzproject", project_text), parse_id("tzdesk", desk_text)
    require(lines[1].isdigit() and len(lines[1]) <= 100 and int(lines[1]) <= LOG_MAX, bad)
    size = int(lines[1])
    mark, _, rest = lines[4].partition(b" ")
    name, space, signature_text = rest.rpartition(b" ")
    try:
        root, signature = from_base64(lines[2]), b""
        require(len(root) == 32 and (size != 0 or root == sha256()), bad)
        require(mark == "—".encode() and space, bad)
        signature = from_base64(signature_text)
    except Refused:
        raise Refused(bad) from None
    require(len(signature) == 68, bad)
    origin = origin_of(project, desk).encode()
    require(signature[:4] == sha256(origin, b"\n\1", desk)[:4], "checkpoint-key-id")
    require(lines[0] == origin and name == origin and lines[1] == str(size).encode(), "checkpoint-not-canonical")
    return {"project": project, "desk": desk, "size": size, "root": root, "signature": signature[4:],
            "text": b"\n".join(lines[:3]) + b"\n"}


def verify_head(charter, data):
    head = parse_checkpoint(data)
    require(head["project"] == charter["project"], "head-of-another-project")
    closed = [desk for desk in charter["closed_desks"] if desk["key"] == head["desk"]]
    if closed:
        require((closed[0]["size"], closed[0]["root"]) == (head["size"], head["root"]), "head-of-closed-desk")
    else:
        require(any(desk["key"] == head["desk"] for desk in charter["desks"]), "head-of-unknown-desk")
    vouched = closed and head["signature"] == bytes(64)
    require(vouched or verify(head["desk"], head["text"], head["signature"]), "head-signature-invalid")
    return head


# ---- runs ----


def split(leaves):
    return 1 << (leaves - 1).bit_length() - 1


def proof_size(begin, end, start, stop):
    """Hashes that the run [start, stop) needs from the subtree of leaves [begin, end)."""
    if end <= start or stop <= begin:
        return 1
    if start <= begin and end <= stop:
        return 0
    middle = begin + split(end - begin)
    return proof_size(begin, middle, start, stop) + proof_size(middle, end, start, stop)


def root_of_run(size, start, run, proof):
    stop = start + len(run)
    require(run and stop <= size, "run-out-of-range")
    wanted = proof_size(0, size, start, stop)
    require(len(proof) >= wanted, "proof-too-short")
    require(len(proof) <= wanted, "proof-too-long")
    hashes = iter(proof)

    def fold(begin, end):
        if end <= start or stop <= begin:
            return next(hashes)
        if end - begin == 1:
            return run[begin - start]
        middle = begin + split(end - begin)
        left = fold(begin, middle)
        return node_hash(left, fold(middle, end))

    return fold(0, size)


# ---- entries and bundles ----


def parse_header(data):
    bad = "header-malformed"
    require(len(data) <= HEADER_MAX, "header-too-large")
    header = parse(HEADER, data, bad)
    require(all(len(header[name]) == 32 for name in ("project", "desk", "body_commitment")), bad)
    require(header["kind"] > 0 and header["body_size"] <= BODY_MAX and len(header["target"]) in (0, 32), bad)
    require(len(header["key_commitment"]) in (0, 32), bad)
    require(are_times(header["not_before"], header["expires_at"], header["time"]) and header["time"] % 3600 == 0, bad)
    require(header["kind"] not in (2, 3) or header["target"], bad)
    return header


def parse_body(data):
    bad = "body-malformed"
    require(len(data) <= BODY_MAX, "body-too-large")
    body = parse(BODY, data, bad)
    require(len(body["salt"]) == 16 and len(body["attachments"]) <= ATTACHMENTS_MAX, bad)
    for tags in (body["regions"], body["topics"]):
        require(len(tags) <= TAGS_MAX and all(0 < octets_of(tag) <= TAG_MAX for tag in tags), bad)
    require(are_times(body["published_at"], body["modified_at"]) and len(body["key"]) in (0, 32), bad)
    for attachment in body["attachments"]:
        require(len(attachment["renditions"]) <= RENDITIONS_MAX, bad)
        for blob in [attachment, *attachment["renditions"]]:
            require(len(blob["root"]) == 32 and 1 <= blob["size"] <= BLOB_MAX, bad)
    return body


def body_commitment(body):
    return sha256(domain(b"body"), body)


# ---- sealed bodies: XChaCha20-Poly1305 (RFC 8439, draft-irtf-cfrg-xchacha) ----


def chacha_rounds(state):
    def quarter(a, b, c, d):
        for x, y, z, bits in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            state[x] = (state[x] + state[y]) & 0xFFFFFFFF
            mixed = state[z] ^ state[x]
            state[z] = (mixed << bits | mixed >> 32 - bits) & 0xFFFFFFFF

    for _ in range(10):
        for i in range(4):
            quarter(i, 4 + i, 8 + i, 12 + i)
        for i in range(4):
            quarter(i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4)
    return state


def words_of(octets):
    return list(struct.unpack(f"<{len(octets) // 4}I", octets))


CHACHA_CONSTANTS = words_of(b"expand 32-byte k")


def hchacha20(key, nonce16):
    state = chacha_rounds(CHACHA_CONSTANTS + words_of(key) + words_of(nonce16))
    return struct.pack("<8I", *state[:4], *state[12:])


def chacha20(key, counter, nonce12, octets):
    out = bytearray()
    for at in range(0, len(octets), 64):
        start = CHACHA_CONSTANTS + words_of(key) + [counter + at // 64] + words_of(nonce12)
        mixed = chacha_rounds(start.copy())
        stream = struct.pack("<16I", *((a + b) & 0xFFFFFFFF for a, b in zip(start, mixed)))
        out += bytes(a ^ b for a, b in zip(octets[at : at + 64], stream))
    return bytes(out)


def poly1305(key, octets):
    r = int.from_bytes(key[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    total = 0
    for at in range(0, len(octets), 16):
        total = (total + int.from_bytes(octets[at : at + 16] + b"\1", "little")) * r % (2**130 - 5)
    return (total + int.from_bytes(key[16:], "little") & 2**128 - 1).to_bytes(16, "little")


def xchacha20poly1305_open(key, nonce24, sealed, associated):
    """The plaintext; None if the tag is wrong."""
    subkey, nonce = hchacha20(key, nonce24[:16]), bytes(4) + nonce24[16:]
    octets, tag = sealed[:-16], sealed[-16:]
    padded = b"".join(part + bytes(-len(part) % 16) for part in (associated, octets))
    lengths = struct.pack("<QQ", len(associated), len(octets))
    if poly1305(chacha20(subkey, 0, nonce, bytes(32)), padded + lengths) != tag:
        return None
    return chacha20(subkey, 1, nonce, octets)


def open_body(header, sealed, key):
    require(header["key_commitment"], "body-not-sealed")
    require(len(key) == 32 and sha256(domain(b"body-key"), key) == header["key_commitment"], "body-key-wrong")
    require(len(sealed) >= 24 + 16, "sealed-body-wrong")
    place = domain(b"sealed-body") + header["project"] + header["desk"] + header["index"].to_bytes(8, "big")
    body = xchacha20poly1305_open(key, sealed[:24], sealed[24:], place)
    require(body is not None, "sealed-body-wrong")
    return body


# ---- sealed exchange: X25519 (RFC 7748), libsodium's sealed boxes and secretstream ----

SLOT_SIZES, SLOT_RECIPIENTS, BOX, BOXES_AT = (16 * KIB, 128 * KIB, KIB**2), 16, 80, 8
STREAM_HEADER_AT = BOXES_AT + SLOT_RECIPIENTS * BOX
STREAM_AT = STREAM_HEADER_AT + 24
LETTER_MAX = 64 * KIB**2
PART = {1: ("letter", "bytes"), 2: ("part", "uint32"), 3: ("parts", "uint32"), 4: ("octets", "bytes")}
SIGNED_LETTER = {1: ("letter", "bytes"), 2: ("alg", "int32"), 3: ("signature", "bytes")}
LETTER = {1: ("project", "bytes"), 2: ("desk", "bytes"), 3: ("recipients", ["bytes"]), 4: ("time", "int64"),
          5: ("name", "string"), 6: ("content", "bytes")}
SUBMISSION = {1: ("project", "bytes"), 2: ("desk", "bytes"), 3: ("alg", "int32"), 4: ("signature", "bytes")}


def x25519(secret, point):
    p = 2**255 - 19
    k = int.from_bytes(secret, "little") & ~7 & 2**254 - 1 | 2**254
    x1 = int.from_bytes(point, "little") & 2**255 - 1
    x2, z2, x3, z3, swap = 1, 0, x1, 1, 0
    for t in reversed(range(255)):
        bit = k >> t & 1
        if swap ^ bit:
            x2, x3, z2, z3 = x3, x2, z3, z2
        swap = bit
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        da, cb, aa, bb = d * a % p, c * b % p, a * a % p, b * b % p
        x3, z3 = (da + cb) ** 2 % p, x1 * (da - cb) ** 2 % p
        e = aa - bb
        x2, z2 = aa * bb % p, e * (aa + 121665 * e) % p
    if swap:
        x2, z2 = x3, z3
    return (x2 * pow(z2, p - 2, p) % p).to_bytes(32, "little")


def chacha20_djb(key, nonce8, octets):
    """With a counter of 64 bits, which never passes 32 here."""
    return chacha20(key, 0, bytes(4) + nonce8, octets)


def open_box(box, secret, public):
    shared = x25519(secret, box[:32])
    if not any(shared):
        return None
    nonce = hashlib.blake2b(box[:32] + public, digest_size=24).digest()
    subkey = hchacha20(hchacha20(shared, bytes(16)), nonce[:16])
    stream = chacha20_djb(subkey, nonce[16:], bytes(32) + box[48:])
    return stream[32:] if poly1305(stream[:32], box[48:]) == box[32:48] else None


def open_stream(key, header, octets, associated):
    """The one message with the tag FINAL; None if it was altered."""
    key, nonce = hchacha20(key, header[:16]), struct.pack("<I", 1) + header[16:]
    keystream = chacha20(key, 1, nonce, bytes(64))
    content, mac = octets[1:-16], octets[-16:]
    block = octets[:1] + keystream[1:]
    signed = associated + bytes(-len(associated) % 16) + block + content + bytes(len(content) % 16)
    signed += struct.pack("<QQ", len(associated), 64 + len(content))
    if poly1305(chacha20(key, 0, nonce, bytes(32)), signed) != mac or octets[0] ^ keystream[0] != 3:
        return None
    return chacha20(key, 2, nonce, content)


def parse_slot(slot):
    require(len(slot) in SLOT_SIZES, "slot-size-wrong")
    end = int.from_bytes(slot[:8], "big", signed=True)
    require(end > 0 and end % 86400 == 0 and are_times(end), "slot-end-wrong")
    return end


def open_slot(slot, secrets):
    parse_slot(slot)
    for secret in secrets:
        public = x25519(secret, (9).to_bytes(32, "little"))
        for at in range(BOXES_AT, STREAM_HEADER_AT, BOX):
            key = open_box(slot[at : at + BOX], secret, public)
            if key is None:
                continue
            associated = domain(b"sealed-slot") + slot[:STREAM_HEADER_AT]
            plain = open_stream(key, slot[STREAM_HEADER_AT:STREAM_AT], slot[STREAM_AT:], associated)
            require(plain is not None, "slot-damaged")
            bad, size = "part-malformed", int.from_bytes(plain[:4], "big")
            require(size <= len(plain) - 4 and not any(plain[4 + size :]), bad)
            part = parse(PART, plain[4 : 4 + size], bad)
            require(len(part["letter"]) == 32 and part["part"] < part["parts"] and part["octets"], bad)
            return part
    raise Refused("slot-not-ours")


def verify_letter(charter, us, data):
    bad = "letter-malformed"
    require(len(data) <= LETTER_MAX + 2 * HEADER_MAX, bad)
    signed = parse(SIGNED_LETTER, data, bad)
    require(signed["alg"] == ED25519, bad)
    letter = parse(LETTER, signed["letter"], bad)
    require(len(letter["project"]) == len(letter["desk"]) == 32 and are_times(letter["time"]), bad)
    name = letter["name"]
    require(0 < octets_of(name) <= 255 and name not in (".", "..") and not set(name) & set("/\\\0"), bad)
    require(0 < len(letter["recipients"]) <= SLOT_RECIPIENTS, bad)
    require(all(len(recipient) == 32 for recipient in letter["recipients"]), bad)
    require(letter["project"] == charter["project"], "letter-of-another-project")
    desks = [desk["key"] for desk in charter["desks"] + charter["closed_desks"]]
    require(letter["desk"] in desks, "letter-of-unknown-desk")
    text = domain(b"sealed-letter") + signed["letter"]
    require(verify(letter["desk"], text, signed["signature"]), "letter-signature-invalid")
    require(us in letter["recipients"], "letter-not-for-us")
    return letter


def verify_submission(text, relay, slot):
    bad = "submission-malformed"
    try:
        data = base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4))
    except ValueError:
        raise Refused(bad) from None
    require(len(text) <= 512 and base64.urlsafe_b64encode(data).rstrip(b"=") == text, bad)
    submission = parse(SUBMISSION, data, bad)
    require(submission["alg"] == ED25519 and len(submission["project"]) == len(submission["desk"]) == 32, bad)
    signed = domain(b"sealed-submission") + relay + slot
    require(verify(submission["desk"], signed, submission["signature"]), "submission-signature-invalid")
    return submission


def verify_content(entry, header):
    content = [tag for tag in entry["last"] if tag in (2, 3)]
    if not content or content[-1] == 3:
        require(content and entry["absence"] > 0, "body-missing-reason")
        return
    require(len(entry["body"]) <= BODY_MAX, "body-too-large")
    require(len(entry["body"]) == header["body_size"], "body-size-wrong")
    require(body_commitment(entry["body"]) == header["body_commitment"], "body-commitment-wrong")


def verify_bundle(charter, data):
    require(len(data) <= BUNDLE_MAX, "bundle-too-large")
    found = fields(data)
    require(found is not None, "bundle-malformed")
    entries = sum(1 for tag, wire, _ in found if (tag, wire) == (3, 2))
    require(entries > 0, "bundle-empty")
    require(entries <= ENTRIES_MAX, "bundle-malformed")
    require(sum(1 for tag, wire, _ in found if (tag, wire) == (4, 2)) <= PROOF_MAX, "proof-too-long")
    bundle = parse(BUNDLE, data, "bundle-malformed")
    head = verify_head(charter, bundle["head"])
    leaves = []
    for place, entry in enumerate(bundle["entries"], bundle["from"]):
        header = parse_header(entry["header"])
        require((header["project"], header["desk"]) == (head["project"], head["desk"]), "entry-of-another-log")
        require(header["index"] == place, "entry-index-wrong")
        verify_content(entry, header)
        leaves.append(leaf_hash(entry["header"]))
    require(all(len(node) == 32 for node in bundle["proof"]), "bundle-malformed")
    root = root_of_run(head["size"], bundle["from"], leaves, bundle["proof"])
    require(root == head["root"], "bundle-root-mismatch")
    return head, bundle["from"], leaves


# ---- statements ----


def verify_freeze(charter, content, signer):
    bad = "freeze-malformed"
    freeze = parse(FREEZE, content, bad)
    require(len(freeze["charter"]) == 32 and are_times(freeze["time"]), bad)
    while charter is not None and charter["hash"] != freeze["charter"]:
        charter = charter["before"]
    require(charter is not None, "freeze-of-unknown-charter")
    require(any(root["key"] == signer for root in charter["root_keys"]), "statement-signer-unknown")
    return freeze["charter"], None


def check_fork_head(charter, data):
    head = parse_checkpoint(data)
    require(head["project"] == charter["project"], "head-of-another-project")
    listed = charter["desks"] + charter["closed_desks"]
    require(any(desk["key"] == head["desk"] for desk in listed), "head-of-unknown-desk")
    require(verify(head["desk"], head["text"], head["signature"]), "head-signature-invalid")
    return head


def cut_roots(size, cut, proof):
    """The root of the tree of `size` leaves and that of its first `cut`, from the subtrees on both sides of the cut."""
    hashes = iter(proof)

    def fold(begin, end):
        """(root, root of the part before the cut or None)"""
        if end <= cut:
            node = next(hashes)
            return node, node
        if cut <= begin:
            return next(hashes), None
        middle = begin + split(end - begin)
        (left, left_before), (right, right_before) = fold(begin, middle), fold(middle, end)
        before = left_before if right_before is None else node_hash(left_before, right_before)
        return node_hash(left, right), before

    return fold(0, size)


def verify_fork_proof(charter, content, _):
    bad = "fork-proof-malformed"
    proof = parse(FORK_PROOF, content, bad)
    require(len(proof["proof"]) <= PROOF_MAX, "proof-too-long")
    smaller, larger = check_fork_head(charter, proof["smaller"]), check_fork_head(charter, proof["larger"])
    require(smaller["desk"] == larger["desk"] and smaller["size"] <= larger["size"], bad)
    require(all(len(node) == 32 for node in proof["proof"]), bad)
    size, cut = larger["size"], smaller["size"]
    if cut == size:
        require(not proof["proof"], "proof-too-long")
        require(smaller["root"] != larger["root"], "fork-proof-consistent")
    else:
        require(cut > 0, "fork-proof-consistent")
        wanted = proof_size(0, size, cut, cut)
        require(len(proof["proof"]) >= wanted, "proof-too-short")
        require(len(proof["proof"]) <= wanted, "proof-too-long")
        root, before = cut_roots(size, cut, proof["proof"])
        require(root == larger["root"], "fork-proof-root-mismatch")
        require(before != smaller["root"], "fork-proof-consistent")
    return sha256(domain(b"log"), charter["project"], smaller["desk"]), None


def chain_of(charter):
    """From version 1 to this one."""
    return [] if charter is None else chain_of(charter["before"]) + [charter]


def verify_charter_fork(charter, content, _):
    bad = "charter-fork-malformed"
    signed = parse(CHARTER_FORK, content, bad)["signed_charters"]
    require(len(signed) == 2, bad)
    versions = [parse_charter(parse_signed_charter(item)[0])["version"] for item in signed]
    require(versions[0] == versions[1] and versions[0] >= 2, bad)
    chain = chain_of(charter)
    require(versions[0] - 1 <= len(chain), "charter-fork-of-unknown-charter")
    common = chain[versions[0] - 2]
    branches = [verify_update(common, item)["hash"] for item in signed]
    require(branches[0] < branches[1], bad)
    return common["hash"], None


def verify_charter_seen(charter, content, signer):
    bad = "charter-seen-malformed"
    seen = parse(CHARTER_SEEN, content, bad)
    require(seen["version"] >= 1 and len(seen["hash"]) == 32 and len(seen["freeze"]) in (0, 32), bad)
    require(are_times(seen["time"]), bad)
    chain = chain_of(charter)
    deciding = {len(chain), len(chain) - 1, seen["version"] - 1}
    policies = [item["witness"]["relays"] for item in chain if item["version"] in deciding]
    witnesses = [relay["witness_key"] for relays in policies for relay in relays]
    require(signer in witnesses, "statement-signer-unknown")
    is_of_another = seen["version"] <= len(chain) and chain[seen["version"] - 1]["hash"] != seen["hash"]
    return sha256(domain(b"charter-seen-slot"), signer) if is_of_another else signer, seen["time"]


def verify_retraction(charter, content, signer):
    verify_bundle(charter, content)
    entries = parse(BUNDLE, content, "bundle-malformed")["entries"]
    headers = [parse_header(entry["header"]) for entry in entries]
    require(len(headers) == 1 and headers[0]["kind"] == 3, "retraction-proof-malformed")
    return headers[0]["target"], None


def verify_retraction_cosignature(charter, content, signer):
    bad = "retraction-cosignature-malformed"
    cosignature = parse(RETRACTION_COSIGNATURE, content, bad)
    require(len(cosignature["retraction"]) == 32, bad)
    keys = [item["key"] for item in charter["root_keys"] + charter["desks"]]
    require(signer in keys, "statement-signer-unknown")
    return sha256(domain(b"retraction-cosignature-slot"), cosignature["retraction"], signer), None


def verify_cosigned_head(charter, content, _):
    cosigned = parse_cosigned_head(content)
    head = verify_head(charter, b"".join(content.splitlines(True)[:-1]))
    listed = [relay for relay in charter["witness"]["relays"] if relay["relay"] == cosigned[1]]
    require(listed, "statement-signer-unknown")
    check_cosignature(cosigned, listed[0]["witness_key"])
    log = sha256(domain(b"log"), charter["project"], head["desk"])
    return sha256(log, listed[0]["witness_key"]), cosigned[3]


def verify_receipt(charter, content, signer):
    receipt = parse_receipt(content)
    logs = [sha256(domain(b"log"), charter["project"], desk["key"]) for desk in charter["desks"] + charter["closed_desks"]]
    require(receipt["log"] in logs, "receipt-of-unknown-log")
    require(any(relay["mirror_key"] == signer for relay in charter["witness"]["relays"]), "statement-signer-unknown")
    return sha256(receipt["log"], signer), receipt["time"]


def verify_withholding(charter, content, signer):
    bad = "withholding-malformed"
    notice = parse(WITHHOLDING, content, bad)
    require(len(notice["entry"]) == 32 and is_country(notice["country"]), bad)
    require(octets_of(notice["reason"]) <= WITHHOLDING_REASON_MAX and (notice["reason"] or notice["lifted"]), bad)
    require(are_times(notice["time"]), bad)
    require(any(relay["relay"] == signer for relay in charter["witness"]["relays"]), "statement-signer-unknown")
    return sha256(domain(b"withholding-slot"), notice["entry"], signer), notice["time"]


# kind: (name and domain, is it signed, most octets of the content, its rule)
STATEMENTS = {
    1: ("freeze", True, SMALL_STATEMENT_MAX, verify_freeze),
    2: ("fork-proof", False, FORK_PROOF_MAX, verify_fork_proof),
    3: ("charter-fork", False, CHARTER_FORK_MAX, verify_charter_fork),
    4: ("retraction", False, RETRACTION_PROOF_MAX, verify_retraction),
    5: ("retraction-cosignature", True, SMALL_STATEMENT_MAX, verify_retraction_cosignature),
    6: ("charter-seen", True, SMALL_STATEMENT_MAX, verify_charter_seen),
    7: ("cosigned-head", False, COSIGNED_MAX, verify_cosigned_head),
    8: ("receipt", True, RECEIPT_MAX, verify_receipt),
    9: ("withholding", True, SMALL_STATEMENT_MAX, verify_withholding),
}


def verify_statement(charter, data):
    """(kind, slot, time or None)"""
    bad = "statement-malformed"
    require(len(data) <= STATEMENT_MAX, "statement-too-large")
    statement = parse(STATEMENT, data, bad)
    require(len(statement["project"]) == 32, bad)
    require(statement["kind"] in STATEMENTS, "statement-kind-unknown")
    name, is_signed, most, rule = STATEMENTS[statement["kind"]]
    require(len(statement["content"]) <= most, "statement-too-large")
    require(statement["project"] == charter["project"], "statement-of-another-project")
    if is_signed:
        require(statement["alg"] == ED25519 and len(statement["key"]) == 32 and len(statement["signature"]) == 64, bad)
        message = domain(name.encode()) + statement["project"] + statement["content"]
        require(verify(statement["key"], message, statement["signature"]), "statement-signature-invalid")
    else:
        require(statement["alg"] == 0 and not statement["key"] and not statement["signature"], bad)
    return statement["kind"], *rule(charter, statement["content"], statement["key"])


# ---- attachments and archives ----


def hashes_in(data):
    return [data[i : i + 32] for i in range(0, len(data), 32)]


def block_count(size):
    return (size + BLOCK - 1) // BLOCK


def check_blob_size(size):
    require(1 <= size <= BLOB_MAX, "blob-size-invalid")


def verify_leaves(root, size, leaves):
    check_blob_size(size)
    require(len(leaves) == block_count(size), "blob-leaves-wrong")
    level = leaves + [bytes(32)] * ((1 << (len(leaves) - 1).bit_length()) - len(leaves))
    while len(level) > 1:
        level = [sha256(level[i], level[i + 1]) for i in range(0, len(level), 2)]
    require(level[0] == root, "blob-leaves-wrong")


def verify_block(root, size, index, block, path):
    check_blob_size(size)
    blocks = block_count(size)
    require(index < blocks and len(block) == min(BLOCK, size - index * BLOCK), "block-wrong")
    require(len(path) == (blocks - 1).bit_length(), "block-path-length")
    node = sha256(block)
    for level, sibling in enumerate(path):
        node = sha256(sibling, node) if index >> level & 1 else sha256(node, sibling)
    require(node == root, "block-wrong")


def parse_archive(data):
    records, at = [], 0
    while len(data) - at >= 4:
        size = int.from_bytes(data[at : at + 4], "big")
        require(size <= RECORD_MAX, "archive-malformed")
        require(len(data) - at - 4 >= size, "archive-truncated")
        record = parse(RECORD, data[at + 4 : at + 4 + size], "archive-malformed")
        if record["last"]:
            records.append(record[RECORD[record["last"][-1]][0]])
        at += 4 + size
    require(at == len(data), "archive-truncated")
    return records


# ---- what relays say: cosigned heads, receipts, descriptors ----

RECEIPT = {
    1: ("log", "bytes"), 2: ("size", "uint64"), 3: ("root", "bytes"), 4: ("time", "int64"), 5: ("from", "uint64"),
    6: ("to", "uint64"),
    7: ("exceptions", [{1: ("from", "uint64"), 2: ("to", "uint64"), 3: ("absence", "int32")}]),
}
DESCRIPTOR = {
    1: ("relay", "bytes"), 2: ("witness_key", "bytes"), 3: ("mirror_key", "bytes"), 4: ("label", "string"),
    5: ("country", "string"), 6: ("addresses", ["string"]), 7: ("time", "int64"),
}
SIGNED_DESCRIPTOR = {1: ("content", "bytes"), 2: ("alg", "int32"), 3: ("signature", "bytes")}
DESCRIPTOR_MAX, ADDRESSES_MAX, ADDRESS_MAX = 16 * KIB, 16, 512


def parse_cosigned_head(data):
    bad = "cosignature-malformed"
    require(len(data) <= COSIGNED_MAX, "cosignature-too-large")
    lines = data.split(b"\n")
    require(len(lines) >= 3 and lines[-1] == b"", bad)
    line = lines[-2]
    head = parse_checkpoint(data[: len(data) - len(line) - 1])
    mark, _, rest = line.partition(b" ")
    name, space, text = rest.rpartition(b" ")
    require(mark == "—".encode() and space and name.startswith(b"tamizdat/"), bad)
    relay = parse_id("tzrelay", name[len(b"tamizdat/") :])
    try:
        octets = from_base64(text)
    except Refused:
        raise Refused(bad) from None
    time = int.from_bytes(octets[4:12], "big")
    require(len(octets) == 76 and time <= TIME_MAX, bad)
    return head, relay, octets[:4], time, octets[12:]


def check_cosignature(cosigned, key):
    head, relay, key_id, time, signature = cosigned
    name = f"tamizdat/{print_id('tzrelay', relay)}".encode()
    require(key_id == sha256(name, b"\n\4", key)[:4], "cosignature-key-id")
    text = f"cosignature/v1\ntime {time}\n".encode() + head["text"]
    require(verify(key, text, signature), "cosignature-invalid")


def parse_receipt(data):
    bad = "receipt-malformed"
    require(len(data) <= RECEIPT_MAX, "receipt-too-large")
    receipt = parse(RECEIPT, data, bad)
    require(len(receipt["log"]) == 32 and len(receipt["root"]) == 32, bad)
    require(receipt["from"] <= receipt["to"] <= receipt["size"] <= LOG_MAX, bad)
    require(receipt["size"] != 0 or receipt["root"] == sha256(), bad)
    require(are_times(receipt["time"]) and len(receipt["exceptions"]) <= EXCEPTIONS_MAX, bad)
    end = receipt["from"]
    for exception in receipt["exceptions"]:
        require(end <= exception["from"] < exception["to"] <= receipt["to"] and exception["absence"] > 0, bad)
        end = exception["to"]
    return receipt


def verify_descriptor(data):
    bad = "descriptor-malformed"
    require(len(data) <= DESCRIPTOR_MAX, "descriptor-too-large")
    envelope = parse(SIGNED_DESCRIPTOR, data, bad)
    require(envelope["alg"] == ED25519 and len(envelope["signature"]) == 64, bad)
    descriptor = parse(DESCRIPTOR, envelope["content"], bad)
    keys = [descriptor[name] for name in ("relay", "witness_key", "mirror_key")]
    require(all(len(key) == 32 and is_public_key(key) for key in keys) and len(set(keys)) == 3, bad)
    require(octets_of(descriptor["label"]) <= TITLE_MAX and are_times(descriptor["time"]), bad)
    require(descriptor["country"] == "" or is_country(descriptor["country"]), bad)
    require(len(descriptor["addresses"]) <= ADDRESSES_MAX, bad)
    require(all(0 < octets_of(address) <= ADDRESS_MAX for address in descriptor["addresses"]), bad)
    message = domain(b"relay-descriptor") + envelope["content"]
    require(verify(descriptor["relay"], message, envelope["signature"]), "descriptor-signature-invalid")
    return descriptor


# ---- freshness ----


def reached_by(quorum, values):
    """The largest value that so many reach; None if there are fewer."""
    return sorted(values, reverse=True)[quorum - 1] if len(values) >= quorum else None


def judge_freshness(charter, log, size, root, leaves, statements, now):
    """(verdict, since, witnessed, contradicted) of the first `size` entries, whose root is known, and of some their leaves"""
    policy = charter["witness"]
    quorum, limit = policy["quorum"], policy["fresh_seconds"] or 86400
    if quorum == 0:
        return "unwitnessed", None, 0, False
    relays = {relay["witness_key"]: relay["relay"] for relay in policy["relays"]}
    seen, heads = {}, {}  # by relay: (time, ...) of its newest word
    for octets in statements:
        kind, _, time = verify_statement(charter, octets)
        statement = parse(STATEMENT, octets, "statement-malformed")
        if kind == 6 and statement["key"] in relays:
            word, words, relay = parse(CHARTER_SEEN, statement["content"], ""), seen, relays[statement["key"]]
        elif kind == 7:
            word, relay, *_ = parse_cosigned_head(statement["content"])
            words = heads
            if sha256(domain(b"log"), word["project"], word["desk"]) != log or relay not in relays.values():
                continue
        else:
            continue
        if time <= now + 600 and (relay not in words or words[relay][0] < time):
            words[relay] = time, word
    same = [time for time, word in seen.values() if (word["version"], word["hash"]) == (charter["version"], charter["hash"])]
    later = [word for _, word in seen.values() if word["version"] > charter["version"]]
    charter_time = reached_by(quorum, same)

    def agrees(head_size, head_root):
        """None: the reader cannot tell"""
        if head_size > size:
            return True
        own = root if head_size == size else tree_root(leaves[:head_size]) if head_size <= len(leaves) else None
        return None if own is None else own == head_root

    closed = [desk for desk in charter["closed_desks"] if sha256(domain(b"log"), charter["project"], desk["key"]) == log]
    if closed:
        verdicts = [agrees(closed[0]["size"], closed[0]["root"])]
        witnessed, log_time = closed[0]["size"], charter_time if verdicts[0] else None
    else:
        verdicts = [agrees(word["size"], word["root"]) for _, word in heads.values()]
        known = [pair for pair, good in zip(heads.values(), verdicts) if good]
        witnessed = reached_by(quorum, [word["size"] for _, word in known])
        reaching = [time for time, word in known if witnessed is not None and word["size"] >= witnessed]
        log_time = reached_by(quorum, reaching)
    contradicted = False in verdicts
    times = [time for time in (charter_time, log_time) if time is not None]
    since = min(times) if len(times) == 2 else None
    if len(later) >= quorum or (witnessed or 0) > size:
        verdict = "withheld"
    elif since is not None and now - since <= limit and not contradicted:
        verdict = "fresh"
    else:
        verdict = "stale"
    return verdict, since, witnessed or 0, contradicted


# ---- forked charters ----


def decide_charters(own, branch, version, statements):
    """(verdict, quorum, silent, contradicting) of two chains that part at this version, for whoever has the first one."""
    policy = own[version - 2]["witness"]
    relays = [relay["witness_key"] for relay in policy["relays"]]
    quorum = max(policy["quorum"], least_quorum(policy["relays"]))
    named = {key: set() for key in relays}
    for octets in statements:
        verify_statement(own[-1], octets)
        statement = parse(STATEMENT, octets, "statement-malformed")
        seen = parse(CHARTER_SEEN, statement["content"], "")
        if statement["key"] not in named or seen["version"] < version:
            continue
        if seen["version"] == version:
            named[statement["key"]].add(seen["hash"])
        for chain in own, branch:
            if version < seen["version"] <= len(chain) and chain[seen["version"] - 1]["hash"] == seen["hash"]:
                named[statement["key"]].add(chain[version - 1]["hash"])
    silent = sum(not words for words in named.values())
    branches = {own[version - 1]["hash"]: 0, branch[version - 1]["hash"]: 0}
    for words in named.values():
        if len(words) == 1:
            word, = words
            branches[word] = branches.get(word, 0) + 1
    winners = [charter for charter, count in branches.items() if count >= quorum]
    if winners:
        verdict = "one" if winners[0] == own[version - 1]["hash"] else "other"
    else:
        verdict = "undecided" if max(branches.values()) + silent >= quorum else "undecidable"
    return verdict, quorum, silent, sum(len(words) > 1 for words in named.values())


def tree_root(leaves):
    if not leaves:
        return sha256()
    return leaves[0] if len(leaves) == 1 else node_hash(*map(tree_root, (leaves[:split(len(leaves))], leaves[split(len(leaves)):])))


# ---- running vectors: each returns its facts ----


def run_id(lines, payloads):
    return {"octets": parse_id(lines["prefix"], payloads["text"][0]).hex()}


def run_base64(_, payloads):
    return {"octets": from_base64(payloads["text"][0]).hex()}


def run_seed(_, payloads):
    require(len(payloads["seed"][0]) == 32, "key-invalid")
    return {"key": public_key(payloads["seed"][0]).hex()}


def run_signature(_, payloads):
    require(verify(payloads["key"][0], payloads["message"][0], payloads["signature"][0]), "refused")
    return {}


def run_run(lines, payloads):
    leaves, proof = hashes_in(payloads["leaves"][0]), hashes_in(payloads["proof"][0])
    return {"root": root_of_run(int(lines["size"]), int(lines["from"]), leaves, proof).hex()}


def run_checkpoint(_, payloads):
    head = parse_checkpoint(payloads["checkpoint"][0])
    return {"log": log_id(head["project"], head["desk"]), "size": str(head["size"]), "root": head["root"].hex()}


def run_charter(_, payloads):
    charter = verify_chain(payloads.get("charter", []))
    return {"project": print_id("tzproject", charter["project"]), "version": str(charter["version"]),
            "hash": charter["hash"].hex()}


def run_head(_, payloads):
    head = verify_head(verify_chain(payloads["charter"]), payloads["checkpoint"][0])
    return {"log": log_id(head["project"], head["desk"]), "size": str(head["size"])}


def run_bundle(_, payloads):
    head, start, leaves = verify_bundle(verify_chain(payloads["charter"]), payloads["bundle"][0])
    return {"log": log_id(head["project"], head["desk"]), "size": str(head["size"]), "from": str(start),
            "to": str(start + len(leaves)), "first-entry": print_id("tzentry", leaves[0]),
            "last-entry": print_id("tzentry", leaves[-1])}


def run_header(_, payloads):
    header = parse_header(payloads["header"][0])
    return {"entry": print_id("tzentry", leaf_hash(payloads["header"][0])), "index": str(header["index"]),
            "kind": str(header["kind"]), "body-size": str(header["body_size"])}


def run_body(_, payloads):
    body = parse_body(payloads["body"][0])
    return {"commitment": body_commitment(payloads["body"][0]).hex(), "attachments": str(len(body["attachments"]))}


def run_sealed_body(_, payloads):
    header = parse_header(payloads["header"][0])
    return {"body": sha256(open_body(header, payloads["sealed"][0], payloads["key"][0])).hex()}


def run_slot(_, payloads):
    slot = payloads["slot"][0]
    part = open_slot(slot, payloads.get("secret", []))
    return {"slot": sha256(domain(b"sealed-slot-id"), slot).hex(), "ends": str(parse_slot(slot)), "letter": part["letter"].hex(),
            "part": f"{part['part']} of {part['parts']}", "octets": sha256(part["octets"]).hex()}


def run_letter(_, payloads):
    letter = verify_letter(verify_chain(payloads["charter"]), payloads["us"][0], payloads["letter"][0])
    return {"hash": sha256(domain(b"sealed-letter-id"), payloads["letter"][0]).hex(), "name": letter["name"],
            "content": sha256(letter["content"]).hex()}


def run_submission(_, payloads):
    desk = verify_submission(payloads["text"][0], payloads["relay"][0], payloads["slot-id"][0])
    return {"desk": print_id("tzdesk", desk["desk"])}


def run_archive(_, payloads):
    records = parse_archive(payloads["archive"][0])
    return {"records": str(len(records)), "content": sha256(*records).hex()}


def run_statement(_, payloads):
    kind, slot, time = verify_statement(verify_chain(payloads["charter"]), payloads["statement"][0])
    return {"kind": str(kind), "slot": slot.hex()} | ({} if time is None else {"time": str(time)})


def run_freshness(lines, payloads):
    charter, log = verify_chain(payloads["charter"]), payloads["log"][0]
    verdict, since, witnessed, contradicted = judge_freshness(
        charter, log, int(lines["size"]), payloads["root"][0], hashes_in(payloads["leaves"][0]), payloads.get("statement", []),
        int(lines["now"]))
    return {"result": verdict, "since": "never" if since is None else str(since), "witnessed": str(witnessed),
            "contradicted": "yes" if contradicted else "no"}


def run_charter_decision(lines, payloads):
    own, version = chain_of(verify_chain(payloads["charter"])), int(lines["version"])
    branch = own[:version - 1]
    for signed in payloads["branch"]:
        branch = branch + [verify_update(branch[-1], signed)]
    verdict, quorum, silent, contradicting = decide_charters(own, branch, version, payloads.get("statement", []))
    return {"result": verdict, "quorum": str(quorum), "silent": str(silent), "contradicting": str(contradicting)}


def run_leaves(lines, payloads):
    verify_leaves(payloads["root"][0], int(lines["size"]), hashes_in(payloads["leaves"][0]))
    return {}


def run_block(lines, payloads):
    path = hashes_in(payloads["path"][0])
    verify_block(payloads["root"][0], int(lines["size"]), int(lines["index"]), payloads["block"][0], path)
    return {}


def run_cosigned_head(_, payloads):
    cosigned = parse_cosigned_head(payloads["cosigned-head"][0])
    check_cosignature(cosigned, payloads["key"][0])
    head, relay, _, time, _ = cosigned
    return {"relay": print_id("tzrelay", relay), "time": str(time), "log": log_id(head["project"], head["desk"]),
            "size": str(head["size"])}


def run_receipt(_, payloads):
    receipt = parse_receipt(payloads["receipt"][0])
    return {"log": print_id("tzlog", receipt["log"]), "root": receipt["root"].hex(),
            "exceptions": str(len(receipt["exceptions"]))} | {
                name: str(receipt[name]) for name in ("size", "time", "from", "to")}


def run_relay_descriptor(_, payloads):
    descriptor = verify_descriptor(payloads["relay-descriptor"][0])
    return {"relay": print_id("tzrelay", descriptor["relay"]), "witness-key": descriptor["witness_key"].hex(),
            "mirror-key": descriptor["mirror_key"].hex(), "country": descriptor["country"],
            "addresses": str(len(descriptor["addresses"]))}


def judge(lines, payloads):
    """(result, facts)"""
    try:
        facts = globals()["run_" + lines["what"].replace("-", "_")](lines, payloads)
        return facts.pop("result", "ok"), facts
    except Refused as refused:
        return str(refused), {}


def main():
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent
    files = sorted(file for file in folder.rglob("*.txt") if file.name != "CMakeLists.txt")
    wrong = 0
    for file in files:
        lines, payloads = read_vector(file)
        result, facts = judge(lines, payloads)
        faults = [f"{name} is {value}" for name, value in facts.items() if lines.get(name) != value]
        if result != lines["expect"]:
            faults.insert(0, f"expected {lines['expect']}, is {result}")
        if faults:
            wrong += 1
            print(f"{file.relative_to(folder)}: {'; '.join(faults)}")
    print(f"{len(files)} vectors, {wrong} with another result")
    return 1 if wrong or not files else 0


if __name__ == "__main__":
    sys.exit(main())
