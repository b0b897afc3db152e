"""The columns of the tables that tell what became of each row of a run."""

REJECT_COLUMNS = ["row", "reason", "borrowerId", "loanId", "detail"]
DECISION_COLUMNS = [
    "row",
    "borrowerId",
    "loanId",
    "channel",
    "address",
    "verdict",
    "ruleId",
    "ruleVersion",
    "facts",
]
DECIDED_NAME = DECISION_COLUMNS.index("borrowerId")
REJECTED_NAME = REJECT_COLUMNS.index("borrowerId")
