# global and nonlocal, through calls.
# expect: identical

# %% step:define
count = 0


def up():
    global count, fresh
    count += 1
    fresh = f"made {count}"


def twice():
    up()
    up()


def outer():
    n = 0

    def inner():
        nonlocal n
        n += 1
        return n

    inner()
    return inner() + count


# %% step:call
twice()

# %% step:look
print(count, fresh, outer())

# %% step:again
up()
print(outer())

# %% step:last
print(fresh, count)
