"""What the house asks of Python source beyond what ruff, pyright and import-linter can say.

A rule is a function from a parsed module to the offences in it; `test_source.py` proves that each can fail.
"""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2] / "src" / "regulars"

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60

Function = ast.FunctionDef | ast.AsyncFunctionDef
Offence = tuple[int, str]
Rule = Callable[[ast.Module], Iterator[Offence]]

MODELS = frozenset({"Embedder", "Extractor", "Summariser", "Models"})
OUTBOUND = frozenset({"Desk", "Http", "MessagesApi"})

OUTSIDE_WORLD = re.compile(
    r"""
      datetime\.datetime\.(now|utcnow|today) | datetime\.date\.today
    | time\.(time|monotonic|perf_counter|process_time|thread_time)(_ns)? | time\.(localtime|gmtime|ctime)
    | (random|secrets|numpy\.random)\.(?!compare_digest$)\w+
    | uuid\.uuid\d | uuid_utils\.uuid\d | uuid6\.uuid\d
    | os\.(environb?|getenvb?|urandom|getrandom)
    """,
    re.VERBOSE,
)
RANDOMNESS = frozenset({"random", "secrets", "numpy.random"})


def modules(root: Path = ROOT) -> Iterator[tuple[str, str]]:
    """Each module as its path below `root` and its text."""
    for path in sorted(root.rglob("*.py")):
        yield path.relative_to(root).as_posix(), path.read_text("utf-8")


def offences(rule: Rule, *, allowed: tuple[str, ...] = (), root: Path = ROOT) -> list[str]:
    """`path:line: what`, but for files in `allowed`; an entry that ends in a slash is a folder."""
    return [
        f"{path}:{line}: {what}"
        for path, text in modules(root)
        if not any(path == entry or (entry.endswith("/") and path.startswith(entry)) for entry in allowed)
        for line, what in rule(ast.parse(text))
    ]


def functions(tree: ast.Module) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def function_lines(tree: ast.Module) -> list[int]:
    return [_lines(function) for function in functions(tree)]


def imports_inside_functions(tree: ast.Module) -> Iterator[Offence]:
    found = {
        node.lineno: f"import inside {function.name}()"
        for function in functions(tree)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    yield from found.items()


def transactions_beside_models(tree: ast.Module) -> Iterator[Offence]:
    """A transaction never waits for a stranger, so nobody is handed both."""
    for function in functions(tree):
        names = {name for argument in _arguments(function) for name in _annotation_names(argument.annotation)}
        if "Tx" in names and names & MODELS:
            yield function.lineno, f"{function.name}() takes a transaction and a model"
        if "Tx" in names and names & OUTBOUND:
            yield function.lineno, f"{function.name}() takes a transaction and a client of the world outside"


def outside_world(tree: ast.Module) -> Iterator[Offence]:
    """Reads of the clock, of randomness and of the environment, by whatever name they were imported."""
    aliases = _aliases(tree)
    inner = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _mints(node, aliases):
            yield node.lineno, "mints an id"
        if not isinstance(node, ast.Attribute | ast.Name):
            continue
        name = _dotted(node, aliases)
        if OUTSIDE_WORLD.fullmatch(name) or (name in RANDOMNESS and id(node) not in inner):
            yield node.lineno, f"reads {name}"


def broad_excepts(tree: ast.Module) -> Iterator[Offence]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler) and (node.type is None or _is_broad(node.type)):
            yield node.lineno, "catches everything"
        if (
            isinstance(node, ast.Call)
            and ast.unparse(node.func).endswith("suppress")
            and any(_is_broad(argument) for argument in node.args)
        ):
            yield node.lineno, "suppresses everything"


def prints(tree: ast.Module) -> Iterator[Offence]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
            yield node.lineno, "prints"


def long_functions(tree: ast.Module) -> Iterator[Offence]:
    for function in functions(tree):
        if _lines(function) > FUNCTION_LINES_MAX:
            yield function.lineno, f"{function.name}() has {_lines(function)} lines"


def long_files(root: Path = ROOT) -> list[str]:
    counted = ((path, len(text.splitlines())) for path, text in modules(root))
    return [f"{path}: {lines} lines" for path, lines in counted if lines > FILE_LINES_MAX]


def folders_without_init(root: Path = ROOT) -> list[str]:
    """Import-linter does not see what stands in them."""
    folders = {path.parent for path in root.rglob("*.py")}
    return sorted(folder.relative_to(root).as_posix() for folder in folders if not (folder / "__init__.py").exists())


def _lines(function: Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def _arguments(function: Function) -> list[ast.arg]:
    arguments = function.args
    rest = [argument for argument in (arguments.vararg, arguments.kwarg) if argument]
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *rest]


def _annotation_names(annotation: ast.expr | None) -> Iterator[str]:
    for node in ast.walk(annotation) if annotation else ():
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from re.findall(r"\w+", node.value)


def _aliases(tree: ast.Module) -> dict[str, str]:
    """What each imported name stands for: `import datetime as dt` gives `dt` → `datetime`."""
    aliases: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            aliases |= {alias.asname: alias.name for alias in node.names if alias.asname}
            aliases |= {alias.name.split(".")[0]: alias.name.split(".")[0] for alias in node.names if not alias.asname}
        elif isinstance(node, ast.ImportFrom):
            aliases |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return aliases


def _dotted(node: ast.expr, aliases: dict[str, str]) -> str:
    """The full dotted name of an imported thing; empty for anything else."""
    if isinstance(node, ast.Name):
        return aliases.get(node.id, "")
    if isinstance(node, ast.Attribute):
        head = _dotted(node.value, aliases)
        return f"{head}.{node.attr}" if head else ""
    return ""


def _mints(call: ast.Call, aliases: dict[str, str]) -> bool:
    """`TypeID(prefix=..)` makes a new id; with a suffix it only writes down a known one."""
    return (
        _dotted(call.func, aliases) == "typeid.TypeID"
        and len(call.args) < 2
        and not any(keyword.arg == "suffix" for keyword in call.keywords)
    )


def _is_broad(expression: ast.expr) -> bool:
    parts = expression.elts if isinstance(expression, ast.Tuple) else [expression]
    return any(ast.unparse(part).split(".")[-1] in ("Exception", "BaseException") for part in parts)
