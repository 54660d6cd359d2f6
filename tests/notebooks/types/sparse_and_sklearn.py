# SciPy sparse matrices and a pipeline with a transformer of the notebook.
# expect: identical

# %% step:make
import numpy as np
import scipy.sparse as sp
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline

matrix = sp.random(6, 3, density=0.5, random_state=0, format="csr")
coo = matrix.tocoo()
array = sp.csr_array(matrix)


class Scale(BaseEstimator, TransformerMixin):
    def __init__(self, by=2):
        self.by = by

    def fit(self, X, y=None):
        self.seen_ = X.shape
        return self

    def transform(self, X):
        return X * self.by


# %% step:fit
pipe = Pipeline([("scale", Scale(3)), ("model", LogisticRegression())])
pipe.fit(matrix, [0, 1, 0, 1, 0, 1])

# %% step:look
print(pipe.predict(matrix), pipe["scale"].seen_, type(matrix).__name__, coo.nnz, array.shape)
matrix[0, 0] = 9
pipe

# %% step:last
print(matrix.toarray()[0], isinstance(pipe["scale"], Scale), pipe.get_params()["scale__by"])
