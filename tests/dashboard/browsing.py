"""An operator's browser: keeps cookies, reads forms as a browser would, and sends them back with what was typed."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import httpx

from tearoff.accounts.models import User
from tests.world import door

Sent = dict[str, list[str]]


@dataclass
class Form:
    """A form of a page: where it goes, and what a press on its button would send."""

    action: str = ""
    method: str = "get"
    values: Sent = field(default_factory=dict)
    labels: set[str] = field(default_factory=set)

    def typed(self, changes: dict[str, Any]) -> Sent:
        """With changes laid over: a text, a list of texts, or None for what is not sent (an unticked box)."""
        sent = dict(self.values)
        for name, value in changes.items():
            sent.pop(name, None)
            if value is not None:
                sent[name] = [str(one) for one in value] if isinstance(value, list) else [str(value)]
        return sent


@dataclass
class Operator:
    """Somebody who may enter the admin."""

    email: str
    password: str
    client: httpx.Client

    @property
    def user(self) -> User:
        return User.objects.get(email=self.email)

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.client.get(path, **options)

    def form(self, path: str, having: str = "csrfmiddlewaretoken") -> Form:
        """The last form of the page with a field of that name."""
        page = self.get(path)
        assert page.status_code == 200, (path, page.status_code, page.headers.get("location"))
        return [form for form in forms_in(page.text) if having in form.values and "logout" not in form.action][-1]

    def fill(
        self, path: str, changes: dict[str, Any] | None = None, *, files: Any = None, having: str = ""
    ) -> httpx.Response:
        """Open the page, type the changes into its form and send it."""
        form = self.form(path, having or "csrfmiddlewaretoken")
        data: Any = form.typed(changes or {})
        if files:
            return self.client.post(form.action or path, data=data, files=files)
        return self.client.post(form.action or path, data=data)

    def press(self, path: str, act: str, **more: str) -> httpx.Response:
        """Press a button called `act` on the page."""
        for form in forms_in(self.get(path).text):
            if (
                "csrfmiddlewaretoken" in form.values
                and f"act={act}" in form.labels
                and more.items() <= _single(form).items()
            ):
                return self.client.post(form.action or path, data=form.typed({"act": act}))
        raise AssertionError(f"There is no button {act} on {path}.")


def _single(form: Form) -> dict[str, str]:
    return {name: values[0] for name, values in form.values.items()}


def log_in(email: str, password: str) -> httpx.Response:
    """One try at the door; the answer is 302 for whoever may enter."""
    client = door()
    form = Operator(email, password, client).form("/admin/login/")
    return client.post("/admin/login/", data=form.typed({"username": email, "password": password}))


def enter(email: str, password: str) -> Operator:
    operator = Operator(email, password, door())
    entered = operator.fill("/admin/login/", {"username": email, "password": password})
    assert entered.status_code == 302, entered.text
    return operator


def forms_in(html: str) -> list[Form]:
    reader = _Reader()
    reader.feed(html)
    return reader.forms


def errors_in(html: str) -> list[str]:
    """What the page says is wrong, in its order."""
    reader = _Reader()
    reader.feed(html)
    return [text for text in (error.strip() for error in reader.errors) if text]


class _Reader(HTMLParser):
    """Reads forms by the rules of HTML: a text area drops its first line break and sends line ends as CR LF."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.errors: list[str] = []
        self._area: str | None = None
        self._text = ""
        self._select: str | None = None
        self._is_multiple = False
        self._first: str | None = None
        self._error = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "form":
            self.forms.append(Form(given.get("action", ""), given.get("method", "get")))
        if tag == "ul" and "errorlist" in given.get("class", ""):
            self._error = True
        if (tag == "li" and self._error) or (tag == "p" and given.get("class") == "errornote"):
            self._error = True
            self.errors.append("")
        if not self.forms:
            return
        form = self.forms[-1]
        kind = given.get("type", "text")
        if tag == "button" and name:
            form.labels.add(f"{name}={given.get('value', '')}")
        elif tag == "input" and name and kind not in ("submit", "button", "file"):
            is_box = kind in ("checkbox", "radio")
            if not is_box or "checked" in given:
                form.values.setdefault(name, []).append(given.get("value", "on" if is_box else ""))
        elif tag == "textarea" and name:
            self._area, self._text = name, ""
        elif tag == "select" and name:
            self._select, self._is_multiple, self._first = name, "multiple" in given, None
        elif tag == "option" and self._select:
            if "selected" in given:
                form.values.setdefault(self._select, []).append(given.get("value", ""))
            elif self._first is None:
                self._first = given.get("value", "")

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._text += data
        elif self._error and self.errors:
            self.errors[-1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._area is not None:
            text = self._text.removeprefix("\r\n") if self._text.startswith("\r\n") else self._text.removeprefix("\n")
            lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")
            self.forms[-1].values[self._area] = [lines]
            self._area = None
        elif tag == "select" and self._select is not None:
            if not self._is_multiple and self._select not in self.forms[-1].values and self._first is not None:
                self.forms[-1].values[self._select] = [self._first]
            self._select = None
        elif tag in ("ul", "p") and self._error:
            self._error = False
