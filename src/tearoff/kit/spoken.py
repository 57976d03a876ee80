"""Dates, times and days as people say them, in a zone (look.md 6). One catalogue per language; English where we do not speak it."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tearoff.kit.texts import Catalogue

_ENGLISH = Catalogue(
    {
        "today": "today at {time}",
        "yesterday": "yesterday at {time}",
        "tomorrow": "tomorrow at {time}",
        "day": "{weekday} {day} {month}, {time}",
        "day_of_year": "{weekday} {day} {month} {year}, {time}",
        "on_day": "on {weekday} {day} {month} at {time}",
        "on_day_of_year": "on {weekday} {day} {month} {year} at {time}",
        "until_today": "{time} today",
        "until_yesterday": "{time} yesterday",
        "until_tomorrow": "{time} tomorrow",
        "time": "{hour}:{minute}",
        "every_day": "every day",
        "from_to_days": "{first} to {last}",
        "and_days": "{days} and {last}",
        "hours": "{days}, {from} to {to}",
        "hours_and": "{hours}; {more}",
        **dict(
            zip(
                (f"weekday_{number}" for number in range(1, 8)),
                ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
                strict=True,
            )
        ),
        **dict(
            zip(
                (f"month_{number}" for number in range(1, 13)),
                (
                    "January", "February", "March", "April", "May", "June",
                    "July", "August", "September", "October", "November", "December",
                ),
                strict=True,
            )
        ),
    }
)  # fmt: skip

LANGUAGES = {"en": _ENGLISH}
_NEAR = {0: "today", -1: "yesterday", 1: "tomorrow"}


class Speaker:
    """Says moments around `now`, as they are in one zone and one language."""

    def __init__(self, zone: str, now: datetime, language: str = "en") -> None:
        self.zone = ZoneInfo(zone)
        self.today = now.astimezone(self.zone).date()
        self.words = LANGUAGES.get(language.lower().partition("-")[0], _ENGLISH)

    def moment(self, at: datetime) -> str:
        """ "today at 14:06", "Sunday 6 December, 14:06": for a start, or where it stands alone."""
        return self._said(at, "{}", "day")

    def happened(self, at: datetime) -> str:
        """ "today at 14:06", "on Sunday 6 December at 14:06": at the end of a sentence."""
        return self._said(at, "{}", "on_day")

    def deadline(self, at: datetime) -> str:
        """ "18:30 today", "Sunday 6 December, 23:59": after a "by" or an "until"."""
        return self._said(at, "until_{}", "day")

    def time(self, at: datetime) -> str:
        """ "14:06"."""
        there = at.astimezone(self.zone)
        return self.words.say("time", hour=there.hour, minute=f"{there.minute:02}")

    def iso(self, at: datetime) -> str:
        """The exact instant with its offset there, for `<time datetime>`."""
        return at.astimezone(self.zone).isoformat(timespec="seconds")

    def days(self, numbers: Iterable[int]) -> str:
        """Days of the week, Monday being 1: "Monday to Friday", "Saturday and Sunday", "every day"."""
        wanted = sorted(set(numbers))
        if wanted == list(range(1, 8)):
            return self.words.say("every_day")
        names = [self.words.say(f"weekday_{number}") for number in wanted]
        if len(wanted) > 2 and wanted[-1] - wanted[0] == len(wanted) - 1:
            return self.words.say("from_to_days", first=names[0], last=names[-1])
        if len(names) < 2:
            return "".join(names)
        return self.words.say("and_days", days=", ".join(names[:-1]), last=names[-1])

    def _said(self, at: datetime, near: str, far: str) -> str:
        there = at.astimezone(self.zone)
        distance = (there.date() - self.today) // timedelta(days=1)
        if distance in _NEAR:
            return self.words.say(near.format(_NEAR[distance]), time=self.time(at))
        return self.words.say(
            far if there.year == self.today.year else f"{far}_of_year",
            weekday=self.words.say(f"weekday_{there.isoweekday()}"),
            day=there.day,
            month=self.words.say(f"month_{there.month}"),
            year=there.year,
            time=self.time(at),
        )
