"""Random notebooks: cells that bind, alias, nest, change in place, call, subclass, delete, draw, write files.

A statement is a template over names: `{t}` is bound by it, `{a}` and `{b}` are names of the kinds that it asks for,
`{r}` and `{s}` are small numbers. What kinds the names have is followed, so that most programs run to their end.
"""

from dataclasses import dataclass, field

from hypothesis import strategies as st

from tests.engine.percent import PercentCell

NAMES = ("ant", "bee", "cat", "dog", "elk", "fox", "gnu", "hen")
IMPORTS = "import functools, heapq, os, pathlib, random\nimport numpy as np\nimport pandas as pd"
SEEDS = "random.seed(1)\nnp.random.seed(1)"


@dataclass(frozen=True)
class Template:
    """`gives`: what `{t}` becomes; `same` for that of `{a}`, `gone` where `{a}` is deleted.

    `takes`: the kinds of `{a}` and `{b}`.
    """

    text: str
    gives: str = ""
    takes: tuple[str, ...] = ()


def _t(text: str, gives: str = "", *takes: str) -> Template:
    return Template(text, gives, takes)


BINDINGS = [
    _t("{t} = {r}", "num"),
    _t("{t} = [{r}, {s}]", "list"),
    _t("{t} = []", "list"),
    _t("{t} = {{'k': {r}}}", "dict"),
    _t("{t} = dict(k=[{r}])", "dict"),
    _t("{t} = {a}", "same", "any"),
    _t("{t} = [{a}, {r}]", "list", "any"),
    _t("{t} = {{'v': {a}}}", "dict", "any"),
    _t("{t} = ({a}, {r})", "tuple", "any"),
    _t("{t} = {a}[0]", "any?", "tuple"),
    _t("{t}, *rest = {a}, 1, 2", "same", "any"),
    _t("{t} = list({a})", "list", "list"),
    _t("{t} = {a}[:]", "list", "list"),
    _t("{t} = {a} + [{r}]", "list", "list"),
    _t("{t} = sorted({a}, key=str)", "list", "list"),
    _t("{t} = [x for x in {a}]", "list", "list"),
    _t("{t} = {{i: x for i, x in enumerate({a})}}", "dict", "list"),
    _t("{t} = {a} if len({b}) > {r} else [{s}]", "list", "list", "list"),
    _t("{t} = {a} or [{r}]", "list", "list"),
    _t("if len({a}) > {r}:\n    {t} = {a}\nelse:\n    {t} = [{s}]", "list", "list"),
    _t("for {t} in range({r}, 4):\n    pass", "num"),
    _t("try:\n    {t} = {a}['none']\nexcept KeyError:\n    {t} = {a}", "dict", "dict"),
    _t("if ({t} := len({a})) > 1:\n    {a}.pop()", "num", "list"),
    _t("{t} = {a}.setdefault('d', [])", "list", "dict"),
    _t("{t} = np.arange({r} + 3.)", "arr"),
    _t("{t} = np.zeros(1200)", "arr"),
    _t("{t} = {a}[1:]", "arr", "arr"),
    _t("{t} = {a}.reshape(-1, 1)[:, 0]", "arr", "arr"),
    _t("{t} = {a} * 2", "arr", "arr"),
    _t("{t} = pd.DataFrame({{'p': np.arange(3.), 'q': {r}}})", "df"),
    _t("{t} = {a}[['p']]", "df", "df"),
    _t("{t} = {a}['p']", "ser", "df"),
    _t("{t} = {a}.copy()", "df", "df"),
    _t("{t} = {a}.assign(n={r})", "df", "df"),
    _t("{t} = iter({a})", "iter", "list"),
    _t("{t} = np.random.default_rng({r})", "rng"),
    _t("{t} = random.Random({r})", "pyrng"),
    _t("{t} = functools.partial(sorted, {a}, key=str)", "fun", "list"),
    _t("{t} = {a}.copy", "fun", "list"),
    _t("{t} = {a}.get", "fun", "obj"),
    _t("{t} = pathlib.Path('f{r}.txt')", "path"),
]
DEFINITIONS = [
    _t("{t} = lambda: {a}", "fun", "any"),
    _t("def {t}():\n    return {a}", "fun", "any"),
    _t("def {t}():\n    {a}.append({r})\n    return {a}", "fun", "list"),
    _t("def {t}():\n    global {a}\n    {a} = [{r}]\n    return {a}", "fun", "list"),
    _t("def {t}(x={a}):\n    return x", "fun", "any"),
    _t("def {t}(x=[{r}]):\n    x.append(len(x))\n    return x", "fun"),
    _t("def {t}(x):\n    x.append({r})\n    return x", "fun1"),
    _t("def {t}(x):\n    {a}.append(x)\n    return {a}", "fun1", "list"),
    _t("def {t}(x):\n    def inner():\n        x.append({r})\n        return x\n    return inner()", "fun1"),
    _t("def {t}(x):\n    return {a}(x)", "fun1", "fun1"),
    _t("def {t}(x):\n    y = x\n    y += [{r}]\n    return [y]", "fun1"),
    _t(
        "def {t}():\n    n = [{r}]\n    m = 0\n    def inc():\n        nonlocal m\n        m += 1\n"
        "        n.append(m)\n        return m, n\n    return inc\n{t} = {t}()",
        "fun",
    ),
    _t(
        "def {t}(f={a}):\n    @functools.wraps(f)\n    def wrapped():\n        {t}_log.append(1)\n"
        "        return f()\n    return wrapped\n{t}_log = []\n{t} = {t}()",
        "fun",
        "fun",
    ),
    _t("@functools.lru_cache\ndef {t}():\n    print('made')\n    return [{r}]", "fun"),
    _t(
        "class {t}:\n    items = []\n    count = 0\n    def __init__(self, v=None):\n        self.v = v\n"
        "        {t}.count += 1\n    def get(self):\n        return len(self.items), self.v\n"
        "    def add(self, x):\n        self.items.append(x)\n        return self",
        "cls",
    ),
    _t("class {t}({a}):\n    def get(self):\n        return 'sub', super().get()", "cls", "cls"),
    _t("{t} = {a}({b})", "obj", "cls", "any"),
    _t("{t} = [{a}(i) for i in range(2)]", "list", "cls"),
    _t("{t} = {a}.add({r})", "obj", "obj"),
    _t("def {t}():\n    for i in range({r} + 1):\n        yield i", "gen"),
    _t("{t} = sum({a}())", "num", "gen"),
    _t("def {t}():\n    return random.random() < 2, random.randint(0, 99)", "fun"),
]
CHANGES = [
    _t("{a}.append({b})", "", "list", "other"),
    _t("{a}.append({r})", "", "list"),
    _t("{a}.insert(0, [{r}])", "", "list"),
    _t("{a} += [{r}]", "", "list"),
    _t("{a}[:] = [{r}]", "", "list"),
    _t("{a}.reverse()", "", "list"),
    _t("del {a}[:1]", "", "list"),
    _t("for x in list({a}):\n    if isinstance(x, list):\n        x.append({r})", "", "list"),
    _t("[x.append({r}) for x in list({a}) if isinstance(x, list)]", "", "list"),
    _t("{a}['x{r}'] = {b}", "", "dict", "other"),
    _t("{a}.update(u={r})", "", "dict"),
    _t("{a}.pop('k', None)", "", "dict"),
    _t("for x in list({a}.values()):\n    if isinstance(x, list):\n        x.append({r})", "", "dict"),
    _t("next(iter({a}.values()), [])", "", "dict"),
    _t("{a} += {r}", "", "num"),
    _t("{a} += 1", "", "arr"),
    _t("{a}[{r} % 2:2] *= 3", "", "arr"),
    _t("np.add({a}, {r}, out={a})", "", "arr"),
    _t("{a}.iloc[0, 0] = {r}.5", "", "df"),
    _t("{a}['n{r}'] = {s}", "", "df"),
    _t("{a}.loc[1, 'p'] = -{r}.", "", "df"),
    _t("{a}.iloc[0] = {r}.5", "", "ser"),
    _t("{a}.fillna(0, inplace=True)", "", "df"),
    _t("{a}.v = {b}", "", "obj", "other"),
    _t("{a}.items.append({r})", "", "obj"),
    _t("{a}.count += 1", "", "cls"),
    _t("{a}.items = [{r}]", "", "cls"),
    _t("setattr({a}, 'w{r}', {b})", "", "obj", "other"),
    _t("{a}.get = lambda: 'patched'", "", "obj"),
    _t("def {t}(self):\n    return 'other', self.v\n{a}.get = {t}", "fun1?", "cls"),
    _t("heapq.heapify({t} := [3, 1, {r}])\nheapq.heappush({t}, 0)", "list"),
    _t("random.seed({r})\nnp.random.seed({r})"),
    _t("random.shuffle({a})", "", "list"),
    _t("print({a}())", "", "fun"),
    _t("print({a}({b}))", "", "fun1", "list"),
    _t("{t} = {a}({b})", "", "fun1", "list"),
    _t("{a}({b}); {a}({b})", "", "fun1", "list"),
    _t("print(next({a}, None))", "", "iter"),
    _t("print({a}.integers(99), {a}.random() < 2)", "", "rng"),
    _t("print({a}.random())", "", "pyrng"),
    _t("print(random.random(), np.random.rand())"),
    _t("print({a}.get())", "", "obj"),
    _t("print(list({a}()))", "", "gen"),
    _t("del {a}", "gone", "any"),
    _t("open('f{r}.txt', 'w').write(str(len({a})))", "", "list"),
    _t("with open('f{r}.txt', 'a') as out:\n    out.write('{s}')"),
    _t("{a}.write_text('p{r}')", "", "path"),
    _t("print({a}.read_text() if {a}.exists() else 'none')", "", "path"),
    _t("print(sorted(os.listdir()) == sorted(set(os.listdir())), os.path.exists('f{r}.txt'))"),
    _t("try:\n    print(open('f{r}.txt').read())\nexcept OSError:\n    print('no file')"),
    _t("if os.path.exists('f{r}.txt'):\n    os.remove('f{r}.txt')"),
    _t("np.set_printoptions(precision={r} + 1)"),
    _t("globals()['{a}'].append({r})", "", "list"),
    _t("exec('{a}.append({r})')", "", "list"),
    _t("print('{a}' in dir(), '{b}' in globals())", "", "any", "any"),
]
LOOKS = [
    _t("print({a} is {b}, type({a}).__name__)", "", "any", "any"),
    _t("print(show({a}))", "", "any"),
    _t("print(isinstance({a}, {b}))", "", "obj", "cls"),
    _t("print({b}.count, len({b}.items))", "", "any", "cls"),
]
TEMPLATES = [*BINDINGS, *DEFINITIONS, *CHANGES, *CHANGES, *LOOKS]
SHOW = """\
def show(x, depth=0):
    if depth > 3:
        return '...'
    if isinstance(x, (list, tuple)):
        return [show(y, depth + 1) for y in x]
    if isinstance(x, dict):
        return {str(k): show(v, depth + 1) for k, v in x.items()}
    if isinstance(x, (np.ndarray, pd.DataFrame, pd.Series)):
        return np.asarray(x).ravel()[:6].tolist()
    if isinstance(x, (int, float, str, type(None))):
        return x
    if hasattr(x, '__dict__') and not callable(x):
        return [type(x).__name__, show(dict(vars(x)), depth + 1)]
    return type(x).__name__"""


@dataclass
class Program:
    """Cells, and the kinds of the names that are bound."""

    cells: list[str] = field(default_factory=list)
    kinds: dict[str, str] = field(default_factory=dict)


def _fits(program: Program, kind: str, taken: list[str]) -> list[str]:
    return [
        name
        for name, own in program.kinds.items()
        if (kind in ("any", "other") or own == kind) and not (kind == "other" and name in taken)
    ]


@st.composite
def statements(draw, program: Program) -> str:
    """One statement that fits what is bound."""
    possible = [t for t in TEMPLATES if all(_fits(program, kind, []) for kind in t.takes)]
    template = draw(st.sampled_from(possible))
    taken: list[str] = []
    for kind in template.takes:
        names = _fits(program, kind, taken)
        if not names:
            return "pass"
        taken.append(draw(st.sampled_from(names)))
    target = draw(st.sampled_from(NAMES))
    defines = "def " in template.text or "lambda" in template.text or "class " in template.text
    if defines and target in taken:
        return "pass"
    text = template.text.format(
        t=target,
        a=(taken or [""])[0],
        b=(taken or [""])[-1],
        r=draw(st.integers(0, 3)),
        s=draw(st.integers(0, 3)),
    )
    gives = template.gives
    if gives == "gone":
        del program.kinds[taken[0]]
    elif gives == "same":
        program.kinds[target] = program.kinds[taken[0]]
    elif gives.endswith("?") or (not gives and "{t}" in template.text):
        program.kinds[target] = "unknown"
    elif gives:
        program.kinds[target] = gives
    return text


@st.composite
def notebooks(draw) -> tuple[list[PercentCell], list[int]]:
    """Cells, and the indices of those that begin a step."""
    program = Program()
    parts = [IMPORTS, SEEDS, SHOW]
    first = parts if draw(st.booleans()) else ["\n".join(parts)]
    program.cells += first
    for _ in range(draw(st.integers(3, 9))):
        lines = [draw(statements(program)) for _ in range(draw(st.integers(1, 3)))]
        program.cells.append("\n".join(lines))
    names = list(program.kinds)
    program.cells.append("\n".join(f"print({name!r}, show({name}))" for name in names) or "print()")
    same = [f"{a} is {b}" for i, a in enumerate(names) for b in names[i + 1 :]]
    program.cells.append(f"print([{', '.join(same)}])")
    count = len(program.cells)
    begins = draw(st.lists(st.integers(1, count - 1), min_size=1, max_size=4, unique=True).map(sorted))
    if draw(st.booleans()):
        begins = [0, *begins]
    return [PercentCell(cell) for cell in program.cells], begins
