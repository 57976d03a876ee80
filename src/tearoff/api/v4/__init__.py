"""The calls of /v4 in REST style, one module for each noun of the contract. Importing them fills the table of calls."""

from tearoff.api.rest import TABLE, found
from tearoff.api.v4 import directories, directory_users, listings, loyalty

__all__ = ["TABLE", "directories", "directory_users", "found", "listings", "loyalty"]
