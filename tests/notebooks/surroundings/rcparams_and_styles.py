# rcParams and styles reach the plots of later steps.
# expect: identical

# %% step:style
import matplotlib.pyplot as plt

plt.rcParams["figure.figsize"] = (2, 1)
plt.style.use("ggplot")

# %% step:plot
plt.plot([1, 2, 1])
plt.show()

# %% step:more
plt.rc("lines", linewidth=7)
plt.rcParams.update({"axes.titlesize": 3})

# %% step:last
fig, ax = plt.subplots()
ax.plot([2, 1])
ax.set_title("t")
plt.show()
print(plt.rcParams["lines.linewidth"], plt.rcParams["figure.figsize"])
