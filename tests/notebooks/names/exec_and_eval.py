# exec, eval and compile.
# expect: identical

# %% step:make
x = 2
exec("y = x * 10\nz = [y]")
code = "x + y"

# %% step:use
print(eval(code), y, z)
exec("z.append(eval('x'))")

# %% step:look
print(z)
space = {}
exec("a = 1", space)
exec("def f(n):\n    return n + x")

# %% step:last
print(space["a"], f(1), sorted(k for k in space if k != "__builtins__"))
