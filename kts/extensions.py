"""The shared extension objects, unbound; ``create_app`` binds them."""

from flask import session
from flask_babel import Babel
from flask_compress import Compress
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect

from kts.core.models import Base


class Login(LoginManager):
    """Asks where a session comes from only where there is one."""

    def _session_protection_failed(self) -> bool:
        return bool(session) and super()._session_protection_failed()


db = SQLAlchemy(model_class=Base)
login = Login()
babel = Babel()
csrf = CSRFProtect()
compress = Compress()
limiter = Limiter(key_func=get_remote_address, default_limits=[])
