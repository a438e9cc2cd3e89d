"""The command line: one module a command group, no logic."""

import gc

# A command is one short process that keeps most of what it makes, and a large part of that are the libraries: looking
# over all of it for cycles again and again, as the defaults have it, costs a tenth of a small audit and frees nothing.
gc.set_threshold(200_000, 20, 50)
