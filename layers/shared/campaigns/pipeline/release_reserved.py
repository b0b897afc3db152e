"""What a run reserved of people's limits is given back when it comes to nothing."""

from campaigns.domain.run import RunRef, RunStatus
from campaigns.pipeline.csv_lines import in_batches
from campaigns.pipeline.resolve import reserved_for
from campaigns.pipeline.rulings import release
from campaigns.pipeline.tools import Tools
from campaigns.ports import Json

_BATCH = 100


def release_reserved(ref: RunRef, tools: Tools) -> Json:
    """Nothing of a run that may have delivered, or would deliver the same file if tried again."""
    run = tools.run(ref)
    begins_afresh = run.status is RunStatus.CANCELED or run.is_expired(tools.now())
    if run.may_have_called or (run.only_delivery_is_left and not begins_afresh):
        return {"released": 0}
    released = 0
    for batch in in_batches(reserved_for(ref, tools.files, run.parts), _BATCH):
        ids = list(dict.fromkeys(batch))
        released += release(ref.company_id, ids, ref.run_id, ledger=tools.ledger)
    if released:
        tools.leave(ref, f"contacts: what was reserved for {released} people is given back")
    return {"released": released}
