"""Shares by modifier in a payer file: `[[terms.modifier.share]]`, read and handed to the rules."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import combinations
from typing import Any

from payrules.claims.places_of_service import VALID
from payrules.code_ranges import overlap
from payrules.dated import Dated
from payrules.engine.modifier_share import (
    ASSISTANTS,
    CARE,
    NO_SHARES,
    SHARED,
    ModifierShare,
    ModifierShares,
)
from payrules.engine.rule import HANDED_ON, Rule
from payrules.nearest import perhaps
from payrules.payers.code_lists import CodeLists, Ranges, Refuse, types_of
from payrules.payers.places import no_place_of, places_of_setting, read_places
from payrules.rules.modifier_share import modifier_share
from payrules.rules.practitioner import practitioner
from payrules.within_reason import MODIFIER_SHARE, shown

PLACE = "terms.modifier.share"
#: Modifiers that say who renders a service: a share of them is that of the practitioner.
OF_PRACTITIONERS = ("AS", "SA", "SB")
#: The modifiers of each of those rules.
_IN_PLACE_OF: Mapping[str, tuple[str, ...]] = {
    "role": ("66",),
    "one_operation": CARE,
    "split_care": CARE,
    "return_to_operating_room": ("78",),
    "co_surgery": ("62",),
    "assistant_at_surgery": ASSISTANTS,
}


def in_full(written: Any) -> Any:
    """Read `share = { 52 = 0.5, "54 80" = 0.08 }` as an entry for each."""
    if not isinstance(written, dict) or {"modifier", "share"} & set(written):
        return written
    return [{"modifier": name, "share": share} for name, share in written.items()]


def paid_by(modifiers: Sequence[str]) -> str:
    """Name the rule that pays the share of some modifiers; others only stand back for it."""
    return "split_care" if len(modifiers) == 1 and modifiers[0] in CARE else modifier_share.name


def with_shares(
    rules: Mapping[str, Rule], said: Any, lists: CodeLists, contract: str, refuse: Refuse
) -> dict[str, Rule]:
    """Give rules with the shares a checked form says beside those they have, each where it acts.

    An entry takes the place of the one with the same modifiers, codes, days and condition.
    """
    found = dict(rules)
    of_modifier = found.get("modifier")
    shares = NO_SHARES
    if of_modifier is not None:
        shares = {**of_modifier.defaults, **of_modifier.terms}["share"]
        if said.terms.modifier is not None and said.terms.modifier.share:
            entries = said.terms.modifier.share
            cited = getattr(said.terms.modifier, "cited", None)
            cites = (cited and cited("share", "share")) or contract
            shares = _merged(shares, entries, lists, cites, of_modifier.effective, refuse)
            found["modifier"] = of_modifier.on_terms(cites=of_modifier.cites, share=shares)
    return _handed_on(found, shares, contract)


def on_shares(rules: Mapping[str, Rule], shares: ModifierShares, contract: str) -> dict[str, Rule]:
    """Give rules with some shares by modifier in place of theirs, each where it acts."""
    found = dict(rules)
    if (of_modifier := found.get("modifier")) is not None:
        found["modifier"] = of_modifier.on_terms(cites=of_modifier.cites, share=shares)
    return _handed_on(found, shares, contract)


def _handed_on(found: dict[str, Rule], shares: ModifierShares, contract: str) -> dict[str, Rule]:
    """Hand shares to the rule that pays them, and to those that they stand in place of."""
    held = found.get(modifier_share.name)
    if not shares.shares:
        found.pop(modifier_share.name, None)
    elif held is None or held.terms["share"] is not shares:
        found[modifier_share.name] = modifier_share.on_terms(cites=contract, share=shares)
    return {name: _handed(rule, shares) for name, rule in found.items()}


def _handed(rule: Rule, shares: ModifierShares) -> Rule:
    """Give a rule of Medicare the shares that stand in its place."""
    if HANDED_ON not in rule.defaults:
        return rule
    of_it = shares.of_physicians if rule.name == practitioner.name else _IN_PLACE_OF[rule.name]
    own = shares.about(*of_it)
    held = {**rule.defaults, **rule.terms}[HANDED_ON]
    if held == own or not (held.shares or own.shares):
        return rule
    return rule.on_terms(cites=rule.cites, **{HANDED_ON: own})


def _merged(
    held: ModifierShares,
    entries: Sequence[Any],
    lists: CodeLists,
    contract: str,
    start: date,
    refuse: Refuse,
) -> ModifierShares:
    """Put a file's entries on the shares of its base."""
    by_key = {each.key: each for each in held.shares}
    own: dict[tuple[object, ...], str] = {}
    for number, entry in enumerate(entries, 1):
        place = f"{PLACE} entry {number}"
        read = _read(entry, place, lists, contract, start, refuse)
        if read.key in own:
            raise refuse(place, f"says the same modifiers, codes and days as {own[read.key]}")
        own[read.key] = f"entry {number}"
        if entry.off:
            if by_key.pop(read.key, None) is None:
                raise refuse(
                    f"{place}.off",
                    f"there is no such share of {read.name} to switch off; an entry switches off"
                    " the one with its very modifiers, codes, days and 'when'",
                )
            continue
        by_key[read.key] = read
    for one, other in combinations(by_key.values(), 2):
        if fault := _both(one, other):
            raise refuse(f"{PLACE} {one.name}", fault)
    return ModifierShares(tuple(by_key.values()))


def _read(
    entry: Any, place: str, lists: CodeLists, contract: str, start: date, refuse: Refuse
) -> ModifierShare:
    modifiers = entry.name.split()
    if not modifiers:
        raise refuse(f"{place}.modifier", 'is blank; write a modifier, such as "52"')
    for each in modifiers:
        if each not in SHARED:
            raise refuse(
                f"{place}.modifier",
                f"a share cannot be of '{shown(each)}'{perhaps(each, SHARED)}. It is of"
                f' {", ".join(SHARED)}, or several of them in one text: "54 80"',
            )
        if modifiers.count(each) > 1:
            raise refuse(f"{place}.modifier", f"has {each} twice; write it once")
    if not {*CARE}.isdisjoint(modifiers) and any(share > 1 for _, share in entry.share or ()):
        raise refuse(f"{place}.share", "is more than 1, and 54, 55 and 56 are parts of one payment")
    if entry.off and entry.share is not None:
        raise refuse(place, "is switched off but has a share; remove 'off' or the share")
    if entry.share is None and not entry.off:
        raise refuse(f"{place}.share", "is missing; give the share paid, such as share = 0.5")
    _of_what_fits(entry, modifiers, place, refuse)
    if entry.practitioner_type == []:
        raise refuse(f"{place}.practitioner_type", "is empty; list one or more, or remove it")
    first, last = entry.first_day, entry.last_day
    if first and last and last < first:
        raise refuse(f"{place}.last_day", f"{last} comes before first_day, {first}; swap them")
    processed = _by_processing(entry, place, refuse)
    cites = contract
    if entry.cites is not None:
        cites = entry.cites.strip()
        if not cites:
            raise refuse(f"{place}.cites", "is blank; name the policy, or remove it")
    values = {
        (day or first or start).isoformat(): format(share, "f")
        for day, share in entry.share or ((None, MODIFIER_SHARE.most),)
    }
    days = [date.fromisoformat(day) for day in values] if processed else ()
    return ModifierShare(
        tuple(sorted(modifiers)),
        Dated(values, cites=cites, within=MODIFIER_SHARE, processed=days),
        codes=_codes(entry.codes, f"{place}.codes", lists),
        except_codes=_codes(entry.except_codes, f"{place}.except_codes", lists),
        documented=entry.when == "documentation_submitted",
        practitioner_type=types_of(entry.practitioner_type, place, refuse),
        of_operation=entry.of == "intraoperative",
        # Decision: who is named is paid this share, and not his own of it besides.
        of_physician=entry.of == "physician"
        or (bool(entry.practitioner_type) and entry.of != "practitioner"),
        setting=entry.setting,
        places=_places(entry, place, refuse),
        first_day=first,
        last_day=last,
        processed=processed,
    )


def _places(entry: Any, place: str, refuse: Refuse) -> tuple[str, ...]:
    """Read the places of service of a share, of which its setting must leave one."""
    if entry.places == []:
        raise refuse(f"{place}.places", "is empty; list one or more, or remove it")
    places = read_places(entry.places, place, refuse)
    if entry.setting and places and not places_of_setting(entry.setting, places):
        raise refuse(f"{place}.places", no_place_of(entry.setting))
    return places


def _of_what_fits(entry: Any, modifiers: Sequence[str], place: str, refuse: Refuse) -> None:
    """Refuse a share of an amount that its modifiers stand in place of, or are a part of."""
    if entry.of == "intraoperative" and not {*CARE, "78"}.isdisjoint(modifiers):
        raise refuse(
            f"{place}.of",
            "is of an operation with its care, and 54, 55, 56 and 78 are parts of it themselves;"
            " remove it",
        )
    if entry.of == "practitioner" and not {*OF_PRACTITIONERS}.isdisjoint(modifiers):
        raise refuse(
            f"{place}.of",
            "is of the practitioner's share, and AS, SA and SB stand in place of it; remove it, or"
            " write the share itself",
        )


def _by_processing(entry: Any, place: str, refuse: Refuse) -> bool:
    """Say whether a share's days are those of processing; it must have one."""
    if entry.by_day_of != "processing":
        return False
    days = [entry.first_day, entry.last_day, *(day for day, _ in entry.share or ())]
    if not any(days) and not entry.off:
        raise refuse(
            f"{place}.by_day_of",
            "changes nothing, because the share has no day; write its first day, such as share ="
            " { 2026-01-01 = 0.5 }, or remove it",
        )
    return True


def _codes(written: Sequence[str] | None, place: str, lists: CodeLists) -> Ranges:
    return () if written is None else lists.ranges(written, place)


def _meet_in_places(one: ModifierShare, other: ModifierShare) -> bool:
    """Say whether a line may be in the places of both."""
    if one.setting and other.setting and one.setting != other.setting:
        return False  # a place that may be either is one of them on a line's day
    places = [_places_of(each) for each in (one, other)]
    return bool(places[0] & places[1])


def _places_of(share: ModifierShare) -> set[str]:
    """Give the places of service that a share is for: all of the list, where none narrows it."""
    named = {*share.places} or {*VALID}
    return named if share.setting is None else places_of_setting(share.setting, named)


def _meet_in_days(one: ModifierShare, other: ModifierShare) -> bool:
    """Say whether a line may have a day of both; of service and processing any may be."""
    return one.processed != other.processed or (
        (one.first_day or date.min) <= (other.last_day or date.max)
        and (other.first_day or date.min) <= (one.last_day or date.max)
    )


def _both(one: ModifierShare, other: ModifierShare) -> str | None:
    """Say why one line could be paid by two shares, neither narrower than the other."""
    alike = (
        one.modifiers == other.modifiers
        and bool(one.codes) == bool(other.codes)
        and bool(one.practitioner_type) == bool(other.practitioner_type)
        and ({*one.practitioner_type} & {*other.practitioner_type} or not one.practitioner_type)
        and one.somewhere == other.somewhere
        and _meet_in_places(one, other)
        and one.documented == other.documented
        and _meet_in_days(one, other)
    )
    if not alike:
        return None
    if not one.codes:
        return "two shares are of the same lines; give one of them codes, or other days"
    code = overlap(one.codes, other.codes)
    return code and f"two shares are of code {code}; leave it in one of them, or part their days"
