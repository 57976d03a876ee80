"""Who looks: a person, a declared machine, or something in between (product.md 4.3.1, lessons 23 and 24).

Machines (crawlers, link previews, prefetches, HEAD) leave no trace. The doubtful are served like people, because some of them
are, but their visits are counted apart. Everybody else is a person: to refuse a phone costs a shop a customer, to count one
robot too many costs nothing.
"""

import re
from enum import Enum

from tearoff.kit.lane import Request


class Visitor(Enum):
    PERSON = "person"
    DOUBTFUL = "doubtful"
    MACHINE = "machine"


MACHINES = (
    # the word most of them use of themselves; not the phones called Cubot
    r"(?<!cu)bot\b", r"(?<!cu)bots?[-/.;_]", r"crawl", r"spider", r"slurp", r"\bscraper?\b", r"kakaotalk-scrap",
    # previews of a link in chats, mails and social networks
    r"facebookexternalhit", r"facebookcatalog", r"facebot", r"meta-external", r"^whatsapp/", r"^viber/", r"skypeuripreview",
    r"bingpreview", r"slack-imgproxy", r"embedly", r"iframely", r"snap url preview", r"line-poker", r"^pinterest/", r"vkshare",
    r"cloudflare-alwaysonline", r"nuzzel", r"bitlybot", r"outbrain", r"quora link preview", r"flipboardproxy", r"tumblr/",
    r"qwantify", r"whatcms", r"^mastodon/", r"http\.rb/.*mastodon", r"^signal-desktop", r"google-pagerenderer", r"^mattermost",
    # search engines, archives and language models under other names
    r"mediapartners-google", r"apis-google", r"feedfetcher", r"googleother", r"google-", r"googleimageproxy",
    r"ggpht\.com googleimage", r"ia_archiver", r"chatgpt-user", r"perplexity-user", r"yandex(images|media|metrika|webmaster)",
    r"mail\.ru", r"heritrix", r"archive\.org", r"duckassist", r"amazon-q",
    # monitors, auditors, scanners of links and mails, as far as they say so
    r"uptime", r"pingdom", r"statuscake", r"site24x7", r"lighthouse", r"gtmetrix", r"\bptst/", r"w3c_validator", r"validator",
    r"zgrab", r"masscan", r"nuclei", r"censys", r"expanse", r"nessus", r"qualys", r"urlscan", r"virustotal", r"phishtank",
    r"barracuda", r"mimecast", r"proofpoint", r"safelinks", r"symantec", r"messagelabs", r"fireeye", r"trendmicro",
    r"yahoomailproxy", r"linkcheck", r"broken-?link", r"screaming frog",
)  # fmt: skip
"""What a robot calls itself, as patterns for its User-Agent in small letters."""

DOUBTFUL = (
    r"powershell", r"winhttp", r"httpclient", r"libwww", r"python", r"\bjava/", r"okhttp", r"phantomjs", r"scrapy", r"wget", r"curl",
    r"axios", r"node-fetch", r"undici", r"guzzle", r"postman", r"insomnia", r"apache-http", r"go-http", r"dalvik",
)  # fmt: skip
"""Programs and libraries that may act for a person, in a User-Agent that otherwise looks like a browser's."""

SCANNERS = (
    "HTTP_X_BARRACUDA",
    "HTTP_X_MIMECAST",
    "HTTP_X_PROOFPOINT",
    "HTTP_X_SAFELINKS",
    "HTTP_X_SCANNER",
    "HTTP_X_SYMANTEC",
)
"""Beginnings of header names by which mail scanners are known, though they call themselves a browser."""

_MACHINE = re.compile("|".join(MACHINES))
_DOUBTFUL = re.compile("|".join(DOUBTFUL))
_BROWSER = re.compile(r"(mozilla|opera)/\d.*\(")
"""How the name of every browser of the last twenty years begins; a bare "Mozilla/5.0" is a program's excuse."""


def visitor(request: Request) -> Visitor:
    """Who sent this GET or HEAD. (A POST is always an act of somebody: it is never asked.)"""
    if request.method == "HEAD" or is_prefetch(request):
        return Visitor.MACHINE
    name = request.header("User-Agent").lower()
    if _MACHINE.search(name):
        return Visitor.MACHINE
    if not _BROWSER.match(name) or _DOUBTFUL.search(name) or any(key.startswith(SCANNERS) for key in request.environ):
        return Visitor.DOUBTFUL
    return Visitor.PERSON


def is_prefetch(request: Request) -> bool:
    """A browser that loads the page in case somebody will want it."""
    told = " ".join(map(request.header, ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"))).lower()
    return "prefetch" in told or "prerender" in told or "preview" in told


def is_framed(request: Request) -> bool:
    """Whether the page stands in a frame of another page: the address says so (`web=true`), or the browser does."""
    return request.query.get("web") == "true" or request.header("Sec-Fetch-Dest") in (
        "iframe",
        "frame",
        "embed",
        "object",
    )
