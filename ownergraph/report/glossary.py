"""What the words of a report mean, for the memo and the page."""

GLOSSARY: tuple[tuple[str, str], ...] = (
    (
        "found, undecided, not indicated",
        "The three answers of a rule on the facts given. Undecided: what is not recorded could turn the "
        "answer either way; the question says what. Not indicated is no clearance.",
    ),
    (
        "certain, possible",
        "Certain holds whatever is true of all that is not recorded. Possible holds in some cases only, which "
        "depend on what is not recorded.",
    ),
    (
        "tier 1, tier 2",
        "By what somebody controls. Tier 1: votes, owned or under somebody's rights, and boards. Tier 2: a "
        "contract that meets every element of a named legal test. Indicators (powers, fees, accounts, exit "
        "terms) are no tier: they add to the score.",
    ),
    (
        "rights over votes or the board",
        "Somebody may use votes that stand in another's name: a proxy, power of attorney or nominee "
        "agreement, a right to replace the owner without an event, papers signed undated, a power under a "
        "management agreement, or a right to appoint the board. The owner of record stays one of those who "
        "can use them.",
    ),
    (
        "control score",
        "Weights of the control rules that are found, added up to at most 100. A heuristic for what to read "
        "first; it proves no control.",
    ),
    (
        "basis",
        "Where the threshold of a rule comes from. Law: a statute, rule or case. Accounting: a standard for "
        "consolidation. Enforcement: what authorities have pleaded. Heuristic: practice.",
    ),
    (
        "primary text read, secondary source read, unverified, counsel's own",
        "How far the text of an authority was checked. What is unverified decides nothing unless it is "
        "trusted or counsel enters it.",
    ),
)
"""Terms, and what each means."""
