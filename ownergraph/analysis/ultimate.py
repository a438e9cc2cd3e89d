"""Ultimate controllers: those of a company's controllers that nobody controls.

Control is transitive, so the controllers of y that no one outside controls are its ultimate ones: single
controllers, or rings of entities that control each other. Without contract edges and groups two certain majorities
in one company always share a holder, so the controllers of a company are totally preordered by control and the
ultimate one is unique up to a ring. Then a company can be merged into whoever has a majority in it, and the holdings
with it (contraction; the sets stay disjoint): rounds of arrays while many companies merge at once, then one by
one, smaller into larger, so that neither wide nor deep graphs cost more than O(rows log**2 rows). Where edges,
groups or merely possible majorities give one company to two controllers that stay apart, the connected component
is worked out from all pairs instead (see `fixpoint`).
"""

from collections import defaultdict
from dataclasses import dataclass
from operator import add
from typing import NamedTuple

import numpy as np

from ownergraph.analysis.fixpoint import Pairs, control_pairs, distinct_members, edges_by_source, fixpoint
from ownergraph.analysis.keys import (
    BoolArray,
    Columns,
    IntArray,
    PairArrays,
    merge_keys,
    parts_of,
    row_starts,
    sorted_order,
)
from ownergraph.analysis.register import Bound, Holdings, Register, ordered, register

_NO_IDS: IntArray = np.empty(0, dtype=np.int64)
_BULK_ROUNDS = 24  # rounds over all rows; what still merges after that is a long chain, and goes one by one


class Ultimate(NamedTuple):
    """Ultimate controllers, one row a controlled company and ultimate controller, sorted by both.

    Attributes:
        controlled: company, shape (rows,).
        ultimate: entity or group, shape (rows,); for a ring its smallest member, which is the ring's id.
        is_ring: whether the ultimate controller is a ring, shape (rows,). Its members have the ring itself.
        ring: ring ids, one row a member, shape (members,), sorted.
        member: entities of each ring, shape (members,); each controls all others, and nobody outside does.
    """

    controlled: IntArray
    ultimate: IntArray
    is_ring: BoolArray
    ring: IntArray
    member: IntArray


def ultimate_controllers(
    h: Holdings,
    *,
    members: PairArrays | None = None,
    edges: PairArrays | None = None,
    bound: Bound = "certain",
    max_pairs: int = 50_000_000,
) -> Ultimate:
    """The ultimate controllers of every controlled company.

    A group is an ultimate controller of all it controls, and so is a member that controls a company alone. With
    bound "possible" these are the controllers that nobody possibly controls; who is the ultimate controller in one
    single completion is another question, which bounds do not answer (a holding of exactly half may decide it).

    Args:
        h: the votes.
        members: as in `fixpoint.control_pairs`.
        edges: as in `fixpoint.control_pairs`.
        bound: as in `fixpoint.control_pairs`.
        max_pairs: limit for the components that need all pairs, and for rings whose members hold each other jointly.

    Raises:
        ControlTooLarge: more pairs than `max_pairs` are needed.
        ValueError: an id or the bound is wrong.

    Example:
        >>> h = Holdings(4, *(np.array(c) for c in ([0, 1, 2], [1, 0, 3], [60] * 3, [60] * 3, [100, 100, 0, 100])))
        >>> u = ultimate_controllers(h)
        >>> u.controlled.tolist(), u.ultimate.tolist(), u.is_ring.tolist(), u.member.tolist()
        ([0, 1, 3], [0, 0, 2], [True, True, False], [0, 1])
    """
    r = register(h, bound)
    direct: PairArrays = (_NO_IDS, _NO_IDS)
    if edges is not None and len(edges[0]):
        rows, target = edges_by_source(edges, h.n)
        direct = (np.repeat(np.flatnonzero(rows.busy), np.diff(rows.start)), target)
    grouped = distinct_members(members, h.n)
    merging = _Merging(r, direct)
    merging.run()
    apart = np.zeros(h.n, dtype=np.bool_)
    if bound == "possible" or len(direct[0]) or len(grouped[0]):
        apart = _components(r, direct, np.concatenate((merging.contested(), grouped[1])), h.n)
    root = merging.root
    ring, member = _complete_rings(r, direct, root, np.flatnonzero(merging.ring & ~apart), max_pairs)
    in_ring = np.zeros(h.n, dtype=np.bool_)
    in_ring[member] = True
    controlled = np.flatnonzero(((root != np.arange(h.n)) | in_ring) & ~apart)
    ring_id = np.arange(h.n)
    ring_id[root[member]] = ring
    merged = Ultimate(controlled, ring_id[root[controlled]], in_ring[root[controlled]], ring, member)
    if not apart.any():
        within = np.lexsort((member, ring))
        return Ultimate(*merged[:3], ring[within], member[within])
    seeds = np.concatenate((np.flatnonzero(apart), np.unique(grouped[0])))
    pairs = control_pairs(h, members=members, edges=edges, bound=bound, seeds=seeds, max_pairs=max_pairs)
    parts = (merged, ultimate_of_pairs(pairs, h.n))
    controlled, ultimate, is_ring, ring, member = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    by, within = np.lexsort((ultimate, controlled)), np.lexsort((member, ring))
    return Ultimate(controlled[by], ultimate[by], is_ring[by].astype(np.bool_), ring[within], member[within])


def ultimate_of_pairs(pairs: Pairs, n: int) -> Ultimate:
    """The ultimate controllers among all pairs of a graph with n entities. O(pairs log pairs)."""
    x, y = pairs
    key = x * n + y
    entity = x < n
    back = np.zeros(len(key), dtype=np.bool_)
    back[entity] = np.isin(y[entity] * n + x[entity], key)
    size = max(int(x.max(initial=0)) + 1, n)
    above, mutual = np.bincount(y, minlength=size), np.bincount(y[back], minlength=size)
    top = above == mutual  # every controller is controlled in turn, or there is none
    ring_id = np.arange(size)
    np.minimum.at(ring_id, y[back], x[back])
    in_ring = top & (mutual > 0)
    member = np.flatnonzero(in_ring)
    key, _ = merge_keys(y[top[x]] * size + ring_id[x[top[x]]], ())
    controlled, ultimate = parts_of(key, size)
    return Ultimate(controlled, ultimate, in_ring[ultimate], ring_id[member], member)


@dataclass(slots=True)
class _Rows:
    """Holdings in companies nobody controls yet: holding set, company, votes; shape (rows,) each."""

    holder: IntArray
    company: IntArray
    votes: Columns

    def where(self, keep: BoolArray) -> "_Rows":
        return _Rows(self.holder[keep], self.company[keep], tuple(v[keep] for v in self.votes))


class _Merging:
    """Contraction: each set has a root that controls all of it; sets stay disjoint.

    Attributes:
        root: root of each entity's set, shape (n,).
        ring: roots in which their own set has a majority, shape (n,).
    """

    def __init__(self, r: Register, edges: PairArrays) -> None:
        self.r = r
        self.edges = edges
        self.root: IntArray = np.arange(r.n)
        self.ring: BoolArray = np.zeros(r.n, dtype=np.bool_)

    def run(self) -> None:
        """Merge until no set has a majority in the root of another."""
        r = self.r
        rows = _Rows(r.holder, r.company, r.votes)
        has = r.majority(r.company, r.votes)
        claims = (r.holder[has], r.company[has])
        for number in range(_BULK_ROUNDS + 1):
            claims = self._with_edges(*claims)
            if number and len(claims[0]) == 0:
                return
            if number == _BULK_ROUNDS:
                self._one_by_one(rows, claims)
                return
            grown = self._merge(*claims)
            open_ = self.root == np.arange(r.n)
            open_ &= ~self.ring
            rows = rows.where(open_[rows.company])
            moved = grown[rows.holder]
            rows.holder = self.root[rows.holder]
            at = np.ones(len(moved), dtype=np.bool_)
            if number:  # the first time all: rows of the same holder and company are still apart
                touched = np.zeros(r.n, dtype=np.bool_)
                touched[rows.company[moved | grown[rows.holder]]] = True
                at = touched[rows.company]
            key, votes = merge_keys(rows.company[at] * r.n + rows.holder[at], tuple(v[at] for v in rows.votes))
            company, holder = parts_of(key, r.n)
            rest = rows.where(~at)
            has = r.majority(company, votes)
            claims = (holder[has], company[has])
            rows = _Rows(
                np.concatenate((rest.holder, holder)),
                np.concatenate((rest.company, company)),
                tuple(np.concatenate(pair) for pair in zip(rest.votes, votes, strict=True)),
            )

    def _with_edges(self, holder: IntArray, company: IntArray) -> PairArrays:
        """Claims of sets on roots, with those from edges; of several on one root, any."""
        if len(self.edges[0]):
            source, target = self.root[self.edges[0]], self.edges[1]
            at = (self.root[target] == target) & ~((source == target) & self.ring[target])
            holder, company = np.concatenate((holder, source[at])), np.concatenate((company, target[at]))
        return holder, company

    def _merge(self, holder: IntArray, company: IntArray) -> BoolArray:
        """Merge each company's set into its holder's; shape (n,): roots that were in a merger."""
        n = self.r.n
        parent: IntArray = np.arange(n)
        parent[company] = holder
        self.ring[company[parent[company] == company]] = True
        claimed = company[parent[company] != company]
        jump, moving = parent.copy(), claimed
        now = jump[moving]
        for _ in range(max(len(claimed), 1).bit_length() + 1):
            then = jump[now]
            on = then != now
            if not on.any():
                break
            moving, now = moving[on], then[on]
            jump[moving] = now
        is_end = np.zeros(n, dtype=np.bool_)
        is_end[jump[claimed]] = True
        end = np.flatnonzero(is_end)
        loop = end[parent[end] != end]  # claims that lead to no root lead into a loop: these control each other
        if len(loop):
            smallest, ahead = np.arange(n), parent.copy()
            for _ in range(len(loop).bit_length()):
                smallest[loop] = np.minimum(smallest[loop], smallest[ahead[loop]])
                ahead[loop] = ahead[ahead[loop]]
            jump[loop] = smallest[loop]
            outside = claimed[np.isin(claimed, loop, invert=True)]
            jump[outside] = smallest[jump[outside]]
            self.ring[smallest[loop]] = True
        self.root = jump[self.root]
        grown: BoolArray = np.zeros(n, dtype=np.bool_)
        grown[claimed] = True
        grown[jump[claimed]] = True
        return grown

    def _one_by_one(self, rows: _Rows, claims: PairArrays) -> None:
        """The same for what is left, the smaller set of holdings into the larger."""
        order = sorted_order(rows.holder)
        start, company_of, votes_of = row_starts(rows.holder[order], self.r.n), rows.company[order], rows.votes
        votes_of = tuple(v[order] for v in votes_of)
        held: dict[int, dict[int, tuple[int, ...]]] = {}

        def holdings(z: int) -> dict[int, tuple[int, ...]]:
            if z not in held:  # most sets take no part: only those that do leave the arrays
                at = slice(start[z], start[z + 1])
                votes = zip(*(v[at].tolist() for v in votes_of), strict=True)
                held[z] = dict(zip(company_of[at].tolist(), votes, strict=True))
            return held.pop(z)

        leads: dict[int, list[int]] = defaultdict(list)
        for source, target in zip(*(part.tolist() for part in self.edges), strict=True):
            leads[int(self.root[source])].append(target)
        parent: dict[int, int] = {}

        def find(z: int) -> int:
            z = int(self.root[z])
            path = []
            while z in parent:
                path.append(z)
                z = parent[z]
            parent.update((step, z) for step in path)
            return z

        todo = list(zip(*(part.tolist() for part in claims), strict=True))
        while todo:
            holder, company = todo.pop()
            holder = find(holder)
            if find(company) != company:
                continue
            if holder == company:
                self.ring[company] = True
                continue
            if self.ring[company] and not leads:
                continue
            parent[company] = holder
            more, less = holdings(holder), holdings(company)
            if len(more) < len(less):
                more, less = less, more
            for target, votes in less.items():
                before = more.get(target)
                more[target] = votes if before is None else tuple(map(add, before, votes))
                if self._majority(target, more[target]):
                    todo.append((holder, target))
            held[holder] = more
            moved = leads.pop(company, [])
            todo.extend((holder, target) for target in moved)
            if moved:
                leads[holder] += moved
        moved_roots = list(parent)
        jump: IntArray = np.arange(self.r.n)
        jump[moved_roots] = [find(z) for z in moved_roots]
        self.root = jump[self.root]

    def _majority(self, company: int, votes: tuple[int, ...]) -> bool:
        need = [int(part[company]) for part in self.r.need]
        sides = (2 * votes[0], 2 * votes[-1], votes[0] + votes[-1])[: len(need)]
        met = [side > threshold for side, threshold in zip(sides, need, strict=True)]
        return any(met) if self.r.bound == "certain" else all(met)

    def contested(self) -> IntArray:
        """Companies in which the set of another root has a majority or an edge; shape (found,)."""
        r = self.r
        foreign = self.root[r.holder] != self.root[r.company]
        company = r.company[foreign]
        key, votes = merge_keys(company * r.n + self.root[r.holder[foreign]], tuple(v[foreign] for v in r.votes))
        company = key // max(r.n, 1)
        by_edge = self.edges[1][self.root[self.edges[0]] != self.root[self.edges[1]]]
        return np.concatenate((company[r.majority(company, votes)], by_edge))


def _components(r: Register, edges: PairArrays, marked: IntArray, n: int) -> BoolArray:
    """Entities connected to one of the marked ones; shape (n,)."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if len(marked) == 0:
        return np.zeros(n, dtype=np.bool_)
    row, column = np.concatenate((r.holder, edges[0])), np.concatenate((r.company, edges[1]))
    graph = coo_array((np.ones(len(row), dtype=np.int8), (row, column)), shape=(n, n))
    _, label = connected_components(graph, directed=False)
    return np.isin(label, label[marked])


def _complete_rings(r: Register, edges: PairArrays, root: IntArray, heads: IntArray, max_pairs: int) -> PairArrays:
    """All entities that control their own root, by ring: ring ids and members; no ring of one.

    Everything in a ring is strongly connected to its root. Who alone has a majority in a member, or an edge to one,
    is a member; the fixpoint from the others, with the members as ends, finds those who need several holders.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    heads = heads[root[heads] == heads]
    if len(heads) == 0:
        return _NO_IDS, _NO_IDS
    is_head = np.zeros(r.n, dtype=np.bool_)
    is_head[heads] = True
    inside = is_head[root[r.holder]] & (root[r.holder] == root[r.company])
    holder, company, votes = r.holder[inside], r.company[inside], tuple(v[inside] for v in r.votes)
    linked = is_head[root[edges[0]]] & (root[edges[0]] == root[edges[1]])
    source, target = edges[0][linked], edges[1][linked]
    row, column = np.concatenate((holder, source)), np.concatenate((company, target))
    nodes, places = np.unique(np.concatenate((heads, row, column)), return_inverse=True)
    row_at, column_at = np.split(places[len(heads) :], 2)
    graph = coo_array((np.ones(len(row), dtype=np.int8), (row_at, column_at)), shape=(len(nodes),) * 2)
    _, label = connected_components(graph, directed=True, connection="strong")
    candidate = np.zeros(r.n, dtype=np.bool_)
    candidate[nodes[np.isin(label, label[places[: len(heads)]])]] = True

    alone = r.majority(company, votes)
    over: dict[int, list[int]] = defaultdict(list)
    direct = (np.concatenate((holder[alone], source)), np.concatenate((company[alone], target)))
    for x, y in zip(*(part.tolist() for part in direct), strict=True):
        over[y].append(x)
    known: BoolArray = is_head.copy()
    todo = heads.tolist()
    while todo:
        for x in over.get(todo.pop(), ()):
            if not known[x]:
                known[x] = True
                todo.append(x)
    rest = np.flatnonzero(candidate & ~known)
    if len(rest):
        keep = candidate[holder] & ~known[holder] & candidate[company]
        votes = tuple(v[keep] for v in votes)
        part = r._replace(holder=holder[keep], company=company[keep], votes=votes)
        keep = candidate[source] & ~known[source] & candidate[target]
        by_source = edges_by_source((source[keep], target[keep]), r.n) if keep.any() else None
        ends = known.copy()
        for keys in fixpoint(ordered(part), rest, (_NO_IDS, _NO_IDS), by_source, max_pairs=max_pairs):
            x, y = parts_of(keys, r.n)
            known[x[ends[y]]] = True
    member = np.flatnonzero(known)
    size = np.bincount(root[member], minlength=r.n)
    member = member[size[root[member]] > 1]
    ring = np.full(r.n, r.n, dtype=np.int64)
    np.minimum.at(ring, root[member], member)
    return ring[root[member]], member
