"""`manage.py export_config`: prints portals, scopes, policies and policy tests as YAML (or JSON), without passwords."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from oauth import configuration
from tools.commands import OperatorCommand


class Command(OperatorCommand):
    help = (
        "Print portals, scopes, policies and policy tests in the form that import_config reads. Passwords are never "
        "exported."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print JSON instead of YAML")
        parser.add_argument("--output", help="write to this file instead of standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        document = configuration.export()
        text = configuration.as_json(document) if options["json"] else configuration.as_yaml(document)
        if not options["output"]:
            self.stdout.write(text, ending="")
            return
        try:
            Path(options["output"]).write_text(text, encoding="utf-8")
        except OSError as error:
            self.stderr.write(f"{options['output']}: cannot be written ({type(error).__name__}).")
            sys.exit(2)
