"""What a store screens is in nothing that it remembers of a conversation: neither observations nor summaries."""

import pytest
from tests.helpers import (
    conversations,
    create_configuration,
    create_store,
    ok,
    profile_ids,
    run_jobs,
    set_status,
    text_in,
)

SAID = [
    "I prefer oat milk in everything",
    "I am allergic to peanuts, so I always order the almond-free box",
    "I am a Muslim and I always order halal meals",
    "My password is hunter22 and I live in Leeds",
]


async def memory(api, runtime, tenant, **fields) -> str:
    """All that is remembered of what the customer said."""
    store = await create_store(api, **fields)
    await create_configuration(api, store)
    for text in SAID:
        await text_in(api, tenant, Body=text)
    [conversation] = await conversations(api)
    await set_status(api, conversation["id"], "CLOSED")
    await run_jobs(runtime)
    [profile] = await profile_ids(api, store)
    path = f"/v1/Stores/{store}/Profiles/{profile}"
    observations = ok(await api.get(f"{path}/Observations"))["observations"]
    summaries = ok(await api.get(f"{path}/ConversationSummaries"))["summaries"]
    assert observations
    assert summaries
    return "\n".join(one["content"] for one in (*observations, *summaries))


async def test_everything_is_screened_by_default(api, runtime, tenant):
    known = await memory(api, runtime, tenant)
    assert "oat milk" in known
    assert not any(word in known for word in ("peanut", "Muslim", "hunter22"))


@pytest.mark.parametrize(
    ("screening", "kept", "left_out"),
    [
        ([], ["peanuts", "Muslim"], []),
        (["SECRET", "RELIGION"], ["peanuts"], ["Muslim", "hunter22"]),
        (["HEALTH"], ["Muslim"], ["peanut"]),
    ],
)
async def test_a_store_screens_what_it_is_told_to(api, runtime, tenant, screening, kept, left_out):
    known = await memory(api, runtime, tenant, screening=screening)
    assert all(word in known for word in ("oat milk", *kept))
    assert not any(word in known for word in left_out)
