"""Text that speaks to the machine that reads it, and what customers say of their own rights.

Plain text (`domain.plain_text`) in English, Spanish, German, French, Italian, Portuguese, Chinese, Japanese, Hindi,
Russian and Arabic. Ordinary requests stay ordinary: `please delete my account`, `ignore my last e-mail`.
"""

import re
from typing import Final

from regulars.domain.guarded import Guarded

_RULES: Final = (
    r"(?:instruction|prompt|guideline|directive|constraint|restriction|filter|safety|programming|(?:your|the|all|these"
    r"|those"
    r"|any) (?:\w+ )?(?:rules?|polic)|(?:everything|anything|all|whatever|what) (?:that )?(?:you|was|were|has|came|is|i"
    r"|we)\b(?! (?:ordered|owe|bought))|(?:all|any|every|your)(?: of)?(?: the| your)? (?:previous|prior|above"
    r"|preceding|earlier)"
    r"(?! (?:e-?mail|message|text|order|request|ticket|comment|question|chat|call))|(?:above|before"
    r"|previously) (?:this|text))"
)
_MEMORIES: Final = (
    r"(?:memor(?:y|ies)|observations?|summar(?:y|ies)|(?:customer|user) (?:data|profiles?|records?)|profiles|records"
    r"|facts?|knowledge|database)"
)
_NOT_MINE: Final = (
    r"(?:all|every|any|each|your|the|his|her|their|previous|prior|other|earlier|existing|stored|whole|entire)"
)
_OTHERS: Final = (
    r"(?:(?:(?:the )?(?:customer|user|profile|account|client|person|caller|number) )?\+?\d{4,}|(?:all |every |each "
    r"|other |another |the other |any )(?:customer|user|client|profile|person|caller)s?)"
)
_TAGS: Final = (
    r"</?(?:transcript|messages?|conversation|system|assistant|user|data|context|memor\w+|observations?|instructions?"
    r"|document"
    r"|customer|turns?|candidates?|results?|tool\w*|function\w*|im_\w+|bos|eos|s|human|prompt|admin|script|iframe"
    r"|img)\b[^>\n]{0,80}>"
)
_TO_MACHINE: Final = (
    (rf"\b(?:ignor(?:e|ing)|disregard|forget|override|bypass|discard|overrule|violate|set"
    rf" aside)\b[^.!?\n]{{0,40}}?\b{_RULES}"),
    r"\bsystem prompt|\b(?:developer|debug|god|admin|dan|root|sudo|unrestricted) mode\b|\bjailbreak",
    (r"\byou(?: a|')re now (?:an?\b|dan\b|in \w+ mode|free (?:of|from)|unrestricted|operating|authori[sz]ed|obliged"
    r"|my )"),
    r"\b(?:you are|you're|as) an? (?:ai|llm|language model|assistant|bot|large language model)\b",
    r"\bfrom now on,? (?:you|always|never|treat|answer|respond|every|all|ignore|the assistant|act)\b",
    (r"\b(?:act|behave|respond|answer) as (?:if you|though you|(?:if|though) (?:they|he|she|i|this|we)\b|an? (?:admin"
    r"|system|developer|ai|unrestricted|assistant|different)"
    r"|the (?:admin|system|developer))|\bpretend (?:to be|you|that you|you're)\b|\brole-?play as\b"),
    (r"\b(?:remember|memori[sz]e|store|save|record|keep|note|write|persist|log|put|insert|inject|commit|add|learn)\b"
    r"[^.!?\n]{0,60}?\b(?:(?:in|to|into|inside) (?:your|the|its|long[- ]term|permanent|every|all"
    r"|everyone's)(?: \w+)? (?:memor\w+"
    r"|observations?|knowledge)|(?:permanently|forever|verbatim|as an? (?:\w+ )?(?:fact|observation|memory|rule"
    r"|instruction)))\b"),
    (rf"\b(?:add|write|put|save|store|append|copy|move|attach|assign|apply|set|update|change|edit|delete|remove|merge"
    rf"|link)\b"
    rf"[^.!?\n]{{0,60}}?\b(?:profile|memory|memories|record|file|account|observations?|notes|trait)s? (?:of|for"
    rf"|belonging to) {_OTHERS}"),
    rf"\b(?:in|to|on|into|under|from) (?:the )?(?:profile|memory|account|record|file)s? (?:of|for) {_OTHERS}",
    (rf"\b(?:forget|delete|erase|wipe|clear|remove|purge|drop|destroy|overwrite|replace|reset|empty)"
    rf" (?:out )?(?:\w+ )?{_NOT_MINE}"
    rf"(?: \w+){{0,3}}? {_MEMORIES}\b|\bforget (?:everything|everyone|all)\b|\b(?:wipe|erase|clear|reset) (?:your"
    rf"|the) (?:\w+ )?memory"
    r"|\b(?:drop|truncate) table\b|\bdelete from \w|\bunion select\b|;\s?--|\brm -rf\b|\bunset (?:the|all) "),
    r"<\||\|>|\[/?(?:inst|sys\w*|system|assistant|user|tool\w*)\]|<</?sys>>",
    (r"(?:^|\n|[.!?\"'>*#)\]] ?)[\s>*#\"'\[({-]*(?:system|assistant|developer|tool|function|operator|admin(?:istrator)?"
    r"|user|human|model|ai)"
    r"(?:[ _-](?:message|prompt|note|override|instructions?|update|notice|result|output|response|call"
    r"|command))?[\])}\"'*]*\s?[:>]"),
    (r"#{2,}\s?(?:system|instruction|response|new|end|admin)|\b(?:end|begin|start|beginning) of (?:the )?(?:transcript"
    r"|conversation"
    r"|data|input|context|untrusted|quoted|document|user)|\bnew (?:system )?instructions?\b ?(?:for|:)"),
    _TAGS,
    (r"\"(?:role|observations?|candidates?|function_call|tool_calls?|tool_use|attribute|confidence|communication_?ids"
    r"|profile_?id)\" ?:"
    r"|```\s?(?:json|system|tool|python|sql|xml)|[}\]]\s?[}\]]\s?,?\s?[{\[]|\{\{[^}\n]{0,80}\}\}|<!--|-->|\]\]>"),
    (r"\b(?:note|message|instructions?|attention|important|memo|reminder|hint) (?:to|for) (?:the |any |all |future "
    r"|our |your )*(?:ai|llm"
    r"|assistants?|models?|bots?|summari[sz]er|system|extractor|machine|memory|agents? reading|reader)\b"),
    (r"\b(?:dear|attention|hey|hello|hi|ok|okay) (?:ai|llm|assistant|language model|memory|extractor|summari[sz]er"
    r"|machine|gpt|chatgpt"
    r"|claude|gemini)\b|\b(?:when|while|if) (?:you )?(?:summari[sz]|extract)\w*|\b(?:the|this|your) (?:summary"
    r"|extraction|memory) (?:must|should"
    r"|shall|has to|will)\b|\byour (?:long[- ]term )?memory\b|\bin the summary\b"),
    (r"\b(?:respond|reply|answer|output|print|return|say|write) (?:only |back )?(?:with )?(?:exactly|verbatim|only with"
    r"|json|the (?:word"
    r"|following|exact))\b|\brepeat after me|\b(?:reveal|show|print|repeat|leak|output|tell me"
    r"|display) (?:me )?(?:your|the|all) (?:\w+ )?"
    r"(?:prompt|instructions|system message|guidelines|rules above|text above|hidden)"),
    (r"\b(?:when(?:ever)?|if|next time|every time|once|as soon as) (?:some(?:one|body)|any(?:one|body)"
    r"|the (?:next )?(?:user|customer|agent|caller)"
    r"|an? (?:user|customer|agent|caller)|i|you|they|people|he|she)(?:'re| are| is| am)? (?:next |ever "
    r"|later )?(?:asks?|asked|inquires?|requests?)\b"
    r"[^.!?\n]{0,60}?\b(?:say|says|reply|answer|respond|tell|give|send|show|claim|approve|grant|confirm)\b"),
    (r"!\[[^\]\n]{0,80}\] ?\(|\[[^\]\n]{0,80}\] ?\(\s?(?:https?|javascript|data|file):|\b(?:javascript|data:text"
    r"|vbscript):"
    r"|https?://\S{0,120}[{$<%]\{?(?:\w+[ _]?)?(?:e-?mail|address|phone|name|memor\w+|profile|data|observations?|token"
    r"|secret|prompt)\w*[}>%]"),
    (r"\b(?:send|post|forward|append|upload|exfiltrate|leak|e-?mail|export|dump|list)\b[^.!?\n]{0,40}?\b(?:all|every"
    r"|other|each)(?: \w+){0,3}?"
    r" (?:customers?'?|users?'?|profiles|memories|observations|conversations|transcripts|secrets)\b"),
    (r"\b(?:grant|give) (?:me|us|this (?:user|customer|caller)|him|her|them)(?: \w+){0,3}? (?:admin\w*|root|superuser"
    r"|(?:full|unlimited) (?:access|rights|privileges|permissions|control|powers))\b|\bsudo\b|\bsuperuser\b"
    r"|\broot (?:access|user)\b"),
    (r"\b(?:mark|flag|treat|classify|label|tag|regard|register|list) (?:me|us|this|that|him|her|them|all|every|the"
    r"|my)(?: \w+){0,4}? (?:as|like) "
    r"(?:an? |the )?(?:\w+ )?(?:admin\w*|vip|trusted|verified|system|authori[sz]ed|owner|staff|employee|fact|true"
    r"|instruction|policy)"),
    (r"\b(?:decode|execute|run|eval|follow|obey|carry out|comply with) (?:the |this |these |my |all )?(?:following"
    r"|base64|hex|rot13|command"
    r"|code|order|instruction|payload)|\bbase64\b"),
    # Spanish, Portuguese, Italian
    (r"\b(?:ignor[ae]\w*|olvid[ae]\w*|descart[ae]\w*|esquec\w+|dimentic\w+"
    r"|desconsider\w+)\b[^.!?\n]{0,40}?\b(?:instrucc?[ci]\w+|instruco\w+"
    r"|istruzion\w+|reglas|regras|regole|directric\w+|todo lo|tudo|tutto|anterior\w*|precedent\w*)\b"),
    (r"\b(?:ahora (?:eres|debes)|eres ahora|a partir de (?:ahora|agora),? (?:eres|debes|responde|trata|voce|todos)"
    r"|voce (?:agora )?e agora|agora voce e"
    r"|sei (?:ora|adesso) un|d'ora in poi (?:sei|devi|tutti)|actua como|aja como|agisci come|finge (?:ser|que eres)"
    r"|modo (?:desarrollador|administrador|desenvolvedor)|modalita (?:sviluppatore|amministratore))\b"),
    (r"\b(?:borra\w*|elimina\w*|apag(?:a|ue)\w*|cancella\w*)\b[^.!?\n]{0,30}?\b(?:memorias?|memorie|observacion\w*"
    r"|osservazion\w*|observac\w+|registros|recuerdos)\b"
    r"|\b(?:mensaje|instrucciones|mensagem|messaggio|prompt) d(?:el|o|i) sistema\b|\b(?:instrucciones?|nota"
    r"|mensaje) para (?:la ia|el asistente|el modelo)\b"),
    (r"\b(?:recuerda|guarda|anota|lembre-se|memoriza|ricorda|lembra)\b[^.!?\n]{0,40}?\b(?:admin\w*|amministrator\w*"
    r"|sin limite|sem limite|senza limiti|para siempre"
    r"|para sempre|per sempre|todos los clientes|todos os clientes|tutti i clienti)\b"),
    # French, German
    (r"\b(?:ignor\w+|oubli\w+|neglige\w*)\b[^.!?\n]{0,40}?\b(?:instructions|consignes|regles|directives|tout ce"
    r"|precedent\w*)\b|\btu es (?:maintenant|desormais) (?:un|une|en)"
    r"|\bvous etes (?:maintenant|desormais) (?:un|une|en)|\b(?:agis|agissez|comporte-toi) comme|\bmode (?:developpeur"
    r"|administrateur)|\b(?:efface|supprime)\w*\b"
    r"[^.!?\n]{0,30}?\b(?:memoires?|souvenirs|observations|profils)\b|\bmessage (?:du )?systeme\b|\b(?:souviens-toi"
    r"|retiens|memorise)\w*\b[^.!?\n]{0,40}?\badmin\w*"),
    (r"\b(?:ignorier\w*|vergiss|vergessen sie|missacht\w*|beacht\w* nicht|uberschreib\w*)\b[^.!?\n]{0,40}?(?:anweisung"
    r"|regel|vorgabe|instruktion|alles|bisherig|vorherig|richtlinie)"
    r"|\bdu bist (?:jetzt|ab jetzt|ab sofort|nun) (?:ein|im|admin)|\bab (?:jetzt|sofort) (?:bist|antworte|gilt"
    r"|sind alle|bekommt)|\btu so,? als|\bsystem(?:nachricht|anweisung|prompt)"
    r"|\b(?:losch|entfern|vergiss|vernicht)\w*\b[^.!?\n]{0,30}?(?:erinnerung|beobachtung|gedachtnis|speicher|profile"
    r"|notizen)|\b(?:entwickler|administrator|wartungs)modus"
    r"|\b(?:merk\w*|speicher\w*|notier\w*)\b[^.!?\n]{0,50}?(?:admin\w*|unbegrenzt|fur immer|dauerhaft|alle kunden)"),
    # Chinese, Japanese
    ("(?:忽略|无视|忘记|忘掉|不要理会"
    "|無視)[^\u3002\n]{0,15}?(?:指令|指示|规则|提示|设定|之前"
    "|以上|所有|一切)"
    "|系统(?:提示|消息|指令)|你现在是|从现在(?:起"
    "|开始)|开发者模式|扮演"
    "|(?:删除|清除|清空|抹去)[^\u3002\n]{0,12}?(?:记忆|记录"
    "|观察|档案)"
    "|(?:记住|记下|保存)[^\u3002\n]{0,12}?(?:管理员|所有客户"
    "|永远|无限)"
    "|(?:指示|命令|ルール)[^\u3002\n]{0,10}?(?:無視|忘れ)"),
    # Hindi, Russian, Arabic
    ("(?:निर्देश|नियम|आदेश"
    "|पिछले"
    "|पिछली)[^।.\n]{0,40}?(?:अनदेखा"
    "|नज़?रअंदाज़?|भूल"
    "|इग्नोर)"
    "|(?:अनदेखा|भूल"
    " जा)[^।.\n]{0,30}?(?:निर्देश|नियम"
    "|सब कुछ)|सिस्टम"
    " (?:प्रॉम्प्ट|संदेश)"
    "|अब से (?:तुम|आप)|(?:यादें"
    "|यादों|स्मृति"
    "|रिकॉर्ड)[^।.\n]{0,20}?(?:मिटा|हटा)"
    "|याद रख[^।.\n]{0,20}?(?:एडमिन"
    "|प्रशासक|व्यवस्थापक)"),
    ("(?:\u0438\u0433\u043d\u043e\u0440\u0438\u0440|\u0437\u0430\u0431\u0443\u0434|\u043e\u0442\u0431\u0440\u043e\u0441"
    "|\u043d\u0435 \u043e\u0431\u0440\u0430\u0449)[^.!?\n]{0,40}?(?:\u0438\u043d\u0441\u0442\u0440\u0443\u043a\u0446"
    "|\u043f\u0440\u0430\u0432\u0438\u043b|\u0443\u043a\u0430\u0437\u0430\u043d"
    "|\u043f\u0440\u0435\u0434\u044b\u0434\u0443\u0449|\u0432\u0441\u0435 |\u0432\u0441\u0451)"
    '|(?:^|[\\s,.!"(])\u0442\u044b \u0442\u0435\u043f\u0435\u0440\u044c'
    "|\u0441\u0438\u0441\u0442\u0435\u043c\u043d\\S{1,5} (?:\u0441\u043e\u043e\u0431\u0449\u0435\u043d"
    "|\u043f\u0440\u043e\u043c\u043f\u0442|\u043f\u043e\u0434\u0441\u043a\u0430\u0437)"
    "|\u0440\u0435\u0436\u0438\u043c\\S? (?:\u0440\u0430\u0437\u0440\u0430\u0431\u043e\u0442"
    "|\u0430\u0434\u043c\u0438\u043d)"
    "|(?:\u0443\u0434\u0430\u043b\u0438|\u0441\u043e\u0442\u0440\u0438"
    "|\u043e\u0447\u0438\u0441\u0442\u0438)[^.!?\n]{0,30}?(?:\u043f\u0430\u043c\u044f\u0442"
    "|\u043d\u0430\u0431\u043b\u044e\u0434\u0435\u043d|\u0437\u0430\u043f\u0438\u0441\u0438)"
    "|\u0437\u0430\u043f\u043e\u043c\u043d\\S+[^.!?\n]{0,30}?(?:\u0430\u0434\u043c\u0438\u043d"
    "|\u043d\u0430\u0432\u0441\u0435\u0433\u0434\u0430|\u0432\u0441\u0435 \u043a\u043b\u0438\u0435\u043d\u0442)"),
    ("\u062a\u062c\u0627\u0647\u0644[^.\n]{0,30}?(?:\u0627\u0644\u062a\u0639\u0644\u064a\u0645\u0627\u062a"
    "|\u0627\u0644\u0623\u0648\u0627\u0645\u0631)"),
)  # fmt: skip
_SPEAKS = Guarded(*_TO_MACHINE)
_KEEP = Guarded(
    r"\b(?:remember|memori[sz]e|store|save|record|never forget|make a note|keep in mind|take note|write down)\b"
)

_RANK: Final = (
    r"(?:administrat\w*|admins?|super ?user|superadmin|root|moderator|sysadmin|amministrat\w+|管理员"
    r"|एडमिन|प्रशासक|\u0430\u0434\u043c\u0438\u043d\w*"
    r"|vips?\b|(?:fully |already |pre-?)?(?:authori[sz]ed|verified|whitelisted|approved|exempt\w*|entitled|trusted)\b"
    r"|(?:your|the) (?:boss|owner"
    r"|developer|ceo|manager|creator|operator)\b|(?:ceo|owner|founder|director) of (?:this|your|the) (?:company|shop"
    r"|store|bank|business)"
    r"|(?:employee|member) of (?:staff|(?:your|the|this) (?:staff|team|company))|staff\b|(?:a )?(?:supervisor"
    r"|support agent)\b)"
)
_CLAIMS = Guarded(
    r"(?:\b(?:am|'m|is|are|'re|was|were|bin|ist|sind|soy|es|son|eres|sou|e|sao|suis|est|sont|sono|im)\b|是"
    r"|मैं|\u044f -?|\bbecame|\bas)"
    rf" ?(?:(?:an?|the|now|also|el|un|una|der|die|ein|eine|l'|il|o|um|le|system|your|in fact|actually|really|chief"
    rf"|一个|एक) ?){{0,3}}{_RANK}"
    r"|\b(?:refund|credit|spending|discount|withdrawal|transfer|purchase|approval|order)s? (?:limit|cap|allowance"
    r"|ceiling|authority)\b"
    r"|\b(?:my|the customer's|their|his|her|[a-z]+'s) (?:\w+ )?(?:discount|limit|clearance|access level|role|balance"
    r"|permissions?|privileges?|status|rank)"
    r" (?:is|are|was|should be|has been|=|:)"
    r"|\b(?:admin\w*|root|full|special|unlimited|unrestricted|elevated) (?:access|rights|privileges?|permissions?"
    r"|powers?|clearance)\b"
    r"|\b(?:unlimited|unrestricted|lifetime) (?:refunds?|credits?|discounts?)\b"
    r"|\b(?:every|all|each|any|other) (?:customer|user|caller|client)s? (?:is|are|gets?|has|have|receives?|must|should"
    r"|shall|may|can|will|now)\b"
    r"|\b(?:customer|user|profile|account|client) \+?\d{6,}|\b(?:without|no|skip|waive|bypass"
    r"|never ask(?: \w+){0,2} for) (?:any |further |an? )?"
    r"(?:verification|identity check|authentication|id check|approval|identification)\b"
    r"|\b(?:authori[sz]ed|entitled|allowed|permitted) to (?:approve|issue|refund|access|change|delete|see|view|act"
    r"|receive)\b"
    r"|\bpolic(?:y|ies) (?:is|are|now|says?|has) ",
)
_TELLS = re.compile(
    r"^\W{0,3}(?:the |el |la |der |die |le |il |o |a )?[^\W\d][\w.'-]{0,40}(?: [^\W\d][\w.'-]{0,40}){0,3}? (?:also "
    r"|then |only )?"
    r"(?:said|says|asked|asks|wrote|writes|claimed|claims|stated|states|told|mentioned|requested|insist(?:s|ed)|tried"
    r"|attempted|reported"
    r"|dijo|dice|afirm\w+|pidio|sagt\w?|behauptet\w?|schrieb|a dit|dit|pretend|ha detto|sostiene|disse|diz)\b"
    r"|^[^\u3002]{0,8}(?:说|表示|声称)|^[^।]{0,30}कहा",
    re.IGNORECASE,
)
_QUOTED = re.compile(r'"[^"\n]*"')
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")


def speaks_to_machine(text: str) -> bool:
    return _SPEAKS.search(text) is not None or (_KEEP.search(text) is not None and claims(text))


def claims(text: str) -> bool:
    return _CLAIMS.search(text) is not None


def untold(text: str) -> str:
    """What is left of a memory without quotations, and without sentences that say who said them."""
    sentences = _SENTENCE.split(_QUOTED.sub(". ", text))
    return " ".join(sentence for sentence in sentences if not _TELLS.match(sentence))
