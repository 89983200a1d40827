"""Writing for the newsletter: who asked for it, issues, their parts, sending."""
