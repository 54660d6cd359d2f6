# Names that are not ASCII; two spellings of one name are one.
# expect: identical

# %% step:make
größe = 3
Δ = [1]
変数 = "日本"
ﬁnal = "ligature"
def naïve(α):
    return α * größe

# %% step:change
Δ.append(größe)
größe += 1

# %% step:look
print(größe, Δ, 変数, final, naïve(2))
