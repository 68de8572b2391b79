"""`X-Twilio-Signature`: base64 of HMAC-SHA1 over the full URL and the form's parameters in the order of their names.

What is no form is signed by its digest, which the URL carries as `bodySHA256`.
Source: https://www.twilio.com/docs/usage/webhooks/webhooks-security
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Final

HEADER: Final = "X-Twilio-Signature"
_DIGEST: Final = "bodySHA256="


def signature(auth_token: str, url: str, parameters: Mapping[str, Sequence[str]]) -> str:
    """A parameter that is repeated counts once for each different value, in order of the values."""
    text = url + "".join(name + value for name in sorted(parameters) for value in sorted(set(parameters[name])))
    digest = hmac.new(auth_token.encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def with_query(url: str, addition: str) -> str:
    """`url`, which has no fragment, with more at the end of its query."""
    return f"{url}{'&' if '?' in url else '?'}{addition}"


def with_digest(url: str, body: bytes) -> str:
    """The URL for this body. A digest that the URL had goes: receivers look at the first."""
    path, _, query = url.partition("?")
    kept = "&".join(part for part in query.split("&") if part and not part.startswith(_DIGEST))
    return with_query(f"{path}?{kept}" if kept else path, _DIGEST + hashlib.sha256(body).hexdigest())
