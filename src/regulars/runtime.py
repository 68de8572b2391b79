"""The composition root: everything that a process of Regulars needs, built from its settings, once."""

import gc
import importlib
import os
import secrets
import threading
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from typeid import TypeID

from regulars.ai.fallback import Fallback
from regulars.ai.llm import names
from regulars.ai.llm.asking import Asker
from regulars.ai.llm.caller import Budget, Caller
from regulars.ai.llm.extractor import ModelExtractor, ModelSummariser
from regulars.ai.local_embedder import LocalEmbedder
from regulars.ai.rules.extractor import RuleExtractor
from regulars.ai.rules.summariser import RuleSummariser
from regulars.core import limits
from regulars.core.context import Ctx
from regulars.core.errors import MisconfiguredError, ModelUnavailable, UnusableReply
from regulars.outbound.http import Http, Reach
from regulars.outbound.messages_api import MessagesApi
from regulars.recall.cache import SnapshotCache
from regulars.services.accounts import Principal
from regulars.services.actions import Desk
from regulars.services.extraction import Models
from regulars.services.recall import Recaller
from regulars.services.sealing import Sealer
from regulars.settings import Settings
from regulars.storage.db import Db

_GARBAGE_THRESHOLDS: Final = (10_000, 50, 50)
"""Python's own are 700, 10 and 10, made for machines of another time."""


def mint(prefix: str) -> str:
    return str(TypeID(prefix=prefix))


def clock() -> datetime:
    return datetime.now(UTC)


def monotonic() -> float:
    """Seconds, for measuring how long something took."""
    return time.monotonic()


def new_request_id() -> str:
    return "RQ" + secrets.token_hex(16)


def new_account_sid() -> str:
    return "AC" + secrets.token_hex(16)


def new_key_sid() -> str:
    return "SK" + secrets.token_hex(16)


def new_secret() -> str:
    """256 random bits, as the user name and password of HTTP Basic can carry them."""
    return secrets.token_hex(32)


def secret_key(settings: Settings) -> str:
    """The configured one, or the one in the data directory, which is made at the first start (mode 0600)."""
    if settings.secret_key is not None:
        return settings.secret_key
    path = settings.data_path / "secret.key"
    try:
        return path.read_text("ascii").strip()
    except FileNotFoundError:
        return _new_secret_key(path)
    except PermissionError:
        raise MisconfiguredError(f"{path} cannot be read by this user. Run as its owner.") from None


def _new_secret_key(path: Path) -> str:
    """Written aside and linked into place: of two processes that start at once, one makes it and both use it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(new_secret())
        file.flush()
        os.fsync(file.fileno())
    try:
        path.hardlink_to(fresh)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    return path.read_text("ascii").strip()


def embedder_name() -> str:
    """What a server of this version stores its vectors under."""
    return LocalEmbedder().name


def reach(settings: Settings) -> Reach:
    """Whom status callbacks may call. Raises MisconfiguredError for networks that are none."""
    return Reach.parse(settings.callback_networks, development=settings.development)


def models_of(settings: Settings, embedder: LocalEmbedder | None = None) -> Models:
    """What reads conversations, as the settings want it. Without an embedder given, one that loads when it is asked.

    A language model is loaded when it is asked, too. Its failures pass: `Runtime.models_after` says who serves then.
    Raises MisconfiguredError for a model that cannot be asked.
    """
    embedder = embedder or LocalEmbedder()
    if settings.model is None:
        return Models(RuleExtractor(), RuleSummariser(), embedder)
    caller = Caller(_opener(settings, settings.model), _budget(settings), monotonic)
    return Models(ModelExtractor(caller, settings.model), ModelSummariser(caller, settings.model), embedder)


def _opener(settings: Settings, model: str) -> Callable[[], Asker]:
    """The vendors' libraries take a second and 60 MB, so that only who asks loads them."""
    name = names.parse(
        model,
        api_key=settings.model_api_key,
        base_url=settings.model_base_url,
        mode=settings.model_output,
        environment=os.environ,
    )
    return lambda: importlib.import_module("regulars.ai.llm.vendors").VendorAsker(name)


def _budget(settings: Settings) -> Budget:
    return Budget(
        call_s=settings.model_timeout_s,
        calls_max=settings.model_calls_max,
        input_tokens_max=settings.model_input_tokens_max,
        output_tokens_max=settings.model_output_tokens_max,
    )


@asynccontextmanager
async def open_models(settings: Settings) -> AsyncGenerator[Models]:
    """For a command that reads conversations by itself."""
    models = models_of(settings)
    try:
        yield models
    finally:
        if isinstance(models.extractor, ModelExtractor):
            await models.extractor.close()


@dataclass(frozen=True, slots=True)
class Runtime:
    settings: Settings
    db: Db
    sealer: Sealer
    models: Models
    recaller: Recaller
    outbound: Http
    messages: MessagesApi

    def models_after(self, tries: int, waited_s: float) -> Models:
        """Those for a conversation that was tried so often before. The rules serve for a language model whose answers
        cannot be used, or which has not answered for as long as the settings are patient."""
        if self.settings.model is None:
            return self.models
        given_up = (UnusableReply,) if tries >= limits.EXTRACT_UNUSABLE_MAX else ()
        if waited_s >= self.settings.model_patience_s:
            given_up = (ModelUnavailable,)
        fallback = Fallback(
            (self.models.extractor, RuleExtractor()), (self.models.summariser, RuleSummariser()), given_up
        )
        return replace(self.models, extractor=fallback, summariser=fallback)

    @property
    def desk(self) -> Desk:
        return Desk(
            api=self.messages,
            sealer=self.sealer,
            everybody=self.settings.messages_api_url is not None,
            read_receipts=self.settings.read_receipts,
            mint=mint,
            clock=clock,
        )

    def ctx(self, principal: Principal) -> Ctx:
        return Ctx(
            account_sid=principal.account_sid,
            store_ids=principal.store_ids,
            now=clock(),
            mint=mint,
            actor=principal.user,
        )


def _warm_up(embedder: LocalEmbedder) -> None:
    """Loads the model, then takes all that is there by now out of the garbage collector's rounds: it stays to the end,
    and to look through it again and again cost a sixth of an import. Younger objects are looked at less often, too."""
    embedder.load()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_GARBAGE_THRESHOLDS)


@asynccontextmanager
async def open_runtime(settings: Settings, conninfo: str) -> AsyncGenerator[Runtime]:
    """Connected, while the local model loads on a thread of its own: whoever asks it before waits that long.

    The database must have been migrated.
    """
    embedder = LocalEmbedder()
    embedder.verify()
    db = Db(conninfo, connections_max=settings.database_connections)
    await db.open()
    threading.Thread(target=_warm_up, args=(embedder,), name="warm-up", daemon=True).start()
    cache = SnapshotCache(settings.recall_cache_mb * 1024 * 1024)
    models = models_of(settings, embedder)
    outbound = Http(reach(settings))
    messages = MessagesApi(settings.messages_api_url, public_url=settings.public_url)
    try:
        yield Runtime(
            settings=settings,
            db=db,
            sealer=Sealer(secret_key(settings)),
            models=models,
            recaller=Recaller(db, embedder, cache, settings.recall_end_inclusive),
            outbound=outbound,
            messages=messages,
        )
    finally:
        await outbound.close()
        await messages.close()
        if isinstance(models.extractor, ModelExtractor):
            await models.extractor.close()
        await db.close()
        embedder.close()
