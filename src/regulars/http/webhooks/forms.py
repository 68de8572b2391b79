"""Forms that Twilio sends and signs (https://www.twilio.com/docs/usage/webhooks/webhooks-security).

A webhook that is set to GET has its fields in the query, which the signature covers as part of the address.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qs

from litestar import Request

from regulars.core.context import Ctx
from regulars.core.errors import Forbidden, InvalidInput
from regulars.core.ids import AccountSid
from regulars.domain.configurations import Configuration
from regulars.http.webhooks.signature import addresses, is_genuine
from regulars.runtime import Runtime, clock, mint
from regulars.services import accounts
from regulars.storage import configurations

_FORM: Final = "application/x-www-form-urlencoded"
_FIELDS_MAX: Final = 1000


class Form:
    """The fields of a form; each may be there several times."""

    def __init__(self, fields: Mapping[str, Sequence[str]]) -> None:
        self.fields = fields

    def first(self, name: str) -> str:
        """Empty when it is not there."""
        return self.fields.get(name, [""])[0]

    def required(self, name: str, chars_max: int) -> str:
        value = self.first(name)
        if not value or len(value) > chars_max:
            raise InvalidInput(f"{name} must have 1 to {chars_max} characters")
        return value


class Signed(NamedTuple):
    """A form that is from whom it says. `ctx` has all stores of the account, `configurations` are all it has."""

    form: Form
    ctx: Ctx
    configurations: list[Configuration]


async def signed_form(request: Request[Any, Any, Any], rt: Runtime) -> Signed:
    """Raises Forbidden, in the same words for every way in which it may not be genuine."""
    form = await _form(request)
    now = clock()
    account_sid = form.first("AccountSid")
    async with rt.db.read() as tx:
        signer = await accounts.signer(tx, rt.sealer, account_sid)
        found = [] if signer is None else await configurations.list_of_account(tx, account_sid)
    urls = addresses(
        request.headers,
        scheme=request.url.scheme,
        path_and_query=_path_and_query(request),
        public_url=rt.settings.public_url,
    )
    offered = request.headers.get("x-twilio-signature", "")
    covered: Mapping[str, Sequence[str]] = {} if request.method == "GET" else form.fields
    if signer is None or not is_genuine(offered, signer.auth_token, urls, covered):
        raise Forbidden("The X-Twilio-Signature does not fit this request")
    ctx = Ctx(account_sid=AccountSid(account_sid), store_ids=signer.store_ids, now=now, mint=mint, actor="webhook")
    return Signed(form, ctx, found)


def _path_and_query(request: Request[Any, Any, Any]) -> str:
    """As it came, byte for byte: the sender signed its own spelling."""
    path = request.scope["raw_path"].decode("latin-1")
    query = request.scope["query_string"].decode("latin-1")
    return f"{path}?{query}" if query else path


async def _form(request: Request[Any, Any, Any]) -> Form:
    if request.method == "GET":
        return _parsed(request.scope["query_string"])
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise InvalidInput(f"Send the message as {_FORM}")
    return _parsed(await request.body())


def _parsed(text: bytes) -> Form:
    try:
        return Form(parse_qs(text.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_FIELDS_MAX))
    except ValueError:
        raise InvalidInput("The form is not valid") from None
