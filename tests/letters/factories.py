"""Letters as the composing of a campaign words them; invented names only."""

from dataclasses import replace

from educonnect.letters import qr
from educonnect.letters.letter import Address, Child, Letter, Passage

ADDRESS = "https://educonnect.example"

PUPIL = Letter(
    school="Lycée fictif Auguste-Moulin",
    place=("Fort-de-France", "05 96 00 00 00"),
    dated="Le 14 octobre 2026",
    recipient="Camille DUVERGER",
    division="Classe : 2DE1",
    subject="Mise à disposition de votre compte",
    title="Votre compte ÉduConnect",
    introduction=("Bonjour,", "Votre établissement met à votre disposition un compte ÉduConnect."),
    call="Pour l’activer, allez à cette adresse :",
    addresses=(Address(ADDRESS),),
    qr=qr.text(ADDRESS),
    qr_alt=f"Code QR de l’adresse {ADDRESS}",
    username_label="Identifiant",
    username="c.duverger12",
    password_label="Mot de passe provisoire",
    password="K7QM-2XPA-9RTB",
    limit="À utiliser au plus tard le mardi 12 janvier 2027.",
    steps_title="Trois étapes",
    steps=(
        Passage("Connectez-vous", "avec l’identifiant et le mot de passe de l’encadré."),
        Passage("Choisissez votre mot de passe :", "12 caractères ou plus."),
        Passage("Confirmez votre identité", "avec votre date de naissance."),
    ),
    sections=(Passage("Besoin d’aide ?", "Adressez-vous à votre établissement."),),
    signature="La cheffe ou le chef d’établissement",
)


def letter(**changes: object) -> Letter:
    return replace(PUPIL, **changes)


def children(number: int, length: int = 20) -> tuple[Child, ...]:
    return tuple(Child(f"Enfant{index} {'N' * length}", "6A, Collège fictif") for index in range(number))
