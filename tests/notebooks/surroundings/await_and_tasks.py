# await at the top level, async functions, async for and with.
# expect: identical

# %% step:define
import asyncio


async def double(x):
    await asyncio.sleep(0)
    return 2 * x


async def count(n):
    for i in range(n):
        yield i


# %% step:await
result = await double(4)
results = await asyncio.gather(*(double(i) for i in range(3)))

# %% step:look
print(result, results)
async for i in count(3):
    last = i
print([i async for i in count(2)], last)
