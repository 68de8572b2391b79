"""As `people`, for other languages than English: the clearest words, said of a person."""

from typing import Final

from regulars.domain.guarded import Guarded, any_of
from regulars.domain.screening.near import CHINESE, HINDI

_Terms = dict[str, tuple[str, str]]

_NAME: Final = r"(?<![a-zA-Z] )(?-i:[A-Z][a-z]+)"


def _patterns(being: str, having: str, some: str, terms: _Terms) -> dict[str, Guarded]:
    """By category what a person is and what they have."""
    return {
        category: Guarded(rf"\b{being}{some} {any_of(is_one)}\b|\b{having}{some} {any_of(has_one)}\b")
        for category, (is_one, has_one) in terms.items()
    }


_KIN_ES: Final = (
    r"(?:mi|su|nuestr[oa]|el|la) (?:espos[oa]|marido|mujer|madre|mama|padre|papa|hij[oa]|herman[oa]|abuel[oa]|pareja"
    r"|novi[oa]"
    r"|amig[oa]|ti[oa]|prim[oa]|bebe|nieto|nieta|client[ea]|cliente)"
)
_SPANISH: Final = _patterns(
    rf"(?:soy|somos|estoy|estamos|era|fui|me considero|(?:{_KIN_ES}|{_NAME}) (?:es|esta|era|fue|son)|quede|sigo)",
    rf"(?:tengo|tenemos|tuve|he tenido|padezco|sufro|sufri|tomo|necesito|me diagnosticaron|me han diagnosticado"
    rf"|me operaron"
    rf"|me detectaron|recibo|uso|(?:{_KIN_ES}|{_NAME}) (?:tiene|padece|sufre|toma|necesita|tuvo|murio)|mis?"
    rf"|nuestr[oa]s?"
    rf"|debido a|por|voy a|vamos a|vote|votamos|he votado|creo|rezo|practico)",
    r"(?: (?:un|una|el|la|los|las|muy|de|del|al|a|en|con|por|no|mi|su|nuestra|miembro|persona|hombre|mujer|mucha|grave"
    r"|cronica"
    r"|tipo|\d|catolic[oa]|afiliad[oa]|[a-z]+mente)){0,4}",
    {
        "HEALTH": (
            (
                "diabetic[oa] / alergic[oa] / embarazad[ao] / autista / sord[oa] / cieg[oa] / discapacitad[oa]"
                " / enferm[oa]"
                " / deprimid[oa] / celiac[oa] / asmatic[oa] / epileptic[oa] / seropositiv[oa] / alcoholic[oa]"
                " / hospitalizad[oa] / hospital"
                " / ingresad[oa] / bipolar / intolerante / silla de ruedas / paralitic[oa] / minusvalid[oa]"
                " / quimioterapia / dialisis"
            ),
            (
                "cancer / diabetes / asma / epilepsia / depresion / ansiedad / vih / sida / migranas? / alergia / tumor"
                " / embarazo"
                " / enfermedad\\w* / discapacidad / quimio\\w* / insulina / antidepresivos / medicacion / operacion"
                " / cirugia"
                " / hipertension / alzheimer / parkinson / demencia / autismo / celiaquia / aborto / psiquiatra"
                " / psicolog[oa] / corazon"
                " / sindrome / esclerosis / infarto / ictus / covid / salud mental / lesion / adiccion / anorexia"
                " / bulimia"
            ),
        ),
        "RELIGION": (
            (
                "musulman\\w* / judi[oa]s? / catolic[oa]s? / cristian[oa]s? / evangelic[oa] / budista / hindu / ate[oa]"
                " / creyente / mormon\\w*"
                " / protestante / testigo de jehova / religios[oa] / agnostic[oa]"
            ),
            "religion / fe / iglesia / misa / mezquita / sinagoga / ramadan / dios / parroquia",
        ),
        "ORIENTATION": (
            (
                "gay / lesbiana / homosexual / bisexual / transexual / transgenero / trans / asexual / queer"
                " / heterosexual / no binari[oa]"
            ),
            "orientacion sexual / sexualidad / identidad de genero / vida sexual",
        ),
        "POLITICS": (
            (
                "socialista / comunista / de (?:izquierdas?|derechas?) / republican[oa] / conservador\\w* / anarquista"
                " / peronista"
                " / (?:del|de) (?:pp|psoe|vox|podemos|morena|sindicato|partido) / sindicalista / militante / sindicato"
                " / partido"
            ),
            "(?:pp|psoe|vox|podemos|morena|milei|sanchez|lula) / partido / sindicato / ideas politicas / ideologia",
        ),
        "ETHNICITY": (
            (
                "gitan[oa]s? / negr[oa](?=\\W*$|,|\\.| y) / indigena / mestiz[oa] / mulat[oa] / afrodescendiente"
                " / latin[oa] / mapuche / quechua"
                " / arabe / raza \\w+ / origen etnico"
            ),
            "raza / etnia / origen etnico / color de piel",
        ),
    },
)
_KIN_PT: Final = (
    r"(?:meu|minha|nosso|nossa|o|a) (?:espos[oa]|marido|mulher|mae|pai|filh[oa]|irmao|irma|avo|namorad[oa]|amig[oa]"
    r"|tia?"
    r"|bebe|cliente|net[oa])"
)
_PORTUGUESE: Final = _patterns(
    rf"(?:sou|somos|estou|estamos|fui|fiquei|fico|(?:{_KIN_PT}|{_NAME}) (?:e|esta|era|foi|ficou))",
    rf"(?:(?:estou|esta|ando|anda) com|tenho|temos|tive|sofro|sofri|tomo|preciso|fui diagnosticad[oa]|fui operad[oa]"
    rf"|faco|fiz|uso|(?:{_KIN_PT}|{_NAME})"
    rf" (?:tem|teve|sofre|toma|morreu)|minhas?|meus?|vou|votei|voto|acredito|por causa|devido|pratico|frequento)",
    r"(?: (?:um|uma|o|a|os|as|muito|de|do|da|no|na|em|com|por|ao|nao|meu|minha|pessoa|homem|mulher|membro|tipo|\d|grave"
    r"|[a-z]+mente)){0,4}",
    {
        "HEALTH": (
            (
                "diabetic[oa] / alergic[oa] / gravida / autista / surd[oa] / ceg[oa] / deficiente / doente"
                " / deprimid[oa]"
                " / celiac[oa]"
                " / asmatic[oa] / epileptic[oa] / soropositiv[oa] / internad[oa] / hospitalizad[oa] / hospital"
                " / intolerante / cadeirante / bipolar"
                " / cadeira de rodas / hemodialise"
            ),
            (
                "cancer / cancro / diabetes / asma / epilepsia / depressao / ansiedade / hiv / aids / sida"
                " / enxaquecas?"
                " / alergia"
                " / tumor / gravidez / doenca / deficiencia / quimio\\w* / insulina / antidepressivos / medicacao"
                " / remedios? / cirurgia"
                " / hipertensao / pressao alta / alzheimer / demencia / autismo / psiquiatra / psicolog[oa] / terapia"
                " / infarto / avc / aborto"
            ),
        ),
        "RELIGION": (
            (
                "muculman[oa]s? / jude[ui]s? / judia / catolic[oa]s? / crista[os]* / evangelic[oa]s? / budista / hindu"
                " / ate[ui]a? / espirita"
                " / umbandista / testemunha de jeova / religios[oa] / crente"
            ),
            "religiao / fe / igreja / missa / mesquita / sinagoga / deus / culto / candomble",
        ),
        "ORIENTATION": (
            "gay / lesbica / homossexual / bissexual / transexual / transgenero / trans / assexual / heterossexual",
            "orientacao sexual / sexualidade / identidade de genero / vida sexual",
        ),
        "POLITICS": (
            (
                "de (?:esquerda|direita) / petista / bolsonarista / comunista / socialista / conservador\\w*"
                " / filiad[oa] (?:ao|a) .{2,20}"
                " / sindicalista / sindicato / partido"
            ),
            "lula / bolsonaro / pt / psd / chega / partido / sindicato",
        ),
        "ETHNICITY": (
            (
                "negr[oa](?=\\W*$|,|\\.| e) / pret[oa](?=\\W*$|,|\\.| e) / pard[oa] / indigena / mestic[oa] / mulat[oa]"
                " / cigan[oa] / quilombola"
            ),
            "raca / etnia / cor da pele",
        ),
    },
)
_KIN_FR: Final = (
    r"(?:mon|ma|notre|le|la|sa|son) (?:mari|femme|mere|pere|fils|fille|frere|soeur|grand-mere|grand-pere|copain|copine"
    r"|ami"
    r"|amie|compagnon|compagne|bebe|enfant|oncle|tante|client|cliente|conjoint|conjointe|maman|papa)"
)
_FRENCH: Final = _patterns(
    rf"(?:je (?:ne )?suis|j'etais|j'ai ete|nous sommes|(?:{_KIN_FR}|{_NAME}|il|elle) (?:est|etait|a ete))",
    rf"(?:j'ai|j'ai eu|on a|nous avons|je souffre|je prends|je fais|je vais|je pratique|je crois|j'ai vote|je vote"
    rf"|je porte|(?:{_KIN_FR}|{_NAME}|il|elle) (?:a|a eu|souffre|prend|est morte?)|mon|ma|mes|notre|a cause)",
    r"(?: (?:un|une|le|la|les|l'|du|de|des|d'|au|a|en|tres|pas|ne|mon|ma|mes|pour|sous|enceinte|grave|chronique|type"
    r"|\d|personne"
    r"|femme|homme|membre|[a-z]+ment)){0,4}(?: (?:l|d)')?",
    {
        "HEALTH": (
            (
                "diabetique / allergique / enceinte / autiste / sourde? / aveugle / handicapee? / malade(?! de rire)"
                " / depressi(?:f|ve)"
                " / depression / coeliaque / asthmatique / epileptique / seropositi(?:f|ve) / hospitalisee? / hopital"
                " / intolerante? / fauteuil roulant"
                " / alcoolique / bipolaire / paralysee? / dialyse / antidepresseurs / chimio\\w*"
            ),
            (
                "(?:l'|d')?(?:cancer|diabete|asthme|epilepsie|depression|anxiete|vih|sida|migraines?|allergies?|tumeur"
                "|grossesse|maladie"
                "|handicap|chimio\\w*|insuline|antidepresseurs|traitement medical|medicaments|hypertension|alzheimer"
                "|demence|autisme"
                "|psychiatre|psychologue|avortement|fausse couche|infarctus|avc|covid|sclerose|operation)"
            ),
        ),
        "RELIGION": (
            (
                "musulmane?s? / juif / juive / juifs / catholiques? / chretien(?:ne)?s? / protestante? / bouddhiste"
                " / hindou\\w* / athee / croyante?"
                " / temoin de jehovah / religieu(?:x|se) / sikh / agnostique"
            ),
            "religion / foi / eglise / mosquee / synagogue / messe / ramadan / (?:en )?dieu / paroisse / voile",
        ),
        "ORIENTATION": (
            (
                "gay / lesbienne / homosexuel(?:le)? / homo / bisexuel(?:le)? / transgenre / transsexuel(?:le)? / trans"
                " / asexuel(?:le)? / heterosexuel\\w*"
            ),
            "orientation sexuelle / sexualite / identite de genre / vie sexuelle / transition de genre",
        ),
        "POLITICS": (
            (
                "de (?:gauche|droite) / socialiste / communiste / syndicaliste / syndiquee? / macroniste"
                " / adherente? (?:au|du|a la) .{2,20}"
                " / militante? / syndicat / parti"
            ),
            (
                "macron / le pen / melenchon / rn / parti socialiste / syndicat / opinions? politiques?"
                " / convictions politiques"
            ),
        ),
        "ETHNICITY": (
            (
                "noire?(?=\\W*$|,|\\.| et) / metisse? / arabe / gitane? / rom / kabyle / berbere / maghrebine?"
                " / origine \\w+ / antillaise?"
            ),
            "origines? ethniques? / couleur de peau / race",
        ),
    },
)
_KIN_DE: Final = (
    r"(?:mein|meine|unser|unsere|der|die|seine?|ihre?) (?:mann|frau|mutter|vater|sohn|tochter|bruder|schwester|oma|opa"
    r"|freund"
    r"|freundin|partner|partnerin|baby|kind|kinder|eltern|onkel|tante|mama|papa|kunde|kundin|chef|nachbar|nachbarin)"
)
_GERMAN: Final = _patterns(
    rf"(?:(?:ich )?bin(?: ich)?|ich sitze|ich war|war ich|wir sind|sind wir|(?:{_KIN_DE}|{_NAME}|er|sie) (?:ist|war"
    rf"|sind))",
    rf"(?:ich (?:habe|hatte|leide|nehme|brauche|bekomme|glaube|gehe|wahle|wahlte|bete|faste)|habe ich|nehme ich"
    rf"|leide ich"
    rf"|wir (?:haben|gehen)|(?:{_KIN_DE}|{_NAME}|er|sie) (?:hat|hatte|leidet|nimmt|braucht|starb)|meine[rmns]?|mein"
    rf"|unser\w*|bei mir"
    rf"|wegen|aufgrund)",
    r"(?: (?:ein|eine|einen|einer|einem|der|die|das|den|dem|seit \w+|im|in|an|auf|am|gegen|unter|mit|zur|zum|auch"
    r"|nicht|sehr"
    r"|leider|schwer|schwere[rn]?|chronisch|chronische[rns]?|starke?|typ|\d|\d\.|monat|woche|meiner?|mein|wurde"
    r"|bei mir|als|glaubiger?"
    r"|mitglied|ja|gerade|bekennende[r]?|uberzeugte[r]?|jeden sonntag)){0,5}",
    {
        "HEALTH": (
            (
                "diabetiker(?:in)? / allergisch / schwanger / autist(?:in|isch)? / gehorlos / taub / blind"
                " / schwerbehindert / behindert"
                " / krank / depressiv / epileptiker(?:in)? / asthmatiker(?:in)? / hiv-positiv / alkoholiker(?:in)?"
                " / rollstuhl\\w* / krankenhaus"
                " / krankgeschrieben / bipolar / dialyse / reha / therapie / zoliakie / laktoseintolerant"
                " / magersuchtig"
                " / operiert worden"
            ),
            (
                "krebs / brustkrebs / diabetes / zucker(?=krank) / asthma / epilepsie / depression(?:en)?"
                " / angststorung\\w* / hiv / aids"
                " / migrane / \\w*allergien? / tumor / schwangerschaft / krankheit / \\w+erkrankung / behinderung"
                " / chemo\\w* / insulin"
                " / antidepressiva / medikamente? / operation / bluthochdruck / alzheimer / demenz / autismus"
                " / schlaganfall / herzinfarkt"
                " / psychiater\\w* / psychotherap\\w+ / fehlgeburt / abtreibung / multiple sklerose / ms / rheuma"
                " / burnout / diagnose / sucht"
                " / bandscheibenvorfall / corona"
            ),
        ),
        "RELIGION": (
            (
                "muslim\\w* / moslem / jude / judin / judisch / katholi(?:k\\w*|sch) / evangelisch / protestant\\w*"
                " / christ(?:in)? / buddhist\\w*"
                " / hindu / atheist\\w* / konfessionslos / zeuge jehovas / glaubig / religios / orthodox"
            ),
            (
                "glaube(?:n|ns)? / religion / kirche / moschee / synagoge / gott / gemeinde(?=\\W*$| der) / ramadan"
                " / religiosen grunden"
            ),
        ),
        "ORIENTATION": (
            (
                "schwul / lesbisch / lesbe / homosexuell / bisexuell / transgender / transsexuell / trans / queer"
                " / asexuell / nichtbinar / heterosexuell"
                " / bi(?=\\W*$|\\.|,)"
            ),
            (
                "sexuelle orientierung / sexualitat / geschlechtsidentitat / sexualleben / geschlechtsangleichung"
                " / coming-out / outing"
            ),
        ),
        "POLITICS": (
            (
                "sozialist\\w* / kommunist\\w* / konservativ / links(?=\\W*$|,) / rechts(?=\\W*$|,)"
                " / sozialdemokrat\\w*"
                " / (?:der|in der)? ?(?:spd|cdu"
                "|csu|afd|fdp|linken|grunen)(?:-\\w+)? / gewerkschaft(?:er|erin|smitglied)? / spd-mitglied / ig metall"
                " / ver\\.?di / parteimitglied"
            ),
            (
                "spd / cdu / csu / afd / fdp / die grunen / grunen / grun / linke / partei / gewerkschaft\\w*"
                " / politische\\w* \\w+ / parteibuch"
            ),
        ),
        "ETHNICITY": (
            (
                "schwarz(?=\\W*$|,|\\.| und) / schwarzer / schwarze(?=\\W*$|,|\\.) / sinti / roma / sinto / romni"
                " / kurd(?:e|in|isch) / jesidisch\\w* / jesid\\w*"
                " / arabisch(?:er|e) (?:herkunft|abstammung) / afrodeutsch\\w* / halb\\w+ / (?:\\w+ )?(?:abstammung"
                "|ethnie)"
            ),
            "ethnische\\w* \\w+ / hautfarbe / rasse / ethnie / abstammung",
        ),
    },
)
_KIN_IT: Final = (
    r"(?:mi[oa]|nostr[oa]|il|la|il mio|la mia|su[oa]) (?:marito|moglie|madre|mamma|padre|papa|figli[oa]|fratello"
    r"|sorella|nonn[oa]"
    r"|compagn[oa]|fidanzat[oa]|amic[oa]|bambin[oa]|client[ei]|zi[oa])"
)
_ITALIAN: Final = _patterns(
    rf"(?:(?:io )?(?:non )?sono|siamo|ero|ero stat[oa]|sono stat[oa]|sto|(?:{_KIN_IT}|{_NAME}) (?:e|era|e stat[oa]"
    rf"|sta))",
    rf"(?:ho|abbiamo|ho avuto|soffro|prendo|faccio|ho bisogno|mi hanno diagnosticato|(?:{_KIN_IT}|{_NAME}) (?:ha"
    rf"|soffre|prende|ha"
    rf" avuto|e mort[oa])|la mia|il mio|le mie|i miei|a causa|vado|ho votato|voto|credo|pratico|frequento|per)",
    r"(?: (?:un|una|uno|il|lo|la|le|i|gli|un'|del|della|di|da|dell|al|alla|a|in|su|con|per|molto|non|mia|mio|persona"
    r"|donna|uomo"
    r"|grave|cronica|tipo|\d|membro|iscritt[oa]|incinta|[a-z]+mente)){0,4}",
    {
        "HEALTH": (
            (
                "diabetic[oa] / allergic[oa] / incinta / autistic[oa] / sord[oa] / ciec[oa] / disabile / malat[oa]"
                " / depress[oa] / celiac[oa]"
                " / asmatic[oa] / epilettic[oa] / sieropositiv[oa] / ricoverat[oa] / intollerante / sedia a rotelle"
                " / invalid[oa] / bipolare / ospedale"
                " / dialisi / chemioterapia / operat[oa]"
            ),
            (
                "cancro / tumore / diabete / asma / epilessia / depressione / ansia / hiv / aids / emicrani[ae]"
                " / allergi[ae] / gravidanza"
                " / malattia / disabilita / chemio\\w* / insulina / antidepressivi / farmaci / operazione"
                " / ipertensione"
                " / pressione alta"
                " / alzheimer / demenza / autismo / celiachia / psichiatra / psicolog[oa] / aborto / infarto / ictus"
                " / sclerosi"
            ),
        ),
        "RELIGION": (
            (
                "musulman[oa] / ebre[oa] / cattolic[oa] / cristian[oa] / evangelic[oa] / buddista / induista / ate[oa]"
                " / credente / testimone di geova"
                " / religios[oa] / valdese"
            ),
            "religione / fede / chiesa(?! preferit) / messa / moschea / sinagoga / ramadan / dio / parrocchia",
        ),
        "ORIENTATION": (
            "gay / lesbica / omosessuale / bisessuale / transessuale / transgender / trans / asessuale / eterosessuale",
            "orientamento sessuale / sessualita / identita di genere / vita sessuale",
        ),
        "POLITICS": (
            (
                "di (?:sinistra|destra) / comunista / socialista / fascista / leghista / iscritt[oa] (?:al|alla) \\w+"
                " / sindacalista / sindacato"
                " / (?:al|del) (?:pd|partito|sindacato|partito \\w+) / partito / cgil / pd / lega"
            ),
            (
                "meloni / salvini / schlein / pd / lega / cinque stelle / fratelli d'italia / partito / sindacato"
                " / opinioni politiche"
            ),
        ),
        "ETHNICITY": (
            (
                "ner[oa](?=\\W*$|,|\\.| e) / rom / sinti / zingar[oa] / meticci[oa] / mulatt[oa] / arab[oa]"
                " / origine etnica / origini \\w+"
            ),
            "origine etnica / razza / etnia / colore della pelle",
        ),
    },
)
LANGUAGES: Final = (_SPANISH, _PORTUGUESE, _FRENCH, _GERMAN, _ITALIAN, CHINESE, HINDI)
ANY: Final = Guarded(*(pattern.source for language in LANGUAGES for pattern in language.values()))
