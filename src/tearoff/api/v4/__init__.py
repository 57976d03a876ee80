"""The calls of /v4, one module for each noun of the contract. Importing them fills the table of calls."""

from tearoff.api.v4 import loyalty

__all__ = ["loyalty"]
