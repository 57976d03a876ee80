"""The fixed texts of the loyalty pages, beside those all consumer pages have. The tone is that of `pages.words`."""

from functools import cache

from tearoff.kit.texts import Catalogue, Counted, Text
from tearoff.pages.words import words_for

_ENGLISH: dict[str, Text] = {
    # joining
    "join": "Get my card",
    "join_said": "Collect on this phone. No app, and nothing to carry.",
    "open_card": "Open the card",
    # the card
    "your_card": "Your card",
    "stamps": "Stamps",
    "points": "Points",
    "member": "Member",
    "of_goal": "{balance} / {goal}",
    "stamp_given": "Stamp {number}, given",
    "stamp_gift": "Stamp {number}, with a reward",
    "stamp_gift_given": "Stamp {number}, with a reward, given",
    "stamp_number": "Stamp ",
    "more_stamps": Counted(
        "count", one="One more stamp and it is yours: {reward}", other="{count} more stamps to your reward: {reward}"
    ),
    "more_points": Counted(
        "count", one="One more point and it is yours: {reward}", other="{count} more points to your reward: {reward}"
    ),
    "card_full_in": Counted("count", one="One more and this card is full", other="{count} more and this card is full"),
    "card_full": "This card is full",
    "reward_ready": "Ready for you: {reward}",
    "can_choose": "You have enough for a reward",
    "collecting": "Every visit counts",
    "membership": "You are a member",
    "show_card": "Show this when you pay",
    "show_member": "Show this at the counter",
    "card_qr_label": "QR code of your card",
    "progress": "{balance} of {goal}",
    # rewards
    "rewards": "Rewards",
    "at_stamps": Counted("count", one="at one stamp", other="at {count} stamps"),
    "at_points": Counted("count", one="at one point", other="at {count} points"),
    "for_points": Counted("count", one="for one point", other="for {count} points"),
    "to_go": Counted("count", one="One to go", other="{count} to go"),
    "earned_this_round": "Earned",
    "choose_it": "Choose",
    "choose_what": "Choose: {reward}",
    "yours": "Yours",
    "open_reward": "Open",
    "open_what": "Open: {reward}",
    "earned_on": "Earned {when}",
    "reward_used": "Used",
    "reward_over": "Expired",
    "reward_voided": "No longer valid",
    "reward_waits": "Not available at this moment. It stays yours.",
    "collect": "Try again",
    # what happened
    "your_stamps": "Your stamps",
    "your_points": "Your points",
    "gave_stamps": Counted("count", one="One stamp", other="{count} stamps"),
    "gave_points": Counted("count", one="One point", other="{count} points"),
    "took_stamps": Counted("count", one="One stamp taken back", other="{count} stamps taken back"),
    "took_points": Counted("count", one="One point taken back", other="{count} points taken back"),
    "paid_points": "Chosen: {reward}",
    "round_full": "Card full, a new one begins",
    "push_ask": "Send me news about this card",
    "card_yours_alone": "This card is yours alone: keep the address. Friends get their own:",
    # choosing
    "choose_question": "Take this reward?",
    "choose_said": Counted(
        "price", one="It costs one of your {balance} points.", other="It costs {price} of your {balance} points."
    ),
    "choose_confirm": Counted("price", one="Take it for one point", other="Take it for {price} points"),
    "keep_points": "Keep my points",
    "left_after": "Left afterwards: {left}",
    # refusals
    "refused_too_little": "There are not enough points for that any more.",
    "refused_no_reward": "This reward is not there any more.",
    "refused_price_changed": "The price of this reward has changed. Nothing was taken; have another look.",
    "refused_unavailable": "This reward cannot be given at this moment. Nothing was taken.",
    "refused_busy": "The till is busy with your card. Nothing was taken; try again in a moment.",
    "refused_nonce_reused": "That page was old. Nothing was taken; have another look.",
    "card_voided": "This card is not valid",
    "card_voided_said": "The shop has closed it. They can tell you more.",
    "card_voided_proof": "Closed by the shop",
}


@cache
def _in(language: str) -> Catalogue:
    return words_for(language).with_texts(_ENGLISH)


def loyalty_words_for(language: str = "en", own: dict[str, object] | None = None) -> Catalogue:
    """The texts in a language, with a merchant's own wording on top."""
    return _in(language.lower().partition("-")[0]).reworded(own or {})
