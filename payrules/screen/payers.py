"""What `payrules payers` prints: the payers that ship, and one of them with its sources."""

from collections.abc import Sequence

from payrules.payers.portrait import Portrait
from payrules.screen.printed import Part, Table, joined, words
from payrules.screen.rules import terms_table


def payers_table(told: Sequence[Portrait]) -> Table:
    """List payers: kind of plan, how many terms its files set, how surely they were read."""
    table = Table("payer", "plan", "terms", "read", "contract or policy", right=("terms",))
    for each in told:
        plan = (each.plan or "").replace("_", " ")
        table.add_row(each.name, plan, f"{len(each.own_terms)}", each.read, each.contract)
    return table


def payer_tables(told: Portrait) -> list[Part]:
    """Show a payer: where it leaves Medicare, the pages of its terms, what is left open."""
    plan = f" ({told.plan.replace('_', ' ')})" if told.plan else ""
    parts: list[Part] = [words(f"{told.name}{plan}: {told.contract}", bold=True)]
    parts += terms_table(told.name, told.terms)
    if told.sources:
        parts.append(words("Sources"))
        table = Table("terms", "page", "from", "read", "as Medicare")
        for each in told.sources:
            number = f", {each['number']}" if each["number"] else ""
            address = [each["address"]] if each["address"] else []
            page = joined(words(f"{each['title']}{number}"), words(*["", *address], dim=True))
            how = " ".join(filter(None, (each["read"], each["confidence"])))
            same = "yes" if each["same_as_medicare"] else ""
            table.add_row(", ".join(each["term"]), page, each["effective"] or "", how, same)
        parts.append(table)
    parts += [words(each) for each in told.left_open]
    return parts
