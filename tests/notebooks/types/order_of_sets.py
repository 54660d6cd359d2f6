# Sets go on giving their elements in the order that they had, also after more are added and taken out.
# expect: identical

# %% step:make
text = "the quick brown fox jumps over the lazy dog and runs away from the other dogs of the town"
words = set(text.split())
numbers = {1000, 8, 16, 3, 40, 800, -1}
few = set(range(1000))
few -= set(range(3, 998))
spent = {str(n) for n in range(60)}
for n in range(55):
    spent.discard(str(n))
pairs = {(a, b) for a in "abc" for b in range(9)}


class Vocabulary:
    def __init__(self, known):
        self.known = set(known)


vocabulary = Vocabulary(text)
emptied = set(text)
while emptied:
    emptied.pop()

# %% step:look
print(list(words), list(numbers), list(few), list(spent))
print(sorted(pairs)[:3], list(pairs))
print({letter: number for number, letter in enumerate(vocabulary.known)})

# %% step:change
words |= {"a", "hundred", "more"}
spent.update(map(str, range(200, 220)))
words.discard("fox")
emptied.update(text)
vocabulary.known.add("!")

# %% step:tell
print(words, spent, emptied)
print(list(vocabulary.known), words.pop(), numbers.pop())
