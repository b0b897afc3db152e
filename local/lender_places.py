"""Where the made-up borrowers live and what they are called."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    city: str
    state: str
    postal_code: str
    time_zone: str
    area_codes: tuple[str, ...]


_EASTERN = "America/New_York"
_CENTRAL = "America/Chicago"
_MOUNTAIN = "America/Denver"
_PACIFIC = "America/Los_Angeles"


def _words(text: str) -> list[str]:
    return text.split()


PLACES = [
    Place(city, state, postal_code, zone, tuple(codes.split()))
    for city, state, postal_code, zone, codes in [
        ("Los Angeles", "CA", "90012", _PACIFIC, "213 323 310"),
        ("San Diego", "CA", "92101", _PACIFIC, "619 858"),
        ("San Francisco", "CA", "94103", _PACIFIC, "415"),
        ("Sacramento", "CA", "95814", _PACIFIC, "916"),
        ("Fresno", "CA", "93721", _PACIFIC, "559"),
        ("Houston", "TX", "77002", _CENTRAL, "713 281 832"),
        ("Dallas", "TX", "75201", _CENTRAL, "214 972 469"),
        ("San Antonio", "TX", "78205", _CENTRAL, "210"),
        ("Austin", "TX", "78701", _CENTRAL, "512"),
        ("El Paso", "TX", "79901", _MOUNTAIN, "915"),
        ("Miami", "FL", "33130", _EASTERN, "305 786"),
        ("Tampa", "FL", "33602", _EASTERN, "813"),
        ("Orlando", "FL", "32801", _EASTERN, "407"),
        ("Jacksonville", "FL", "32202", _EASTERN, "904"),
        ("Pensacola", "FL", "32502", _CENTRAL, "850"),
        ("New York", "NY", "10001", _EASTERN, "212 718 917 646"),
        ("Buffalo", "NY", "14202", _EASTERN, "716"),
        ("Albany", "NY", "12207", _EASTERN, "518"),
        ("Philadelphia", "PA", "19103", _EASTERN, "215 267"),
        ("Pittsburgh", "PA", "15222", _EASTERN, "412"),
        ("Chicago", "IL", "60602", _CENTRAL, "312 773 708"),
        ("Springfield", "IL", "62701", _CENTRAL, "217"),
        ("Columbus", "OH", "43215", _EASTERN, "614"),
        ("Cleveland", "OH", "44113", _EASTERN, "216"),
        ("Atlanta", "GA", "30303", _EASTERN, "404 770 678"),
        ("Savannah", "GA", "31401", _EASTERN, "912"),
        ("Charlotte", "NC", "28202", _EASTERN, "704"),
        ("Raleigh", "NC", "27601", _EASTERN, "919"),
        ("Detroit", "MI", "48226", "America/Detroit", "313"),
        ("Grand Rapids", "MI", "49503", "America/Detroit", "616"),
        ("Newark", "NJ", "07102", _EASTERN, "973"),
        ("Jersey City", "NJ", "07302", _EASTERN, "201"),
        ("Richmond", "VA", "23219", _EASTERN, "804"),
        ("Seattle", "WA", "98101", _PACIFIC, "206"),
        ("Spokane", "WA", "99201", _PACIFIC, "509"),
        ("Phoenix", "AZ", "85004", "America/Phoenix", "602 480 623"),
        ("Tucson", "AZ", "85701", "America/Phoenix", "520"),
        ("Boston", "MA", "02108", _EASTERN, "617"),
        ("Worcester", "MA", "01608", _EASTERN, "508"),
        ("Nashville", "TN", "37203", _CENTRAL, "615"),
        ("Memphis", "TN", "38103", _CENTRAL, "901"),
        ("Knoxville", "TN", "37902", _EASTERN, "865"),
        ("Indianapolis", "IN", "46204", "America/Indiana/Indianapolis", "317"),
        ("St. Louis", "MO", "63101", _CENTRAL, "314"),
        ("Kansas City", "MO", "64106", _CENTRAL, "816"),
        ("Baltimore", "MD", "21202", _EASTERN, "410"),
        ("Milwaukee", "WI", "53202", _CENTRAL, "414"),
        ("Madison", "WI", "53703", _CENTRAL, "608"),
        ("Denver", "CO", "80202", _MOUNTAIN, "303 720"),
        ("Colorado Springs", "CO", "80903", _MOUNTAIN, "719"),
        ("Minneapolis", "MN", "55401", _CENTRAL, "612"),
        ("Charleston", "SC", "29401", _EASTERN, "843"),
        ("Birmingham", "AL", "35203", _CENTRAL, "205"),
        ("New Orleans", "LA", "70112", _CENTRAL, "504"),
        ("Louisville", "KY", "40202", "America/Kentucky/Louisville", "502"),
        ("Portland", "OR", "97204", _PACIFIC, "503"),
        ("Oklahoma City", "OK", "73102", _CENTRAL, "405"),
        ("Hartford", "CT", "06103", _EASTERN, "860"),
        ("Las Vegas", "NV", "89101", _PACIFIC, "702"),
        ("Salt Lake City", "UT", "84101", _MOUNTAIN, "801"),
        ("Des Moines", "IA", "50309", _CENTRAL, "515"),
        ("Wichita", "KS", "67202", _CENTRAL, "316"),
        ("Albuquerque", "NM", "87102", _MOUNTAIN, "505"),
        ("Boise", "ID", "83702", "America/Boise", "208"),
        ("Honolulu", "HI", "96813", "Pacific/Honolulu", "808"),
        ("Anchorage", "AK", "99501", "America/Anchorage", "907"),
        ("Portland", "ME", "04101", _EASTERN, "207"),
        ("Providence", "RI", "02903", _EASTERN, "401"),
        ("Fargo", "ND", "58102", _CENTRAL, "701"),
        ("San Juan", "PR", "00901", "America/Puerto_Rico", "787"),
    ]
]

FIRST_NAMES = _words(
    "Maria James Linda Robert Patricia Michael Jennifer David Elizabeth William Susan Richard "
    "Jessica Joseph Sarah Thomas Karen Carlos Nancy Daniel Lisa Luis Angela Anthony Sandra Mark "
    "Ashley Kevin Kimberly Brian Emily Jose Donna George Michelle Aaliyah Carol Wei Amanda Priya"
)
LAST_NAMES = _words(
    "Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez Lopez "
    "Gonzalez Wilson Anderson Thomas Taylor Moore Jackson Martin Lee Perez Thompson White Harris "
    "Sanchez Clark Ramirez Lewis Robinson Walker Young Allen King Wright Scott Torres Nguyen Hill"
)
STREETS = _words("Maple Oak Cedar Pine Elm Washington Lake Hill Walnut Park Main Church River Mill")

# Names that a file, a template or a spreadsheet may stumble over.
ODD_NAMES = [
    ("Zoë", "Müller"),
    ("José", "Núñez"),
    ("Siobhán", "O'Brien"),
    ("Robert", 'Lee "Bobby" Hayes'),
    ("Anna\nMaria", "Costa"),
    ("William", "Brooks, Jr."),
    ("小龍", "李"),
    ("=1+1", "Young"),
    ("Ana-Sofía", "de la Cruz"),
    ("  Grace ", "Kim\t"),
    ("D\u2019Angelo", "Wright|Bell"),
]
BROKEN_PHONES = ["n/a", "555-01", "(000) 000-0000", "+1 999 123", "call sister", "+44 1", "12345"]
BROKEN_EMAILS = ["not-an-email", "two@at@example.com", "@example.com"]
