"""Lessons 23 and 24: machines leave no trace, the doubtful are counted apart, and every person is served."""

import httpx
import pytest

from tearoff.activity.models import Event
from tearoff.coupons.models import CouponSession, Validation
from tearoff.kit.lane import Request
from tearoff.pages.visitors import Visitor, visitor
from tests.pages.phones import events, path, session_of, sessions
from tests.world import PERSON, Shop, door, phone

SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
CHROME = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36"
DESKTOP = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "

PERSONS = [
    CHROME,
    SAFARI + "Version/17.5 Mobile/15E148 Safari/604.1",
    SAFARI + "CriOS/126.0.6478.54 Mobile/15E148 Safari/604.1",
    SAFARI + "FxiOS/127.0 Mobile/15E148 Safari/605.1.15",
    SAFARI + "GSA/321.0.642804631 Mobile/15E148 Safari/604.1",
    SAFARI + "Mobile/15E148 [FBAN/FBIOS;FBAV/467.0.0.39.108;FBBV/608456146;FBDV/iPhone14,5]",
    SAFARI + "Mobile/15E148 Instagram 334.0.4.32.98 (iPhone14,5; iOS 17_5; en_BE; en; scale=3.00)",
    SAFARI + "Mobile/15E148 [Pinterest/iOS]",
    SAFARI + "Mobile/15E148 Snapchat/12.90.0.37 (like Safari/8617.2.4.10.8, panda)",
    SAFARI + "Safari Line/14.9.0",
    SAFARI + "Mobile/15E148 MicroMessenger/8.0.49(0x18003137) NetType/WIFI Language/en",
    CHROME + " Telegram-Android/10.14.5 (Google Pixel 8; Android 14; SDK 34; HIGH)",
    CHROME + " EdgA/126.0.2592.56",
    CHROME + " OPR/82.5.4342.79480",
    "Mozilla/5.0 (Linux; Android 13; SM-S901B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/25.0 Chrome/121 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 9; CUBOT X19) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/100.0.4896.127 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 8.1.0; CUBOT_POWER) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/89.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; U; Android 10; en-us; Redmi Note 8) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/89 XiaoMi/MiuiBrowser/13",  # noqa: E501
    "Mozilla/5.0 (Android 14; Mobile; rv:127.0) Gecko/127.0 Firefox/127.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15",
    DESKTOP + "Chrome/126.0.0.0 Safari/537.36",
    DESKTOP + "HeadlessChrome/126.0.0.0 Safari/537.36",  # people's tools and our own journeys; robots seldom admit it
    "Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.2; Trident/6.0)",
    "Opera/9.80 (Android; Opera Mini/36.2.2254/119.132; U; id) Presto/2.12.423 Version/12.16",
    "Mozilla/5.0 (Mobile; LYF/F90M/LYF-F90M; rv:48.0) Gecko/48.0 Firefox/48.0 KAIOS/2.5",
    "Mozilla/5.0 (PlayStation 4 3.11) AppleWebKit/537.73 (KHTML, like Gecko)",
]

MACHINES = [
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) Version/9.0.1 Safari/601.2.4 "
    "facebookexternalhit/1.1 Facebot Twitterbot/1.0",
    "meta-externalagent/1.1 (+https://developers.facebook.com/docs/sharing/webmasters/crawler)",
    "WhatsApp/2.23.20.0 A",
    "WhatsApp/2.24.12.78 i",
    "TelegramBot (like TwitterBot)",
    "Twitterbot/1.0",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "Slack-ImgProxy (+https://api.slack.com/robots)",
    "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)",
    "LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)",
    "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5 skype-url-preview@microsoft.com",
    "Viber/15.2.0.6 CFNetwork/1220.1 Darwin/20.3.0",
    "facebookexternalhit/1.1;line-poker/1.0",
    "facebookexternalhit/1.1; kakaotalk-scrap/1.0; +https://devtalk.kakao.com/t/scrap/33984",
    "Pinterest/0.2 (+https://www.pinterest.com/bot.html)",
    "Mozilla/5.0 (compatible; redditbot/1.0; +http://www.reddit.com/feedback)",
    "Snap URL Preview Service; bot; snapchat; https://developers.snap.com/robots",
    "Mozilla/5.0 (compatible; Embedly/0.2; +http://support.embed.ly/)",
    "Iframely/1.3.1 (+https://iframely.com/docs/about)",
    "http.rb/5.2.0 (Mastodon/4.2.9; +https://mastodon.social/) Bot",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    CHROME + " (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; Google-InspectionTool/1.0;)",
    "Mediapartners-Google",
    "AdsBot-Google (+http://www.google.com/adsbot.html)",
    "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm) Chrome/116 Safari/537.36",  # noqa: E501
    "Mozilla/5.0 (Windows NT 6.1; WOW64) AppleWebKit/534+ (KHTML, like Gecko) BingPreview/1.0b",
    "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)",
    "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)",
    "DuckDuckBot/1.1; (+http://duckduckgo.com/duckduckbot.html)",
    "Mozilla/5.0 (compatible; Yahoo! Slurp; http://help.yahoo.com/help/us/ysearch/slurp)",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.1.1 Safari/605.1.15 "
    "(Applebot/0.1; +http://www.apple.com/go/applebot)",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
    "CCBot/2.0 (https://commoncrawl.org/faq/)",
    "Mozilla/5.0 (compatible; archive.org_bot +http://archive.org/details/archive.org_bot)",
    "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
    "Mozilla/5.0 (compatible; SemrushBot/7~bl; +http://www.semrush.com/bot.html)",
    "Mozilla/5.0 (Linux; Android 5.0) AppleWebKit/537.36 (KHTML, like Gecko) Mobile Safari/537.36 (compatible; Bytespider; spider-feedback@bytedance.com)",  # noqa: E501
    DESKTOP + "Chrome/109.0.0.0 Safari/537.36 Chrome-Lighthouse",
    "Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)",
    "Pingdom.com_bot_version_1.4_(http://www.pingdom.com/)",
    "W3C_Validator/1.3 http://validator.w3.org/services",
    "Screaming Frog SEO Spider/20.1",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120 Safari/537.36 BarracudaSentinel",
    "Mozilla/5.0 (compatible; proofpoint-urldefense; +https://www.proofpoint.com)",
    "urlscan.io/1.0 (+https://urlscan.io)",
]

DOUBTFUL = [
    "",
    "curl/8.5.0",
    "Wget/1.21.4",
    "python-requests/2.32.3",
    "python-httpx/0.27.0",
    "Python/3.11 aiohttp/3.9.5",
    "Go-http-client/2.0",
    "okhttp/4.12.0",
    "Apache-HttpClient/4.5.14 (Java/17.0.11)",
    "Java/17.0.2",
    "axios/1.7.2",
    "node-fetch/1.0 (+https://github.com/bitinn/node-fetch)",
    "GuzzleHttp/7",
    "PostmanRuntime/7.39.0",
    "Dalvik/2.1.0 (Linux; U; Android 13; SM-G991B Build/TP1A.220624.014)",
    "Mozilla/5.0",
    "Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1.19041.4522",
    "Mozilla/4.0 (compatible; Win32; WinHttp.WinHttpRequest.5)",
    "Mozilla/5.0 (Unknown; Linux x86_64) AppleWebKit/538.1 (KHTML, like Gecko) PhantomJS/2.1.1 Safari/538.1",
]


def asked(method: str = "GET", **headers: str) -> Request:
    return Request({"REQUEST_METHOD": method, **{f"HTTP_{name}": value for name, value in headers.items()}})


@pytest.mark.parametrize("name", PERSONS)
def test_lesson_24_a_browser_is_a_person(name: str) -> None:
    assert visitor(asked(USER_AGENT=name)) is Visitor.PERSON


@pytest.mark.parametrize("name", MACHINES)
def test_lesson_24_a_robot_that_says_so_is_a_machine(name: str) -> None:
    assert visitor(asked(USER_AGENT=name)) is Visitor.MACHINE


@pytest.mark.parametrize("name", DOUBTFUL)
def test_lesson_24_a_program_is_doubtful(name: str) -> None:
    assert visitor(asked(USER_AGENT=name)) is Visitor.DOUBTFUL


@pytest.mark.parametrize(
    "headers",
    [
        {"SEC_PURPOSE": "prefetch"},
        {"SEC_PURPOSE": "prefetch;prerender"},
        {"PURPOSE": "prefetch"},
        {"PURPOSE": "preview"},
        {"X_PURPOSE": "preview"},
        {"X_MOZ": "prefetch"},
    ],
)
def test_lesson_24_a_prefetch_is_no_visit(headers: dict[str, str]) -> None:
    assert visitor(asked(USER_AGENT=CHROME, **headers)) is Visitor.MACHINE


def test_a_mail_scanner_behind_a_browsers_name_is_doubtful() -> None:
    assert visitor(asked(USER_AGENT=CHROME, X_MIMECAST_SCAN="1")) is Visitor.DOUBTFUL


def test_head_is_no_visit_whoever_asks() -> None:
    assert visitor(asked("HEAD", USER_AGENT=CHROME)) is Visitor.MACHINE


def rows() -> tuple[int, int, int]:
    return CouponSession.objects.count(), Event.objects.count(), Validation.objects.count()


def test_lesson_23_a_hundred_fetches_by_machines_write_no_row(mario: Shop) -> None:
    offer = mario.campaign()
    unopened, claimed = offer.link(), offer.claimed()
    addresses = [
        f"/p/{offer.code}",
        f"/p/{offer.code}&web=true",
        f"/z/{offer.code}",
        path(offer, unopened),
        path(offer, claimed),
        f"/s/{offer.code}/{claimed}",
    ]
    before = rows()

    for number in range(100):
        with door() as machine:
            address = addresses[number % len(addresses)]
            name = MACHINES[number % len(MACHINES)]
            assert machine.head(address, headers=PERSON).status_code in (200, 302)
            answer = machine.get(address, headers={"User-Agent": name, "Accept": "*/*"})
            prefetched = machine.get(address, headers=PERSON | {"Sec-Purpose": "prefetch"})
            assert answer.status_code == prefetched.status_code == 200
            assert not answer.headers.get_list("set-cookie")

    assert rows() == before
    assert offer.session(unopened).opened_at is None and offer.session(unopened).doubtful_visits == 0


def test_lesson_23_a_hundred_visits_of_one_person_are_one_session_opened_once(mario: Shop, ann: httpx.Client) -> None:
    offer = mario.campaign()

    found = {session_of(ann.get(f"/p/{offer.code}")) for _ in range(100)}

    assert len(found) == 1 and sessions(offer) == 1
    session = offer.session(found.pop())
    assert session.opened_at and not session.claimed_at and not session.uses
    assert events(offer) == events(offer, "coupon.opened") == 1


def test_lesson_23_a_hundred_persons_have_a_hundred_sessions_none_claimed(mario: Shop) -> None:
    offer = mario.campaign()

    for _ in range(100):
        with phone() as person:
            assert person.get(f"/p/{offer.code}").status_code == 200

    made = CouponSession.objects.filter(campaign=offer.campaign)
    assert made.count() == 100
    assert not made.exclude(claimed_at=None).exists() and not made.exclude(uses=0).exists()


def test_lesson_24_a_preview_shows_the_offer_and_nothing_personal(mario: Shop) -> None:
    offer = mario.campaign("Free slice", subtitle="With any lunch", share_image="shares/slice.png")
    mine = offer.link(firstname="Zebulon", email="zeb@example.org")

    for address in (f"/p/{offer.code}", path(offer, mine)):
        with door(headers={"User-Agent": "WhatsApp/2.23.20.0 A"}) as chat:
            answer = chat.get(address)
        assert answer.status_code == 200
        assert '<meta property="og:title" content="Free slice">' in answer.text
        assert '<meta property="og:description" content="With any lunch">' in answer.text
        assert 'content="http://127.0.0.1:8000/media/shares/slice.png"' in answer.text
        assert "<form" not in answer.text and "Zebulon" not in answer.text and "zeb@" not in answer.text

    assert sessions(offer) == 1 and offer.session(mine).opened_at is None


def test_a_preview_of_what_is_not_available_names_no_offer(mario: Shop) -> None:
    offer = mario.campaign("Secret draft")
    offer.set(status="draft")
    with door(headers={"User-Agent": "Twitterbot/1.0"}) as chat:
        answer = chat.get(f"/p/{offer.code}")

    assert answer.status_code == 404 and "Secret" not in answer.text


def test_the_doubtful_are_served_like_people_but_counted_apart(mario: Shop) -> None:
    offer = mario.campaign()
    with door(headers={"User-Agent": "curl/8.5.0"}) as program:
        arrived = program.get(f"/p/{offer.code}")
        assert arrived.status_code == 302 and arrived.headers.get_list("set-cookie")
        page = program.get(arrived.headers["location"])
        again = program.get(f"/p/{offer.code}")

    session = offer.session(session_of(arrived))
    assert (
        page.status_code == 200 and "Get it" in page.text and again.headers["location"] == arrived.headers["location"]
    )
    assert session.opened_at is None and session.doubtful_visits == 2
    assert events(offer, "coupon.opened") == 0 and sessions(offer) == 1


def test_a_doubtful_session_is_opened_by_the_first_person_or_act(mario: Shop, ann: httpx.Client) -> None:
    offer = mario.campaign()
    with door(headers={"User-Agent": "python-requests/2.32.3"}) as program:
        seen, acted = (session_of(program.get(f"/p/{offer.code}", headers={"Cookie": ""})) for _ in range(2))
        assert program.post(path(offer, acted)).status_code == 303

    ann.get(path(offer, seen))

    assert offer.session(seen).opened_at and offer.session(acted).opened_at and offer.session(acted).claimed_at
    assert events(offer, "coupon.opened") == 2


def test_a_link_arrives_as_created_and_is_opened_once_by_a_person(mario: Shop, ann: httpx.Client) -> None:
    offer = mario.campaign()
    link = offer.link()

    with door(headers={"User-Agent": "curl/8.5.0"}) as program:
        program.get(path(offer, link))
    assert offer.session(link).opened_at is None and offer.session(link).doubtful_visits == 1

    answers = [ann.get(path(offer, link)) for _ in range(3)]
    opened = offer.session(link).opened_at

    assert opened and events(offer, "coupon.opened") == 1
    assert [bool(answer.headers.get_list("set-cookie")) for answer in answers] == [True, False, False]
    assert session_of(ann.get(f"/p/{offer.code}")) == link
