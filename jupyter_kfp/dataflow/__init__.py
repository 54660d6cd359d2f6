"""What each cell binds, reads and changes; what each step needs; findings. From `Notebook` to `Pipeline`.

Cells are followed in notebook order (`cells`, `statements`, `evaluate`, `calls`), which gives the effects of each
(`effects`). From effects alone follow the steps (`layout`), what they need (`needs`), why one waits for another
(`edges`), and what there is to say about it (`notes`).
"""

from .analyse import StarNames, analyse
from .explain import explain
from .suggest import suggest

__all__ = ["StarNames", "analyse", "explain", "suggest"]
