# Names that shadow builtins, and give them back.
# expect: identical

# %% step:shadow
list = [3, 1]
sum = 5
id = "id-1"
input = {"a": 1}


def max(x):
    return "mine"


# %% step:look
print(list, sum, id, max(1), input)

# %% step:back
del list, max
print(max(1, 2), list("ab"), sum)

# %% step:more
print = print
len_ = len
len = lambda x: -1

# %% step:last
print(len("abc"), len_("abc"), list((1,)))
del len
print(len("abc"))
