# sympy symbols and networkx graphs.
# expect: identical
# needs: sympy, networkx

# %% step:make
import networkx as nx
import sympy as sp

x, y = sp.symbols("x y")
n = sp.Symbol("n", integer=True, positive=True)
expr = sp.sin(x) ** 2 + y
f = sp.Function("f")
graph = nx.DiGraph()
graph.add_edge("a", "b", weight=2)
alias = graph.nodes

# %% step:more
graph.add_node("c", tags=[1])
eq = sp.Eq(expr, 1)

# %% step:look
print(expr.diff(x), expr.subs(y, 1), x == sp.Symbol("x"), n.is_positive, sp.solve(eq, y), f(x))
print(sorted(graph.nodes), graph.edges(data=True), nx.shortest_path(graph, "a", "b"), len(alias))
