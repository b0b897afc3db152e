"""POST /v1/destinations/test: try a destination, SFTP settings that no campaign has yet."""

from campaigns import wiring
from campaigns.edge.auth import Caller
from campaigns.edge.management import endpoint
from campaigns.edge.management.schemas import DestinationIn
from campaigns.edge.sftp import ProbeOut
from campaigns.edge.wire import sent
from campaigns.usecases.probe_destination import probe_settings


@endpoint("POST /v1/destinations/test", scope="manage:destinations", wiring=wiring)
def handler(body: DestinationIn, caller: Caller) -> ProbeOut:
    probe = probe_settings(
        caller.company_id,
        sent(body),
        wiring.now(),
        hosts=wiring.hosts(),
        check_private_key=wiring.check_private_key,
        open_channel=wiring.open_channel,
    )
    return ProbeOut.of(probe)
