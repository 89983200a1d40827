"""The application object for the web server that ``kts serve`` starts."""

from kts import create_app

app = create_app()
