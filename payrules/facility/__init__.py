"""What Medicare pays the facility beside the practitioner, of one encounter: national rates.

A site-of-service question, not a pricer of facility claims: what is not settled is said, and an
encounter with such a line has no total. Nothing here changes a practitioner's amount.
"""
