"""The job of an import: interrupted, run twice, overtaken, it writes every row once."""

import asyncio
import gc
import tracemalloc

import pytest
from tests.helpers import assert_problem, create_store, ok, profile_ids, run_jobs
from tests.imports import PHONE_AND_NAME, declare, people, problems, upload

from regulars.core.ids import StoreId
from regulars.runtime import clock, mint
from regulars.services import importing


class Case:
    """One import whose file has come, and a way to run its job."""

    def __init__(self, api, runtime, store: str, path: str) -> None:
        self.api, self.runtime, self.store, self.path = api, runtime, store, path

    async def run(self) -> None:
        import_id = self.path.rpartition("/")[2]
        await importing.run(self.runtime.db, mint, clock, StoreId(self.store), import_id)

    async def state(self) -> dict:
        return ok(await self.api.get(self.path))

    async def until_rows(self, count: int) -> None:
        while (await self.state())["progress"]["rows"] < count:  # noqa: ASYNC110 - it is asked over the API
            await asyncio.sleep(0.005)

    async def interrupt_after(self, rows: int) -> dict:
        """The state in which a run that was cancelled left it."""
        task = asyncio.create_task(self.run())
        await asyncio.wait_for(self.until_rows(rows), 20)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return await self.state()


async def new_case(api, runtime, content: bytes, columns=PHONE_AND_NAME) -> Case:
    store = await create_store(api)
    return Case(api, runtime, store, await upload(api, store, content, columns))


async def count(runtime, statement: str) -> int:
    async with runtime.db.read() as tx:
        return await tx.value(statement)  # type: ignore[arg-type]


async def test_interrupted_between_batches_it_goes_on_where_it_was(api, runtime):
    content = people(6_000) + b"nobody,X\n"
    case = await new_case(api, runtime, content)

    first = await case.interrupt_after(500)
    assert first["status"] == "PROCESSING"
    assert 500 <= first["progress"]["rows"] < 6_000
    assert first["progress"]["rows"] % 500 == 0
    assert await count(runtime, "SELECT count(*) FROM profile") == first["progress"]["rows"]
    second = await case.interrupt_after(first["progress"]["rows"] + 500)
    await case.run()

    found = await case.state()
    assert second["progress"]["rows"] > first["progress"]["rows"]
    assert (found["status"], found["progress"]) == ("COMPLETED", {"rows": 6_001, "bytes": len(content)})
    assert found["summary"] == {"errors": 1, "warnings": 1}
    assert {line for line, _, _ in await problems(api, case.path)} == {6_002}
    assert await count(runtime, "SELECT count(*) FROM profile") == 6_000
    assert await count(runtime, "SELECT count(*) FROM trait") == 12_000


async def test_run_again_it_changes_nothing(api, runtime):
    case = await new_case(api, runtime, people(3))
    await case.run()
    found = await case.state()
    await case.run()
    assert await case.state() == found
    assert len(await profile_ids(api, case.store)) == 3


async def test_two_runs_at_once_write_every_row_once(api, runtime):
    case = await new_case(api, runtime, people(4_000) + b"x,y\n")
    await asyncio.gather(case.run(), case.run(), case.run())
    found = await case.state()
    assert (found["status"], found["progress"]["rows"]) == ("COMPLETED", 4_001)
    assert found["summary"] == {"errors": 1, "warnings": 1}
    assert await count(runtime, "SELECT count(*) FROM profile") == 4_000


async def test_an_import_without_its_file_is_left_alone(api, runtime):
    store = await create_store(api)
    declared = await declare(api, store)
    path = declared["url"].partition("/File")[0]
    await Case(api, runtime, store, path).run()
    assert ok(await api.get(path))["status"] == "PENDING"


async def test_an_import_of_a_store_that_was_deleted_writes_nothing(api, runtime):
    case = await new_case(api, runtime, people(3))
    ok(await api.delete(f"/v1/ControlPlane/Stores/{case.store}"), 202)
    await case.run()
    assert await count(runtime, "SELECT count(*) FROM profile") == 0
    assert_problem(await api.get(case.path), 404, 520041)


async def test_a_trait_group_that_is_deleted_meanwhile_ends_the_import_and_leaves_no_values(api, runtime):
    """They could not be removed any more: nothing declares them."""
    store = await create_store(api)
    groups = f"/v1/ControlPlane/Stores/{store}/TraitGroups"
    body = {"displayName": "Loyalty", "traits": {"tier": {"dataType": "STRING"}}}
    ok(await api.post(groups, json=body), 202)
    columns = [("phone", "Contact.phone"), ("name", "Loyalty.tier")]
    case = Case(api, runtime, store, await upload(api, store, people(6_000), columns))

    job = asyncio.create_task(case.run())
    await asyncio.wait_for(case.until_rows(500), 20)
    ok(await api.delete(f"{groups}/Loyalty"), 202)
    await job
    await run_jobs(runtime)

    found = await case.state()
    assert (found["status"], found["failure"]) == ("FAILED", "Trait group 'Loyalty' is not defined in this store")
    assert 500 <= found["progress"]["rows"] < 6_000
    assert await count(runtime, "SELECT count(*) FROM trait WHERE trait_group = 'Loyalty'") == 0


async def test_a_trait_that_is_declared_meanwhile_disturbs_no_import(api, runtime):
    case = await new_case(api, runtime, people(6_000))
    job = asyncio.create_task(case.run())
    await asyncio.wait_for(case.until_rows(500), 20)
    body = {"displayName": "Loyalty", "traits": {"tier": {"dataType": "STRING"}}}
    ok(await api.post(f"/v1/ControlPlane/Stores/{case.store}/TraitGroups", json=body), 202)
    await job
    found = await case.state()
    assert (found["status"], found["progress"]["rows"]) == ("COMPLETED", 6_000)
    assert await count(runtime, "SELECT count(*) FROM profile") == 6_000


async def test_what_is_applied_stays_when_a_later_line_fails_the_file(api, runtime):
    case = await new_case(api, runtime, people(1_200) + b"\xff\xff,x\n")
    await case.run()
    found = await case.state()
    assert found["status"] == "FAILED"
    assert found["failure"].startswith("Line 1202 is not UTF-8")
    assert found["progress"]["rows"] == 1_000
    assert await count(runtime, "SELECT count(*) FROM profile") == 1_000


async def test_who_imports_is_kept_for_the_record(api, runtime, tenant):
    """Two customers turn out to be one, and the record of the merge names the credentials of whoever declared it."""
    columns = [("phone", "Contact.phone"), ("email", "Contact.email")]
    content = b"phone,email\n+12025550101,\n,a@b.c\n"
    case = await new_case(api, runtime, content, columns)
    await case.run()
    path = await upload(api, case.store, b"phone,email\n+12025550101,a@b.c\n", columns)
    await Case(api, runtime, case.store, path).run()
    assert len(await profile_ids(api, case.store)) == 1
    async with runtime.db.read() as tx:
        assert set(await tx.column("SELECT actor FROM profile_merge")) == {tenant.account_sid}


async def test_a_long_file_is_never_in_memory_as_a_whole(api, runtime):
    """32 MB in rows of 8 KB: of it at most a few pieces and two batches."""
    filler = "x" * 8_000
    content = ("phone,name,note\n" + f",,{filler}\n" * 4_000).encode()
    case = await new_case(api, runtime, content)
    gc.collect()
    tracemalloc.start()
    await case.run()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (await case.state())["summary"] == {"errors": 4_000, "warnings": 0}
    assert peak < len(content) * 3 / 4
