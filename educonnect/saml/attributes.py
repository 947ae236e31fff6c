"""Catalogue key -> SAML attribute name, as the services of the ministry know them."""

from collections.abc import Mapping

#: The ministry's own arc. Source: public code of services that read it (Pass Culture, SNU).
ARC = "urn:oid:1.3.6.1.4.1.20326.10.999.1."

#: key -> (Name, FriendlyName)
NAMES: Mapping[str, tuple[str, str]] = {
    "logout_url": (ARC + "5", "FrEduUrlRetour"),
    "connection_date": (ARC + "6", "FrEduCtDateConnexion"),
    "affiliation": (ARC + "7", "FrEduCtPersonAffiliation"),
    "educonnect_id": (ARC + "57", "FrEduCtId"),
    "ine_hash": (ARC + "64", "FrEduCtEleveINEHash"),
    "birthdate": (ARC + "67", "FrEduCtDateNaissance"),
    "uai": (ARC + "72", "FrEduCtEleveUAI"),
    "level": (ARC + "73", "FrEduCtEleveNiveau"),
    "civility": (ARC + "76", "FrEduCtCivilite"),
    "first_name": ("urn:oid:2.5.4.42", "givenName"),
    "family_name": ("urn:oid:2.5.4.4", "sn"),
    # nobody allotted numbers to these: names of our own, in a space that is ours alone (decision 0058)
    "age_over_13": ("urn:x-educonnect:attribute:ageOver13", "ageOver13"),
    "age_over_15": ("urn:x-educonnect:attribute:ageOver15", "ageOver15"),
    "age_over_16": ("urn:x-educonnect:attribute:ageOver16", "ageOver16"),
    "age_over_18": ("urn:x-educonnect:attribute:ageOver18", "ageOver18"),
}
