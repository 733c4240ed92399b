"""Signing in with passkeys (WebAuthn Level 2). Loaded only if PASSKEYS is on."""
