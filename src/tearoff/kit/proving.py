"""Asking a database whether it contradicts itself."""

from django.db import transaction

from tearoff.kit import sql


def contradictions(questions: dict[str, str]) -> list[str]:
    """One plain sentence for each question whose count is not nought. A question is one statement, so it sees one moment."""
    found = []
    with transaction.atomic():
        sql.run("set local statement_timeout = '10min'")  # each question reads a whole table; nobody waits for it
        for sentence, question in questions.items():
            row = sql.one(question)
            if row and row[0]:
                found.append(f"{row[0]} {sentence}.")
    return found
