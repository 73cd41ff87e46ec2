"""Medicare Part B: the payment rules in the order that law and CMS give them.

No single CMS document states the whole order; docs/explanation/order-of-rules.md says more. Joined
by a sentence of CMS's:
bilateral before multiple procedures and an endoscopy family before ranking (RVU file
documentation), imaging before its cap (DRA §5102(b)), deductible, coinsurance, sequestration.
"""

from payrules.rules.add_on import add_on
from payrules.rules.anesthesia import anesthesia
from payrules.rules.assistant_at_surgery import assistant_at_surgery
from payrules.rules.bilateral import bilateral
from payrules.rules.bundled_screening import bundled_screening
from payrules.rules.cardiovascular import cardiovascular
from payrules.rules.co_surgery import co_surgery
from payrules.rules.coinsurance import coinsurance
from payrules.rules.component import component
from payrules.rules.critical_care import critical_care
from payrules.rules.deductible import deductible
from payrules.rules.discarded_drug import discarded_drug
from payrules.rules.drug_test import drug_test
from payrules.rules.endoscopy import endoscopy
from payrules.rules.equipment import equipment
from payrules.rules.global_period import global_period
from payrules.rules.imaging import imaging
from payrules.rules.imaging_cap import imaging_cap
from payrules.rules.injection import injection
from payrules.rules.lesser_of_charge import lesser_of_charge
from payrules.rules.limiting_charge import limiting_charge
from payrules.rules.mips import mips
from payrules.rules.modifier import modifier
from payrules.rules.multiple_procedure import multiple_procedure
from payrules.rules.nonparticipating import nonparticipating
from payrules.rules.one_operation import one_operation
from payrules.rules.ophthalmology import ophthalmology
from payrules.rules.practitioner import practitioner
from payrules.rules.preventive import preventive
from payrules.rules.procedure_pairs import procedure_pairs
from payrules.rules.return_to_operating_room import return_to_operating_room
from payrules.rules.role import role
from payrules.rules.schedule import schedule
from payrules.rules.secondary_claim import secondary_claim
from payrules.rules.secondary_payer import secondary_payer
from payrules.rules.sequestration import sequestration
from payrules.rules.split_care import split_care
from payrules.rules.status_code import status_code
from payrules.rules.therapy import therapy
from payrules.rules.therapy_assistant import therapy_assistant
from payrules.rules.units import units
from payrules.rules.unlikely_units import unlikely_units
from payrules.rules.visit_complexity import visit_complexity

RULES = (
    # Is the line paid?
    schedule,
    status_code,
    anesthesia,
    component,
    role,
    modifier,
    discarded_drug,
    drug_test,
    unlikely_units,
    procedure_pairs,
    global_period,
    add_on,
    visit_complexity,
    bundled_screening,
    critical_care,
    injection,
    # How much is allowed?
    bilateral,
    units,
    one_operation,
    endoscopy,
    multiple_procedure,
    imaging,
    therapy,
    cardiovascular,
    ophthalmology,
    imaging_cap,
    equipment,
    split_care,
    return_to_operating_room,
    co_surgery,
    assistant_at_surgery,
    practitioner,
    nonparticipating,
    lesser_of_charge,
    secondary_claim,
    # Who pays it?
    preventive,
    deductible,
    coinsurance,
    therapy_assistant,
    secondary_payer,
    mips,
    sequestration,
    limiting_charge,
)
