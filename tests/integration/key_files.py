"""Key files read by their description in proto/keys/key_file.h and libsodium, with no line of the programs'."""

import nacl.bindings
import nacl.pwhash

MAGIC = b"tamizdat-key/1\n"
ROOT, DESK = 1, 2
RELAY_ROLES = {"identity": 4, "witness": 5, "mirror": 6}


def open_key_file(octets, role, passphrase):
    """The seed. nacl.exceptions.CryptoError if the passphrase is another."""
    assert octets[:15] == MAGIC and octets[15] == role and len(octets) == 160, octets[:16]
    operations, memory = int.from_bytes(octets[16:24], "big"), int.from_bytes(octets[24:32], "big")
    key = nacl.pwhash.argon2id.kdf(32, passphrase, octets[32:48], operations, memory)
    return nacl.bindings.crypto_aead_xchacha20poly1305_ietf_decrypt(octets[104:152], octets[:104], octets[48:72], key)


def relay_key_file(relay, role):
    return relay.folder / "keys" / f"{role}.key"


def relay_seed(relay, role):
    passphrase = relay.passphrase_file.read_bytes().removesuffix(b"\n")
    return open_key_file(relay_key_file(relay, role).read_bytes(), RELAY_ROLES[role], passphrase)


def public(relay, role):
    """Of a relay's key: it stands outside the seal."""
    return relay_key_file(relay, role).read_bytes()[72:104]
