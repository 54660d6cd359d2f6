# %config, %precision, %matplotlib and the formats of figures.
# expect: identical

# %% step:set
%matplotlib inline
%config InlineBackend.figure_format = "svg"
%config InteractiveShell.ast_node_interactivity = "all"
%precision 2

# %% step:look
1 / 3
2 / 3

# %% step:plot
import matplotlib.pyplot as plt

plt.figure(figsize=(1, 1))
plt.plot([1, 2]);

# %% step:last
[1 / 3]
"both"
