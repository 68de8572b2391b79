"""Words that tell of a person what the GDPR's Article 9 protects, and how they must stand to tell it.

`illness` alone says nothing about anybody: what counts is somebody who is, has, takes or owns it. The tables are
phrases with slashes between them; a phrase may hold a pattern of its own, and is written without accents, as plain
text is (`domain.plain_text`). What is bounded by a number keeps the patterns linear.
"""

import re
from typing import Final

from regulars.domain.guarded import Guarded, any_of

_KIN: Final = (
    r"(?:(?:step|grand|half-?)?(?:mother|father|son|daughter|brother|sister|child|children|parents?|mum|mom|dad|ma|pa)"
    r"|wife|husband|mommy|mummy|daddy|mama|papa|spouse|partner|girlfriend|boyfriend|friend|best friend|colleague"
    r"|coworker|boss|neighbou?r|uncle|aunt(?:ie)?|cousin|nephew|niece|kid|baby|toddler|family|roommate|flatmate"
    r"|fiancee?|sibling|twin|teen(?:ager)?|ex|customer|client|passenger|guest|caller|employee)s?(?:-in-law)?"
)
_NAME: Final = (
    r"(?-i:\b(?!(?:The|This|That|These|It|There|What|Here|Where|How|When|Everything|Nothing|Which|If|But|And|So|Or"
    r"|As|Is|Are|Was|You|Your|Our|My|Their|Not|No|Yes|All|Some|Today|Yesterday|Now|Then|Screen|Order|Delivery|Support"
    r"|Service|Weather|Traffic|App|Website|Food|Movie|Show|Game)\b)[A-Z][a-z]+)"
)
_SELF: Final = rf"\b(?:i|we|my {_KIN}|our {_KIN})"
_ANYBODY: Final = rf"(?:\b(?:i|we|he|she|they|{_KIN})\b|{_NAME})(?:,? who)?"
_OWNER: Final = rf"(?:\b(?:my|our|his|her|their)|(?:{_NAME}|\b{_KIN})'s?)"
_ANIMALS = re.compile(
    r"\b(?:dogs?|cats?|pupp(?:y|ies)|pups?|kittens?|pets?|horses?|hamsters?|rabbits?|bunn(?:y|ies)|parrots?|vets?"
    r"|veterinar\w+|goldfish|fish|cows?|turtles?|guinea pigs?|labrador|retriever|poodle|plants?|trees?)\b",
    re.IGNORECASE,
)
_BEING: Final = (
    r"(?:'?m|'?re|'s| (?:(?:have|has|had|'ve)(?: always| also| just)? been|am|is|are|was|were|be|being|became|become"
    r"|turned out|get|gets|got|getting|feel|feels|felt|feeling|identif(?:y|ies|ied) as|consider (?:my|our|him"
    r"|her)sel\w+"
    r"|(?:will|may|might|could|can) be|came out(?: to [\w ]{2,20}?)? as|was born|were born|raised|grew up))"
    r"|'(?:ve|s|d) been"
)
_DEGREE: Final = (
    r"(?: (?:a|an|the|not|also|now|very|quite|both|so|too|all|currently|still|just|actually|really|only|always|never"
    r"|that|as|been|pretty|rather|completely|raised|born|[a-z]+ly|(?:\d+|[a-z]+) (?:weeks|months)|(?:practi[sc]|believ"
    r"|observ)ing"
    r"|devout|proud|strict|lifelong|registered|card-carrying|staunch|old|young|single|married|first|second|late"
    r"|non)){0,4}"
)
_HAVING: Final = any_of(
    "have / has / had / having / got / gets / get / getting / suffer(?:s|ed|ing)?(?: from)? / struggle[sd]? with"
    " / struggling with / live[sd]? with / living with / battl(?:e|es|ed|ing) / fight(?:s|ing)? / fought / beat"
    " / beating"
    " / surviv(?:e|es|ed|ing) / caught / contracted / develop(?:s|ed|ing)? / (?:re)?diagnosed (?:with|as) / treated for"
    " / treatment for / recover(?:s|ed|ing)? from / deal(?:s|t|ing)? with / died (?:of|from) / passed away from"
    " / (?:go|goes|going|gone|went) through / undergo(?:es|ing|ne)? / underwent / takes? / took / taking / on"
    " / prescribed"
    " / need(?:s|ed)? / us(?:e|es|ing) / cop(?:e|es|ing) with / lost (?:a|the|our|her) baby to / manag(?:e|es|ing)"
    " / waiting for / scheduled for / seeing / sees? / started / stopped / quit / dependent on / rel(?:y|ies) on"
    " / booked for / wear(?:s|ing)? / wore"
)
_SOME: Final = (
    r"(?: (?:a|an|the|some|my|his|her|their|our|no|any|of|to|from|with|and|severe|mild|chronic|bad|really|very|terrible"
    r"|horrible|serious|type|one|two|three|[12i]+|stage|four|early|late|acute|long|long-term|lots?|bit|bouts?|cases?"
    r"|forms?|history|signs|symptoms|high|low|rare|terminal|advanced|minor|major|emergency|open|postpartum|clinical"
    r"|general|generali[sz]ed|social|seasonal|peanut|nut|nuts?|food|dairy|latex|shellfish|pollen|dust|penicillin|breast"
    r"|lung|skin|prostate|colon|ovarian|brain|heart|knee|hip|back|eye|kidney|liver|shoulder|daily|regular|weekly|new"
    r"|strong|heavy|more|this|that|such|another|second|first|[a-z]+ly|recent|past|ongoing|own|child|weight"
    r"|gastric)){0,5}"
)
_NO_THING: Final = (
    r"(?![- ](?:charit|research|cookbook|books?\b|awareness|fund|walk\b|wards?\b|specialist|nurs|foundation|museum"
    r"|movie|film|documentar|cent(?:re|er)|unit|course|class|friendly|company|school|student|degree|job|industry|care"
    r"|sector|app\b|product|section|aisle|shop|store|policy|website|conference|lecture|exam|career|practice|field|free"
    r"|volunteer|strike|organi[sz]ation|campaign|event|article|podcast|song|studies|church|art\b|food|cuisine"
    r"|restaurant|music"
    r"|history|architecture|wedding|holiday|festival|new year|temple|market|culture|design|style|neighbou?rhood|quarter"
    r"|country|university|college|monastery|philosophy|rock\b|chapel|cathedral|dogs?|cats?|pets?|horses?|themed"
    r"|estimate|budget|amount|approach|arts|use\b|with (?:the|my|our) (?:sugar|sauce|praise)))"
)


def _of_people(being: str, having: str, phrases: str, *, animals: bool) -> Guarded:
    """With an animal in the sentence, `she` and `Rex` may be one."""
    somebody = _SELF + r"\b" if animals else _ANYBODY
    is_one = any_of(being)
    has_one = any_of(having)
    forms = [
        rf"(?:{somebody}(?:{_BEING})|\b(?:as|being)(?= an? )|\bbeing){_DEGREE} {is_one}\b{_NO_THING}",
        rf"{_OWNER}(?: [a-z]+)? {is_one} (?:[a-z]+ )?{_KIN}\b",
        rf"{somebody}(?:'[a-z]+)?(?: [a-z']+){{0,4}}? {_HAVING}{_SOME} {has_one}\b{_NO_THING}",
        rf"{_OWNER}{_SOME} {has_one}\b{_NO_THING}" if not animals else rf"\b(?:my|our){_SOME} {has_one}\b{_NO_THING}",
        rf"\b(?:{_KIN} with|due to|because of|on account of){_SOME} {has_one}\b{_NO_THING}",
        rf"(?:{somebody})(?:'[a-z]+)?(?: [a-z']+){{0,4}}? {any_of(phrases)}\b{_NO_THING}",
    ]
    return Guarded(*forms)


_HEALTH_BEING: Final = (
    "pregnant / diabetic / autistic / deaf / blind(?! (?:to|without)) / (?:color|colour)[- ]?blind / disabled"
    " / paraly[sz]ed / epileptic"
    " / asthmatic / (?:a )?c(?:o)?eliac / bipolar / schizophrenic / depressed / suicidal / anorexic / bulimic"
    " / infertile"
    " / allergic to(?! (?:bad|your|slow|poor|waiting|this|people|stupid|work|mondays)) / (?:lactose"
    "|gluten)[- ]intolerant / intolerant to / hiv[- ]positive / immuno(?:compromised|suppressed)"
    " / terminally ill / ill(?!-|\\w) / sick(?! (?:of|and tired|to death|that|goal|beat|burn|game|move|deal|day))"
    " / (?:chronically|mentally|seriously|critically) ill / hospitali[sz]ed / wheelchair[- ]bound / wheelchair user"
    " / in (?:a|his|her|my) wheelchair / in (?:rehab|therapy|remission|a coma|hospice|labou?r) / hard of hearing"
    " / neuro(?:divergent|diverse) / dyslexic / (?:visually|hearing|mobility|partially)[- ](?:impaired|sighted)"
    " / injured / alcoholic / (?:recovering )?addict(?:ed to (?:drugs|alcohol|opioids|heroin|painkillers|pills"
    "|gambling))?"
    " / obese / menopausal / anemic / anaemic / hypertensive / sober / (?:cancer|stroke|abuse) survivor"
    " / cancer patient"
    " / unable to (?:walk|hear|see)(?= well| properly|\\W*$| or) / amputee / quadriplegic / paraplegic / haemophiliac"
    " / hemophiliac / contagious"
    " / sectioned / incontinent / concussed / diagnosed with / misdiagnosed / having (?:a miscarriage|an abortion)"
    " / going blind / going deaf / going through (?:chemo\\w*|menopause|ivf|rehab) / on (?:dialysis|chemo\\w*"
    "|life support)"
    " / housebound / bedridden / confined to bed / undergoing (?:treatment|surgery|chemo\\w*|tests)"
)
_HEALTH_HAVING: Final = (
    "cancer / diabetes / asthma / epilepsy / autism / aspergers?(?:'s)? / adhd / add / ocd / ptsd / hiv / aids"
    " / depression"
    " / anxiety(?: disorder| attacks?)? / bipolar(?: disorder)? / schizophrenia / dementia / alzheimer'?s?"
    " / parkinson'?s?"
    " / ms / multiple sclerosis / als / lupus / arthritis / crohn'?s(?: disease)? / ibs / colitis"
    " / c(?:o)?eliac disease"
    " / tumou?rs? / leuk(?:a)?emia / lymphoma / melanoma / strokes? / heart (?:attack|disease|failure|condition"
    "|problems?)"
    " / (?:heart|liver|kidney|lung|thyroid|skin|autoimmune|neurological|medical|health|mental health|eye"
    "|back) (?:condition"
    "|disease|disorder|problems?|issues?) / blood pressure / hypertension / cholesterol / operation on (?:my|his|her"
    "|their|both) \\w+ / blood (?:sugar|type|test results?)"
    " / seizures? / migraines? / allerg(?:y|ies) / intolerance / (?:eating|sleep|panic|personality|anxiety"
    "|mood) disorder"
    " / panic attacks? / anorexia / bulimia / insomnia / covid(?:-19)? / (?:the )?flu / fever(?! (?:dream|pitch))"
    " / pneumonia / bronchitis"
    " / tuberculosis / hepatitis / herpes / chlamydia / std / sti / syphilis / endometriosis / pcos / fibromyalgia"
    " / sciatica"
    " / eczema / psoriasis / glaucoma / cataracts? / concussion / hernia / ulcers? / infection / sepsis / miscarriages?"
    " / abortion / pregnancy / ivf / chemo(?:therapy)? / radiation(?: therapy)? / radiotherapy / dialysis / transplant"
    " / surger(?:y|ies) / (?:heart|knee|hip|back|brain|bypass) operation / (?:hip|knee) replacement / mastectomy"
    " / hysterectomy / vasectomy / c-section / biopsy / mri / colonoscopy / pacemaker / insulin / inhaler / epipen"
    " / antidepressants? / antipsychotics? / antibiotics / ritalin / adderall / prozac / xanax / metformin / lithium"
    " / warfarin / blood thinners / statins / methadone / painkillers / medications? / meds / medicines?"
    " / prescriptions?(?! (?:lens|glass|sunglass|cat))"
    " / hearing aids? / wheelchair / prosthetic(?: leg| arm)? / walking frame / crutches / catheter / stoma"
    " / oxygen tank"
    " / disabilit(?:y|ies) / illness / disease / sickness / injur(?:y|ies) / diagnosis / symptoms / addiction"
    " / alcoholism"
    " / drinking problem / drug problem / overdose / therapist / psychiatrist / psychologist / psychotherap\\w+"
    " / oncologist"
    " / cardiologist / neurologist / gyn(?:a)?ecologist / fertility (?:doctor|clinic|treatment) / mental health"
    " / (?:chronic|back|joint|nerve|chest|knee|neck) pain / broken (?:arm|leg|hip|wrist|ankle|foot|back|rib|ribs|bone"
    "|collarbone)"
    " / down syndrome / down's syndrome / cerebral palsy / cystic fibrosis / muscular dystrophy / sickle cell"
    " / hearing loss"
    " / dyslexia / scoliosis / osteoporosis / brain (?:injury|damage) / nervous breakdown / burnout / menopause"
    " / dna test"
    " / nut allergy / stomach (?:bug|ulcer|flu) / food poisoning / long covid / eyesight (?:loss|problems) / vertigo"
)
_BODY: Final = (
    "(?:arm|leg|hip|wrist|ankle|foot|back|ribs?|knee|shoulder|collarbone|finger|toe|nose|neck|jaw|elbow|hand|pelvis"
    "|skull"
    "|acl|achilles)"
)
_HEALTH_PHRASES: Final = (
    f"(?:broke|fractured|sprained|tore|dislocated|injured|shattered|twisted) (?:my|his|her|their|a"
    f"|an)(?: \\w+)? {_BODY}"
    " / test(?:ed|ing)? positive(?: for [\\w-]+)? / miscarried / (?:after|had|having|before) (?:an?|my|his"
    "|her) (?:\\w+ )?(?:operation|surgery) / been clean (?:for|since) / lost (?:my|our|the|her|their) (?:baby"
    "|pregnancy) / (?:admitted|rushed|taken|sent|back|go(?:ing)?|went)"
    " (?:in)?to (?:the |a )?(?:hospital|icu|a&e|er|emergency room|rehab|hospice|psych(?:iatric)? ward|intensive care)"
    " / (?:is|was|are|were|am|been|'m|'s|being|still|back|landed|ended up|days|weeks|nights|stay(?:ed|ing)?|spent"
    " [\\w ]{2,14}) in (?:the |a )?"
    "(?:hospital|icu|intensive care|rehab|hospice|psychiatric ward|psych ward|a coma)"
    " / (?:rushed|took|taken|brought) (?:me|him|them|(?:my|his|her|our|their) \\w+|her) to (?:the )?(?:hospital|icu|er"
    "|emergency room)"
    " / discharged from (?:the )?hospital / had a (?:breakdown|relapse|stroke|seizure|stent|bypass|fall and (?:broke"
    "|hurt)\\w*)"
    " / self-harm\\w* / cut (?:my|him|her)self / attempted suicide / tried to kill (?:my|him|her)self"
    " / (?:go|goes|going|went|been) to (?:\\w+ ){0,2}(?:therapy|aa|alcoholics anonymous|rehab|dialysis"
    "|physio(?:therapy)?)"
    " / (?:see|sees|seeing|saw) (?:a|an|my|his|her) (?:\\w+ )?(?:therapist|psychiatrist|psychologist|oncologist"
    "|neurologist"
    "|cardiologist|urologist|gyn(?:a)?ecologist|counsell?or for) / can(?:'t|not) (?:walk|hear|see) (?:well|properly"
    "|anymore|any"
    " more|without) / (?:back|knee|chest|neck|hip) (?:hurts|pain is|is hurting) / lost (?:my|his|her) (?:hearing|sight"
    "|eyesight"
    "|vision|leg|arm) / born (?:with a (?:heart|birth)|deaf|blind) / (?:have|has|had) a bad (?:heart|back|hip|knee)"
)

_RELIGION_BEING: Final = (
    "muslim / muslima / (?:roman |greek |russian )?(?:catholic|orthodox) / christian(?! [A-Z]) / jew / jewish / hindu"
    " / buddhist"
    " / sikh / jain / mormon / protestant / (?:ex-)?(?:baptist|lutheran|methodist|presbyterian|evangelical|anglican"
    "|pentecostal"
    "|quaker|adventist) / baha'?i / atheist / agnostic / religious / observant / jehovah'?s witness / born[- ]again"
    " / pagan / wiccan"
    " / rastafarian / scientologist / shia / shiite / sunni / zoroastrian / taoist / shinto / baptized / baptised"
    " / fasting for"
    " (?:ramadan|lent|yom kippur) / a believer in (?:god|allah|jesus|christ) / muslims / christians / catholics / jews"
    " / hindus"
    " / sikhs / buddhists / atheists / mormons / ordained / from a (?:\\w+ )?(?:muslim|christian|catholic|jewish|hindu"
    "|sikh"
    "|buddhist|mormon) family / a (?:pastor|rabbi|imam|nun|monk|deacon)"
)
_RELIGION_HAVING: Final = (
    "faith(?! in (?:you|your|the|this)) / religion / religious (?:beliefs?|views?|reasons?|faith|practice\\w*)"
    " / (?:(?<=my )|(?<=our )|(?<=his )|(?<=her )|(?<=their )|(?<='s ))"
    "(?:church|mosque|synagogue|parish|congregation|gurdwara|rabbi|imam|pastor|priest) / bat mitzvah / bar mitzvah"
    " / baptism / holy communion / hijab / turban / kippah / rosary / prayer (?:group|mat|beads|meeting)s?"
    " / bible (?:study|group)"
    " / quran / torah / relationship with (?:god|jesus|christ|allah)"
)
_RELIGION_PHRASES: Final = (
    "(?:go|goes|going|went|been|get back) to (?:my |our |his |her |their )?(?:church|mosque|synagogue|mass|shul"
    "|bible study"
    "|friday prayers|sunday school|temple(?= every| on| each)|the (?:mosque|synagogue|church|gurdwara|temple) (?:every"
    "|each|on))"
    " / attend(?:s|ed|ing)? (?:a |the |my |our |his |her |their )?(?:\\w+ )?(?:church|mosque|synagogue|mass"
    "|bible study|temple"
    "|gurdwara|services at) / (?:believe|believes|believed|trust|trusts) in (?:god|allah|jesus|christ|reincarnation)"
    " / (?:don't|doesn't|do not|does not|never) believe in (?:god|religion|a god) / pray(?:s|ed|ing)?(?= |$"
    "|\\W)(?! (?:this|that"
    "|it|you|my order|my package|the package|for (?:good weather|rain|snow))) / convert(?:s|ed|ing)? (?:to"
    "|from) (?:islam|judaism"
    "|christianity|catholicism|buddhism|hinduism|sikhism|mormonism) / (?:keep|keeps|kept|eat|eats|eating"
    "|only eat) (?:strictly |only )?"
    "(?:kosher|halal) / (?:follow|follows|observe|observes|observing|celebrate|celebrates|celebrating|keep|keeps|fast"
    "|fasts"
    "|fasting)(?: \\w+)? (?:ramadan|lent|eid|shabbat|sabbath|the sabbath|hanukkah|yom kippur|passover|purim|vesak"
    "|diwali)"
    " / practi[sc](?:e|es|ing) (?:islam|judaism|christianity|catholicism|buddhism|hinduism|sikhism|wicca|voodoo)"
    " / left the (?:church|faith|mormon church) / for religious reasons / work(?:s|ing)? on (?:the )?(?:sabbath"
    "|shabbat) / because of (?:my|his|her|their|our) (?:religion|faith)"
    " / against (?:my|his|her|their|our) (?:religion|faith) / served a mission for / found (?:god|jesus) / read(?:s"
    "|ing)? the"
    " (?:bible|quran|torah) (?:every|daily|each)"
)

_ORIENTATION_BEING: Final = (
    "gay / (?:a )?lesbian / bi(?=\\W*$|,| and| now|\\.) / bisexual / queer / trans(?! fat)(?:gender(?:ed)?"
    "|sexual)?(?: man| woman"
    "| girl| boy| guy)? / asexual / pansexual / homosexual / heterosexual / non-?binary / intersex / lgbt\\w*\\+?"
    " / gender[- ]?fluid"
    " / gay (?:man|guy|couple|dad|woman|person|parents) / genderqueer / transitioning(?! (?:to|from|into|between))"
    " / polyamorous"
    " / closeted / same-sex couple / straight(?! (?:up|away|to|from|forward|out|into|down|on|a|back|through))(?= and|,"
    "|\\.|$| woman"
    "| man) / two (?:dads|mums|moms|gay men) / attracted to (?:men|women|both|guys|girls) / a lesbian couple"
    " / lesbians / out"
    " (?:as gay|of the closet|to my (?:parents|family|friends))"
)
_ORIENTATION_HAVING: Final = (
    "sexuality / sexual (?:orientation|identity|preference\\w*) / gender (?:identity|transition|dysphoria"
    "|reassignment\\w*"
    "|affirm\\w+ \\w+) / coming out(?: story)? / deadname / top surgery / bottom surgery / sex (?:life|drive|change"
    "|toys?)"
    " / sexual (?:partners?|health|history) / libido / same-sex (?:partner|spouse|relationship|marriage)"
    " / hormone (?:therapy"
    "|replacement) / (?:trans|queer|lgbtq?\\+?) (?:journey|identity|experience) / two (?:mums|moms|dads)"
    " / gay (?:partner|lover)"
)
_ORIENTATION_PHRASES: Final = (
    "came out (?:as|to my|to her|to his|to their|last|at|of the closet) / coming out (?:as|to my|to her|to his)"
    " / (?:slept|sleep"
    "|sleeping) with (?:other )?(?:men|women) / (?:is|am|are|'m|was) transitioning (?:to|from) (?:male|female|a man"
    "|a woman)"
    " / (?:go|goes|went|going|attend\\w*|joined|in) (?:to )?(?:an? |the |my )?(?:lgbt\\w*\\+?|trans\\w*|queer"
    "|gay) (?:support|youth)"
    " group / (?:prefer|like|date|dates|dating) (?:men|women|guys|girls)(?=\\W|$) / in the closet(?! (?:door|with|are"
    "|is))"
)

_POLITICS_BEING: Final = (
    "republican / democrat / conservatives? / liberal / (?:democratic )?socialist / communist / libertarian / tory"
    " / marxist"
    " / leftist / (?:left|right)[- ]wing(?:er)? / far[- ](?:left|right) / maga / anarchist / pro-life / pro-choice"
    " / brexiteer"
    " / remainer / (?:labou?r|tory|trump|biden|green|conservative|democratic|republican|snp|bjp|congress|afd|ukip|party"
    "|putin|modi|macron|le pen) (?:supporter|voter|member|party member|donor|activist|councillor|candidate)"
    " / a member of (?:the"
    " )?(?:[\\w-]+ ){0,2}(?:party|trade union|labou?r union|workers' union|union|unison|unite the union|teamsters"
    "|ver\\.?di"
    "|ig metall) / union (?:member|rep|representative|organi[sz]er|man) / shop steward / unioni[sz]ed / in (?:a|the|my"
    "|our)"
    " (?:\\w+ )?union(?! (?:jack|square|station)) / voting for (?:trump|biden|harris|labou?r|the (?:tories|greens"
    "|democrats|republicans"
    "|conservatives)) / apolitical / a registered (?:democrat|republican|independent) / politically (?:active|left"
    "|right|liberal"
    "|conservative) / running for (?:office|mayor|congress|parliament|city council|the senate) / republicans"
    " / democrats"
)
_POLITICS_HAVING: Final = (
    "political (?:views?|beliefs?|opinions?|leanings?|affiliation|party|convictions) / politics / trade union"
    " / union rep(?:resentative)? / union (?:membership"
    "|dues|card|fees) / party (?:membership|card) / labou?r union"
)
_POLITICS_PHRASES: Final = (
    "vot(?:e|es|ed|ing) (?:for|against) (?:the )?(?:trump|biden|harris|obama|clinton|labou?r|tor(?:y|ies)"
    "|conservatives?|greens?"
    "|lib dems?|liberal democrats?|democrats?|republicans?|snp|ukip|afd|spd|cdu|bjp|congress|modi|macron|le pen|brexit"
    "|remain"
    "|leave|farage|corbyn|sanders|lula|bolsonaro|milei|left|right|socialists?|communists?|reform|party|opposition)"
    " / vot(?:e|es|ed|ing) (?:remain|leave|republican|democrat\\w*|labou?r|conservative|green|tory|left"
    "|yes in the referendum)"
    " / vot(?:e|ed|es) in the (?:\\w+ )?(?:election|referendum|primar\\w+) for / campaign(?:s|ed"
    "|ing)? for (?:the )?(?:trump|biden"
    "|harris|labou?r|greens?|democrats?|republicans?|tories|brexit|remain|conservatives?|\\w+ party)"
    " / donat(?:e|es|ed) to (?:the )?(?:trump|biden|harris|democrat\\w*|republican\\w*|labou?r|green|\\w+ party"
    "|\\w+ campaign for"
    " (?:president|mayor|senate)) / join(?:s|ed|ing)? (?:the|a|my|our) (?:\\w+ ){0,2}(?:party(?= of| and|\\W*$)"
    "|trade union|union(?= |$)(?!"
    " (?:square|station))) / (?:support|supports|supported|back|backs|hate|hates) (?:trump|biden|harris|putin|brexit"
    "|bjp|modi|the"
    " (?:tories|greens|republicans|democrats|labou?r party|communist party|afd)) / belongs? to (?:a"
    "|the) (?:\\w+ )?(?:party|union)"
    " / on strike with (?:my|our|the) union / protest(?:s|ed|ing) against the (?:government|president|war|regime)"
    " / member of (?:the |a )?(?:[\\w-]+ ){0,2}(?:party|trade union|union(?! jack))"
)

_ETHNIC_NOUN: Final = (
    "(?:man|woman|person|guy|girl|boy|male|female|customer|student|family|couple|people|mother|father|mum|mom|dad|lady"
    "|parent"
    "|kid|teenager|lesbian|muslim|jew|christian|owner|employee|community|american|british|heritage|background|descent)"
)
_ETHNICITY_BEING: Final = (
    f"(?:black|white|brown|asian|indigenous|aboriginal|native|arab|gypsy|traveller|indian)(?: {_ETHNIC_NOUN}s?\\b"
    f"|(?=,? (?:and|but|so|too)"
    r" (?!white|black|blue|red|green|grey|gray|brown)|,|\.|!|$|;|\"| myself))"
    " / (?:half|part|quarter|mixed)[- ](?:black|white|asian|japanese|chinese|korean|indian|african|native|arab|race"
    "|jewish"
    "|mexican|latino|maori) / (?:afro|african)[- ](?:american|caribbean|latin\\w+|german|brazilian) / native american"
    " / latin[oaxe] / hispanic / chican[oa] / biracial / mixed[- ]race / mixed heritage / multiracial / roma / romani"
    " / sinti / kurdish"
    " / kurd / maori / inuit / first nations / berber / uyghur / tamil / hmong / caucasian / south asian / east asian"
    " / a person of"
    " colou?r / a (?:wo)?m[ae]n of colou?r / ethnically [\\w-]+ / of (?:mixed|[\\w-]{3,20}) (?:descent|ethnicity|race"
    "|heritage|ancestry)"
    " / ashkenazi / sephardic / from (?:an? |the )(?:roma|ethnic|\\w+ (?:tribe|ethnic (?:group|minority))) ?\\w*"
    " / dalit / brahmin / igbo"
    " / yoruba / hausa / zulu / pashtun / hazara / quechua / cherokee / navajo"
)
_ETHNICITY_HAVING: Final = (
    "race(?=\\W*$| and| or| is| was|,| background) / ethnicity / ethnic (?:background|origin|group|roots|heritage)"
    " / skin colou?r"
    " / racial (?:background|identity) / caste / tribe / (?:\\w+ )?(?:ancestry|heritage|bloodline)(?=\\W*$|,| and| is"
    "| on) / (?:african|asian"
    "|indigenous|native|jewish|roma|kurdish|arab|latin\\w*|cherokee|maori) (?:roots|blood|ancestors)"
)
_ETHNICITY_PHRASES: Final = (
    "because (?:i'm|i am|we're|we are|he's|she's|he is|she is|they're|they are) (?:black|asian|brown|white|arab"
    "|latin[oa]"
    "|hispanic|indian|roma|gypsy|mexican|chinese|african)"
    " / belongs? to (?:the|a|an) (?:\\w+ ){0,2}(?:tribe|ethnic (?:group|minority)|caste)"
    " / descend(?:s|ed|ants?)? (?:from|of) (?:\\w+ ){0,2}(?:slaves|tribe|indigenous|cherokee|maori|african)\\w*"
)


_TERMS: Final = {
    "HEALTH": (_HEALTH_BEING, _HEALTH_HAVING, _HEALTH_PHRASES),
    "RELIGION": (_RELIGION_BEING, _RELIGION_HAVING, _RELIGION_PHRASES),
    "ORIENTATION": (_ORIENTATION_BEING, _ORIENTATION_HAVING, _ORIENTATION_PHRASES),
    "POLITICS": (_POLITICS_BEING, _POLITICS_HAVING, _POLITICS_PHRASES),
    "ETHNICITY": (_ETHNICITY_BEING, _ETHNICITY_HAVING, _ETHNICITY_PHRASES),
}
ENGLISH: Final = {
    category: (_of_people(*terms, animals=False), _of_people(*terms, animals=True))
    for category, terms in _TERMS.items()
}
"""By category: the pattern for a sentence without an animal in it, and the one for a sentence with one."""


def with_animals(sentence: str) -> bool:
    return _ANIMALS.search(sentence) is not None


ANY: Final = Guarded(*(rf"\b{any_of(table)}" for terms in _TERMS.values() for table in terms))
"""The words alone, wherever they stand."""
