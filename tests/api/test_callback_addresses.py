"""Which addresses a configuration may name for its callbacks."""

from dataclasses import replace

import pytest
from tests.helpers import assert_problem, configuration, create_configuration, create_store, ok

from regulars.settings import Settings

URL = "/v2/ControlPlane/Configurations"
LOOPBACK = [
    "http://localhost:8000/webhook",
    "http://LOCALHOST./webhook",
    "http://127.0.0.1/",
    "https://127.9.9.9:8443/hook?x=1",
    "http://2130706433/",
    "http://0x7f.1/",
    "http://[::1]/",
    "http://[::ffff:127.0.0.1]/",
]
PRIVATE = [
    "http://10.0.0.7/",
    "http://172.16.0.1/",
    "http://192.168.1.1/",
    "http://169.254.169.254/latest/meta-data",
    "http://100.64.0.1/",
    "http://0.0.0.0/",
    "http://224.0.0.1/",
    "http://[fd00::1]/",
    "http://[fe80::1]/",
    "http://[::ffff:10.0.0.7]/",
]
PUBLIC = [
    "https://example.com/",
    "http://example.com",
    "http://sub.example.com:8080/a/b?x=1&x=2&y=%20#fragment",
    "https://93.184.215.14/hook",
    "https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]:8443/hook",
    "https://xn--caf-dma.example/~me/!$&'()*+,;=:@",
]


async def name(api, url: str):
    body = configuration(await create_store(api), statusCallbacks=[{"url": "https://example.com/first"}, {"url": url}])
    return await api.post(URL, json=body)


@pytest.mark.parametrize(("urls", "setting"), [(LOOPBACK, "--development"), (PRIVATE, "REGULARS_CALLBACK_NETWORKS")])
async def test_an_address_that_is_not_public_is_refused_and_the_setting_named(api, urls, setting):
    for url in urls:
        message = assert_problem(await name(api, url), 400, 400)
        assert message.startswith("statusCallbacks[1].url "), url
        assert setting in message, url


async def test_put_and_patch_refuse_them_too(api):
    store = await create_store(api)
    path = f"{URL}/{await create_configuration(api, store)}"
    callbacks = {"statusCallbacks": [{"url": "http://10.0.0.7/"}]}
    assert_problem(await api.put(path, json=configuration(store, **callbacks)), 400, 400)
    assert_problem(await api.patch(path, json=callbacks), 400, 400)
    assert ok(await api.get(path))["version"] == 1


async def test_public_addresses_are_kept_as_they_were_written(api):
    body = configuration(await create_store(api), statusCallbacks=[{"url": url} for url in PUBLIC])
    found = ok(await api.get(f"{URL}/{ok(await api.post(URL, json=body), 202)['id']}"))
    assert found["statusCallbacks"] == [{"url": url, "method": "POST"} for url in PUBLIC]


async def test_development_allows_this_machine_and_no_private_network(application, runtime, tenant):
    relaxed = replace(runtime, settings=Settings(development=True))
    async with application.client(relaxed, tenant) as api:
        for url in LOOPBACK:
            ok(await name(api, url), 202)
            [made] = ok(await api.get(URL))["configurations"]
            ok(await api.delete(f"{URL}/{made['id']}"), 202)
        assert_problem(await name(api, PRIVATE[0]), 400, 400)


async def test_listed_networks_are_allowed_and_no_others(application, runtime, tenant):
    relaxed = replace(runtime, settings=Settings(callback_networks="10.0.0.0/8, fd00::/8"))
    async with application.client(relaxed, tenant) as api:
        for url in ("http://10.0.0.7/", "http://[fd00::1]/", "http://[::ffff:10.0.0.7]/"):
            ok(await name(api, url), 202)
        for url in ("http://192.168.1.1/", "http://127.0.0.1/"):
            assert_problem(await name(api, url), 400, 400)


async def test_an_address_that_was_given_up_is_called_again_once_it_is_named(api, runtime, tenant):
    url = "https://example.com/hook"
    named, elsewhere = {"statusCallbacks": [{"url": url}]}, {"statusCallbacks": [{"url": "https://example.com/other"}]}
    store = await create_store(api)
    path = f"{URL}/{await create_configuration(api, store, **named)}"
    for request, switched_on in (
        (lambda: api.patch(path, json={"description": "says nothing of it"}), False),
        (lambda: api.patch(path, json=elsewhere), False),
        (lambda: api.patch(path, json=named), True),
        (lambda: api.put(path, json=configuration(store, **elsewhere)), False),
        (lambda: api.put(path, json=configuration(store, **named)), True),
        (lambda: api.post(URL, json=configuration(store, **named)), True),
    ):
        await give_up(runtime, tenant, url)
        ok(await request(), 202)
        assert (await given_up(runtime, tenant) == []) == switched_on


async def give_up(runtime, tenant, url: str) -> None:
    statement = """
        INSERT INTO callback_endpoint (account_sid, url, failing_since, switched_off_at)
        VALUES (%(account_sid)s, %(url)s, '2026-11-01Z', '2026-11-06Z') ON CONFLICT DO NOTHING
    """
    await runtime.db.write(lambda tx: tx.run(statement, account_sid=tenant.account_sid, url=url))


async def given_up(runtime, tenant) -> list[str]:
    async with runtime.db.read() as tx:
        return await tx.column(
            "SELECT url FROM callback_endpoint WHERE account_sid = %(account_sid)s", account_sid=tenant.account_sid
        )
