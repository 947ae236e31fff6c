"""What we write is already canonical, whatever stands in a name."""

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from signxml import XMLVerifier
from signxml.verifier import SignatureConfiguration

from educonnect.accounts.authentication import Method
from educonnect.federation.catalogue import CATALOGUE
from educonnect.federation.identity import ReleasedIdentity
from educonnect.saml import keys, response
from tests.saml.service import NS

NOW = datetime(2026, 10, 6, 9, 51, 33, 437_000, tzinfo=UTC)
VALUES = st.text(min_size=1, max_size=40)


@settings(max_examples=60, deadline=None, database=None)
@given(
    found=st.dictionaries(st.sampled_from(sorted(CATALOGUE)), VALUES, max_size=6),
    audience=VALUES,
    subject=VALUES,
    acs=VALUES,
)
def test_whatever_the_values_the_bytes_are_canonical_and_both_signatures_hold(
    found: dict[str, str], audience: str, subject: str, acs: str
) -> None:
    identity = ReleasedIdentity(subject, {key: (value,) for key, value in found.items()}, NOW, Method.PASSWORD)
    answer = response.Answer(
        to=response.To("http://localhost:8000/idp", acs, "id-1"),
        audience=audience,
        identity=identity,
        name_id="persistent",
        context="urn:x",
        session_index="_1",
    )

    document = response.success(answer, now=NOW).encode()

    root = etree.fromstring(document)
    assert etree.tostring(root, method="c14n", exclusive=True) == document
    pem = f"-----BEGIN CERTIFICATE-----\n{keys.certificates()[0]}\n-----END CERTIFICATE-----\n"
    here = SignatureConfiguration(location="./")
    for element in (root, root.find("saml:Assertion", NS)):
        XMLVerifier().verify(element, x509_cert=pem, id_attribute="ID", expect_config=here)
