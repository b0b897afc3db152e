"""Whether a text asks to be left alone, in any reasonable wording, and by which ways.

People may say it as they like: one of the keywords alone, or a sentence, in English, Spanish,
German or Swedish. What says the opposite, like "don't stop", is taken out before anything is
looked for, so a doubtful text is no opt-out: that is for whoever reads it to tell.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from campaigns.domain.channel import Channel


class OptOutScope(StrEnum):
    ADDRESS = "address"
    """The address that it came from, or is about."""
    CHANNEL = "channel"
    """All addresses of these channels."""
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class OptOut:
    scope: OptOutScope
    channels: frozenset[Channel] = frozenset()
    """Those that were named; none if the scope is another."""


_CALLS = frozenset({Channel.CALL, Channel.VOICE})
_TEXTS = frozenset({Channel.TEXT, Channel.WHATSAPP})
_EMAILS = frozenset({Channel.EMAIL})
_LETTERS = frozenset({Channel.MAIL})


def ways_like(channel: Channel | None) -> frozenset[Channel]:
    """Whoever refuses calls means those of machines too, and texts are texts by any service."""
    if channel is None:
        return frozenset()
    groups = (_CALLS, _TEXTS, _EMAILS, _LETTERS)
    return next(one for one in groups if channel in one)


_KEYWORDS = frozenset(
    re.findall(
        r"\w+",
        "stop stopp unsubscribe remove cancel end quit revoke optout"
        " alto pare paren parar basta baja"
        " sluta stoppa avsluta avregistrera"
        " abmelden abbestellen austragen aufhoren",
    )
)
_APOSTROPHES = re.compile(r"['\u2018\u2019`\u00b4]")
_ALL_KEYWORDS = frozenset({"stopall"})
_FILLERS = frozenset(
    re.findall(
        r"\w+",
        "please pls plz kindly just now immediately today thanks thank you ok okay yes hi hello"
        " hey sir madam i said it this that these me all and por favor ya ahora gracias y"
        " bitte jetzt sofort danke und nu genast tack snalla och",
    )
)

_NOT = (
    r"(?:do not|does not|did not|dont|doesnt|didnt|never|not|wont|will not|cant|cannot|can not"
    r"|wouldnt|would not|shouldnt|should not|no need to|havent|have not)"
)
_STOP = (
    r"(?:stop\w*|quit|end|cease|cancel|unsubscrib\w*|revok\w*|withdraw|opt(?:ed|ing)?(?: me)? out"
    r"|optout|opt|remov\w*|take (?:me|us) off)"
)
_OPPOSITE = (
    rf"\b{_NOT} (?:(?:ever|want|wish|need|like|mean|plan|ask\w*|you|me|to|be|please|going"
    rf"|have|had) ){{0,5}}{_STOP}\b"
    r"|\bno (?:me )?(?:dejen|deje|dejes|paren|pare|pares) de \w+"
    r"|\bno (?:paren|pare|pares|cancelen|cancele)\b"
    r"|\b(?:sluta|stoppa|avsluta|avregistrera) (?:mig )?inte\b(?: \w+a\b)?"
    r"|\bnicht (?:aufhoren|abmelden|abbestellen|austragen|stoppen)\b"
    r"|\bhor(?:en|t)?(?: sie)? nicht auf\b"
    # What is said of a case, or asked, is no wish.
    r"|\b(?:you|they|we) (?:guys |people )?(?:do not|dont|never|did not|didnt) (?!to\b)\w+"
    r"|\b(?:if|unless|because|since|why|when|although) (?:you |they |we |i )*(?:do not|dont|never)"
    r" \w+"
)

_END = (
    r"(?=$| (?:me|us|my|this|here|at|on|again|any|anymore|ever|please|pls|thank|thanks|or|and)\b)"
)
_LEAVE = r"(?:stop|quit|cease|discontinue) (?:(?:the|all|any|your|these|those|with|from|sending"
_LEAVE += r"|receiving|getting|making|giving|me|us|my|more|of|to|this|damn|automated|robo) )*"
_DONT = r"(?:do not|dont|never|not to|never to|stop) (?:ever )?"
_NO_MORE = r"no more (?:\w+ )?"
_UNWANTED = (
    r"(?:do not|dont|no longer) (?:want|wish|like|care)(?: for)?"
    r" (?:(?:you|u|anyone|anybody|them|yall) to|to be|to get|being)(?: be| get| ever| keep)* "
)
_REFUSE = r"(?:do not|dont) want (?:any )?(?:more )?(?:of )?(?:your |these |to get |to receive )*"


def _any(*patterns: str) -> str:
    return "|".join(rf"\b(?:{one})" for one in patterns)


@cache
def _compiled(pattern: str) -> "re.Pattern[str]":
    """On first use: only few functions are ever told a text."""
    return re.compile(pattern)


_PERSON = _any(
    rf"{_LEAVE}(?:contact\w*|bother\w*|harass\w*|communicat\w*|everything)\b",
    rf"{_DONT}(?:contact|bother|harass){_END}",
    rf"(?:{_NO_MORE}|{_REFUSE})(?:contact|communications?)\b",
    rf"{_UNWANTED}(?:contact|bother|harass)\w*",
    r"(?:do not|dont) (?:want|wish|like|care) to hear from (?:you|u|anyone|anybody|them)\b",
    r"cease and desist\b",
    r"leave (?:me|us) alone\b",
    r"(?:take|remove|delete|drop) (?:me|us|my name|my info\w*) ?(?:off|from|out)?\b",
    r"be (?:removed|taken off)\b",
    r"(?:revoke|withdraw)\w* (?:my |all |any )*(?:consent|permission)\b",
    r"no (?:me|nos) (?:contact\w+|molest\w+)\b",
    r"(?:dejen?|dejes|paren?) de (?:contact\w+|molest\w+)\b",
    r"dejen?me en paz\b",
    r"kontakta (?:mig |oss )?inte\b",
    r"kontakta inte (?:mig|oss)\b",
    r"(?:sluta|stoppa) (?:att )?kontakta\b",
    r"lamna mig i ?fred\b",
    r"ta bort mig\b",
    r"kontaktieren sie (?:mich|uns) nicht\b",
    r"lass(?:en|t)?(?: sie)? (?:mich|uns) in (?:ruhe|frieden)\b",
    r"(?:kein|keinen) kontakt mehr\b",
)
_WAYS = (
    (
        _CALLS,
        _any(
            rf"{_LEAVE}(?:call\w*|phon\w+|ring\w*|dial\w*|robocall\w*)\b",
            rf"{_DONT}(?:call|phone|ring|dial){_END}",
            rf"(?:{_NO_MORE}|{_REFUSE})(?:phone )?calls?\b",
            rf"{_UNWANTED}(?:call|phon|ring|dial|robocall)\w*",
            r"no (?:phone )?calls(?: please| pls)?$",
            r"no (?:me |nos )?(?:llam(?:en?|es?|ar|eis))\b",
            r"(?:dejen?|dejes|paren?) de llamar\w*",
            r"no (?:quiero|mas) (?:mas |sus )?llamadas\b",
            r"ring (?:mig |oss )?inte\b",
            r"ring inte (?:mig|oss)\b",
            r"(?:sluta|stoppa) (?:att )?ring\w*",
            r"inga fler (?:telefon)?samtal\b",
            r"ruf(?:en|t)?(?: sie)? (?:mich |uns )?(?:bitte )?nicht (?:mehr )?an\b",
            r"nicht mehr anrufen\b",
            r"keine (?:weiteren )?anrufe\b",
            r"hor(?:en|t)?(?: sie)? auf (?:mich )?anzurufen\b",
        ),
    ),
    (
        _TEXTS,
        _any(
            rf"{_LEAVE}(?:text\w*|messag\w*|sms\w*|whatsapp\w*)\b",
            rf"{_DONT}(?:text|message|sms|whatsapp){_END}",
            rf"(?:{_NO_MORE}|{_REFUSE})(?:texts?|text messages?|messages?|sms)\b",
            rf"{_UNWANTED}(?:text|messag|sms)\w*",
            r"no (?:texts|messages|sms)(?: please| pls)?$",
            r"no (?:me |nos )?(?:escrib\w+|text\w+|mensaje\w+)\b",
            r"no (?:me |nos )?(?:envi\w+|mand\w+) (?:mas )?(?:mensajes|textos|sms)\b",
            r"(?:dejen?|dejes|paren?) de (?:escrib\w+|text\w+|envi\w+|mand\w+)",
            r"no (?:quiero|mas) (?:mas |sus )?(?:mensajes|textos|sms)\b",
            r"(?:sluta|stoppa) (?:att )?(?:smsa|sms a|messa|skicka)\b",
            r"skicka inte (?:mig )?(?:fler )?(?:sms|meddelanden)\b",
            r"inga fler (?:sms|meddelanden)\b",
            r"keine (?:weiteren )?(?:sms|nachrichten)\b",
            r"hor(?:en|t)?(?: sie)? auf (?:mir )?zu (?:schreiben|simsen)\b",
            r"schreib(?:en|t)?(?: sie)? (?:mir|uns) nicht\b",
        ),
    ),
    (
        _EMAILS,
        _any(
            rf"{_LEAVE}(?:email\w*)\b",
            rf"{_DONT}email{_END}",
            rf"(?:{_NO_MORE}|{_REFUSE})emails?\b",
            rf"{_UNWANTED}email\w*",
            r"no emails(?: please| pls)?$",
            r"no (?:me |nos )?(?:envi\w+|mand\w+) (?:mas )?(?:correos|emails)\b",
            r"no (?:quiero|mas) (?:mas |sus )?(?:correos|emails)\b",
            r"(?:sluta|stoppa) (?:att )?(?:mejla|maila|emaila)\b",
            r"(?:skicka inte|inga) (?:mig )?(?:fler )?(?:mejl|mail|epost|email)\b",
            r"keine (?:weiteren )?(?:emails?|mails?)\b",
        ),
    ),
    (
        _LETTERS,
        _any(
            rf"{_LEAVE}(?:letters|mailing\w*|mail)\b",
            rf"(?:{_NO_MORE}|{_REFUSE})(?:letters?|mail)\b",
            r"keine (?:weiteren )?briefe\b",
            r"inga fler brev\b",
        ),
    ),
)
_ADDRESS = _any(
    r"unsubscrib\w*",
    r"opt(?:ed|ing)?(?: me| us)? out\b",
    r"optout\b",
    r"stop receiving\b",
    rf"(?:stop|quit) sending (?:(?:me|us) )?(?:this|these|those|them|it|anything|stuff){_END}",
    r"(?:stop|quit) sending(?: me| us)?$",
    r"(?:want|need|like) (?:you|u|this|these|those|it|them|all this) to stop$",
    r"(?:remove|delete|lose|forget) (?:my|this|the) (?:phone )?(?:number|email)\b",
    r"(?:take|remove|delete) (?:my|this|the) (?:phone )?(?:number|email) (?:off|from)\b",
    r"(?:dar|den|darme|denme|darnos) de baja\b",
    r"ta bort (?:mitt|det har) nummer\b",
    r"avregistrera (?:mig|oss)\b",
    r"(?:losch\w+|streich\w+)(?: sie)? meine (?:telefon)?nummer\b",
    r"(?:mich|uns) (?:bitte )?(?:abmelden|austragen)\b",
)


def read_opt_out(text: str) -> OptOut | None:
    """What a text asks for; None if it asks for no such thing."""
    said = _compiled(_OPPOSITE).sub(" ; ", _plain(text))
    if _compiled(_PERSON).search(said):
        return OptOut(OptOutScope.PERSON)
    named = [channels for channels, wording in _WAYS if _compiled(wording).search(said)]
    if named:
        return OptOut(OptOutScope.CHANNEL, frozenset().union(*named))
    if _compiled(_ADDRESS).search(said):
        return OptOut(OptOutScope.ADDRESS)
    words = set(said.split())
    if not words - _FILLERS - _KEYWORDS - _ALL_KEYWORDS:
        if words & _ALL_KEYWORDS or {"stop", "all"} <= words:
            return OptOut(OptOutScope.PERSON)
        if words & _KEYWORDS:
            return OptOut(OptOutScope.ADDRESS)
    return OptOut(OptOutScope.ADDRESS) if _says_stop(text, said) else None


_SENTENCES = re.compile(r"[.,;:!?\n\r()\u2013\u2014]+|\s-+\s")
_ASKED = re.compile(
    r"(?:please |pls |hey |hi )*(?:can|could|will|would) (?:you|u|yall)(?: guys| people)?"
    r"(?: please| just| kindly)* stop(?: it| this| that| now| please| already| ok)*"
)
_LEADING = re.compile(
    r"stop (?:please |pls |now )*(?:who|what|why|how|i|im|ive|you|youre|wrong|already|no)\b"
)


def _says_stop(text: str, said: str) -> bool:
    """Whether it begins or ends with a stop of its own, whatever else there is.

    One within a sentence is none: the bus stop, or to stop by.
    """
    if _ASKED.fullmatch(said) or _LEADING.match(said):
        return True
    for sentence in _SENTENCES.split(text):
        words = set(_compiled(_OPPOSITE).sub(" ; ", _plain(sentence)).split())
        if "stop" in words and not words - _FILLERS - {"stop"}:
            return True
    # In capitals where the rest is not, it is the keyword.
    told, raw = said.split(), re.findall(r"\w+", text)
    if not told or text.isupper():
        return False
    ends = ((told[0], raw[0]), (told[-1], raw[-1]))
    return any(word == "stop" and spelled == "STOP" for word, spelled in ends)


def _plain(text: str) -> str:
    """Lower case, letters without their marks, words and digits only."""
    joined = _APOSTROPHES.sub("", text.casefold())
    folded = unicodedata.normalize("NFKD", joined)
    bare = "".join(one for one in folded if not unicodedata.combining(one))
    words = " ".join(re.findall(r"[^\W_]+", bare))
    return re.sub(r"\be (mail\w*|post\w*)", r"e\1", words)
