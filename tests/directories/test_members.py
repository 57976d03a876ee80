"""Members of a directory: one address is one member, what they may do, and every event of it."""

from datetime import UTC, datetime, timedelta

from tearoff.activity.models import Event
from tearoff.directories import editing, entering, members
from tearoff.directories.entering import Refusal
from tearoff.directories.models import Key, Member
from tests.street.directories import PASSWORD, Page, directory
from tests.world import Shop, refused

NOON = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)


def kinds(page: Page) -> list[str]:
    return list(
        Event.objects.filter(account=page.shop.account.pk, kind__startswith="directory.")
        .order_by("pk")
        .values_list("kind", flat=True)
    )


def enter(page: Page, password: str = PASSWORD, email: str = "pau@mail.example", at: datetime = NOON) -> str | Refusal:
    return entering.log_in(page.directory, email, password, "203.0.113.7", at=at)


def test_one_address_is_one_member_of_a_directory_whatever_its_spelling(mario: Shop) -> None:
    deals, other = directory(mario), directory(mario, "Other")
    deals.member(at=NOON)
    assert refused(deals.member, " PAU@mail.example ", at=NOON).http_status == 409
    other.member(at=NOON)
    assert [row.email for row in deals.listed()] == ["pau@mail.example"]
    assert kinds(deals) == ["directory.created", "directory.created", "directory.registered", "directory.registered"]


def test_lesson_42_a_phone_is_kept_as_e164_where_it_can_be_read(mario: Shop) -> None:
    deals = directory(mario)
    pau = deals.member(phone="0470 00 00 01")
    assert pau.phone == "+32470000001"
    assert members.change_profile(pau, {"phone": "the bar"}, at=NOON, actor="member").phone == "the bar"
    assert members.change_profile(pau, {"phone": "+32 470/00.00.02"}, at=NOON, actor="member").phone == "+32470000002"


def test_passwords_are_argon2_and_nobody_knows_one_that_was_not_given(mario: Shop) -> None:
    deals = directory(mario)
    pau = deals.member(password=None)
    assert pau.password.startswith("argon2$")
    assert enter(deals, "") is Refusal.WRONG


def test_paid_access_ends_with_its_last_second_without_anybody_doing_anything(mario: Shop) -> None:
    deals = directory(mario)
    pau = deals.member(at=NOON)
    until = NOON + timedelta(days=1)
    members.give_access(pau, until, at=NOON, actor="test")
    now = deals.now(pau)
    assert [now.is_paying(until + timedelta(seconds=late)) for late in (-1, 0, 0.9, 1)] == [True, True, True, False]
    members.give_access(pau, until, at=NOON, actor="test")  # nothing new: no second event
    members.give_access(pau, None, at=NOON, actor="test")
    assert deals.now(pau).is_paying(until + timedelta(days=9999))
    assert not members.take_access(pau, at=NOON, actor="test").is_paying(NOON)
    assert kinds(deals)[2:] == ["directory.paid"] * 3


def test_a_block_ends_every_log_in_at_the_next_request(mario: Shop) -> None:
    deals = directory(mario)
    pau = deals.member(at=NOON)
    key = enter(deals)
    assert entering.member_of(deals.directory, key, at=NOON) == pau
    members.block(pau, True, at=NOON, actor="test")
    members.block(pau, True, at=NOON, actor="test")
    assert entering.member_of(deals.directory, key, at=NOON) is None
    assert enter(deals) is Refusal.BLOCKED
    assert enter(deals, "wrong") is Refusal.WRONG, "who does not know the password learns nothing"
    members.block(pau, False, at=NOON, actor="test")
    assert entering.member_of(deals.directory, enter(deals), at=NOON) == pau
    assert [kind for kind in kinds(deals) if "block" in kind] == ["directory.blocked", "directory.unblocked"]


def test_lesson_13_guessing_is_slow_and_learns_nothing(mario: Shop) -> None:
    deals = directory(mario)
    deals.member(at=NOON)
    assert [enter(deals, "wrong") for _ in range(5)] == [Refusal.WRONG] * 5
    assert enter(deals) is Refusal.PAUSED
    assert isinstance(entering.log_in(deals.directory, "pau@mail.example", PASSWORD, "203.0.113.8", at=NOON), str)
    assert isinstance(enter(deals, at=NOON + timedelta(minutes=15)), str)
    assert enter(deals, email="nobody@mail.example", at=NOON + timedelta(hours=1)) is Refusal.WRONG


def test_lesson_13_the_addresses_of_one_line_are_one_place(mario: Shop) -> None:
    deals = directory(mario)
    deals.member(at=NOON)
    tries = [
        entering.log_in(deals.directory, "pau@mail.example", "wrong", f"2001:db8:1:2{number:02x}::1", at=NOON)
        for number in range(6)
    ]
    assert tries == [Refusal.WRONG] * 5 + [Refusal.PAUSED]
    assert isinstance(entering.log_in(deals.directory, "pau@mail.example", PASSWORD, "2001:db8:1:300::1", at=NOON), str)


def test_lesson_30_a_link_signs_in_once_within_ten_minutes_and_is_kept_as_a_digest(mario: Shop) -> None:
    deals, other = directory(mario), directory(mario, "Other")
    pau = deals.member(at=NOON)
    token = deals.token(pau, NOON)
    assert len(token) == 49
    assert token.encode() not in bytes(Key.objects.get(member=pau).digest)
    for _ in range(2):
        assert entering.is_good(deals.directory, token, at=NOON), "looking takes nothing"
    assert entering.sign_on(other.directory, token, at=NOON) is None, "it belongs to one directory"
    key = entering.sign_on(deals.directory, token, at=NOON)
    assert key and entering.member_of(deals.directory, key, at=NOON) == pau
    assert entering.member_of(other.directory, key, at=NOON) is None
    assert entering.sign_on(deals.directory, token, at=NOON) is None
    late = deals.token(pau, NOON)
    assert entering.sign_on(deals.directory, late, at=NOON + timedelta(minutes=10)) is None
    ended = deals.token(pau, NOON)
    entering.change_password(pau, "another horse", at=NOON)
    assert entering.sign_on(deals.directory, ended, at=NOON) is None, "a new password ends every link"
    assert entering.member_of(deals.directory, key, at=NOON) is None


def test_lesson_53_who_leaves_is_blanked_and_stays_a_number(mario: Shop) -> None:
    deals = directory(mario)
    pau = deals.member(at=NOON, first_name="Pau", phone="+32470000001", custom_1="vip", city="Ghent")
    key = enter(deals)
    assert members.erase(pau, at=NOON, actor="member")
    assert not members.erase(pau, at=NOON, actor="member")
    row = Member.objects.filter(pk=pau.pk).values().get()
    assert not {"Pau", "vip", "Ghent", "+32470000001", "pau@mail.example"} & {str(value) for value in row.values()}
    assert entering.member_of(deals.directory, key, at=NOON) is None
    assert deals.listed() == []
    deals.member(at=NOON)  # the address is free again


def test_lesson_53_what_a_page_still_open_sends_after_leaving_is_not_written(mario: Shop) -> None:
    deals = directory(mario)
    pau = deals.member()
    members.erase(pau, at=NOON, actor="member")
    before = kinds(deals)
    members.change_profile(pau, {"city": "Gent"}, at=NOON, actor="member")
    members.block(pau, True, at=NOON, actor="test")
    entering.change_password(pau, "another horse", at=NOON)
    now = Member.objects.get(pk=pau.pk)
    assert (now.city, now.password, now.blocked_at) == ("", "!", None)
    assert kinds(deals) == before


def test_nothing_is_told_of_a_directory_after_its_removal(mario: Shop) -> None:
    deals = directory(mario)
    editing.delete_directory(directory=deals.directory, actor="test", at=NOON)
    editing.update_directory(directory=deals.directory, changes={"name": "Late"}, actor="test", at=NOON)
    assert kinds(deals) == ["directory.created", "directory.removed"]
