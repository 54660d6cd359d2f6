# NumPy: structured, Fortran order, read-only, memory-mapped, masked, object, 0-d, strides, dtypes.
# expect: identical

# %% step:make
import numpy as np

structured = np.array([(1, 2.0), (3, 4.0)], dtype=[("a", "i4"), ("b", "f8")])
fortran = np.asfortranarray(np.arange(12.0).reshape(3, 4))
strided = np.arange(20)[::3]
readonly = np.arange(3)
readonly.flags.writeable = False
masked = np.ma.masked_array([1, 2, 3], mask=[0, 1, 0])
objects = np.array([[1], "x", None], dtype=object)
scalar = np.float32(1.5)
zero_d = np.array(7)
dates = np.array(["2024-01-01"], "M8[D]")
big_endian = np.array([1, 2], ">i2")
record = structured.view(np.recarray)
text = np.array(["ab", "c"])
empty = np.empty((0, 3))
broadcast = np.broadcast_to(np.arange(3), (2, 3))
poly = np.poly1d([1, 2])

# %% step:look
for x in (structured, fortran, strided, readonly, masked, objects, zero_d, dates, big_endian, record, text, empty):
    print(repr(x), x.dtype, x.flags.c_contiguous, x.flags.f_contiguous, x.strides, x.flags.writeable)
print(repr(scalar), type(scalar), broadcast.strides, poly(2), record.a)

# %% step:change
structured["a"][0] = 100
objects[0].append(2)
masked[0] = np.ma.masked

# %% step:last
print(record.a, objects, masked, np.shares_memory(structured, record))
try:
    readonly[0] = 1
except ValueError as error:
    print(error)
