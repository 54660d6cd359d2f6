# Decorators that record what they decorate.
# expect: identical

# %% step:registry
registry = {}


def register(name):
    def keep(function):
        registry[name] = function
        return function

    return keep


# %% step:define
@register("double")
def double(x):
    return 2 * x


# %% step:define-more
@register("triple")
def triple(x):
    return 3 * double(x) // 2


# %% step:use
print(sorted(registry), registry["triple"](2), registry["double"] is double)
