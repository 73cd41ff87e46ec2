"""What holds for every test."""

from hypothesis import settings

# A test asserts what comes out, never how long it took: a busy machine is no fault of the code.
settings.register_profile("payrules", deadline=None)
settings.load_profile("payrules")
