"""Password hashing."""

from django.contrib.auth.hashers import Argon2PasswordHasher

from api_project.http.request.slots import PASSWORDS


class PasswordHasher(Argon2PasswordHasher):
    """Argon2id with the parameters of OWASP's password storage cheat sheet: 19 MiB, two passes, one lane.

    Raises Unavailable (503) while others hash without a pause: it takes all of a processor.
    """

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        with PASSWORDS.slot():
            return str(super().encode(password, salt))

    def verify(self, password: str, encoded: str) -> bool:
        with PASSWORDS.slot():
            return bool(super().verify(password, encoded))
