"""What a payer paid, held against what was expected: remittances, matching, amounts, causes."""
