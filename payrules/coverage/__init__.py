"""Coverage: what published policies say of claim lines, as data that a person has checked."""
