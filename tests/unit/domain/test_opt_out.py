"""An opt-out is heard in any reasonable wording, and never where the opposite is said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.domain.channel import Channel
from campaigns.domain.opt_out import OptOut, OptOutScope, read_opt_out

ADDRESS, PERSON = OptOut(OptOutScope.ADDRESS), OptOut(OptOutScope.PERSON)
CALLS = OptOut(OptOutScope.CHANNEL, frozenset({Channel.CALL, Channel.VOICE}))
TEXTS = OptOut(OptOutScope.CHANNEL, frozenset({Channel.TEXT, Channel.WHATSAPP}))
EMAILS = OptOut(OptOutScope.CHANNEL, frozenset({Channel.EMAIL}))
LETTERS = OptOut(OptOutScope.CHANNEL, frozenset({Channel.MAIL}))

KEYWORDS = [
    *("STOP", "stop.", "Stop!!!", "please STOP", "Stop it now", "STOP STOP STOP", "stop, thanks"),
    *("UNSUBSCRIBE", "Cancel", "END", "quit", "Revoke", "OPT OUT", "opt-out", "Optout", "ok quit"),
    *("Remove", "REMOVE please", "can you stop", "Could you please stop?", "will you stop it"),
    *("alto", "ALTO por favor", "Stopp", "Sluta!", "bitte abmelden", "Basta ya", "stopp tack"),
]
TO_THE_ADDRESS = [
    *("I would like to opt out", "opt me out please", "how do I unsubscribe?", "I'm opting out"),
    *(
        "stop sending me these",
        "STOP sending me this, please",
        "stop sending",
        "I want this to stop",
    ),
    *("STOP please, who is this", "stop who is this", "STOP you have the wrong number"),
    *("don't stop, just kidding, STOP", "who is this? Stop.", "I already paid STOP"),
    *("Please unsubscribe me", "lose my number", "remove this number", "quiero darme de baja"),
    *("Avregistrera mig", "Löschen Sie meine Nummer", "I want to stop receiving these"),
]
FROM_ALL = [
    *(
        "I do not wish to be contacted",
        "i dont want you to contact me",
        "I don't want to hear from you",
    ),
    *("I no longer wish to be contacted", "I don't want you to keep contacting me"),
    *("STOPALL", "Stop all", "cease and desist", "Stop contacting me", "stop bothering me!!"),
    *("Remove me from your list", "take me off your list", "Leave me alone", "do not contact me"),
    *("I revoke my consent", "I want to be removed", "don\u2019t ever contact me again"),
    *("no me contacten", "déjenme en paz", "dejen de molestarme", "no more contact please"),
    *("Kontakta mig inte", "Lämna mig ifred", "ta bort mig från listan"),
    *("Lassen Sie mich in Ruhe", "Kontaktieren Sie mich nicht mehr", "cease all communications"),
]
FROM_CALLS = [
    *(
        "stop calling me",
        "Do not call",
        "don't call me",
        "DON\u00b4T CALL ME AGAIN",
        "no more calls",
    ),
    *("please stop with the phone calls", "quit calling", "no calls please", "never call this"),
    *("No me llamen", "no me llame más", "dejen de llamarme", "no quiero más llamadas"),
    *("ring mig inte", "Sluta ringa", "inga fler samtal", "Rufen Sie mich nicht mehr an"),
    *("keine Anrufe mehr", "bitte nicht mehr anrufen", "I don't want any more calls"),
]
FROM_CALLS += [
    *("I don't want to be called", "i dont want you to call me"),
    *("I told you never to call me", "I asked you not to call this number"),
    *("I want to stop receiving calls", "Do not call me, text me instead"),
]
FROM_TEXTS = [
    *(
        "please stop texting me",
        "Do not text this number",
        "no more texts",
        "stop sending messages",
    ),
    *("don't message me", "stop the texts!", "no me escriban", "no me manden más mensajes"),
    *("I don't want you to text me", "I do not wish to get texted"),
    *("sluta smsa", "inga fler sms", "keine Nachrichten mehr", "Schreiben Sie mir nicht mehr"),
]
FROM_EMAILS = [
    *("stop emailing me", "no more e-mails", "don't email me", "no quiero más correos"),
    *("I don't want to be emailed", "I do not want you to email me"),
    *("sluta mejla", "keine E-Mails mehr", "stop sending me emails"),
]
OPPOSITE = [
    *(
        "don't stop",
        "Do not stop!",
        "Please don't stop texting me",
        "dont stop calling",
        "never stop",
    ),
    *("I don't want to stop", "I do not want you to stop", "I didn't unsubscribe", "not opt out"),
    *("don\u2019t cancel", "please do not unsubscribe me", "I never opted out", "we cannot stop"),
    *(
        "don't opt me out",
        "I don't want to opt out",
        "do not end",
        "I won't quit",
        "don't remove me",
    ),
    *("I don't want you to stop", "please, don't stop!", "don't STOP", "you can't stop me"),
    *("no paren", "no dejen de llamarme", "sluta inte", "sluta inte ringa", "nicht abmelden"),
    *("Hören Sie nicht auf", "bitte nicht aufhören", "you never stop calling me"),
]
OTHER = [
    *("you never call me back", "can we end the call", "they don't call me", "you don't text me"),
    *("I don't want to call you", "I do not want to contact an attorney", "THE BUS STOP"),
    *("stop by the office, please", "where is the stop", "can you stop by", "STOP BY TOMORROW"),
    *("can you remove the fee", "can you stop the payment", "I sent it, please stop the transfer"),
    *("", "   ", "yes", "thank you", "please", "I'll stop by tomorrow", "cancel my payment"),
    *("When does it end?", "can you call me", "call me at 5", "text me the link", "who is this"),
    *("I will pay at the end of the month", "the bus stop", "I did not call you", "weekend"),
    *("if you don't call me I cannot pay", "why don't you call me", "you can email me"),
    *("I quit my job so I can't pay", "how can I cancel my plan", "llámame mañana", "ring mig"),
    *("rufen Sie mich an", "I already stopped the payment", "what is the balance", "???", "🙂"),
]


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        (text, wish)
        for texts, wish in (
            (KEYWORDS, ADDRESS),
            (TO_THE_ADDRESS, ADDRESS),
            (FROM_ALL, PERSON),
            (FROM_CALLS, CALLS),
            (FROM_TEXTS, TEXTS),
            (FROM_EMAILS, EMAILS),
            (["no more letters", "stop sending letters"], LETTERS),
            (OPPOSITE, None),
            (OTHER, None),
        )
        for text in texts
    ],
)
def test_what_a_text_asks_for(text: str, wish: OptOut | None) -> None:
    assert read_opt_out(text) == wish


def test_several_ways_are_named_at_once() -> None:
    wish = read_opt_out("Stop calling me. And no more emails!")
    assert wish is not None
    assert wish.channels == CALLS.channels | EMAILS.channels


def test_one_wish_beside_its_opposite_is_heard() -> None:
    assert read_opt_out("Don't stop the emails, but don't call me at work") == CALLS


_NEGATIONS = st.sampled_from(["don't", "do not", "Don\u2019t", "please do not", "DONT", "never"])
_STOPS = st.sampled_from(
    ["stop", "STOP", "unsubscribe me", "opt out", "cancel", "quit", "stop texting me", "end"]
)


@given(_NEGATIONS, _STOPS, st.sampled_from(["", "!", " please", " now.", ", thanks"]))
def test_a_negated_stop_is_never_one(no: str, stop: str, more: str) -> None:
    assert read_opt_out(f"{no} {stop}{more}") is None


@given(st.sampled_from(KEYWORDS + FROM_ALL + FROM_CALLS), st.text(" .!\t\n-", max_size=5))
def test_case_and_punctuation_do_not_matter(text: str, around: str) -> None:
    assert read_opt_out(f"{around}{text.upper()}{around}") == read_opt_out(text)


@given(st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    read_opt_out(text)
