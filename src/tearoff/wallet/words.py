"""The fixed texts of a pass. English until other languages are complete, as on the pages (product.md 4.24)."""

from tearoff.kit.texts import Catalogue, Counted

WORDS = Catalogue(
    {
        "worth": "Worth",
        "coupon": "Coupon",
        "card": "Card",
        "state": "Status",
        "state_ready": "Ready to use",
        "state_used": "Used",
        "state_voided": "Not valid",
        "state_expired": "Expired",
        "state_held": "On hold",
        "state_unavailable": "Not available",
        "code": "Code",
        "use_by": "Use it by",
        "member": "Member",
        "stamps": "Stamps",
        "points": "Points",
        "of_goal": "{balance} of {goal}",
        "next": "Next reward",
        "next_at": Counted("count", one="{reward}, one to go", other="{reward}, {count} to go"),
        "uses": "Uses",
        "news": "News",
        "news_none": "Nothing new",
        "about": "About",
        "terms": "Terms",
        "places": "Where to use it",
        "page": "On the web",
        "changed": "%@",
    }
)
