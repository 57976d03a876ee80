"""Counting segments before charging (lesson 43)."""

import pytest

from tearoff.messaging import segments


@pytest.mark.parametrize(
    ("text", "encoding", "places", "parts"),
    [
        ("", "gsm7", 0, 1),
        ("a" * 160, "gsm7", 160, 1),
        ("a" * 161, "gsm7", 161, 2),
        ("a" * 306, "gsm7", 306, 2),
        ("a" * 307, "gsm7", 307, 3),
        ("€" * 80, "gsm7", 160, 1),
        ("a" + "€" * 80, "gsm7", 161, 2),
        # an escape pair is not split: 152 + pair would end at 154, so the pair opens the next part
        ("a" * 152 + "€" + "a" * 152, "gsm7", 306, 3),
        ("a" * 151 + "€" + "a" * 153, "gsm7", 306, 2),
        ("é" * 160, "gsm7", 160, 1),
        ("ç" * 70, "ucs2", 70, 1),  # the alphabet has the capital only
        ("\u2019" + "a" * 69, "ucs2", 70, 1),  # one curly quote turns 160 into 70
        ("\u2019" + "a" * 70, "ucs2", 71, 2),
        ("\u2019" * 134, "ucs2", 134, 2),
        ("\u2019" * 135, "ucs2", 135, 3),
        ("\U0001f355" * 35, "ucs2", 70, 1),
        ("\U0001f355" * 36, "ucs2", 72, 2),
        # a surrogate pair is not split: 33 pairs are 66, the 34th opens the next part
        ("\U0001f355" * 67, "ucs2", 134, 3),
        ("a\u2019" + "\U0001f355" * 66, "ucs2", 134, 3),
        ("a" + "\U0001f355" * 66, "ucs2", 133, 2),
        ("{Ann}|^~[]\\", "gsm7", 19, 1),
        ("line\r\nline @£$ ΔΦ", "gsm7", 17, 1),
    ],
)
def test_vectors(text: str, encoding: str, places: int, parts: int) -> None:
    assert segments.count(text) == (encoding, places, parts)


def test_the_alphabet_is_whole() -> None:
    assert len(segments.BASIC) == 127  # 128 places, one of them the escape
    assert len(segments.EXTENSION) == 10
    assert not segments.BASIC & segments.EXTENSION
