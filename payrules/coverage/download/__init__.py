"""The downloads of the Medicare Coverage Database, read into drafts of policy files."""
