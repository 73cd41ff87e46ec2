"""Who a claim is of, as a key: an id, or a hash of what must not be written out."""

from payrules.x12.facts import Claim, ElementFault, Person
from payrules.x12.values import key_of


def person_id(claim: Claim) -> str | None:
    """Give the key of a claim's patient; a claim that tells nobody from another gets a fault.

    Decision: without an id the subscriber needs a name, and a patient below a subscriber always
    does: a key of nothing would make one person of all who have none.
    """
    subscriber, patient = claim.subscriber, claim.patient
    if subscriber is None:
        return None
    of_subscriber = subscriber.id or f"x-{_key(subscriber)}"
    if subscriber.id is None and not any(subscriber.name):
        claim.fault(
            ElementFault(
                claim.position, "2010BA NM109", None, "the subscriber has neither id nor name"
            )
        )
        return None
    if patient is None:
        return of_subscriber
    if not any(patient.name):
        claim.fault(ElementFault(claim.position, "2010CA NM103", None, "the patient has no name"))
        return None
    return f"{of_subscriber}-{_key(patient)}"


def _key(person: Person) -> str:
    return key_of((*person.name, *person.birth, person.relationship))
