"""The client of the Messages API: what it sends, and what it makes of each answer."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from tests.messages_api import MessagesApi as Carrier
from tests.messages_api import accepts_and_hangs_up, accepts_and_mumbles, answers, messages_api, slow

from regulars.core import limits
from regulars.domain.accounts import CarrierAccount
from regulars.domain.actions import Outgoing
from regulars.outbound import messages_api as client
from regulars.outbound.messages_api import Call, MessagesApi, NotSent, Refused, Unclear

ACCOUNT = CarrierAccount(account_sid="AC" + "a" * 32, auth_token="the token")
MESSAGE = Outgoing(
    from_="+18005550199",
    to="+12025550101",
    body="Hello & <you>\n😀",
    content_sid=None,
    content_variables={},
    media_urls=(),
    others={},
)


@pytest.fixture
def carrier():
    with messages_api() as api:
        api.statuses = ()
        yield api


@pytest.fixture
async def api(carrier: Carrier):
    messages = MessagesApi(carrier.url + "/")
    yield messages
    await messages.close()


async def test_a_message_is_sent_as_the_account(api, carrier):
    sent = await api.send(ACCOUNT, MESSAGE)
    [there] = carrier.sent
    assert (there.account_sid, there.auth_token) == (ACCOUNT.account_sid, ACCOUNT.auth_token)
    assert there.form == {"From": [MESSAGE.from_], "To": [MESSAGE.to], "Body": [MESSAGE.body]}
    assert (sent.sid, sent.status, sent.direction, sent.body) == (there.sid, "queued", "outbound-api", MESSAGE.body)
    assert abs(sent.created_at - datetime.now(UTC)) < timedelta(seconds=5)
    assert sent.sent_at is None


async def test_a_message_is_fetched(api, carrier):
    there = carrier.add(ACCOUNT.account_sid, from_="+1", to="+2", body="x", status="sent", sent_at=datetime.now(UTC))
    found = await api.fetch(ACCOUNT, there.sid)
    assert found is not None
    assert (found.sid, found.from_, found.to, found.body, found.status) == (there.sid, "+1", "+2", "x", "sent")
    assert found.sent_at is not None
    assert await api.fetch(ACCOUNT, "SM" + "0" * 32) is None


async def test_who_is_in_a_call(api, carrier):
    carrier.calls["CA1"] = {"from": "+1", "to": "+2", "direction": "inbound"}
    assert await api.fetch_call(ACCOUNT, "CA1") == Call("CA1", "+1", "+2", "inbound")
    assert await api.fetch_call(ACCOUNT, "CA2") is None


async def test_messages_are_listed_whether_they_have_gone_out_or_not(api, carrier):
    now = datetime.now(UTC)
    ends = {"from_": MESSAGE.from_, "to": MESSAGE.to}
    old = carrier.add(ACCOUNT.account_sid, **ends, body="old", sent_at=now - timedelta(days=2))
    gone = carrier.add(ACCOUNT.account_sid, **ends, body="gone", sent_at=now)
    waiting = carrier.add(ACCOUNT.account_sid, **ends, body="waiting")
    carrier.add(ACCOUNT.account_sid, from_="+1", to=MESSAGE.to, body="from elsewhere")
    carrier.add(ACCOUNT.account_sid, from_=MESSAGE.from_, to="+1", body="to elsewhere")
    listed = await api.list_like(ACCOUNT, MESSAGE, now - timedelta(minutes=1))
    assert {one.sid for one in listed} == {old.sid, gone.sid, waiting.sid}
    assert len(listed) == 3
    assert sum("DateSent%3E=" in path for _, path in carrier.requests) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 302, 413])
async def test_what_is_refused_for_good(api, carrier, status):
    carrier.next(answers(status, 21211, "No such number"))
    with pytest.raises(Refused, match="21211: No such number"):
        await api.send(ACCOUNT, MESSAGE)


async def test_too_many_requests_have_surely_sent_nothing(api, carrier):
    carrier.next(answers(429, 20429, "Too many requests"))
    with pytest.raises(NotSent, match="20429"):
        await api.send(ACCOUNT, MESSAGE)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "http://nobody.invalid", "ftp://127.0.0.1", "nonsense"])
async def test_whom_it_cannot_reach_has_surely_sent_nothing(url):
    api = MessagesApi(url)
    with pytest.raises(NotSent):
        await api.send(ACCOUNT, MESSAGE)
    with pytest.raises(Unclear):
        await api.fetch(ACCOUNT, "SM1")
    await api.close()


@pytest.mark.parametrize(
    "how",
    [
        answers(500),
        answers(503),
        accepts_and_hangs_up(),
        accepts_and_mumbles(),
        accepts_and_mumbles(b'{"sid": 5}'),
        accepts_and_mumbles(b"[]"),
        accepts_and_mumbles(
            b'{"sid": "SM1", "status": "queued", "direction": "outbound-api", "date_created": "yesterday"}'
        ),
    ],
)
async def test_what_nobody_knows(api, carrier, how):
    carrier.next(how)
    with pytest.raises(Unclear):
        await api.send(ACCOUNT, MESSAGE)


async def test_an_answer_that_takes_too_long_is_not_waited_for(api, carrier, monkeypatch):
    monkeypatch.setattr(client, "_TIMEOUT_S", 0.2)
    carrier.next(slow(after_s=1))
    began = time.monotonic()
    with pytest.raises(Unclear):
        await api.send(ACCOUNT, MESSAGE)
    assert time.monotonic() - began < 0.9
    assert len(carrier.sent) == 1


async def test_an_answer_has_a_size(api, carrier, monkeypatch):
    monkeypatch.setattr(limits, "MESSAGES_API_ANSWER_BYTES_MAX", 1000)
    carrier.next(accepts_and_mumbles(b" " * 1001), accepts_and_mumbles(b" " * 1000))
    with pytest.raises(Unclear, match="too much"):
        await api.send(ACCOUNT, MESSAGE)
    with pytest.raises(Unclear, match="something else"):
        await api.send(ACCOUNT, MESSAGE)


async def test_the_token_is_not_shown():
    assert "the token" not in repr(ACCOUNT)
