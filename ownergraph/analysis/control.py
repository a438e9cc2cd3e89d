"""Who controls whom, by what, how sure; with a minimal proof for each answer."""

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
import polars as pl

from ownergraph.analysis.contract import contract_edges
from ownergraph.analysis.fixpoint import control_pairs
from ownergraph.analysis.groups import Group, groups
from ownergraph.analysis.keys import IntArray
from ownergraph.analysis.register import Holdings
from ownergraph.analysis.votes import Votes, build_votes, edge_arrays, short_or_array

if TYPE_CHECKING:
    from ownergraph.analysis.proofs import Proof as ArrayProof
    from ownergraph.analysis.proofs import Prover
    from ownergraph.graph import Store

Mechanism = Literal["owned votes", "moved votes", "contract"]


class Controller(NamedTuple):
    """Somebody who controls, or may control, an entity.

    Attributes:
        id: the entity, or the group.
        controlled: the entity it controls.
        tier: 1 votes, 2 contract.
        mechanism: owned votes, moved votes or contract: the weakest step that control rests on.
        certain: in every completion of what is unknown; otherwise in some.
        ultimate: nobody certainly controls the controller, or only those whom it controls itself (a ring).
        ring: the entities that control each other, where the controller is one of them.
    """

    id: str
    controlled: str
    tier: int
    mechanism: Mechanism
    certain: bool
    ultimate: bool
    ring: tuple[str, ...] = ()


class Proof(NamedTuple):
    """Why somebody controls something: input rows, in the order in which control is derived.

    Attributes:
        steps: for each company reached its id, the rows it rests on, and votes held of all (None without votes).
    """

    steps: tuple[tuple[str, tuple[str, ...], tuple[int, int] | None], ...]
    together: tuple[str, ...] = ()
    """Rows that say why several count as one, where the controller is a group."""

    @property
    def rows(self) -> tuple[str, ...]:
        """Ids of every input row, once, in order."""
        return tuple(dict.fromkeys((*self.together, *(row for _, rows, _ in self.steps for row in rows))))


class Control:
    """Control in a graph. Everything is worked out when first asked for.

    Defined in `fixpoint`; votes are those of `votes`, direct edges are boards (tier 1) and contracts (tier 2).
    """

    def __init__(self, store: "Store") -> None:
        self.store = store
        self._edges: dict[tuple[bool, bool], tuple[list[tuple[int, int]], list[str | None]]] = {}
        self._reached: dict[tuple[tuple[str, ...], str], frozenset[str]] = {}
        self._provers: dict[tuple[bool, bool], tuple[Prover, list[str | None]]] = {}

    @cached_property
    def votes(self) -> Votes:
        """Votes, after rights have moved them."""
        return self._votes[0]

    @cached_property
    def _votes(self) -> tuple[Votes, Votes]:
        return build_votes(self.store)

    @cached_property
    def contracts(self) -> pl.DataFrame:
        """Agreements that meet, or may meet, a named test. See `contract.contract_edges`."""
        return contract_edges(self.store)

    @cached_property
    def boards(self) -> pl.DataFrame:
        """Rows of APPOINTS_BOARD that give a majority (certain) or may (null)."""
        return (
            self.store.relations["APPOINTS_BOARD"]
            .with_columns(certain=2 * pl.col("seats") > pl.col("seats_total"))
            .filter(pl.col("certain").is_null() | pl.col("certain"))
            .select("id", "src", "dst", "certain")
        )

    @cached_property
    def groups(self) -> list[Group]:
        """Families and parties acting in concert."""
        return groups(self.store)

    def members(self, base: int) -> tuple[IntArray, IntArray] | None:
        """Group ids, from `base` on, and their members."""
        if not self.groups:
            return None
        pairs = [(base + k, self.store.ids[m]) for k, group in enumerate(self.groups) for m in group.members]
        array = np.array(pairs, dtype=np.int64)
        return array[:, 0], array[:, 1]

    def edges(self, *, contract: bool, possible: bool) -> tuple[list[tuple[int, int]], list[str | None]]:
        """Direct control edges, and the row that each comes from (None: the owner of record of a holding)."""
        if (contract, possible) not in self._edges:
            # an agreement that meets one test for certain and another perhaps is one edge
            kept = dict.fromkeys(
                (source, target, right)
                for by_contract, source, target, right, certain in self._direct
                if (certain or (possible and certain is None)) and (contract or not by_contract)
            )
            self._edges[contract, possible] = [edge[:2] for edge in kept], [right for _, _, right in kept]
        return self._edges[contract, possible]

    @cached_property
    def _direct(self) -> list[tuple[bool, int, int, str | None, bool | None]]:
        """Direct control: whether by contract, from, to, the row that gives it, certain. Boards, moved votes first."""
        ids = self.store.ids
        boards = self.boards.select("src", "dst", "id", "certain").iter_rows()
        moved = self.votes.edges.select("from", "to", "right", "certain").iter_rows()
        contracts = self.contracts.select("manager", "managed", "right", "certain").iter_rows()
        return [
            *((False, *one) for one in boards),
            *((False, *one) for one in moved),
            *((True, ids[manager], ids[managed], right, sure) for manager, managed, right, sure in contracts),
        ]

    def _pairs(
        self, holdings: Holdings, edges: list[tuple[int, int]], bound: Literal["certain", "possible"]
    ) -> pl.LazyFrame:
        pairs = control_pairs(holdings, bound=bound, members=self.members(holdings.n), edges=edge_arrays(edges))
        size, everyone = self.store.entities.height, holdings.n
        # numbers that stand for a holding, or for what is not listed, are nobody
        real = ((pairs.controller < size) | (pairs.controller >= everyone)) & (pairs.controlled < size)
        controller = pairs.controller[real]
        # groups are numbered -1, -2, ... so that they mean the same whatever the number of holders
        controller = np.where(controller >= everyone, everyone - 1 - controller, controller)
        return pl.LazyFrame({"x": short_or_array(controller), "y": short_or_array(pairs.controlled[real])})

    @cached_property
    def pairs(self) -> pl.DataFrame:
        """Every pair: controller, controlled, tier, mechanism, certain.

        A controller that is a group has the id of `Group.id`. Sorted by controlled, then certain first, then
        controller. Long chains of companies make quadratically many pairs; `fixpoint.ControlTooLarge` says so.
        """
        votes = self.votes
        full = self._pairs(votes.certain, self.edges(contract=True, possible=False)[0], "certain")
        tier1 = self._pairs(votes.certain, self.edges(contract=False, possible=False)[0], "certain")
        owned = self._pairs(self._votes[1].certain, [], "certain")
        possible = self._pairs(votes.possible, self.edges(contract=True, possible=True)[0], "possible")
        possible1 = self._pairs(votes.possible, self.edges(contract=False, possible=True)[0], "possible")
        keys = ["x", "y"]
        certain = (
            full.join(tier1.with_columns(t1=True), on=keys, how="left")
            .join(owned.with_columns(ow=True), on=keys, how="left")
            .with_columns(
                certain=True,
                tier=pl.when(pl.col("t1")).then(1).otherwise(2),
                mechanism=pl.when(pl.col("ow") & pl.col("t1"))
                .then(pl.lit("owned votes"))
                .when(pl.col("t1"))
                .then(pl.lit("moved votes"))
                .otherwise(pl.lit("contract")),
            )
        )
        maybe = (
            possible.join(full, on=keys, how="anti")
            .join(possible1.with_columns(t1=True), on=keys, how="left")
            .join(self._pairs(self._votes[1].possible, [], "possible").with_columns(ow=True), on=keys, how="left")
            .with_columns(
                certain=False,
                tier=pl.when(pl.col("t1")).then(1).otherwise(2),
                mechanism=pl.when(pl.col("ow") & pl.col("t1"))
                .then(pl.lit("owned votes"))
                .when(pl.col("t1"))
                .then(pl.lit("moved votes"))
                .otherwise(pl.lit("contract")),
            )
        )
        columns = ["x", "y", "tier", "mechanism", "certain"]
        both = pl.concat([certain.select(columns), maybe.select(columns)])
        labels = self._labels.lazy()
        named = both.join(labels.rename({"ix": "x", "id": "controller"}), on="x", how="left").join(
            labels.rename({"ix": "y", "id": "controlled"}), on="y", how="left"
        )
        return (
            named.with_columns(pl.col("tier").cast(pl.Int64))
            .select("controller", "controlled", "tier", "mechanism", "certain")
            .sort("controlled", "certain", "controller", descending=[False, True, False])
            .collect(engine="in-memory")
        )

    @cached_property
    def ultimate(self) -> pl.DataFrame:
        """Who ultimately controls what, without the pairs between. See `tops.ultimate_frame`."""
        from ownergraph.analysis.tops import ultimate_frame

        return ultimate_frame(self)

    @cached_property
    def _labels(self) -> pl.DataFrame:
        entities = self.store.entities.select("ix", "id")
        if not self.groups:
            return entities
        names = pl.DataFrame({"ix": [-1 - k for k in range(len(self.groups))], "id": [g.id for g in self.groups]})
        return pl.concat([entities, names])

    @cached_property
    def _controls(self) -> dict[str, set[str]]:
        """For each controller what it certainly controls."""
        found: dict[str, set[str]] = {}
        for x, y in self.pairs.filter("certain").select("controller", "controlled").iter_rows():
            found.setdefault(x, set()).add(y)
        return found

    @cached_property
    def _above(self) -> dict[str, list[tuple[str, int, Mechanism, bool]]]:
        found: dict[str, list[tuple[str, int, Mechanism, bool]]] = {}
        for x, y, tier, mechanism, certain in self.pairs.iter_rows():
            found.setdefault(y, []).append((x, tier, mechanism, certain))
        return found

    @cached_property
    def _controllers_of(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for x, below in self._controls.items():
            for y in below:
                found.setdefault(y, set()).add(x)
        return found

    def of(self, entity: str) -> list[Controller]:
        """Everyone who controls or may control `entity`; certain first, ultimate first, then by id."""
        found = []
        for x, tier, mechanism, certain in self._above.get(entity, []):
            above = self._controllers_of.get(x, set())
            mutual = {z for z in above if z in self._controls.get(x, set())}
            ring = tuple(sorted(mutual | {x})) if mutual else ()
            found.append(Controller(x, entity, tier, mechanism, certain, above == mutual, ring))
        return sorted(found, key=lambda c: (not c.certain, not c.ultimate, c.tier, c.id))

    def _as_group(self, members: list[str], number: int) -> tuple[IntArray, IntArray]:
        """`members` as one group of the number given."""
        ids = np.array([self.store.ids[m] for m in members], dtype=np.int64)
        return np.full(len(members), number, dtype=np.int64), ids

    def reached(self, members: list[str], bound: Literal["certain", "possible"]) -> frozenset[str]:
        """What `members`, counted as one, control or may control, by votes, boards and contracts."""
        key = (tuple(sorted(members)), bound)
        if key not in self._reached:  # licenses of several states and kinds are often held by the same
            self._reached[key] = self._found_reached(members, bound) if members else frozenset()
        return self._reached[key]

    def _found_reached(self, members: list[str], bound: Literal["certain", "possible"]) -> frozenset[str]:
        holdings = self.votes.certain if bound == "certain" else self.votes.possible
        group, edges = self._as_group(members, holdings.n), self.edges(contract=True, possible=bound == "possible")[0]
        pairs = control_pairs(holdings, bound=bound, members=group, edges=edge_arrays(edges), seeds=group[0][:1])
        known = pairs.controlled[pairs.controlled < self.store.entities.height]
        return frozenset(self.store.entities["id"].gather(short_or_array(known)))

    def group_prover(self, members: list[str]) -> Callable[[str], Proof]:
        """A function that proves, minimally, that `members`, counted as one, certainly control a company.

        It raises NotControlledError where they do not. The indices are built once, for many proofs.
        """
        from ownergraph.analysis.proofs import Prover

        holdings = self.votes.certain
        group = self._as_group(members, holdings.n)
        edges, rights = self.edges(contract=True, possible=False)
        prover = Prover(holdings, members=group, bound="certain", edges=edge_arrays(edges))

        def prove(controlled: str) -> Proof:
            proof = prover.prove(holdings.n, self.store.ids[controlled])
            return Proof(self._steps(proof, rights))

        return prove

    @cached_property
    def may_be_held_by_others(self) -> frozenset[str]:
        """Organizations that somebody not listed may control: their owner register is open, and half or more free."""
        store, high = self.store, self.votes.unlisted_high
        total = self.votes.certain.total
        found = []
        for number, (who, kind) in enumerate(store.entities.select("id", "kind").iter_rows()):
            if kind == "person" or store.is_complete("owners", who):
                continue
            if total[number] == 0 or 2 * high[number] > total[number]:
                found.append(who)
        return frozenset(found)

    def is_whole(self, entity: str) -> bool:
        """Whether the listed owners certainly have all the votes, so that nobody else can be one."""
        number = self.store.ids[entity]
        return bool(self.votes.certain.total[number] > 0 and self.votes.unlisted_high[number] == 0)

    @cached_property
    def _parents(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        owns = self.store.relations["OWNS"].select("owner", "owned")
        rights = self.votes.moves.select("mover", "company")
        contracts = self.contracts.select("manager", "managed")
        for frame in (owns, rights, contracts):
            for x, y in frame.iter_rows():
                found.setdefault(y, set()).add(x)
        names = self.store.entities["id"]
        for x, y in self.boards.select("src", "dst").iter_rows():
            found.setdefault(names[y], set()).add(names[x])
        return found

    def above(self, entity: str) -> frozenset[str]:
        """Everyone from whom a chain of holdings, rights, boards or contracts leads to `entity`. O(what is above)."""
        seen: set[str] = set()
        waiting = [entity]
        while waiting:
            for parent in self._parents.get(waiting.pop(), ()):
                if parent not in seen:
                    seen.add(parent)
                    waiting.append(parent)
        return frozenset(seen - {entity})

    def proof(self, controller: str, controlled: str) -> Proof:
        """A minimal proof that `controller` certainly, or else possibly, controls `controlled`.

        Raises:
            KeyError: it does not, on the facts given.
        """
        from ownergraph.analysis.proofs import NotControlledError

        numbers = self._numbers
        if controller not in numbers or controlled not in numbers:
            raise KeyError(f"no entity {controller if controller not in numbers else controlled!r}")
        x, y = numbers[controller], numbers[controlled]
        for possible in (False, True):
            holdings = self.votes.possible if possible else self.votes.certain
            who = x if x >= 0 else holdings.n - 1 - x
            for contract in (False, True):
                prover, rights = self._prover(contract=contract, possible=possible)
                try:
                    proof = prover.prove(who, y)
                except NotControlledError:
                    continue
                together = next((group.rows for group in self.groups if group.id == controller), ())
                return Proof(self._steps(proof, rights), together)
        raise KeyError(f"{controller} does not control {controlled} on the facts given")

    @cached_property
    def _companies(self) -> dict[int, str]:
        """The company of each number that stands for a holding."""
        return dict(self.votes.edges.select("to", "company").iter_rows())

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return dict(self._labels.select("id", "ix").iter_rows())

    def _prover(self, *, contract: bool, possible: bool) -> tuple["Prover", list[str | None]]:
        """The prover over one choice of edges and bound, made once, and the rows its edges come from."""
        from ownergraph.analysis.proofs import Prover

        if (contract, possible) not in self._provers:
            holdings = self.votes.possible if possible else self.votes.certain
            edges, rights = self.edges(contract=contract, possible=possible)
            prover = Prover(
                holdings,
                members=self.members(holdings.n),
                bound="possible" if possible else "certain",
                edges=edge_arrays(edges),
            )
            self._provers[contract, possible] = (prover, rights)
        return self._provers[contract, possible]

    def _steps(
        self, proof: "ArrayProof", rights: list[str | None]
    ) -> tuple[tuple[str, tuple[str, ...], tuple[int, int] | None], ...]:
        """The steps with the ids of the input; who may use a holding's votes stands with the company it is in."""
        size, names = self.store.entities.height, self.store.entities["id"]
        made: list[tuple[str, tuple[str, ...], tuple[int, int] | None]] = []
        before: dict[str, list[str]] = {}
        companies = self._companies
        for step in proof.steps:
            by_right = [row for k in step.edges if (row := rights[int(k)]) is not None]
            if int(step.company) >= size:
                before.setdefault(companies[int(step.company)], []).extend(by_right)
                continue
            company = str(names[int(step.company)])
            used = before.pop(company, []) + [str(self.votes.rests_on[int(k)]) for k in step.holdings] + by_right
            held = (int(step.votes), int(step.total)) if step.holdings else None
            made.append((company, tuple(dict.fromkeys(used)), held))
        return tuple(made)
