"""Who came in by a link that signs on: the person, and never the operator.

A program may ask for such a link with nothing but an account's keys. An owner may be an operator of the server too, and then
the keys of one account would open all of them.
"""

from django.contrib.auth.backends import ModelBackend

from tearoff.accounts.models import User

BACKEND = "tearoff.accounts.bylink.ByLink"


class ByLink(ModelBackend):
    """Knows a session that began with a link. No password opens one."""

    def authenticate(self, *arguments: object, **words: object) -> None:
        return None

    def get_user(self, user_id: int) -> User | None:
        user = super().get_user(user_id)
        if not isinstance(user, User):
            return None
        user.is_staff = user.is_superuser = False  # on this object only: the row is nobody's to save here
        return user
