"""What three digits of a ZIP code tell."""

import pytest

from campaigns.domain.local_time import STATE_ZONES, known_zones, possible_states
from campaigns.domain.postal_codes import STATES_OF_PREFIX, ZONES_OF_PREFIX, zip_prefix
from local.lender_places import PLACES


def test_every_place_of_the_lender_lies_where_its_zip_code_says() -> None:
    for place in PLACES:
        prefix = zip_prefix(place.postal_code)
        assert STATES_OF_PREFIX[prefix][0] == place.state, place
        zones = known_zones("", place.state, [], place.postal_code)
        known = {"America/Kentucky/Louisville": "America/New_York"}
        assert known.get(place.time_zone, place.time_zone) in zones, place
        assert known_zones("", "", [], place.postal_code) == zones


def test_every_state_has_zip_codes_and_each_says_some_of_its_zones() -> None:
    assert {state for states in STATES_OF_PREFIX.values() for state in states} == set(STATE_ZONES)
    # The countries around Guam are no states.
    for prefix in set(ZONES_OF_PREFIX) - {"969"}:
        possible = {zone for state in STATES_OF_PREFIX[prefix] for zone in STATE_ZONES[state]}
        assert set(ZONES_OF_PREFIX[prefix]) < possible, prefix


@pytest.mark.parametrize(
    ("state", "postal", "zones"),
    [
        ("TX", "79901", ("America/Denver",)),
        ("TX", "73301-0001", ("America/Chicago",)),
        ("TX", "79801", ("America/Chicago", "America/Denver")),
        ("TX", "", ("America/Chicago", "America/Denver")),
        ("TX", "K1A 0B6", ("America/Chicago", "America/Denver")),
        ("FL", "32501", ("America/Chicago",)),
        ("KY", "40202", ("America/New_York",)),
        # Of two places that do not agree, either may be the right one.
        ("TX", "10001", ("America/New_York", "America/Chicago", "America/Denver")),
        # Pearl City or Pago Pago.
        ("", "96782", ("Pacific/Honolulu", "Pacific/Pago_Pago")),
        ("HI", "96782", ("Pacific/Honolulu", "Pacific/Pago_Pago")),
        # Kentland keeps Central Time, Lafayette Eastern.
        ("IN", "47951", ("America/Indiana/Indianapolis", "America/Chicago")),
        ("IN", "46320", ("America/Chicago",)),
        # Crab Orchard keeps Central Time, Oak Ridge Eastern.
        ("TN", "37723", ("America/Chicago", "America/New_York")),
        ("TN", "37501", ("America/Chicago",)),
        ("ND", "58631", ("America/Chicago", "America/Denver")),
        ("ND", "58801", ("America/Chicago",)),
        ("FL", "32301", ("America/New_York",)),
        # West Wendover keeps Mountain Time.
        ("NV", "89883", ("America/Los_Angeles", "America/Denver")),
        # No ZIP code begins so: this one is a slip, and tells nothing.
        ("", "21301", ()),
        # Of the armed forces, wherever they are.
        ("", "09012", ()),
    ],
)
def test_a_zip_code_tells_which_zone_of_a_state(
    state: str, postal: str, zones: tuple[str, ...]
) -> None:
    assert known_zones("", state, [], postal) == zones


def test_five_digits_abroad_are_no_zip_code() -> None:
    assert known_zones("Europe/Berlin", "Bavaria", [], "80331") == ("Europe/Berlin",)
    assert possible_states("Europe/Berlin", "", "80331", ("Europe/Berlin",)) == frozenset()


def test_whoever_may_live_anywhere_may_live_in_every_state() -> None:
    assert possible_states("", "", "", ()) == set(STATE_ZONES)
    assert possible_states("", "ma", "", ()) == {"MA"}
    assert possible_states("", "MA", "10001", ()) == {"MA", "NY"}
    # Fishers Island, of New York, has its mail through Connecticut.
    assert possible_states("", "", "06390", ()) == {"CT", "NY"}
    assert possible_states("", "NY", "06390", ()) == {"NY"}
    eastern = possible_states("US/Eastern", "", "", ("US/Eastern",))
    assert "MA" in eastern
    assert "WA" not in eastern
