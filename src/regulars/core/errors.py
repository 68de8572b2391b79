"""What can go wrong, free of any transport. `http/problems.py` turns each into a status and a body."""

from typing import ClassVar


class RegularsError(Exception):
    """Base of all. The message reaches callers, so it never carries customer text, secrets or SQL.

    `code` is Twilio's error code where the contract names one (§1.5); None takes the default of the class.
    """

    default_code: ClassVar[int] = 20500

    def __init__(self, message: str, *, code: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code if code is not None else self.default_code


class InvalidInput(RegularsError):
    """The request breaks a rule that it alone can mend."""

    default_code = 400


class LimitReached(InvalidInput):
    """One more would pass a limit of the account or the store."""


class Unauthenticated(RegularsError):
    """No credentials, or wrong or revoked ones."""

    default_code = 20003


class Forbidden(RegularsError):
    """Known, but not allowed: a webhook whose signature does not fit."""

    default_code = 403


class NotFound(RegularsError):
    """Absent, or another tenant's: the two look alike on purpose."""

    default_code = 20404


class Conflict(RegularsError):
    """The state of the resource stands against it."""

    default_code = 20409


class PreconditionFailed(RegularsError):
    """If-Match names another version than the one that is there."""

    default_code = 520043


class Moved(RegularsError):
    """The profile was merged into another, which answers in its place (contract §1.7)."""

    default_code = 308

    def __init__(self, profile_id: str, canonical_id: str) -> None:
        super().__init__("This resource has moved.")
        self.profile_id = profile_id
        self.canonical_id = canonical_id


class GroupTaken(Conflict):
    """An open conversation already holds this group of participants."""

    default_code = 400

    def __init__(self, conversation_id: str) -> None:
        super().__init__(f"Address mapping already exists on conversation {conversation_id}.")
        self.conversation_id = conversation_id


class NotReady(RegularsError):
    """Something the server leans on does not answer; the caller may try again."""

    default_code = 20503


class ModelUnavailable(NotReady):
    """The language model gives no answer now. `trouble` is one word; `retry_after_s` what its vendor wishes."""

    def __init__(self, trouble: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(f"The language model does not answer ({trouble}). Nothing is lost; it is tried again.")
        self.trouble = trouble
        self.retry_after_s = retry_after_s


class UnusableReply(ModelUnavailable):
    """It answered, twice, and both answers were empty, cut off, refused or not what was asked for."""

    def __init__(self) -> None:
        super().__init__("unusable")


class MisconfiguredError(RegularsError):
    """The server cannot start as it was told to. The message says what to change."""
