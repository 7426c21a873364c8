"""The field conditions of `tests/run beside`, in the order of its table."""

from . import nat, loss, wan, segw, redirect, children, boot, own, operator    # noqa: F401  each enters its own
from .condition import CONDITIONS

__all__ = ["CONDITIONS"]
