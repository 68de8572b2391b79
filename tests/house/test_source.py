"""The house rules over `src/regulars`, and the proof that each rule can fail."""

import ast
from collections.abc import Callable
from pathlib import Path
from statistics import median

import pytest
from tests.house import source

OUTSIDE_WORLD_ALLOWED = (
    "runtime.py",  # builds the clock and the mint that everybody else is handed
    "settings.py",  # reads the environment once
    "storage/embedded.py",  # waits for a child process against a deadline
    "storage/embedded_home.py",  # looks up who may run that process
    "cli/",  # shows how long things took
)
BROAD_EXCEPT_ALLOWED = (
    "ai/local_embedder.py",  # hands what went wrong on its thread to whoever waits for the result
    "jobs/worker.py",  # the job loop: one job that fails does not stop the others
)
MEDIAN_AIM = 8
MEDIAN_MAX = 10


def test_no_import_inside_a_function() -> None:
    assert source.offences(source.imports_inside_functions) == []


def test_no_function_takes_a_transaction_and_a_model() -> None:
    assert source.offences(source.transactions_beside_models) == []


def test_the_clock_randomness_and_the_environment_are_handed_down() -> None:
    assert source.offences(source.outside_world, allowed=OUTSIDE_WORLD_ALLOWED) == []


def test_only_two_places_catch_everything() -> None:
    assert len(BROAD_EXCEPT_ALLOWED) <= 2
    assert source.offences(source.broad_excepts, allowed=BROAD_EXCEPT_ALLOWED) == []


def test_only_the_command_line_prints() -> None:
    assert source.offences(source.prints, allowed=("cli/",)) == []


def test_functions_are_short() -> None:
    assert source.offences(source.long_functions) == []


def test_files_are_short() -> None:
    assert source.long_files() == []


def test_every_folder_is_a_package() -> None:
    assert source.folders_without_init() == []


def test_the_median_function_is_small(capsys: pytest.CaptureFixture[str]) -> None:
    middle = median(lines for _, text in source.modules() for lines in source.function_lines(ast.parse(text)))
    if middle > MEDIAN_AIM:
        with capsys.disabled():
            print(f"\nmedian function: {middle:g} lines; the aim is {MEDIAN_AIM}")  # noqa: T201
    assert middle <= MEDIAN_MAX


BAD = {
    "import in a function": (source.imports_inside_functions, "def f():\n    import os"),
    "import in a method": (
        source.imports_inside_functions,
        "class C:\n    def f(self):\n        from a import b",
    ),
    "import in a nested function": (
        source.imports_inside_functions,
        "def f():\n    def g():\n        import os\n    return g",
    ),
    "tx and embedder": (source.transactions_beside_models, "def f(tx: Tx, embedder: Embedder): ..."),
    "tx and models": (source.transactions_beside_models, "async def f(tx: db.Tx, *, models: ports.Models): ..."),
    "tx and optional model": (source.transactions_beside_models, "def f(tx: 'Tx', extractor: Extractor | None): ..."),
    "tx and many models": (source.transactions_beside_models, "def f(tx: Tx, *several: Summariser): ..."),
    "tx and client": (source.transactions_beside_models, "def f(tx: Tx, api: MessagesApi): ..."),
    "tx and desk": (source.transactions_beside_models, "async def f(desk: actions.Desk, *, tx: Tx): ..."),
    "now": (source.outside_world, "from datetime import UTC, datetime\nx = datetime.now(UTC)"),
    "now, whole module": (source.outside_world, "import datetime as dt\nx = dt.datetime.utcnow()"),
    "today": (source.outside_world, "from datetime import date\nx = date.today()"),
    "now, handed on": (source.outside_world, "from datetime import datetime\nx = field(default_factory=datetime.now)"),
    "time": (source.outside_world, "import time\nx = time.time()"),
    "monotonic, by name": (source.outside_world, "from time import monotonic\nx = monotonic()"),
    "perf_counter": (source.outside_world, "import time\nx = time.perf_counter_ns()"),
    "random": (source.outside_world, "import random\nx = random.choice([1])"),
    "random of numpy": (source.outside_world, "import numpy as np\nx = np.random.default_rng(1)"),
    "random as a thing": (source.outside_world, "import random\nf(random)"),
    "secrets": (source.outside_world, "from secrets import token_hex\nx = token_hex()"),
    "uuid4": (source.outside_world, "import uuid\nx = uuid.uuid4()"),
    "uuid7": (source.outside_world, "from uuid_utils import uuid7\nx = uuid7()"),
    "environ": (source.outside_world, "import os\nx = os.environ['A']"),
    "environ.get": (source.outside_world, "from os import environ\nx = environ.get('A')"),
    "getenv": (source.outside_world, "import os\nx = os.getenv('A')"),
    "minting": (source.outside_world, "from typeid import TypeID\nx = TypeID(prefix='mem_store')"),
    "bare except": (source.broad_excepts, "try:\n    f()\nexcept:\n    pass"),
    "except Exception": (source.broad_excepts, "try:\n    f()\nexcept Exception:\n    pass"),
    "except in a tuple": (source.broad_excepts, "try:\n    f()\nexcept (KeyError, BaseException) as e:\n    pass"),
    "suppress": (source.broad_excepts, "with contextlib.suppress(Exception):\n    f()"),
    "print": (source.prints, "def f():\n    print('x')"),
    "long function": (source.long_functions, "def f():\n" + "    x = 1\n" * 60),
}

GOOD = {
    "import on top": (source.imports_inside_functions, "import os\nif x:\n    import y"),
    "tx alone": (source.transactions_beside_models, "def f(tx: Tx, text: str): ...\ndef g(e: Embedder): ..."),
    "a clock that was handed down": (
        source.outside_world,
        "def f(ctx, random, time):\n    time.time()",
    ),
    "arithmetic on instants": (source.outside_world, "from datetime import datetime\nx = datetime.fromisoformat('')"),
    "sleep": (source.outside_world, "import time\ntime.sleep(1)"),
    "path": (source.outside_world, "import os\nx = os.path.join('a', os.sep)"),
    "comparing secrets": (source.outside_world, "import secrets\nx = secrets.compare_digest(a, b)"),
    "a known id": (source.outside_world, "from typeid import TypeID\nx = TypeID(prefix='a', suffix='b')"),
    "exact except": (source.broad_excepts, "try:\n    f()\nexcept (KeyError, errors.OperationalError):\n    pass"),
    "a method called print": (source.prints, "console.print('x')"),
    "sixty lines": (source.long_functions, "def f():\n" + "    x = 1\n" * 59),
}


@pytest.mark.parametrize(("rule", "text"), BAD.values(), ids=BAD)
def test_each_rule_can_fail(rule: source.Rule, text: str) -> None:
    assert list(rule(ast.parse(text)))


@pytest.mark.parametrize(("rule", "text"), GOOD.values(), ids=GOOD)
def test_no_rule_refuses_what_is_right(rule: source.Rule, text: str) -> None:
    assert list(rule(ast.parse(text))) == []


@pytest.fixture
def tree(tmp_path: Path) -> Callable[[str, str], Path]:
    def write(path: str, text: str) -> Path:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
        return tmp_path

    return write


def test_offences_name_the_place_and_spare_the_allowed(tree: Callable[[str, str], Path]) -> None:
    root = tree("http/a.py", "x = 1\nprint(x)")
    tree("cli/b.py", "print(1)")
    tree("climate.py", "print(1)")
    tree("runtime.py", "print(1)")
    assert source.offences(source.prints, allowed=("cli/", "runtime.py"), root=root) == [
        "climate.py:1: prints",
        "http/a.py:2: prints",
    ]


def test_a_long_file_is_found(tree: Callable[[str, str], Path]) -> None:
    tree("right.py", "x = 1\n" * 400)
    assert source.long_files(tree("long.py", "x = 1\n" * 401)) == ["long.py: 401 lines"]


def test_a_folder_that_is_no_package_is_found(tree: Callable[[str, str], Path]) -> None:
    tree("__init__.py", "")
    tree("right/__init__.py", "")
    assert source.folders_without_init(tree("wrong/a.py", "")) == ["wrong"]


def test_functions_are_measured_with_their_bodies() -> None:
    text = "def f(): ...\nclass C:\n    def g(self):\n        x = 1\n        return x"
    assert source.function_lines(ast.parse(text)) == [1, 3]
