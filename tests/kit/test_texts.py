"""Fixed texts by name: filled, counted, reworded, and never run."""

import pytest
from markupsafe import Markup

from tearoff.kit.texts import Catalogue, Counted

WORDS = Catalogue(
    {
        "left": "{left} left of {of}",
        "tries": Counted("left", one="One try left.", other="{left} tries left."),
        "risky": "Less < more & 'so'",
        "plain": "Get it",
    }
)


def test_a_text_is_filled_with_its_values():
    assert WORDS.say("left", left=38, of=200) == "38 left of 200"


def test_on_a_page_text_and_values_are_escaped_and_markup_is_kept():
    assert WORDS("risky") == "Less &lt; more &amp; &#39;so&#39;"
    assert WORDS("left", left="<b>", of=Markup("<b>200</b>")) == "&lt;b&gt; left of <b>200</b>"


@pytest.mark.parametrize(("left", "said"), [(1, "One try left."), (0, "0 tries left."), (4, "4 tries left.")])
def test_a_number_chooses_its_form(left, said):
    assert WORDS.say("tries", left=left) == said


def test_another_language_brings_its_own_forms():
    polish = Catalogue(
        {"tries": Counted("left", one="{left} próba", few="{left} próby", many="{left} prób", other="{left} próby")},
        language="pl",
        plural=lambda n: "one" if n == 1 else "few" if 1 < n % 10 < 5 and not 11 < n % 100 < 15 else "many",
    )

    assert [polish.say("tries", left=n) for n in (1, 3, 5)] == ["1 próba", "3 próby", "5 prób"]


def test_a_name_nobody_gave_is_a_bug():
    with pytest.raises(KeyError):
        WORDS("get_it")


def test_an_owner_rewords_a_text_and_leaves_the_others():
    own = WORDS.reworded({"left": "Only {left}"})

    assert own.say("left", left=3, of=9) == "Only 3"
    assert own.say("plain") == "Get it"
    assert WORDS.say("left", left=3, of=9) == "3 left of 9"


@pytest.mark.parametrize("own", [{"unknown": "x"}, {"plain": "  "}, {"plain": 7}, {"plain": None}, {}])
def test_what_cannot_reword_anything_is_left_out(own):
    assert WORDS.reworded(own).say("plain") == "Get it"


@pytest.mark.parametrize(
    "trick", ["{left.__class__}", "{left!r}", "{0}", "{}", "{left:>9999999}", "{self}", "%(left)s", "{"]
)
def test_an_owners_text_is_letters_and_no_program(trick):
    own = WORDS.reworded({"plain": trick})

    assert own.say("plain", left=3) == trick
    assert own("plain", left=3) == Markup.escape(trick)


def test_a_value_is_not_filled_again():
    assert WORDS.say("left", left="{of}", of=9) == "{of} left of 9"
    assert WORDS("left", left="{of}", of=9) == "{of} left of 9"
