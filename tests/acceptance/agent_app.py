"""An agent on Twilio Agent Connect, whose model is a plain function: it says what Recall gave it.

Its own FastAPI server, as https://github.com/twilio/twilio-agent-connect-python shows it, with three additions: the
base URL of Regulars, a route that lets calls be transcribed for Regulars, and a line of JSON for all that happens.
The variables are those of TACConfig.from_env and TACServerConfig.from_env, and REGULARS_URL.
"""

import json
import os
import sys
from typing import Any

os.environ["TAC_ANALYTICS_DISABLED"] = "true"  # before the import: its telemetry would leave the machine

from fastapi import Depends, Request, Response
from tac import TAC, TACConfig
from tac.channels.sms import SMSChannel
from tac.channels.voice import VoiceChannel
from tac.channels.whatsapp import WhatsAppChannel
from tac.context.base import BaseAPIClient
from tac.models.session import ConversationSession
from tac.models.tac import TACMemoryResponse
from tac.models.voice import TwiMLRequest, VoiceTwiMLOptionsConversationRelay
from tac.server import TACFastAPIServer
from tac.server.signature_validation import build_http_signature_dependency
from twilio.twiml.voice_response import Start

REGULARS = os.environ["REGULARS_URL"]
QUESTION = "What may I do for you?"

BaseAPIClient._build_base_url = staticmethod(lambda product, region: REGULARS)


def told(**event: Any) -> None:
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


def answer(message: str, session: ConversationSession, memory: TACMemoryResponse | None) -> str:
    known = [one.content for one in memory.observations] if memory else []
    told(
        event="asked",
        channel=session.channel,
        conversation=session.conversation_id,
        profile=session.profile_id,
        call=session.call_sid,
        message=message,
        known=known,
    )
    return f"I remember: {' '.join(known)}" if known else QUESTION


def ended(session: ConversationSession) -> None:
    told(event="ended", channel=session.channel, conversation=session.conversation_id)


def failed(error: Exception, context: dict[str, Any]) -> None:
    told(event="failed", error=str(error), **context)


async def ours(call: TwiMLRequest) -> VoiceTwiMLOptionsConversationRelay:
    """The configuration is one of Regulars, which Twilio does not know."""
    return VoiceTwiMLOptionsConversationRelay(conversation_configuration=None)


def transcribed(twiml: str) -> str:
    """Twilio shows Regulars what is said, on both sides, before it connects the call with the agent."""
    start = Start()
    start.transcription(status_callback_url=f"{REGULARS}/webhooks/twilio/transcription", track="both_tracks")
    return twiml.replace("<Response>", f"<Response>{start.to_xml(xml_declaration=False)}", 1)


def server() -> TACFastAPIServer:
    tac = TAC(TACConfig.from_env())
    tac.on_message_ready(answer)
    tac.on_conversation_ended(ended)
    tac.on_error(failed)
    voice = VoiceChannel(tac, {"memory_mode": "always"})
    voice.on_inbound_call_twiml(ours)
    channels = [SMSChannel(tac, {"memory_mode": "always"}), WhatsAppChannel(tac, {"memory_mode": "always"})]
    made = TACFastAPIServer(tac, voice_channel=voice, messaging_channels=channels)
    genuine = Depends(build_http_signature_dependency(tac.config.auth_token))

    @made.app.post("/call", dependencies=[genuine])
    async def call(request: Request) -> Response:
        form = await request.form()
        twiml = await voice.handle_incoming_call(TwiMLRequest.from_form(dict(form)))
        return Response(transcribed(twiml), media_type="application/xml")

    @made.app.middleware("http")
    async def noted(request: Request, go_on: Any) -> Response:
        body = await request.body()
        response = await go_on(request)
        if request.url.path == made.config.conversation_webhook_path:
            told(
                event="callback",
                token=request.headers.get("i-twilio-idempotency-token"),
                answered=response.status_code,
                body=json.loads(body),
            )
        return response

    return made


if __name__ == "__main__":
    server().start()
