# Shared things: random shared.
# expect: identical
# cuts: identical

# %% step:s0
import numpy as np
from sklearn.tree import DecisionTreeClassifier

rng = np.random.RandomState(0)
t = DecisionTreeClassifier(random_state=rng)

# %% step:s1
X = rng.rand(20, 2)
y = (X[:, 0] > 0.5).astype(int)
t.fit(X, y)
print(rng.rand())

# %% step:s2
print(t.random_state.rand(), t.random_state is rng)
