"""A module beside the notebook: pipelines take it along."""


def short_name(species: str) -> str:
    """`Iris-setosa` → `setosa`."""
    return species.removeprefix("Iris-")
