"""The front door for Python: what `import payrules` gives, each in one call.

Here, as on the command line, a name becomes what it names (a payer, a release, a folder of fee
schedules, a map of columns); everything else is done below. `payrules/__init__.py` says which
names there are.
"""
