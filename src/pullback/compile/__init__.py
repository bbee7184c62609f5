"""The compiler: a graph becomes one native function for this machine. `pullback.compile(f)` compiles a function."""

from pullback.callables import make_callable

make_callable(__name__, "pullback.compile.function")
