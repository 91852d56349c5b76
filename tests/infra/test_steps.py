"""Steps of a deployment against emulated AWS: what they refuse, and what is said then."""

from __future__ import annotations

import boto3
import pytest

from infra.deploy import steps
from infra.deploy.stage import Deployment, Unusable

pytestmark = pytest.mark.usefixtures("emulated")


class WithoutTable(Deployment):
    """A stage whose registry somebody removed."""

    def outputs(self) -> dict[str, str]:
        return {**super().outputs(), "RegistryTableName": "removed"}


def for_site(hostname: str) -> Deployment:
    return Deployment(boto3.Session(), "local", hostnames=(hostname,))


def test_a_site_whose_data_is_still_being_deleted_is_not_made_again() -> None:
    deployment = for_site("gone.example")
    deployment.documents().put("deleted", "gone-example", {"at": 0, "shards": 1})
    with pytest.raises(Unusable, match="is still there"):
        steps.first_site(deployment)
    assert deployment.sites().of_host("gone.example") is None
    assert deployment.manifests().read("gone-example") is None
    deployment.documents().delete("deleted", "gone-example")
    steps.first_site(deployment)
    made = deployment.sites().of_host("gone.example")
    assert made
    assert made.id == "gone-example"


def test_a_step_that_the_registry_refuses_says_why_and_what_is_left() -> None:
    deployment = WithoutTable(boto3.Session(), "local", hostnames=("next.example",))
    refused = r"(?s)first site: .*ResourceNotFoundException.*Still to do: first site\."
    with pytest.raises(Unusable, match=refused):
        steps.run(deployment, [("first site", steps.first_site)])
