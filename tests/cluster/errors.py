"""What the API's server refuses, with the code that Kubeflow gives it."""

from __future__ import annotations

from typing import Any

# https://grpc.github.io/grpc/core/md_doc_statuscodes.html, and the status that grpc-gateway makes of each
CODES = {400: 3, 401: 16, 403: 7, 404: 5, 409: 6, 412: 9, 500: 13, 501: 12}


class ApiError(Exception):
    """`status`: of HTTP."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message

    def body(self) -> dict[str, Any]:
        """As grpc-gateway writes it."""
        code = CODES.get(self.status, 2)
        detail = {"@type": "type.googleapis.com/google.rpc.Status", "code": code, "message": self.message}
        return {"error": self.message, "code": code, "message": self.message, "details": [detail]}


def invalid(message: str) -> ApiError:
    """What was asked for makes no sense."""
    return ApiError(400, f"Invalid input error: {message}")


def not_found(kind: str, name: str) -> ApiError:
    """There is no such thing."""
    return ApiError(404, f"ResourceNotFoundError: {kind} {name} not found.")


def already_there(kind: str, name: str) -> ApiError:
    """The name is taken."""
    message = f"Already exist error: Failed to create a new {kind}. The name {name} already exists. "
    return ApiError(409, message + "Please specify a new name")
