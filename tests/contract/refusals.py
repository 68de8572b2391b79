"""How the official Python SDK tells an error."""

import json
from collections.abc import Callable

import pytest
from twilio.base.exceptions import TwilioException, TwilioRestException


def refusal(call: Callable[[], object]) -> tuple[int, int | None]:
    """Status and code. Lists raise the SDK's plain exception around the response, everything else a richer one."""
    with pytest.raises(TwilioException) as caught:
        call()
    error = caught.value
    if isinstance(error, TwilioRestException):
        assert error.msg
        return error.status, error.code
    response = error.args[1]
    body = json.loads(response.text)
    assert body["message"]
    return response.status_code, body["code"]
