"""The ways in which a person is contacted."""

from enum import StrEnum


class ContactType(StrEnum):
    PHONE = "phone"
    EMAIL = "email"
    ADDRESS = "address"


class Channel(StrEnum):
    CALL = "call"
    """A person calls, or a dialer for one."""
    VOICE = "voice"
    """A recorded or an artificial voice calls."""
    TEXT = "text"
    EMAIL = "email"
    WHATSAPP = "whatsapp"
    MAIL = "mail"

    @property
    def reaches(self) -> ContactType:
        """The contact points that it can use."""
        if self is Channel.EMAIL:
            return ContactType.EMAIL
        return ContactType.ADDRESS if self is Channel.MAIL else ContactType.PHONE

    @property
    def is_call(self) -> bool:
        """What the limits on telephone calls count."""
        return self in _CALLS


_CALLS = (Channel.CALL, Channel.VOICE)
USUAL: dict[ContactType, Channel] = {
    ContactType.PHONE: Channel.CALL,
    ContactType.EMAIL: Channel.EMAIL,
    ContactType.ADDRESS: Channel.MAIL,
}
"""What a contact point is taken to be used for where nobody says."""
