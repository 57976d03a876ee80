"""Who comes in, and who does not."""

import re
import secrets
from datetime import timedelta

import pytest
from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver

from tearoff.accounts.models import User
from tearoff.activity import guessing
from tearoff.kit import clock
from tests.dashboard.browsing import Operator, enter, errors_in, log_in
from tests.world import Shop, door


def admin_paths() -> list[str]:
    """Every address of the admin, with 1 where an id stands; those that anybody may see are left out."""
    open_to_all = {"/admin/login/", "/admin/logout/"}
    (admin,) = [entry for entry in get_resolver().url_patterns if isinstance(entry, URLResolver)]
    return sorted({f"/admin/{path}" for path in _flat(admin)} - open_to_all)


def _flat(resolver: URLResolver, before: str = "") -> list[str]:
    found = []
    for entry in resolver.url_patterns:
        path = before + re.sub(r"\(\?P<url>\.\*\)\$", "nothing", re.sub(r"<[^>]+>", "1", str(entry.pattern)))
        if isinstance(entry, URLResolver):
            found += _flat(entry, path)
        elif isinstance(entry, URLPattern):
            found.append(re.sub(r"^\^|\$$|\\Z", "", path).replace("^", "").replace("(?P1auth|accounts)", "accounts"))
    return found


def test_what_django_refuses_by_itself_is_a_page_of_ours(olga: Operator):
    forbidden = olga.get("/admin/messaging/message/add/")
    assert forbidden.status_code == 403 and "this log-in may not open it" in forbidden.text
    far_too_many = olga.client.post("/admin/login/", data={f"field{number}": "x" for number in range(2_000)})
    assert far_too_many.status_code == 400 and "That was not understood" in far_too_many.text
    without_token = olga.client.post("/admin/password_change/", data={"old_password": "x"})
    assert without_token.status_code == 403 and "Load the page again" in without_token.text
    for page in (forbidden, far_too_many, without_token):
        assert 'class="button' in page.text, "there is a way on"


def test_the_walk_finds_the_addresses():
    paths = admin_paths()

    assert len(paths) > 60
    for known in (
        "/admin/",
        "/admin/accounts/account/1/keys/",
        "/admin/campaigns/owncode/of/1/",
        "/admin/coupons/linkbatch/1/links.csv",
        "/admin/coupons/couponsession/1/act/",
        "/admin/webhooks/delivery/1/retry/",
    ):
        assert known in paths


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_stranger_is_sent_to_the_log_in_from_every_address(method):
    stranger = door()
    for path in admin_paths():
        answer = stranger.request(method, path)
        is_refused = answer.status_code in (302, 403) and "/admin/login/" in answer.headers.get(
            "location", "/admin/login/"
        )
        assert is_refused, (path, answer.status_code)


def test_an_owner_who_is_no_operator_does_not_come_in(mario: Shop):
    answer = log_in(mario.email, mario.password)

    assert answer.status_code == 200
    assert errors_in(answer.text)[0].startswith("Please enter the correct")


def test_an_operator_who_loses_the_right_is_out_at_the_next_request(olga: Operator):
    assert olga.get("/admin/").status_code == 200

    User.objects.filter(email=olga.email).update(is_staff=False)

    assert olga.get("/admin/").status_code == 302
    assert olga.get("/admin/accounts/account/").status_code == 302


def test_an_owner_logged_in_some_other_way_sees_nothing_of_the_admin(mario: Shop, olga: Operator):
    """The tenant's own dashboard will share the session cookie one day."""
    User.objects.filter(email=mario.email).update(is_staff=True)
    owner = enter(mario.email, mario.password)
    User.objects.filter(email=mario.email).update(is_staff=False)

    for path in admin_paths():
        assert owner.get(path).status_code == 302, path


def test_log_in_passwords_are_kept_as_argon2():
    assert settings.PASSWORD_HASHERS[0].endswith("Argon2PasswordHasher") or settings.PASSWORD_HASHERS[0].endswith(
        "LightArgon2"
    )
    user = User.objects.create_user(f"{secrets.token_hex(6)}@example.org", "correct horse")
    assert user.password.startswith("argon2$argon2id$")


def test_guessing_is_paused_even_for_the_right_password():
    email, password = f"{secrets.token_hex(6)}@example.org", secrets.token_urlsafe(12)
    User.objects.create_superuser(email, password)
    begin = clock.now().replace(minute=1, second=0, microsecond=0)

    with clock.moved(begin):
        for _ in range(guessing.OF_ONE_PERSON):
            assert "Please enter the correct" in log_in(email, "wrong").text
        paused = log_in(email, password)
        assert paused.status_code == 200 and "Too many wrong tries. Wait 14 min," in paused.text
        assert "Too many wrong tries" in log_in(f" {email.upper()} ", password).text, (
            "another spelling is the same person"
        )
    with clock.moved(begin + timedelta(minutes=15)):
        assert log_in(email, password).status_code == 302


def test_one_place_that_tries_everybody_is_paused_and_others_are_not():
    email, password = f"{secrets.token_hex(6)}@example.org", secrets.token_urlsafe(12)
    User.objects.create_superuser(email, password)

    with clock.moved(clock.now() + timedelta(days=7)):
        for number in range(guessing.FROM_ONE_PLACE):
            log_in(f"nobody-{number}@example.org", "wrong")
        assert "Too many wrong tries" in log_in(email, password).text


def test_right_log_ins_do_not_count():
    email, password = f"{secrets.token_hex(6)}@example.org", secrets.token_urlsafe(12)
    User.objects.create_superuser(email, password)

    with clock.moved(clock.now() + timedelta(days=14)):
        for _ in range(guessing.OF_ONE_PERSON + 2):
            assert log_in(email, password).status_code == 302
