"""Every page in every state: whole, escaped, light, readable, and within the content policy."""

import gzip
import re
from collections import Counter
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest
from django.contrib.staticfiles import finders
from django.template import engines
from jinja2 import UndefinedError
from markupsafe import Markup

from tearoff.kit import colours
from tearoff.kit.colours import contrast
from tearoff.pages import environment, shown
from tearoff.pages.directory_words import directory_words_for
from tearoff.pages.loyalty_words import loyalty_words_for
from tearoff.pages.words import words_for
from tearoff.till import shown as till
from tearoff.till import words as till_words
from tests.pages import samples

SAMPLES = {name: (template, context) for name, template, context in samples.samples()}
EACH = pytest.mark.parametrize("name", SAMPLES)
ROOMS = Path(environment.__file__).parents[1]
TEMPLATES = sorted([*(ROOMS / "pages" / "jinja2").rglob("*.html"), *(ROOMS / "till" / "jinja2").rglob("*.html")])
LOOK = ROOMS / "pages" / "static" / "look"
BUDGET = 50_000


def rendered(name: str) -> str:
    template, context = SAMPLES[name]
    return render(template, context)


def render(template: str, context: dict) -> str:
    """Through the engine of the real settings, so that its folders and its environment are tried as well."""
    return engines["jinja2"].env.get_template(template).render(context)


class Read(HTMLParser):
    """A page taken apart: its tags with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data):
        self.text += data

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.tags if name == tag]

    def shape(self) -> list[tuple[str, tuple[str, ...]]]:
        return [(tag, tuple(attributes)) for tag, attributes in self.tags]


# Whole


@EACH
def test_a_page_has_a_language_a_title_and_one_headline(name):
    page = Read(rendered(name))

    assert page.all("html")[0]["lang"] == "en"
    assert re.search(r"<title>[^<]{3,}</title>", rendered(name))
    assert len(page.all("h1")) == 1
    assert len(page.all("main")) == 1


@EACH
def test_ids_are_unique_and_what_refers_to_one_finds_it(name):
    page = Read(rendered(name))
    ids = Counter(attributes["id"] for _, attributes in page.tags if "id" in attributes)
    wanted = {
        one
        for _, attributes in page.tags
        for key in ("for", "aria-describedby", "aria-labelledby")
        for one in attributes.get(key, "").split()
    }

    assert [one for one, times in ids.items() if times > 1] == []
    assert wanted - set(ids) == set()


def test_every_template_of_a_page_is_shown_by_a_sample():
    names = {path.as_posix().partition("/jinja2/")[2] for path in TEMPLATES}
    pages = {name for name in names if not Path(name).name.startswith("_") and name != "base.html"}

    assert len(pages) > 25
    assert pages == {template for template, _ in SAMPLES.values()}


def test_a_name_a_template_does_not_know_is_loud():
    with pytest.raises(UndefinedError):
        engines["jinja2"].env.from_string("{{ nobody }}").render()


def test_templates_ask_only_for_words_that_exist():
    pages = {*loyalty_words_for().names(), *directory_words_for().names()}
    known = {"pages": pages, "till": set(till_words.words_for().names())}
    asked = [
        (path, name)
        for path in TEMPLATES
        for call in re.findall(r"words\(([^)]*)", path.read_text())
        for name in re.findall(r'"([a-z_]+)"', call.partition(",")[0])
    ]

    assert len(asked) > 60
    for path, name in asked:
        assert name in known["till" if "till/jinja2" in path.as_posix() else "pages"], f"{path.name} asks for {name}"


@pytest.mark.parametrize("reason", ["already_used", "expired", "not_claimed", "voided", "locked", "unknown", "wrong_place",
                                    "not_started", "outside_hours", "wait_between", "sold_out", "not_available", "busy"])  # fmt: skip
def test_staff_read_a_verdict_for_every_refusal(reason):
    words = till_words.words_for()
    page = till.refused(
        words,
        reason,
        shop=till.Shop(name="M", brand_url="/b", colour="#000000"),
        until="u",
        when="w",
        hours="h",
        places="p",
    )
    read = Read(render(page.template, {"page": page, "words": words}))

    assert "{" not in page.said
    assert page.word in read.text and page.said in read.text
    assert [one["role"] for one in read.all("section")] == ["alert"]


# Within the policy: default-src 'self'; img-src 'self' data:


@EACH
def test_nothing_is_inline_and_nothing_comes_from_elsewhere(name):
    page = Read(rendered(name))

    assert page.all("style") == []
    assert [one for _, one in page.tags if "style" in one or any(key.startswith("on") for key in one)] == []
    for script in page.all("script"):
        assert script["src"].startswith("/static/")
    for link in page.all("link"):
        assert link["href"].startswith(("/static/", "/brand/")) or link["rel"] == "canonical"


@EACH
def test_every_linked_file_is_there_and_carries_its_hash(name):
    for address in static_files(rendered(name)):
        path, _, version = address.partition("?v=")
        assert finders.find(path.removeprefix("/static/")), f"{path} is served by no room"
        assert re.fullmatch(r"[0-9a-f]{10}", version)


def static_files(html: str) -> list[str]:
    return re.findall(r'(?:href|src)="(/static/[^"]+)"', html)


@EACH
def test_a_page_with_all_it_loads_stays_within_its_budget(name):
    html = rendered(name)
    files = [finders.find(address.partition("?")[0].removeprefix("/static/")) for address in static_files(html)]
    brand = colours.stylesheet(samples.MARIO.colour).encode()
    bodies = [html.encode(), brand, *(Path(file).read_bytes() for file in files)]

    assert sum(len(gzip.compress(body, 6)) for body in bodies) < BUDGET


def test_the_offer_needs_no_foreign_script():
    assert [address for address in static_files(rendered("offer")) if "htmx" in address] == []


# Escaped

PAYLOADS = [
    '"><script>alert(1)</script>',
    "'><img src=x onerror=alert(1)>",
    "</title></textarea></style><svg onload=alert(1)>",
    "<!--",
    "-->]]>",
    "{{ 7 * 7 }}{% raw %}",
    "&lt;b&gt;&quot;",
    "\u202e<b>\u2066\x00",
    "` onfocus=alert(1) autofocus `",
]
NAMES_A_PROGRAM_CHOOSES = {"kind", "art", "type"}


def with_every_text(value: object, text: str) -> object:
    """The same data with one text everywhere, sanitised HTML included."""
    if isinstance(value, str):
        return text
    if isinstance(value, tuple):
        return tuple(with_every_text(one, text) for one in value)
    if isinstance(value, msgspec.Struct):
        kept = {
            name: getattr(value, name)
            if name in NAMES_A_PROGRAM_CHOOSES
            else with_every_text(getattr(value, name), text)
            for name in value.__struct_fields__
        }
        return type(value)(**kept)
    return value


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_text_changes_what_a_page_is_made_of(payload):
    """Every text of every page is replaced, the merchant's wording of fixed texts included."""
    for name, (template, context) in SAMPLES.items():
        if "page" in context:
            harmless, hostile = (told(template, context, text).shape() for text in ("plain words", payload))
            assert hostile == harmless, name


def told(template: str, context: dict, text: str) -> Read:
    words = context.get("words", words_for())
    own = words.reworded(dict.fromkeys(words.names(), text))
    return Read(render(template, {"page": with_every_text(context["page"], text), "words": own}))


def test_a_program_in_a_text_is_letters():
    page = msgspec.structs.replace(SAMPLES["error"][1]["page"], headline="{{ 7 * 7 }}")

    assert "{{ 7 * 7 }}" in render(page.template, {"page": page, "words": words_for()})


def test_only_what_was_sanitised_keeps_its_tags():
    offer = msgspec.structs.replace(samples.SLICE, terms="<b>raw</b>", description=Markup("<em>clean</em>"))
    page = shown.OfferPage(shop=samples.MARIO, offer=offer, form=samples.BUTTON)
    html = render(page.template, {"page": page, "words": words_for()})

    assert "&lt;b&gt;raw&lt;/b&gt;" in html
    assert "<em>clean</em>" in html


# What a page says


def test_a_merchant_may_reword_the_button():
    words = words_for("en", {"get_it": "Get my slice", "worth": "Value"})
    html = render("pages/offer.html", {"page": SAMPLES["offer"][1]["page"], "words": words})

    assert "Get my slice" in html and "Get it" not in html
    assert "Value" in html


def test_a_refused_form_keeps_what_was_typed_and_starts_at_the_first_error():
    inputs = {one["name"]: one for one in Read(rendered("offer_errors")).all("input")}

    assert inputs["first_name"]["value"] == "Ann"
    assert inputs["email"]["value"] == "x"
    assert inputs["email"]["aria-invalid"] == "true"
    assert [name for name, one in inputs.items() if "autofocus" in one] == ["email"]
    assert "readonly" in inputs["member"]
    assert "checked" in inputs["vegetarian"]
    assert rendered("offer_errors").count("<title>Not yet: ") == 1


def test_a_consent_is_not_ticked_and_names_the_version_that_was_read():
    inputs = {one["name"]: one for one in Read(rendered("offer")).all("input")}

    assert "checked" not in inputs["news"]
    assert inputs["news_version"]["value"] == samples.NEWS.version


@pytest.mark.parametrize("name", ["ticket", "used", "expired", "offer", "password", "confirm"])
def test_a_personal_page_is_not_indexed_and_names_the_link_to_share(name):
    page = Read(rendered(name))

    assert {"name": "robots", "content": "noindex"} in page.all("meta")
    assert {"rel": "canonical", "href": samples.PUBLIC} in page.all("link")


@pytest.mark.parametrize("name", ["ticket", "offer"])
def test_the_address_bar_is_answered_by_the_public_link_in_plain_sight(name):
    page = Read(rendered(name))

    assert samples.PUBLIC in [one["href"] for one in page.all("a")]
    assert samples.PUBLIC.removeprefix("https://") in page.text


def test_a_preview_of_a_link_shows_title_text_and_picture_and_no_form():
    page = Read(rendered("glimpse"))
    told = {one["property"]: one["content"] for one in page.all("meta") if "property" in one}

    assert told["og:title"] == samples.SLICE.title
    assert told["og:description"] == samples.SLICE.subtitle
    assert told["og:image"].startswith("https://")
    assert told["og:url"] == samples.PUBLIC
    assert page.all("form") == page.all("input") == []


def test_the_owners_preview_says_so_and_its_button_does_nothing():
    page = Read(rendered("offer_preview"))

    assert "Preview." in page.text
    assert [one["type"] for one in page.all("button")] == ["button"]
    assert "action" not in page.all("form")[0]


def test_the_neutral_page_names_no_shop():
    page = SAMPLES["not_available"][1]["page"]

    assert page.shop is None and page.offer is None
    assert "Mario" not in rendered("not_available")


def test_only_one_button_is_filled_on_a_page():
    for name in SAMPLES:
        classes = [attributes.get("class", "").split() for _, attributes in Read(rendered(name)).tags]
        assert sum({"button", "main"} <= set(one) for one in classes) <= 1, name


def test_a_code_is_spelled_for_ears_and_whole_for_eyes():
    html = rendered("ticket")

    assert "Code k 7 m 2 q x" in html
    assert '<span aria-hidden="true">k7m2qx</span>' in html


@pytest.mark.parametrize(("share", "to_go"), [(1.0, 32), (0.33, 11), (0.001, 1), (0.0, 0), (-0.2, 0), (1.7, 32)])
def test_the_strokes_show_the_share_of_time_left(share, to_go):
    gone, left = environment.strokes(share)

    assert (gone.count("M"), left.count("M")) == (32 - to_go, to_go)
    assert (gone + left).count("M5 ") == 1


def test_digits_run_only_near_the_end():
    assert "data-left" in rendered("ticket")
    assert "data-left" not in rendered("ticket_yellow")


# Colours


@cache
def tokens() -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """Light, dark by the system's wish, dark by hand."""
    text = re.sub(r"/\*.*?\*/", "", (LOOK / "tokens.css").read_text(), flags=re.S)
    lists = [declared(body) for body in re.findall(r":root[^{]*\{([^{}]*)\}", text)]
    light, by_system, by_hand, *_ = [one for one in lists if "canvas" in one]
    return light, by_system, by_hand


def declared(body: str) -> dict[str, str]:
    return {name: value.strip() for name, value in re.findall(r"--([a-z0-9-]+):\s*([^;]+);", body)}


def test_the_two_dark_lists_are_equal():
    light, by_system, by_hand = tokens()

    assert by_system == by_hand
    assert len(by_system) > 30
    assert set(by_system) <= set(light)


READABLE = [
    *((ink, ground) for ink in ("ink", "ink-2", "ink-3") for ground in ("canvas", "surface", "sunken", "raised")),
    *((tone, ground) for tone in ("ok", "bad", "warn", "note") for ground in (f"{tone}-tint", "surface")),
    ("on-ok", "ok-solid"), ("on-bad", "bad-solid"), ("on-warn", "warn-solid"), ("on-fill", "brand-fill"), ("on-fill", "brand-hover"),
    ("brand-text", "canvas"), ("brand-text", "surface"), ("brand-text", "brand-tint"), ("ink", "brand-tint"), ("ink", "warn-tint"),
    ("ink", "bad-tint"), ("canvas", "ink"),
]  # fmt: skip
VISIBLE = [(line, ground) for line in ("edge", "brand-edge", "focus") for ground in ("canvas", "surface")]


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
def test_the_tokens_keep_their_promises_of_contrast(mode):
    values = tokens()[0] | tokens()[mode]
    short = [pair for pair in READABLE if contrast(values[pair[0]], values[pair[1]]) < 4.5]
    faint = [pair for pair in VISIBLE if contrast(values[pair[0]], values[pair[1]]) < 3.0]

    assert (short, faint) == ([], [])


def test_our_own_brand_follows_the_rules_of_every_brand():
    ours = declared(colours.stylesheet("#2f49c9").splitlines()[0])

    assert ours.items() <= tokens()[0].items()


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_quiet_text_is_readable_on_every_merchants_table(mode):
    """On a desk the table behind the ticket takes 36 % of the brand's tint (consumer.css)."""
    values = tokens()[0] | (tokens()[1] if mode == "dark" else {})
    for brand in ("#ffffff", "#000000", "#ffe680", "#0e3b2c", "#ff0000", "#00ff00", "#0000ff", "#ff00ff", "#00ffff"):
        made = colours.palette(brand, mode)
        table = mixed(made["brand-tint"], values["canvas"], 0.36)
        for ink in (values["ink-2"], values["ink-3"], made["brand-text"]):
            assert contrast(ink, table) >= 4.5, (brand, mode)


def mixed(a: str, b: str, share: float) -> str:
    parts = ((int(a[i : i + 2], 16), int(b[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(share * x + (1 - share) * y):02x}" for x, y in parts)


@pytest.mark.parametrize("sheet", ["parts.css", "consumer.css", "till.css"])
def test_a_page_writes_no_colour_of_its_own(sheet):
    """Black and white are allowed where they must not follow the mode: the QR code, masks, paper."""
    text = re.sub(r"/\*.*?\*/|url\(.*?\)", "", (LOOK / sheet).read_text(), flags=re.S)

    assert set(re.findall(r"#[0-9a-fA-F]{3,8}\b", text)) <= {"#fff", "#000", "#0000"}
