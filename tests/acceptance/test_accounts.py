"""Accounts and keys beside a running server, and what `serve` does about accounts at its start."""

import re
from pathlib import Path

import httpx
from tests.processes import Customer, Running, database, join, lines, run, run_json, serve, together, value


def stores(url: str, *credentials: str) -> int:
    return httpx.get(f"{url}/v1/ControlPlane/Stores", auth=(credentials[0], credentials[1])).status_code


def test_credentials_are_printed_on_an_empty_data_directory_and_never_again(data_dir: Path) -> None:
    with serve(data_dir) as server:
        sid, token = re.findall(r"(?:Account SID|Auth token) +(\w+)", server.text())
        assert re.fullmatch("AC[0-9a-f]{32}", sid)
        assert f"regulars keys create --account {sid}" in server.text()
        assert stores(server.url, sid, token) == 200
        assert stores(server.url, sid, "x") == 401
    with serve(data_dir) as server:
        assert sid not in server.text()
        assert token not in server.text()
        assert stores(server.url, sid, token) == 200
        assert value(database(data_dir), "SELECT count(*) FROM account") == 1


def test_the_account_of_the_settings_is_made_sure_of_and_nothing_is_printed(data_dir: Path) -> None:
    sid, token = "AC" + "5" * 32, "a token that is long enough"
    for given in (token, "another token, after a rotation"):
        with serve(data_dir, account_sid=sid, auth_token=given) as server:
            assert token not in server.text()
            assert stores(server.url, sid, given) == 200
            assert value(database(data_dir), "SELECT count(*) FROM account") == 1
            assert value(database(data_dir), "SELECT imported FROM account")


def test_accounts_are_created_and_imported_beside_a_server(shared: Running) -> None:
    made = run_json("accounts", "create", "--data-dir", shared.data_dir)
    assert set(made) == {"accountSid", "authToken"}
    assert stores(shared.url, made["accountSid"], made["authToken"]) == 200

    sid, token = "AC" + "7" * 32, "0123456789abcdef0123456789abcdef"
    words = ["accounts", "create", "--sid", sid, "--auth-token", token, "--data-dir", shared.data_dir]
    assert run_json(*words) == {"accountSid": sid, "authToken": token}
    imported = Customer(shared.url, sid, token).settle()
    assert imported.sms("+13175550100", "Signed with the token that Twilio knows") == 200
    known = "SELECT imported FROM account WHERE account_sid = %s"
    assert value(database(shared.data_dir), known, sid)
    assert not value(database(shared.data_dir), known, made["accountSid"])
    assert Customer(shared.url, sid, "wrong").sms("+13175550100", "Signed by somebody else") == 403


def test_keys_are_created_listed_and_revoked_beside_a_server(shared: Running) -> None:
    customer = join(shared)
    here = ["--data-dir", shared.data_dir]
    key = run_json("keys", "create", "--account", customer.account_sid, *here)
    assert set(key) == {"sid", "secret"}
    assert stores(shared.url, key["sid"], key["secret"]) == 200
    (listed,) = run_json("keys", "list", "--account", customer.account_sid, *here)["keys"]
    assert (listed["sid"], listed["revokedAt"]) == (key["sid"], None)
    assert key["secret"] not in str(listed)
    assert run("keys", "revoke", key["sid"], *here).returncode == 0
    assert stores(shared.url, key["sid"], key["secret"]) == 401
    (listed,) = run_json("keys", "list", "--account", customer.account_sid, *here)["keys"]
    assert listed["revokedAt"] is not None


def test_a_command_that_cannot_says_so_in_one_line(shared: Running) -> None:
    here = ["--data-dir", shared.data_dir]
    for done, complaint in zip(
        together(
            lambda: run("keys", "create", "--account", "AC" + "9" * 32, *here),
            lambda: run("keys", "revoke", "SK" + "9" * 32, *here),
        ),
        ("AC" + "9" * 32, "SK" + "9" * 32),
        strict=True,
    ):
        assert done.returncode == 1
        (line,) = lines(done.stderr)
        assert line.startswith("Error: ")
        assert complaint in line


def test_a_second_server_on_the_same_data_directory_is_told_who_holds_it(shared: Running) -> None:
    done = run("serve", "--port", "0", "--data-dir", shared.data_dir)
    assert done.returncode == 1
    (line,) = lines(done.stderr)
    assert line == (
        f"Error: The data directory {shared.data_dir} is in use by process {shared.process.pid}: stop it first."
    )
    assert httpx.get(f"{shared.url}/health/ready").status_code == 200
