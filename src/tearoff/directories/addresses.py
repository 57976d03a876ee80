"""The public addresses of directories (contract/directories.md)."""

from tearoff.kit.public import public_url


def directory_path(code: str) -> str:
    return f"/d/{code}"


def directory_url(code: str) -> str:
    """The link to give out."""
    return public_url(directory_path(code))


def sign_on_url(code: str, token: str) -> str:
    """The link that signs one member in, once."""
    return f"{directory_url(code)}?token={token}"
