"""Where a campaign's files go, with its secrets opened: what a channel needs, and no more."""

from collections.abc import Callable, Mapping

from campaigns.domain.campaign import Campaign
from campaigns.domain.delivery import Overwrite, Publish, SftpDestination, Trigger, parse_host
from campaigns.domain.errors import Invalid
from campaigns.domain.secret import Sealed, secret_context

OpenSecret = Callable[[Sealed, Mapping[str, str]], str]


def destination_of(campaign: Campaign, open_secret: OpenSecret) -> SftpDestination:
    """Raises NoDestination."""
    sftp = campaign.sftp
    if sftp is None:
        raise NoDestination
    host, port = parse_host(sftp.host)

    def opened(sealed: Sealed | None, field: str) -> str | None:
        context = secret_context(campaign.company_id, campaign.id, f"sftpSettings.{field}")
        return None if sealed is None else open_secret(sealed, context)

    return SftpDestination(
        host=host,
        port=port,
        username=sftp.username,
        password=opened(sftp.password, "password"),
        private_key=opened(sftp.private_key, "privateKey"),
        passphrase=opened(sftp.passphrase, "passphrase"),
        host_key=sftp.expected_host_key,
        directory=sftp.cd_dir,
        publish=Publish(sftp.publish),
        create_dirs=sftp.create_dirs,
        overwrite=Overwrite(sftp.overwrite),
        trigger=Trigger(sftp.trigger),
        name_template=sftp.name_template,
    )


class NoDestination(Invalid):
    code = "no_destination"

    def __init__(self) -> None:
        super().__init__("the campaign has no sftpSettings", field="sftpSettings")
