"""What every operator command has in common: a database that cannot be used is told in one line, with exit 2."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError


class OperatorCommand(BaseCommand):
    """A command whose exit 1 says that something is bad, and so never that nobody could look."""

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Run the checks and the command; exits with 2 when the database cannot be used."""
        try:
            return super().execute(*args, **options)
        except DatabaseError as error:
            self.stderr.write(unusable(error))
        sys.exit(2)


def unusable(error: DatabaseError) -> str:
    """What to say of it: never its own text, which may name the host and the account."""
    return f"The database cannot be used ({type(error).__name__}). Check DATABASE_URL."
