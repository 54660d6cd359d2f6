# scikit-learn draws from NumPy's global generator where it is given no random_state.
# expect: identical

# %% step:data
import numpy as np
from sklearn.model_selection import train_test_split

np.random.seed(0)
X = np.arange(40.0).reshape(20, 2)
y = np.arange(20) % 2

# %% step:split
X_train, X_test, y_train, y_test = train_test_split(X, y)
print(X_test[:2])

# %% step:fit
from sklearn.ensemble import RandomForestClassifier

model = RandomForestClassifier(n_estimators=3)
model.fit(X_train, y_train)

# %% step:look
print(model.predict_proba(X_test)[:3], np.random.rand())
