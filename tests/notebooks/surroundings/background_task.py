# A task that still runs when its step ends.
# expect: refused JK301
# cuts: safe

# %% step:start
import asyncio

log = []


async def work():
    for i in range(1000):
        log.append(i)
        await asyncio.sleep(60)


task = asyncio.ensure_future(work())

# %% step:look
print(task.done())
task.cancel()
