"""The service's own memory: its accounts, the identities it was certified, the bookings. SQLite, one file."""

import secrets
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

SCHEMA = """
create table if not exists account (
  id integer primary key, email text not null unique collate nocase, password text not null,
  first_name text, family_name text, birthdate text, ine_hash text unique, educonnect_id text,
  credit_cents integer, credit_lost_on text);
create unique index if not exists account_one_person on account (first_name, family_name, birthdate)
  where birthdate is not null;
create table if not exists saml_request (
  id text primary key, account integer not null references account, made_at real not null,
  used integer not null default 0);
create table if not exists held (
  account integer primary key references account, first_name text not null, family_name text not null,
  birthdate text not null, ine_hash text not null, educonnect_id text not null, logout_url text not null,
  answer text not null, at real not null);
create table if not exists booking (
  id integer primary key, account integer not null references account, offer text not null, cents integer not null);
"""
REQUEST_LIFETIME = 24 * 3600  # seconds, as the real service keeps its SAML request identifiers
HELD_LIFETIME = 10 * 60  # seconds: as long as the real service accepts a response


class DuplicateUserError(Exception):
    """Somebody of this name and birth date already has a pass."""


class DuplicateINEError(Exception):
    """This INE hash already opened a pass."""


@dataclass(frozen=True, slots=True)
class Account:
    """One account of the application. Money is in cents; `credit_cents` is None until identity is certified."""

    id: int
    email: str
    password: str
    first_name: str | None
    birthdate: date | None
    credit_cents: int | None
    credit_lost_on: date | None


@dataclass(frozen=True, slots=True)
class Certified:
    """What ÉduConnect certified, waiting for the person to say « c’est bien moi »."""

    first_name: str
    family_name: str
    birthdate: date
    ine_hash: str
    educonnect_id: str
    logout_url: str


class Store:
    """Every read and write of the service."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._open() as database:
            database.executescript(SCHEMA)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        database = sqlite3.connect(self.path, timeout=10)
        database.row_factory = sqlite3.Row
        try:
            with database:
                yield database
        finally:
            database.close()

    def create(self, email: str, password_hash: str) -> int | None:
        """A new account's number, or None when the e-mail has one already."""
        with self._open() as database:
            cursor = database.execute(
                "insert into account (email, password) values (?, ?) on conflict do nothing", (email, password_hash)
            )
            return cursor.lastrowid if cursor.rowcount else None

    def by_email(self, email: str) -> Account | None:
        """The account of this e-mail."""
        return self._account("email = ?", email)

    def by_id(self, number: int) -> Account | None:
        """The account of this number."""
        return self._account("id = ?", number)

    def _account(self, condition: str, value: object) -> Account | None:
        with self._open() as database:
            row = database.execute(f"select * from account where {condition}", (value,)).fetchone()  # noqa: S608
        return (
            Account(
                id=row["id"],
                email=row["email"],
                password=row["password"],
                first_name=row["first_name"],
                birthdate=date.fromisoformat(row["birthdate"]) if row["birthdate"] else None,
                credit_cents=row["credit_cents"],
                credit_lost_on=date.fromisoformat(row["credit_lost_on"]) if row["credit_lost_on"] else None,
            )
            if row
            else None
        )

    def remember_request(self, request_id: str, account: int) -> None:
        """Keep whose SAML request this is."""
        with self._open() as database:
            database.execute("delete from saml_request where made_at < ?", (time.time() - REQUEST_LIFETIME,))
            database.execute(
                "insert into saml_request (id, account, made_at) values (?, ?, ?)", (request_id, account, time.time())
            )

    def redeem_request(self, request_id: str) -> int | None:
        """Whose request this answers, once."""
        with self._open() as database:
            row = database.execute(
                "update saml_request set used = 1 where id = ? and used = 0 and made_at > ? returning account",
                (request_id, time.time() - REQUEST_LIFETIME),
            ).fetchone()
        return row["account"] if row else None

    def hold(self, account: int, identity: Certified) -> str:
        """Keep a certified identity until its person confirms it.

        Returns:
            What only the browser that brought the identity gets: without it nobody sees the identity, be it with the
            same account on another device.
        """
        answer = secrets.token_urlsafe(16)
        with self._open() as database:
            database.execute("delete from held where at < ?", (time.time() - HELD_LIFETIME,))
            database.execute(
                "insert or replace into held values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    account,
                    identity.first_name,
                    identity.family_name,
                    identity.birthdate.isoformat(),
                    identity.ine_hash,
                    identity.educonnect_id,
                    identity.logout_url,
                    answer,
                    time.time(),
                ),
            )
        return answer

    def held(self, account: int, answer: str) -> Certified | None:
        """The identity that waits for this account's confirmation in the browser that brought it, for some minutes."""
        with self._open() as database:
            row = database.execute(
                "select * from held where account = ? and answer = ? and at >= ?",
                (account, answer, time.time() - HELD_LIFETIME),
            ).fetchone()
        if row is None:
            return None
        return Certified(
            row["first_name"],
            row["family_name"],
            date.fromisoformat(row["birthdate"]),
            row["ine_hash"],
            row["educonnect_id"],
            row["logout_url"],
        )

    def forget_held(self, account: int) -> None:
        """The person said « ce n’est pas moi »."""
        with self._open() as database:
            database.execute("delete from held where account = ?", (account,))

    def refuse_duplicate(self, account: int, identity: Certified) -> None:
        """Raise DuplicateUserError or DuplicateINEError when another account has this person or this INE hash."""
        with self._open() as database:
            row = database.execute(
                "select ine_hash = ? as same_ine from account where id <> ? and"
                " (ine_hash = ? or (first_name = ? and family_name = ? and birthdate = ?))"
                " order by same_ine desc",
                (
                    identity.ine_hash,
                    account,
                    identity.ine_hash,
                    identity.first_name,
                    identity.family_name,
                    identity.birthdate.isoformat(),
                ),
            ).fetchone()
        if row is not None:
            raise DuplicateINEError if row["same_ine"] else DuplicateUserError

    def open_credit(self, account: int, identity: Certified, cents: int, lost_on: date) -> None:
        """Certify the account and open its credit, once; a duplicate that slipped between is refused here too."""
        self.refuse_duplicate(account, identity)
        with self._open() as database:
            try:
                database.execute(
                    "update account set first_name = ?, family_name = ?, birthdate = ?, ine_hash = ?,"
                    " educonnect_id = ?, credit_cents = ?, credit_lost_on = ? where id = ? and birthdate is null",
                    (
                        identity.first_name,
                        identity.family_name,
                        identity.birthdate.isoformat(),
                        identity.ine_hash,
                        identity.educonnect_id,
                        cents,
                        lost_on.isoformat(),
                        account,
                    ),
                )
            except sqlite3.IntegrityError as error:
                raise DuplicateUserError from error
            database.execute("delete from held where account = ?", (account,))

    def book(self, account: int, offer: str, cents: int, today: date) -> bool:
        """Book an offer with the credit; False when the credit is not enough, or lost."""
        with self._open() as database:
            changed = database.execute(
                "update account set credit_cents = credit_cents - ? where id = ? and credit_cents >= ?"
                " and credit_lost_on > ?",
                (cents, account, cents, today.isoformat()),
            ).rowcount
            if changed:
                database.execute(
                    "insert into booking (account, offer, cents) values (?, ?, ?)", (account, offer, cents)
                )
        return bool(changed)

    def bookings(self, account: int) -> list[str]:
        """What this account booked, oldest first."""
        with self._open() as database:
            rows = database.execute("select offer from booking where account = ? order by id", (account,)).fetchall()
        return [row["offer"] for row in rows]
