"""What people agree to, in versions: a subscription names the one that it was given to.

A change of the sentence is a new version; what somebody agreed to stays readable.
"""

from flask_babel import lazy_gettext as _l

WORDINGS = {
    1: _l(
        "I want to receive the newsletter of the KTS by e-mail. My address is used for nothing "
        "else and given to nobody. I can end this at any time, with a link in every issue; the "
        "address is then deleted."
    ),
}
CURRENT = max(WORDINGS)
