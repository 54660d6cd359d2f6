# !commands, %%bash, %%writefile, %%capture, %%time, %timeit, %run.
# expect: identical
# system: bash

# %% step:write
%%writefile script.py
made_by_run = 5
print("ran")

# %% step:bash
%%bash
echo one > made.txt
cat made.txt

# %% step:shell
files = !ls *.txt
!cat {files[0]}
name = "made.txt"
lines = !wc -l < $name
print(files, lines)

# %% step:capture
%%capture caught
print("hidden")
inside = 3

# %% step:time
%%time
timed = inside * 2

# %% step:timeit
%timeit -n 1 -r 1 timed + 1

# %% step:run
%run script.py

# %% step:last
print(caught.stdout, timed, made_by_run)
