"""When nobody can say whose a message is, it is kept and the question asked again (contract §5)."""

import pytest
from tests.helpers import (
    BY_ADDRESS,
    BY_PROFILE,
    CUSTOMER,
    communications,
    conversations,
    create_configuration,
    create_store,
    lookup,
    ok,
    profile_ids,
    run_jobs,
    set_status,
    text_in,
)

BREAK = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'out of order'; END $$;
CREATE TRIGGER refuse BEFORE INSERT ON profile FOR EACH ROW EXECUTE FUNCTION refuse();
"""
MEND = "DROP TRIGGER IF EXISTS refuse ON profile; DROP FUNCTION IF EXISTS refuse();"


async def execute(runtime, statements: str) -> None:
    await runtime.db.write(lambda tx: tx.connection.execute(statements))


@pytest.fixture
async def broken(runtime):
    """Nobody can be made; what is known is still found."""
    await execute(runtime, BREAK)
    yield
    await execute(runtime, MEND)


async def retry_jobs_now(runtime) -> None:
    await execute(runtime, "UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE status = 'todo'")
    await run_jobs(runtime)


@pytest.mark.parametrize("grouping", [BY_ADDRESS, BY_PROFILE])
async def test_the_message_is_kept_and_its_customer_found_later(api, runtime, tenant, broken, grouping):
    store = await create_store(api)
    await create_configuration(api, store, conversationGroupingType=grouping)
    await text_in(api, tenant, Body="I am vegetarian.")
    (opened,) = await conversations(api)
    assert [(one["type"], one["profileId"]) for one in opened["participants"]] == [("CUSTOMER", None), ("AGENT", None)]
    assert [one["content"]["text"] for one in await communications(api, opened["id"])] == ["I am vegetarian."]

    await run_jobs(runtime)  # it is still broken: the job is tried again later
    assert await profile_ids(api, store) == []
    await execute(runtime, MEND)
    await retry_jobs_now(runtime)

    (profile,) = await lookup(api, store, CUSTOMER)
    (opened,) = await conversations(api)
    assert opened["participants"][0]["profileId"] == profile
    await text_in(api, tenant, Body="Do you remember me?")
    assert [one["id"] for one in await conversations(api)] == [opened["id"]]
    await set_status(api, opened["id"], "CLOSED")
    await run_jobs(runtime)
    kept = ok(await api.get(f"/v1/Stores/{store}/Profiles/{profile}/Observations"))["observations"]
    assert any("vegetarian" in one["content"] for one in kept)


async def test_what_was_closed_before_the_customer_was_found_is_learned_all_the_same(api, runtime, tenant, broken):
    store = await create_store(api)
    await create_configuration(api, store)
    await text_in(api, tenant, Body="I am vegetarian.")
    (opened,) = await conversations(api)
    await set_status(api, opened["id"], "CLOSED")
    await execute(runtime, MEND)
    await retry_jobs_now(runtime)
    await run_jobs(runtime)
    (profile,) = await lookup(api, store, CUSTOMER)
    kept = ok(await api.get(f"/v1/Stores/{store}/Profiles/{profile}/Observations"))["observations"]
    assert any("vegetarian" in one["content"] for one in kept)


async def test_the_next_message_finds_the_customer_before_the_job_does(api, runtime, tenant, broken):
    store = await create_store(api)
    await create_configuration(api, store)
    await text_in(api, tenant)
    await execute(runtime, MEND)
    await text_in(api, tenant, Body="again")
    (opened,) = await conversations(api)
    (profile,) = await lookup(api, store, CUSTOMER)
    assert opened["participants"][0]["profileId"] == profile
    await retry_jobs_now(runtime)
    assert await conversations(api) == [opened]
    assert await profile_ids(api, store) == [profile]


async def test_a_repetition_is_still_one(api, runtime, tenant, broken):
    await create_configuration(api, await create_store(api))
    for _ in range(3):
        await text_in(api, tenant, MessageSid="SM" + "3" * 32)
    (opened,) = await conversations(api)
    assert len(await communications(api, opened["id"])) == 1
