"""The Jupyter server extension: HTTP over the other rooms, for the lab extension.

In: authenticated requests under `/jupyter-kfp/`. Out: JSON. Nothing of the other rooms imports this one.
"""
