"""The WSGI entry point for a web server of your choice: ``gunicorn wsgi:app``."""

from kts.wsgi import app

__all__ = ["app"]
