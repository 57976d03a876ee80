"""Saving what has a public code of six letters: drawn until it is nobody else's."""

from django.db import IntegrityError, models, transaction

from tearoff.kit import codes

TRIES = 20


def save_under_fresh_code(row: models.Model) -> None:
    """Insert the row, whose `code` is unique, under a code that was never given out. Call it within a transaction.

    Raises:
        IntegrityError: something else than the code is in the way.
    """
    for _ in range(TRIES):
        row.code = codes.coupon_code()  # type: ignore[attr-defined]
        try:
            with transaction.atomic():
                row.save(force_insert=True)
            return
        except IntegrityError as problem:
            if "code" not in str(problem):
                raise
            row.pk = None
    raise RuntimeError(f"No free code was found for {row._meta.db_table}.")
