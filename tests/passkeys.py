"""An authenticator that stores passkeys (WebAuthn Level 2), as a phone does for its browser."""

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2 import cbor
from fido2.cose import ES256

USER_PRESENT, USER_VERIFIED, HAS_CREDENTIAL = 0x01, 0x04, 0x40


def encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Authenticator:
    """One passkey, for pages of one origin."""

    def __init__(self, origin: str, *, flags: int = USER_PRESENT | USER_VERIFIED) -> None:
        self.origin, self.flags = origin, flags
        self.is_in_frame = False  # Of a page of another origin.
        self.id, self.key, self.user = secrets.token_bytes(16), ec.generate_private_key(ec.SECP256R1()), ""

    def create(self, options: dict[str, Any]) -> dict[str, Any]:
        """The credential that `navigator.credentials.create` returns, as JSON."""
        public = options["publicKey"]
        self.user = public["user"]["id"]
        key = cbor.encode(dict(ES256.from_cryptography_key(self.key.public_key())))  # type: ignore[no-untyped-call]
        stored = bytes(16) + len(self.id).to_bytes(2) + self.id + key
        data = self._data(public["rp"]["id"], HAS_CREDENTIAL) + stored
        attestation = cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})
        response = {
            "clientDataJSON": self._client("webauthn.create", public),
            "attestationObject": encoded(attestation),
        }
        return {**self._credential(response), "clientExtensionResults": {"credProps": {"rk": True}}}

    def get(self, options: dict[str, Any]) -> dict[str, Any]:
        """The credential that `navigator.credentials.get` returns, as JSON."""
        public = options["publicKey"]
        data, client = self._data(public["rpId"], 0), self._client("webauthn.get", public)
        signature = self.key.sign(data + hashlib.sha256(decoded(client)).digest(), ec.ECDSA(SHA256()))
        response = {"authenticatorData": encoded(data), "clientDataJSON": client, "signature": encoded(signature)}
        return self._credential({**response, "userHandle": self.user})

    def _credential(self, response: dict[str, str]) -> dict[str, Any]:
        known = {"id": encoded(self.id), "rawId": encoded(self.id), "type": "public-key"}
        return {**known, "response": response, "clientExtensionResults": {}}

    def _data(self, domain: str, flags: int) -> bytes:
        return hashlib.sha256(domain.encode()).digest() + bytes([self.flags | flags]) + bytes(4)

    def _client(self, kind: str, public: dict[str, Any]) -> str:
        content = {
            "type": kind,
            "challenge": public["challenge"],
            "origin": self.origin,
            "crossOrigin": self.is_in_frame,
        }
        return encoded(json.dumps(content).encode())
