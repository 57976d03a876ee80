"""Answers that bring a secret do not show it to whoever prints them, as a log or a debugger does."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

T = TypeVar("T")


def hiding(*names: str) -> Callable[[type[T]], type[T]]:
    """The members of these names are `...` in the `repr`; a program reads them as any other."""

    def shown(answer: Any) -> Iterator[tuple[str, str]]:
        for name in answer.__struct_fields__:
            yield name, "..." if name in names else repr(getattr(answer, name))

    def printed(answer: Any) -> str:
        return f"{type(answer).__name__}({', '.join(f'{name}={text}' for name, text in shown(answer))})"

    def decorated(kind: type[T]) -> type[T]:
        for name, way in (("__repr__", printed), ("__rich_repr__", shown)):
            setattr(kind, name, way)
        return kind

    return decorated
