"""What Medicare's physician fee schedule pays for a batch of claim lines, and why."""

__version__ = "0.1.0"
