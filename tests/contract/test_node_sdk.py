"""The official Node SDK, when somebody names a directory where `npm install twilio@6` was run."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.processes import Customer

SCRIPT = Path(__file__).with_name("sdk.mjs")
PACKAGES = os.environ.get("REGULARS_TEST_NODE_PACKAGES")


@pytest.mark.skipif(not PACKAGES or shutil.which("node") is None, reason="REGULARS_TEST_NODE_PACKAGES is not set")
def test_the_node_sdk_writes_pages_and_recalls(customer: Customer) -> None:
    given = {
        "url": customer.url,
        "accountSid": customer.account_sid,
        "authToken": customer.auth_token,
        "packages": PACKAGES,
    }
    done = subprocess.run(["node", SCRIPT, json.dumps(given)], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "ok\n", done.stderr
