"""Ways to sign in, a file each. In: what an endpoint says. Out: a source of tokens for IAP.

`sign_in.py`, one floor up, chooses among them.
"""
