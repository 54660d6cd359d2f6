# fit changes the model, not its data.
# expect: identical

# %% step:data
import numpy as np
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

X = np.arange(10.0).reshape(5, 2)
y = X.sum(axis=1)
scaler = StandardScaler()
model = make_pipeline(scaler, LinearRegression())

# %% step:fit
model.fit(X, y)

# %% step:look
print(scaler.mean_, model[0] is scaler)
print(model.predict(X).round(3))

# %% step:again
scaler.fit(X * 2)

# %% step:last
print(model.predict(X).round(3))
model
