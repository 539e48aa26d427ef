#!/usr/bin/env python3
"""The examples of proto/README.md against the vectors that they name: every octet, length, hash and id that the page shows.

    tests/vectors/readme.py

An example is an indented block behind the name of its vector. Each line is octets in hex, at least three spaces, and what
they are: a tag, a length and a value, or one run of octets. "..." stands for the rest of the value, or of the "N octets" that
the line names. What a line calls "N octets" has so many.
"""

import base64
import re
import sys
from pathlib import Path

import verify

VECTORS = Path(__file__).resolve().parent
README = VECTORS.parent.parent / "proto/README.md"
DUMP = re.compile(r"((?:[0-9a-f]{2})+(?: (?:[0-9a-f]{2})+)*(?: ?\.\.\.)?|\.\.\.)   +(\S.*)")
BLOCK = re.compile(r"(?:^ {4}.*\n(?:\n(?= {4}))?)+", re.MULTILINE)
VECTOR = re.compile(r"`tests/vectors/([\w/-]+\.txt)`(?:\)?, ([\d,]+) octets)?")
OCTETS = re.compile(r"([\d,]+) octets")
FEWEST_DUMPS = 18


def count(text):
    return int(text.replace(",", ""))


def unsigned(octets):
    return verify.take_varint(octets, 0, 10)[0]


def octets_of(line):
    """What the line shows, and how many octets it leaves out."""
    hexes, comment = DUMP.fullmatch(line.strip()).groups()
    tokens = [bytes.fromhex(token) for token in hexes.replace("...", "").split()]
    stated = OCTETS.search(comment)
    is_field = len(tokens) >= 2 and unsigned(tokens[0]) & 7 == 2
    shown, whole = b"".join(tokens), count(stated[1]) if stated else None
    if is_field:
        length = unsigned(tokens[1])
        verify.require(whole in (None, length), f"{line}: it has {length} octets")
        whole = length + len(tokens[0]) + len(tokens[1])
    if not hexes.endswith("..."):
        verify.require(is_field or whole in (None, len(shown)), f"{line}: it has {len(shown)} octets")
        return shown, 0
    verify.require(whole is not None and whole >= len(shown), f"{line}: how many octets are left out?")
    return shown, whole - len(shown)


def what_it_has(path):
    """Payloads of the vector, and what comes out of them: what was sealed, and the text of a submission."""
    lines, payloads = verify.read_vector(VECTORS / path)
    out = [octets for each in payloads.values() for octets in each]
    for text in payloads.get("text", []):
        out.append(base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4)))
    for slot in payloads.get("slot", []):
        verify.open_slot(slot, payloads["secret"])
        out.append(plaintext_of(slot, payloads["secret"][0]))
    return lines, payloads, out


def plaintext_of(slot, secret):
    public = verify.x25519(secret, (9).to_bytes(32, "little"))
    boxes = (slot[at : at + verify.BOX] for at in range(verify.BOXES_AT, verify.STREAM_HEADER_AT, verify.BOX))
    key = next(filter(None, (verify.open_box(box, secret, public) for box in boxes)))
    associated = verify.domain(b"sealed-slot") + slot[: verify.STREAM_HEADER_AT]
    return verify.open_stream(key, slot[verify.STREAM_HEADER_AT : verify.STREAM_AT], slot[verify.STREAM_AT :], associated)


def hashes_of(payloads):
    for signed in payloads.get("charter", []):
        yield verify.sha256(verify.domain(b"charter"), verify.parse(verify.SIGNED_CHARTER, signed, "")["charter"])
    yield from map(verify.leaf_hash, payloads.get("header", []))


def check_dump(block, vector, has, size):
    pattern, total = b"", 0
    for line in block.splitlines():
        verify.require(DUMP.fullmatch(line.strip()), f"not octets and what they are: {line}")
        shown, left_out = octets_of(line)
        pattern += re.escape(shown) + b".{%d}" % left_out
        total += len(shown) + left_out
    verify.require(any(re.search(pattern, each, re.DOTALL) for each in has), f"{vector} has other octets than\n{block}")
    verify.require(size in (None, total), f"these are {total} octets and not {size}:\n{block}")


def check_text(block, vector, has):
    """A head, in which <...> and ... stand for any octets."""
    text = "\n".join(line.removeprefix("    ") for line in block.rstrip().splitlines())
    pattern = re.sub(r"<[^>]*>|\\\.\\\.\\\.", ".+", re.escape(text)).encode()
    verify.require(any(re.search(pattern, each) for each in has), f"{vector} has another text than\n{block}")


def check_tree(block, bundle):
    """The walk from the leaves to the root: `name = left + right`, the root first."""
    bundle = verify.parse(verify.BUNDLE, bundle, "")
    nodes = {f"P{i}": each for i, each in enumerate(bundle["proof"])}
    nodes |= {f"L{bundle['from'] + i}": verify.leaf_hash(entry["header"]) for i, entry in enumerate(bundle["entries"])}
    for line in reversed(block.splitlines()):
        name, left, right, printed = re.fullmatch(r"\s*(.*?) += (.*?) \+ (.*?) +([0-9a-f]{64})", line).groups()
        nodes[name] = verify.node_hash(nodes[left], nodes[right])
        verify.require(nodes[name].hex() == printed, f"it is {nodes[name].hex()}: {line}")
    return nodes.values()


def main():
    text = README.read_text(encoding="utf-8")
    vectors = {each[1]: what_it_has(each[1]) for each in VECTOR.finditer(text)}
    known = set()
    for _, payloads, _ in vectors.values():
        known.update(hashes_of(payloads))
    dumps = 0
    for block in BLOCK.finditer(text):
        named = [each for each in VECTOR.finditer(text, 0, block.start())]
        if not named:
            continue
        vector, size = named[-1].groups()
        _, payloads, has = vectors[vector]
        is_first = not BLOCK.search(text, named[-1].end(), block.start())
        if DUMP.fullmatch(block[0].splitlines()[0].strip()):
            check_dump(block[0], vector, has, count(size) if size and is_first else None)
            dumps += 1
        elif block[0].startswith("    tamizdat/tz"):
            check_text(block[0], vector, has)
        elif block[0].startswith("    root "):
            known.update(check_tree(block[0], payloads["bundle"][0]))
    verify.require(dumps >= FEWEST_DUMPS, f"only {dumps} examples were found")
    facts = "\n".join(line for lines, _, _ in vectors.values() for line in lines.values())
    everything = [octets for _, _, has in vectors.values() for octets in has]

    def is_known(octets):
        return octets in known or octets.hex() in facts or any(octets in each for each in everything)

    for printed in re.findall(r"\b[0-9a-f]{64}\b", text):
        verify.require(is_known(bytes.fromhex(printed)), f"no vector that the page names has {printed}")
    for printed, prefix in re.findall(r"\b((tz[a-z]+)1[a-z0-9]{50,})\b", text):
        verify.require(is_known(verify.parse_id(prefix, printed.encode())), f"no vector that the page names has {printed}")
    print(f"{dumps} examples of {README.name} are those of the vectors")


if __name__ == "__main__":
    try:
        main()
    except verify.Refused as refused:
        sys.exit(f"proto/README.md: {refused}")
