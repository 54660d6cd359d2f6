"""Random notebooks of a few names: bindings, aliases, containers, changes in place, functions, closures, branches.

They print what they have at the end of every step, so that whatever goes wrong is seen.
"""

NAMES = "abcde"
FUNCTIONS = "fgh"


class Writer:
    def __init__(self, random, classes=False):
        self.random = random
        self.classes = ["K"] if classes else []  # may be used once `K` is defined
        self.defined = set()
        self.bound = set()
        self.functions = {}
        self.inside = (
            None  # the function that is being written: it calls only those before it, so nothing recurs
        )

    def pick(self, *choices):
        return self.random.choice(choices)

    def name(self):
        return self.random.choice(sorted(self.bound)) if self.bound else "a"

    def digit(self):
        return str(self.random.randint(0, 9))

    def expression(self, depth=0):
        if not self.bound or depth > 2:
            return f"[{self.digit()}]"
        if self.defined and self.random.random() < 0.2:
            return self.pick(
                f"K({self.name()})", f"K({self.name()}, [3])", f"{self.name()}.x", f"{self.name()}.me()"
            )
        kind = self.random.randint(0, 19)
        name, other = self.name(), self.name()
        inner = lambda: self.expression(depth + 1)  # noqa: E731
        match kind:
            case 0 | 1:
                return f"[{self.digit()}]"
            case 2 | 3 | 4:
                return name
            case 5 | 6:
                return f"[{name}, {self.pick(other, self.digit())}]"
            case 7:
                return f"{{'k': {name}, 'l': {inner()}}}"
            case 8:
                return f"{name}[0]"
            case 9:
                return f"({name} if {self.pick('True', 'False', f'len({other})')} else {inner()})"
            case 10:
                return f"[x for x in [{name}, {other}]]"
            case 11:
                return f"list(map(lambda q: {self.pick('q', '[q]', f'[q, {other}]')}, [{name}]))[0]"
            case 12:
                return f"len({name})"
            case 13:
                return f"({name} or {inner()})"
            case 14:
                return f"{name}['k']"
            case 15:
                return f"{name}[:]"
            case 16:
                return f"[{name}] + [{other}]"
            case 17 if self.callable():
                return self.call()
            case 18:
                return f"{name}.copy()"
            case _:
                return f"(w := [{name}])" if depth == 0 else self.digit()

    def callable(self):
        return [name for name in sorted(self.functions) if self.inside is None or name < self.inside]

    def call(self):
        function = self.random.choice(self.callable())
        return f"{function}({', '.join(self.name() for _ in range(self.functions[function]))})"

    def guarded(self, *lines):
        return [
            "try:",
            *("    " + line for line in lines),
            "except Exception as err: print(type(err).__name__)",
        ]

    def change(self):
        name, other = self.name(), self.name()
        if self.defined and self.random.random() < 0.4:
            return self.pick(
                f"{name}.push({other})", f"{name}.x = {other}", f"{name}.x.append({self.digit()})", f"{name}.y += [1]",
                f"{name}.y[0].append(2)", f"K.shared.append({other})", f"{name}.shared.append(3)", f"{name}.size",
                f"{name} + {other}", f"len({name})", f"list({name})", f"{name}.me().push(1)", f"K.count({other})",
            )  # fmt: skip
        match self.random.randint(0, 8):
            case 0 | 1:
                return f"{name}.append({self.pick(self.digit(), self.expression(1))})"
            case 2:
                return f"{name} += [{self.pick(self.digit(), other)}]"
            case 3:
                return f"{name}[0] = {self.expression(1)}"
            case 4:
                return f"{name}[0].append({self.digit()})"
            case 5:
                return f"{name}['k'] = {self.expression(1)}"
            case 6:
                return f"{name}.pop()"
            case 7:
                return f"del {name}[0]"
            case _:
                return f"{name}.extend([{other}, {self.digit()}])"

    def statement(self, depth=0):
        kind = self.random.randint(0, 21)
        if depth == 0 and self.classes and self.random.random() < 0.15:
            return self.class_of_things()
        if not self.bound or kind < 5:
            value = self.expression()
            target = self.random.choice(NAMES)
            self.bound.add(target)
            return self.guarded(f"{target} = {value}")
        match kind:
            case 5 | 6 | 7 | 8 | 9:
                return self.guarded(self.change())
            case 10 if depth < 2:
                body = ["    " + line for line in self.statement(depth + 1)]
                return [f"if {self.pick('True', 'False')}:", *body]
            case 11 if depth < 2:
                target = self.random.choice(NAMES)
                source = f"[{self.name()}, {self.name()}]"
                body = ["    " + line for line in self.statement(depth + 1)]
                self.bound.add(target)
                return [*self.guarded(f"for {target} in {source}:", *body)]
            case 12 if depth == 0:
                name = self.name()
                return self.guarded(f"del {name}")
            case 13 | 14 | 15 if depth == 0:
                return self.function()
            case 16 if depth == 0:
                return self.closure()
            case 17:
                left, right = self.random.sample(NAMES, 2)
                lines = self.guarded(f"{left}, {right} = {self.expression(1)}, {self.expression(1)}")
                self.bound |= {left, right}
                return lines
            case 18 | 19 if self.callable():
                target = self.random.choice(NAMES)
                lines = self.guarded(f"{target} = {self.call()}")
                self.bound.add(target)
                return lines
            case 20:
                return self.guarded(f"{self.name()} = {self.name()} = {self.expression(1)}")
        return self.guarded(f"print(repr({self.name()})[:200])")

    def function(self):
        name = self.random.choice(FUNCTIONS)
        parameters = ["p", "q"][: self.random.randint(0, 2)]
        default = self.pick("[7]", "None", "[]", "{}", *([self.name()] if self.bound else []))
        lines = [f"def {name}({', '.join([*parameters, '*', f'z={default}'])}):"]
        outer = set(self.bound)
        self.inside = name
        if self.random.random() < 0.3:
            lines.append(f"    global {self.random.choice(NAMES)}")
        declared = lines[-1].split()[-1] if len(lines) > 1 else None
        self.bound |= {*parameters, "z"}
        for _ in range(self.random.randint(1, 3)):
            lines += ["    " + line for line in self.in_function(declared)]
        lines.append(f"    return {self.pick('z', self.expression(1), self.name())}")
        self.bound, self.inside = outer, None
        self.functions[name] = len(parameters)
        return lines

    def in_function(self, declared):
        match self.random.randint(0, 5):
            case 0 if declared:
                return self.guarded(f"{declared} = {self.expression(1)}")
            case 1:
                return self.guarded(f"y = {self.expression(1)}", "y.append(3)")
            case 2 if self.callable():
                return self.guarded(f"y = {self.call()}")
            case 3:
                return self.guarded(f"print('in', repr({self.name()})[:60])")
        name, change = self.name(), self.random.choice([".append(1)", "[0].append(2)", ".pop()"])
        return self.guarded(f"{name}{change}")

    def closure(self):
        maker, name = self.random.choice("mn"), self.random.choice(FUNCTIONS)
        self.functions[name] = 1
        argument = self.expression(1)
        counts = self.pick("n.append(x)", "nonlocal k; k += 1")
        return [
            f"def {maker}(n):",
            "    k = 0",
            "    def inner(x):",
            *(f"        {part.strip()}" for part in counts.split(";")),
            "        return [n, k, x]",
            "    return inner",
            *self.guarded(f"{name} = {maker}({argument})"),
        ]

    def class_of_things(self):
        self.defined.add("K")
        seen = self.name()
        pushed = self.pick(
            "self.y.append(v)", "self.x.append(v)", "K.shared.append(v)", f"{seen}.append(v)", "v.append(1)"
        )
        used = self.pick("self.n += 1", "self.y.append(0)", f"{seen}.append(8)", "K.shared.append(0)", "pass")
        base = self.pick("", "(object)", "(dict)")
        return [
            f"class K{base}:",
            f"    shared = [{self.digit()}]",
            f"    def __init__(self, x, z={self.pick('None', '[]', '()')}):",
            "        self.x, self.y, self.n = x, [z], 0",
            "    def push(self, v):",
            f"        {pushed}",
            "        return self",
            "    def me(self):",
            f"        {self.pick('return self', 'return K(self.x)', 'return self.y[0]')}",
            "    @property",
            "    def size(self):",
            f"        {used}",
            "        return self.n",
            "    @classmethod",
            "    def count(cls, v):",
            "        cls.shared.append(v)",
            f"    def {self.pick('__add__', '__radd__')}(self, other):",
            f"        {used}",
            "        return [self, other]",
            "    def __len__(self):",
            f"        {used}",
            "        return 1",
            "    def __iter__(self):",
            f"        {used}",
            "        yield self.x",
            "    def __repr__(self):",
            "        return 'K'",
        ]

    def notebook(self):
        """Percent-format text."""
        lines, step = [], 0
        for number in range(self.random.randint(3, 9)):
            tag = ""
            if number == 0 or self.random.random() < 0.6:
                step += 1
                tag = f" step:s{step}"
            lines.append(f"# %%{tag}")
            for _ in range(self.random.randint(1, 4)):
                lines += self.statement()
            for name in self.random.sample(NAMES, 2):
                lines += [
                    "try:",
                    f"    print('{name}', repr({name})[:200])",
                    "except NameError:",
                    "    print('none')",
                ]
        return "\n".join(lines)
