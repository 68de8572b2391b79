"""A model with the rules behind it, for when waiting has no more sense."""

from dataclasses import dataclass, replace

import structlog

from regulars.ai.ports import Extractor, Summariser
from regulars.core.errors import ModelUnavailable
from regulars.domain.transcripts import Digest, Extraction, Transcript

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Fallback:
    """Implements `Extractor` and `Summariser` with the first of each, and with the second when the first gives nothing
    that can be believed or raises one of `gives_up_on`. Any other error passes: then the job waits."""

    extractors: tuple[Extractor, Extractor]
    summarisers: tuple[Summariser, Summariser]
    gives_up_on: tuple[type[ModelUnavailable], ...] = ()

    async def extract(self, transcript: Transcript) -> Extraction:
        first, second = self.extractors
        try:
            found = await first.extract(transcript)
        except self.gives_up_on as error:
            log.warning("rules_serve", what="observations", trouble=error.trouble)
            return await second.extract(transcript)
        if found.candidates or not found.dropped.keys() - {"unread messages"}:
            return found
        log.warning("rules_serve", what="observations", trouble="nothing to believe")
        return replace(await second.extract(transcript), dropped=found.dropped)

    async def summarise(self, transcript: Transcript) -> Digest:
        first, second = self.summarisers
        try:
            digest = await first.summarise(transcript)
        except self.gives_up_on as error:
            log.warning("rules_serve", what="summary", trouble=error.trouble)
            return await second.summarise(transcript)
        if digest.content or not transcript.turns:
            return digest
        log.warning("rules_serve", what="summary", trouble="nothing to believe")
        return await second.summarise(transcript)
