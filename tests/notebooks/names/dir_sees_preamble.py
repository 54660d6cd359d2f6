# What `dir` and `globals` see of a definition above all steps that a later cell binds anew.
# expect: identical

# %%
def ant():
    yield 1

# %% step:part-1
bee = 1
print('ant' in dir(), 'ant' in globals())

# %%
ant = 0

# %%
print(ant)
