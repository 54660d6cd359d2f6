# f-strings read names, also in format specifications.
# expect: identical

# %% step:make
value, width, digits = 3.14159, 10, 2
name = "x"
row = {"k": [1, 2]}

# %% step:look
print(f"{value:{width}.{digits}f}|{name!r}|{row['k'][1]}|{value=:.1f}")

# %% step:nested
text = f"{f'{name}{width}'}{(lambda z: z + digits)(1)}{[name for _ in range(digits)]}"

# %% step:last
print(text, f"{text!s:>{width + 20}}")
