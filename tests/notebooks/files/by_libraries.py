# Files written by libraries: to_csv, savefig, joblib, np.savez, sqlite3, json, pickle, zip.
# expect: identical

# %% step:write
import json
import pickle
import sqlite3
import zipfile

import joblib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

df = pd.DataFrame({"a": [1, 2]})
df.to_csv("df.csv", index=False)
df.to_pickle("df.pkl")
np.savez("arrays.npz", x=np.arange(3))
joblib.dump({"m": 1}, "model.joblib")
plt.figure(figsize=(1, 1))
plt.savefig("fig.png")
plt.close()
with open("c.json", "w") as f:
    json.dump({"k": [1]}, f)
with open("p.pkl", "wb") as f:
    pickle.dump([1, 2], f)
with zipfile.ZipFile("z.zip", "w") as z:
    z.writestr("inner.txt", "text")
con = sqlite3.connect("db.sqlite")
con.execute("create table t (x int)")
con.execute("insert into t values (7)")
con.commit()
con.close()

# %% step:read
import os

print(pd.read_csv("df.csv"), pd.read_pickle("df.pkl").shape, np.load("arrays.npz")["x"], joblib.load("model.joblib"))
print(os.path.getsize("fig.png") > 100, json.load(open("c.json")), pickle.load(open("p.pkl", "rb")))
print(zipfile.ZipFile("z.zip").read("inner.txt"))

# %% step:database
import sqlite3

con = sqlite3.connect("db.sqlite")
print(con.execute("select x from t").fetchall())
con.execute("insert into t values (8)")
con.commit()
con.close()

# %% step:last
con = sqlite3.connect("db.sqlite")
print(con.execute("select count(*) from t").fetchone())
con.close()
