"""A dossier to take along, exactly as one reader may see it: Markdown and PDF."""
