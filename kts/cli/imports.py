"""``kts import``: the importers that the features bring."""

from importlib import import_module

import click

IMPORTERS = {
    "documents": "kts.documents.cli:documents_command",
    "gv100ad": "kts.municipalities.cli:gv100ad_command",
    "projects": "kts.municipalities.cli:projects_command",
    "threads": "kts.forum.cli:threads_command",
}


class _Importers(click.Group):
    """Loads an importer when it is asked for, so that other commands start fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the importers."""
        return sorted(IMPORTERS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Find the importer of that name."""
        if cmd_name not in IMPORTERS:
            return None
        module, name = IMPORTERS[cmd_name].split(":")
        return getattr(import_module(module), name)


@click.group(name="import", cls=_Importers)
def imports() -> None:
    """Take over data; each importer can be run twice and ends with counts."""
