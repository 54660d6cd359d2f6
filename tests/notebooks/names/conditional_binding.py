# Names that are bound under a condition, taken or not.
# expect: identical

# %% step:make
flag = len("abc") > 2
model = "default"
options = [1]

# %% step:maybe
if flag:
    model = "chosen"
if not flag:
    options = [2]
    extra = 1
for row in []:
    never = row
while False:
    nor_this = 1

# %% step:look
print(model, options)
print("extra" in dir(), "never" in dir())
try:
    print(extra)
except NameError as error:
    print(error)

# %% step:later
if model == "chosen":
    late = options
try:
    late.append(5)
except NameError:
    late = None

# %% step:last
print(late, options, late is options)
