"""The engine: claim lines are priced by a payer's rules in order; it imports no rule."""
