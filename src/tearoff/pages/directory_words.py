"""The fixed texts of the directories' pages, beside those all consumer pages have. The tone is that of `pages.words`."""

from functools import cache

from tearoff.kit.texts import Catalogue, Counted, Text
from tearoff.pages.words import words_for

_ENGLISH: dict[str, Text] = {
    # the list
    "offers": "Offers",
    "account_menu": "Your account",
    "my_page": "My page",
    "search": "Search",
    "search_label": "Search the offers",
    "search_clear": "Clear the search",
    "categories": "Categories",
    "all_offers": "All offers",
    "all_of": "All of {category}",
    "amount_said": Counted("amount", one="one offer", other="{amount} offers"),
    "found": Counted("amount", one="One offer", other="{amount} offers"),
    "found_for": Counted("amount", one="One offer for “{search}”", other="{amount} offers for “{search}”"),
    "featured": "Featured",
    "members_only_offer": "Members only",
    "paid_only_offer": "For members who have paid",
    "until": "Until {when}",
    "kind_stamp": "Stamp card",
    "kind_points": "Points card",
    "kind_reward": "Rewards card",
    "kind_membership": "Member card",
    "at_places": Counted("count", one="One place", other="{count} places"),
    "pages": "Pages",
    "page_of": "Page {page} of {pages}",
    "page_before": "Previous",
    "page_next": "Next",
    "empty": "Nothing here yet",
    "empty_said": "The first offers are on their way. Come back soon.",
    "nothing_matches": "Nothing matches “{search}”",
    "nothing_matches_said": "Try fewer letters or another word.",
    "nothing_in": "Nothing in {category} right now",
    "nothing_in_said": "Offers come and go. The others are one tap away.",
    "show_all": "Show all offers",
    "past_end": "There are no more offers",
    "past_end_said": "This list has no page {page}.",
    "to_first_page": "To the first page",
    "back_to_list": "Back to the offers",
    # coming in
    "for_members": "This page is for members.",
    "log_in": "Log in",
    "sign_up": "Sign up",
    "log_in_said": "With the e-mail address you signed up with.",
    "log_in_offer_said": "“{offer}” is for members.",
    "no_sign_up": "The shop makes the accounts here. Ask there for yours.",
    "no_account": "No account yet?",
    "have_account": "Already a member?",
    "can_log_in": "You can log in now.",
    "e_mail": "E-mail",
    "password_field": "Password",
    "new_password": "New password",
    "old_password": "Current password",
    "password_help": "At least 8 characters.",
    "wrong_login": "E-mail address and password do not belong together.",
    "wrong_password": "That is not your password.",
    "login_blocked": "This account is closed. The shop can tell you more.",
    "tries_wait": Counted(
        "count",
        one="There were too many tries. You can go on in one minute.",
        other="There were too many tries. You can go on in {count} minutes.",
    ),
    "join_title": "Become a member",
    "join_said": "It takes a minute.",
    "join_button": "Sign up",
    "error_password_short": "Make it longer: at least 8 characters.",
    "error_password_long": "Make it shorter: at most 128 characters.",
    "error_password_common": "Many people use this one. Choose another.",
    "error_birthday": "Choose a day in the past, or write it like 2001-12-31.",
    # signing on once
    "sign_on": "Welcome",
    "sign_on_said": "One press, and you are logged in.",
    "sign_on_button": "Go in",
    "sign_on_gone": "This link has done its work",
    "sign_on_gone_said": "It opens once and for ten minutes. Get a new one where you found it, or log in.",
    # paying
    "pay": "Members who have paid can open this",
    "pay_said": "Pay once there, and come back here.",
    "pay_button": "Go to the payment",
    "pay_ask": "Ask the shop how to pay. They open it for you.",
    "pay_done": "I have paid: look again",
    "pay_notice": "The offers open once you have paid.",
    "pay_how": "How to pay",
    "has_paid": "You have paid: every offer is open.",
    "all_open": "Every offer is open for you",
    "all_open_said": "There is nothing to pay.",
    # a personal coupon
    "personal_title": "Get your own",
    "personal_said": "This coupon is made for you alone and works once.",
    "personal_button": "Get my coupon",
    # my page
    "paid_until": "You have paid until {when}: every offer is open.",
    "profile": "About you",
    "save": "Save",
    "saved": "Saved.",
    "password_changed": "Your password is changed. Other phones and computers are logged out.",
    "change_password": "Change the password",
    "password_title": "Password",
    "log_out": "Log out",
    "delete_account": "Delete my account",
    "delete_question": "Delete your account?",
    "delete_said": "All you told us about yourself here goes, and cannot come back. Coupons you have go on working.",
    "delete_confirm": "Delete my account",
    "keep_account": "Keep it",
    "deleted": "Your account is deleted.",
    "logged_in_as": "Logged in as {email}.",
}


@cache
def _in(language: str) -> Catalogue:
    return words_for(language).with_texts(_ENGLISH)


def directory_words_for(language: str = "en", own: dict[str, object] | None = None) -> Catalogue:
    """The texts in a language, with a merchant's own wording on top."""
    return _in(language.lower().partition("-")[0]).reworded(own or {})
