"""What is printed, already worded: the paper knows nothing of the trade."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Address:
    """A web address to type, and what it is when there are several."""

    url: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Passage:
    """A few words in bold, and what follows them."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Child:
    """A child of the addressee: name, then class and school."""

    name: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """One page for one account.

    Attributes:
        place: lines under the school's name, such as its town and phone.
        division: class of the addressee; empty when not known.
        qr: address the QR code holds; never a secret. See `qr.text`.
        password: as printed, `XXXX-XXXX-XXXX`.
        limit: the sentence with the last day of the password, in words.
        steps: what to do, in order; numbered on the page.
        sections: what else to know, in order.
    """

    school: str
    dated: str
    recipient: str
    subject: str
    title: str
    introduction: tuple[str, ...]
    call: str
    addresses: tuple[Address, ...]
    qr: str
    qr_alt: str
    username_label: str
    username: str
    password_label: str
    password: str
    limit: str
    steps_title: str
    steps: tuple[Passage, ...]
    sections: tuple[Passage, ...]
    signature: str
    place: tuple[str, ...] = ()
    division: str = ""
    children_title: str = ""
    children: tuple[Child, ...] = ()

    @property
    def crowded(self) -> bool:
        """Whether something is longer than an ordinary letter's, so that sizes must be measured to hold on the page."""
        return (
            len(self.recipient) > 34
            or len(self.school) > 80
            or any(len(line) > 50 for line in (*self.place, self.division))
            or len(self.addresses) > 2
            or any(len(address.url) > 38 for address in self.addresses)
            or len(self.username) > 28
            or sum(map(len, self.introduction)) > 330
            or len(self.children) > 3
            or any(len(child.name) + len(child.place) > 80 for child in self.children)
            or sum(len(passage.title) + len(passage.text) for passage in (*self.steps, *self.sections))
            > (730 if self.children else 820)
        )
