"""What is shown of the facility's side: the encounters of each site, then one by one."""

from collections.abc import Iterator

from payrules.counted import counted
from payrules.facility.sites import SITE_WORDS
from payrules.runs.facility_record import RunFacility
from payrules.runs.facility_side import BOTH_SIDES, FacilitySide, in_dollars
from payrules.screen.printed import Part, Table, money

#: No screen lists more encounters; the files have all.
_MOST_SHOWN = 20
_HEADINGS = tuple(name.removesuffix("_amount").replace("_", " ") for name in BOTH_SIDES)


def facility_parts(run: RunFacility, side: FacilitySide) -> Iterator[Part]:
    """Show what each site's settled encounters come to, and the first encounters one by one."""
    totals = Table(
        *("site", "encounters", "settled"), *_HEADINGS, right=("encounters", "settled", *_HEADINGS)
    )
    for each in run.sites:
        totals.add_row(
            SITE_WORDS[each.site],
            f"{each.encounters:,}",
            f"{each.settled:,}",
            *(money(each.amounts[name]) for name in BOTH_SIDES),
        )
    if not run.sites:
        yield "No line is at a site (an office, a surgical center, a hospital's outpatients)."
        return
    yield totals
    told = in_dollars(side.encounters)
    table = Table("claim", "date", "site", *_HEADINGS, "open", right=_HEADINGS)
    for row in told.head(_MOST_SHOWN).iter_rows(named=True):
        table.add_row(
            row["claim_id"],
            row["service_date"],
            SITE_WORDS[row["site"]],
            *(money(row[name]) for name in BOTH_SIDES),
            "; ".join(row["why"]),
        )
    yield table
    if told.height > _MOST_SHOWN:
        yield f"and {counted(told.height - _MOST_SHOWN, 'more encounter')}: --output shows all."
