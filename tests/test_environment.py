"""The guards of the tests themselves."""

import socket
import urllib.request

import pytest

from tests.environment import NetworkReached


def test_a_test_cannot_look_up_a_name_of_the_network() -> None:
    with pytest.raises(NetworkReached):
        urllib.request.urlopen("http://educonnect.example/", timeout=1)


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("2001:db8::1", 80, 0, 0)])
def test_a_test_cannot_connect_to_an_address_of_the_network(address: tuple[object, ...]) -> None:
    family = socket.AF_INET6 if ":" in str(address[0]) else socket.AF_INET

    with socket.socket(family) as probe, pytest.raises(NetworkReached):
        probe.connect(address)


def test_a_test_reaches_its_own_machine() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()

        with socket.create_connection(("localhost", server.getsockname()[1]), timeout=5) as client:
            assert client.getpeername()[0] == "127.0.0.1"
