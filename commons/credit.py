"""Mutual credit: members lend to each other within limits; what one is above zero, others are below it.

A book holds entries and nothing else: balances follow from them, in whatever order they came. Nothing is erased; an
entry is taken back by one that corrects it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType

from core.errors import InputError, StateError

__all__ = ["Account", "Book", "Entry", "spendable"]


@dataclass(frozen=True, slots=True)
class Account:
    """A member's account.

    Attributes:
        name: whose it is.
        limit: how far below zero it may go, in the smallest unit, from zero; the steward sets it.
        frozen: nothing goes out of it; what comes in still comes in.
    """

    name: str
    limit: int = 0
    frozen: bool = False

    def __post_init__(self) -> None:
        if not self.name:
            raise ValueError("an account has a name")
        if self.limit < 0:
            raise ValueError("a limit is from zero: how far below zero the account may go")


@dataclass(frozen=True, slots=True)
class Entry:
    """A payment from one account to another.

    Attributes:
        id: never used for another entry.
        at: when.
        payer, payee: names of accounts.
        amount: in the smallest unit, above zero.
        why: what for.
        corrects: the id of the entry that this one takes back, wholly; None for a payment.
    """

    id: str
    at: datetime
    payer: str
    payee: str
    amount: int
    why: str = ""
    corrects: str | None = None

    def __post_init__(self) -> None:
        if self.amount <= 0:
            raise ValueError("a payment is above zero; one is taken back by an entry that corrects it")
        if self.payer == self.payee:
            raise ValueError("nobody pays to themselves")


def spendable(balance: int, limit: int, held: int, *, frozen: bool) -> int:
    """What an account can pay: down to its limit, without what it holds; nothing where it is frozen.

    Args:
        balance: of the account.
        limit: how far below zero it may go.
        held: what it got by disputed entries.
        frozen: whether nothing goes out of it.
    """
    return 0 if frozen else max(0, balance + limit - held)


@dataclass(slots=True)
class Book:
    """The accounts of a network, and every entry in them. Not for several threads at once."""

    _accounts: dict[str, Account] = field(default_factory=dict)
    _entries: dict[str, Entry] = field(default_factory=dict)
    _balances: dict[str, int] = field(default_factory=dict)
    _corrected: dict[str, str] = field(default_factory=dict)
    _disputed: set[str] = field(default_factory=set)

    @property
    def accounts(self) -> Mapping[str, Account]:
        """By name."""
        return MappingProxyType(self._accounts)

    @property
    def balances(self) -> Mapping[str, int]:
        """By name; they add up to zero."""
        return MappingProxyType(self._balances)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All, by time and id."""
        return tuple(sorted(self._entries.values(), key=lambda entry: (entry.at, entry.id)))

    def open(self, account: Account) -> None:
        """Open an account, or change the limit or the freeze of one.

        Raises:
            StateError: its balance is below the new limit already.
        """
        balance = self._balances.setdefault(account.name, 0)
        if balance < -account.limit:
            raise StateError(
                f"it stands at {balance}, below a limit of {account.limit}", where=f"account {account.name}"
            )
        self._accounts[account.name] = account

    def freeze(self, name: str, *, frozen: bool = True) -> None:
        """Let nothing go out of an account any more, or again."""
        self._accounts[name] = replace(self._account(name), frozen=frozen)

    def available(self, name: str) -> int:
        """What an account can pay: down to its limit, without what it got by disputed entries."""
        account = self._account(name)
        held = sum(self._entries[each].amount for each in self._disputed if self._entries[each].payee == name)
        return spendable(self._balances[name], account.limit, held, frozen=account.frozen)

    def pay(self, entry: Entry) -> None:
        """Enter a payment. The same entry a second time changes nothing.

        Raises:
            InputError: there is no such account, or the id has another entry.
            StateError: the payer cannot pay so much.
        """
        if self._known(entry):
            return
        if entry.corrects is not None:
            raise InputError(
                "a correction is no payment", where=f"entry {entry.id}", hint="take the entry back instead"
            )
        self._account(entry.payee)
        can = self.available(entry.payer)
        if entry.amount > can:
            why = "is frozen" if self._accounts[entry.payer].frozen else f"can pay {can}"
            raise StateError(f"account {entry.payer} {why}, not {entry.amount}", where=f"entry {entry.id}")
        self._enter(entry)

    def dispute(self, entry_id: str, *, open_: bool = True) -> None:
        """Hold what an entry brought until the two agree, or let it go again.

        Raises:
            InputError: there is no such entry.
            StateError: it was taken back.
        """
        self._entry(entry_id)
        if entry_id in self._corrected:
            raise StateError("it was taken back", where=f"entry {entry_id}")
        (self._disputed.add if open_ else self._disputed.discard)(entry_id)

    def take_back(self, entry_id: str, correction_id: str, at: datetime, why: str) -> Entry:
        """Take an entry back by another that corrects it.

        Raises:
            InputError: there is no such entry, or the id is in use.
            StateError: it was taken back before, is a correction itself, or the payee would fall below the limit.
        """
        entry = self._entry(entry_id)
        if entry_id in self._corrected or entry.corrects is not None:
            raise StateError("it was taken back before, or is a correction itself", where=f"entry {entry_id}")
        back = Entry(correction_id, at, entry.payee, entry.payer, entry.amount, why, corrects=entry_id)
        if self._known(back):
            return back
        if self._balances[entry.payee] + self._accounts[entry.payee].limit < entry.amount:
            raise StateError(f"account {entry.payee} would fall below its limit", where=f"entry {entry_id}")
        self._disputed.discard(entry_id)
        self._enter(back)
        return back

    def take_in(self, entries: Iterable[Entry]) -> int:
        """Take in entries that were entered elsewhere, in any order; limits were kept there.

        Returns:
            How many are new.

        Raises:
            InputError: one has an id with another entry, or corrects in another way than whole: nothing is taken in.
        """
        new = {entry.id: entry for entry in entries if not self._known(entry)}
        known = {**self._entries, **new}
        for entry in new.values():
            self._check_correction(entry, known)
        for entry in new.values():
            for name in (entry.payer, entry.payee):
                if name not in self._accounts:
                    self.open(Account(name))
            self._enter(entry)
        return len(new)

    def _check_correction(self, entry: Entry, known: Mapping[str, Entry]) -> None:
        if entry.corrects is None:
            return
        first = known.get(entry.corrects)
        taken = self._corrected.get(entry.corrects, entry.id) != entry.id
        mirrored = first is not None and (first.payer, first.payee, first.amount) == (
            entry.payee, entry.payer, entry.amount,
        )  # fmt: skip
        if taken or not mirrored:
            raise InputError("it does not take back a whole entry that is known", where=f"entry {entry.id}")

    def _enter(self, entry: Entry) -> None:
        self._entries[entry.id] = entry
        self._balances[entry.payer] -= entry.amount
        self._balances[entry.payee] += entry.amount
        if entry.corrects is not None:
            self._corrected[entry.corrects] = entry.id

    def _known(self, entry: Entry) -> bool:
        known = self._entries.get(entry.id)
        if known is not None and known != entry:
            raise InputError("another entry has this id", where=f"entry {entry.id}")
        return known is not None

    def _account(self, name: str) -> Account:
        if name not in self._accounts:
            raise InputError("there is no such account", where=f"account {name}")
        return self._accounts[name]

    def _entry(self, entry_id: str) -> Entry:
        if entry_id not in self._entries:
            raise InputError("there is no such entry", where=f"entry {entry_id}")
        return self._entries[entry_id]
