"""The memories of a profile that was merged: reads are answered by the canonical one, writes are sent there."""

from dataclasses import replace

import pytest
from tests.helpers import (
    create_profile,
    create_store,
    observation,
    observe,
    ok,
    recall,
    summarise,
    summary,
)

from regulars.settings import Settings

READS = ["Traits", "Observations", "ConversationSummaries"]
READS_OF_ONE = ["Observations/{observation}", "Observations/{observation}/Revisions", "ConversationSummaries/{summary}"]
WRITES = [
    ("POST", "Observations", {"observations": [observation("x")]}),
    ("PATCH", "Observations/{observation}", {"content": "x"}),
    ("DELETE", "Observations/{observation}", None),
    ("POST", "ConversationSummaries", {"summaries": [summary("x")]}),
    ("PATCH", "ConversationSummaries/{summary}", {"content": "x"}),
    ("DELETE", "ConversationSummaries/{summary}", None),
    ("POST", "Recall", {}),
]


@pytest.fixture
async def canonical(api) -> str:
    """The path of a profile with a memory of either kind."""
    store = await create_store(api)
    profile = f"/v1/Stores/{store}/Profiles/{await create_profile(api, store)}"
    await observe(api, profile, "Likes tea")
    await summarise(api, profile, "They asked for a refund")
    return profile


@pytest.fixture
async def ids(api, canonical) -> dict[str, str]:
    [one] = ok(await api.get(f"{canonical}/Observations"))["observations"]
    [other] = ok(await api.get(f"{canonical}/ConversationSummaries"))["summaries"]
    return {"observation": one["id"], "summary": other["id"]}


@pytest.fixture
async def merged(api, runtime, canonical) -> str:
    """The path of a profile that stays as a signpost to the canonical one."""
    head, _, canonical_id = canonical.rpartition("/")
    profile_id = await create_profile(api, canonical.split("/")[3], "+12025550188")
    statement = "UPDATE profile SET merged_into = %(into)s WHERE profile_id = %(profile_id)s"
    await runtime.db.write(lambda tx: tx.run(statement, into=canonical_id, profile_id=profile_id))
    return f"{head}/{profile_id}"


@pytest.mark.parametrize("path", [*READS, *READS_OF_ONE])
async def test_reads_are_answered_by_the_canonical_profile(api, canonical, merged, ids, path):
    path = path.format(**ids)
    there, here = await api.get(f"{canonical}/{path}"), await api.get(f"{merged}/{path}")
    assert ok(here) == ok(there)
    assert here.headers["Canonical-Profile-Id"] == canonical.rpartition("/")[2]
    assert "Canonical-Profile-Id" not in there.headers


@pytest.mark.parametrize("path", [*READS, *READS_OF_ONE])
async def test_reads_are_sent_there_when_the_settings_say_so(
    application, runtime, tenant, canonical, merged, ids, path
):
    settings = Settings(merged_profile_gets="redirect")
    path = path.format(**ids)
    async with application.client(replace(runtime, settings=settings), tenant) as api:
        response = await api.get(f"{merged}/{path}?pageSize=1")
    assert response.status_code == 301
    assert response.headers["Location"] == f"http://testserver{canonical}/{path}?pageSize=1"


@pytest.mark.parametrize(("method", "path", "body"), WRITES, ids=[f"{method} {path}" for method, path, _ in WRITES])
async def test_writes_and_recall_are_sent_there(api, canonical, merged, ids, method, path, body):
    path = path.format(**ids)
    response = await api.request(method, f"{merged}/{path}", json=body)
    assert response.status_code == 308
    assert response.headers["Location"] == f"http://testserver{canonical}/{path}"
    assert response.headers["Canonical-Profile-Id"] == canonical.rpartition("/")[2]
    assert [one["content"] for one in ok(await api.get(f"{canonical}/Observations"))["observations"]] == ["Likes tea"]


async def test_an_address_that_spells_the_id_with_escapes_is_sent_on_too(api, canonical, merged):
    address = merged.replace("mem_profile_", "mem%5Fprofile_")
    response = await api.post(f"{address}/Recall?a=%20b", json={})
    assert response.status_code == 308
    assert response.headers["Location"] == f"http://testserver{canonical}/Recall?a=%20b"


async def test_what_was_recalled_of_a_profile_is_forgotten_once_it_is_merged(api, runtime, canonical, merged):
    store, profile_id = canonical.split("/")[3], merged.rpartition("/")[2]
    await runtime.db.write(lambda tx: tx.run("UPDATE profile SET merged_into = NULL"))
    await observe(api, merged, "Has two cats")
    await recall(api, merged)
    assert runtime.recaller.cache.get((store, profile_id)) is not None
    statement = "UPDATE profile SET merged_into = %(into)s WHERE profile_id = %(profile_id)s"
    into = canonical.rpartition("/")[2]
    await runtime.db.write(lambda tx: tx.run(statement, into=into, profile_id=profile_id))
    assert (await api.post(f"{merged}/Recall", json={})).status_code == 308
    assert runtime.recaller.cache.get((store, profile_id)) is None
