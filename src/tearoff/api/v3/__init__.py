"""The calls of /v3, one module for each noun of the contract. Importing them fills the table of calls."""

from tearoff.api.v3 import coupons, sessions, updates

__all__ = ["coupons", "sessions", "updates"]
