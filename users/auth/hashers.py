"""Password hashing."""

from django.contrib.auth.hashers import Argon2PasswordHasher

from api_project.http.request.slots import PASSWORDS


class PasswordHasher(Argon2PasswordHasher):
    """Argon2id with the parameters of OWASP's password storage cheat sheet: 19 MiB, two passes, one lane.

    Raises ServiceUnavailable (503) if no slot becomes free: a hash uses a whole processor, so few run at once.
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
