"""The addresses that hear of what happens in conversations, as configurations and conversations name them."""

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta as Limits
from msgspec import UnsetType

from regulars.core import limits
from regulars.core.errors import InvalidInput
from regulars.core.text import whole
from regulars.domain.configurations import StatusCallback
from regulars.outbound.http import Reach, refused
from regulars.settings import Settings

CallbackUrl = Annotated[
    str, Limits(min_length=1, max_length=limits.CALLBACK_URL_CHARS_MAX, pattern=whole(r"https?://[!-~]+"))
]


class StatusCallbackIn(msgspec.Struct, frozen=True):
    url: CallbackUrl
    method: Literal["POST", "GET"] | None = None


StatusCallbacks = Annotated[list[StatusCallbackIn], Limits(max_length=limits.STATUS_CALLBACKS_MAX)]


def callbacks(given: Sequence[StatusCallbackIn] | None, settings: Settings) -> tuple[StatusCallback, ...]:
    """Raises InvalidInput for an address that stands there twice or that we would never call.

    A name is looked up when it is called, so one that leads to a private address is found out only then.
    """
    reach = Reach.parse(settings.callback_networks, development=settings.development)
    seen: set[str] = set()
    for position, one in enumerate(given or ()):
        reason = "is there twice" if one.url in seen else refused(one.url, reach)
        if reason is not None:
            raise InvalidInput(f"statusCallbacks[{position}].url {reason}")
        seen.add(one.url)
    return tuple(StatusCallback(url=one.url, method=one.method or "POST") for one in given or ())


def urls_of(given: Sequence[StatusCallbackIn] | UnsetType | None) -> list[str]:
    """The addresses that a body spells out."""
    return [] if isinstance(given, UnsetType) else [one.url for one in given or ()]
