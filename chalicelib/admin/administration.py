"""What an administrator does: sites, tokens, share links, and the log of it.

Each verb takes who asks, decides by `authorize`, writes the audit entry, then acts; so what
happened without an entry did not happen. The API and the command line call the same verbs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from itertools import islice

from chalicelib.admin import access
from chalicelib.admin.access import EVERY_SITE, authorize, is_allowed
from chalicelib.admin.forms import (
    LogQuestion,
    NewShare,
    NewSite,
    NewToken,
    Objection,
    SiteChange,
    fill_form,
)
from chalicelib.admin.hostnames import check_hostnames, hash_addresses
from chalicelib.admin.shapes import (
    Json,
    Parameters,
    is_share_of,
    make_page,
    name_key,
    show_objection,
    show_token,
)
from chalicelib.model.principal import Principal
from chalicelib.model.refusal import Refusal
from chalicelib.model.site import Site
from chalicelib.store.registry.audit import Audit
from chalicelib.store.registry.documents import Documents
from chalicelib.store.registry.objections import Objections
from chalicelib.store.registry.sites import Sites
from chalicelib.store.registry.tokens import Token, Tokens


@dataclass(frozen=True, slots=True)
class Administration:
    """The verbs, on one deployment."""

    sites: Sites
    tokens: Tokens
    audit: Audit
    documents: Documents
    objections: Objections
    open_history: Callable[[str], object]
    """Begins a new site's manifest, so that nobody searches the time before it."""
    now_ms: Callable[[], int]

    def site(self, actor: Principal, site_id: str) -> Json:
        """All settings of a site."""
        return asdict(self.find_administered(actor, site_id))

    def create_site(self, actor: Principal, body: Json) -> Json:
        """A new site, for those who administer the whole deployment. 409 if the id is taken."""
        authorize(actor, EVERY_SITE, "administer")
        form = fill_form(NewSite, body)
        if self.sites.get_fresh(form.id):
            raise _refuse_known_id()
        if self.documents.get("deleted", form.id):
            raise _refuse_leaving_id()
        site = hash_addresses(Site(**form.settings()))
        check_hostnames(actor, site, site.hostnames, self.sites.all())
        self.audit.note(actor, "site.create", site.id)
        self.open_history(site.id)
        if not self.sites.add(site):
            raise _refuse_known_id()
        if self.documents.get("deleted", site.id):  # another made and deleted it meanwhile
            raise _refuse_leaving_id()
        return asdict(site)

    def change_site(self, actor: Principal, site_id: str, body: Json) -> Json:
        """Change those settings that `body` names. 403 for a hostname that is new to the site,
        unless the actor administers the whole deployment; 409 where another site has one for the
        same host, or where somebody else changed the site just now."""
        return self._change_settings(actor, self.find_administered(actor, site_id), body)

    def exclude_visitor(self, actor: Principal, site_id: str, body: Json) -> Json:
        """Store nothing more of a visitor who objects, from a minute later on everywhere."""
        self.find_administered(actor, site_id)
        visitor_id = fill_form(Objection, body).visitor_id
        self.audit.note(actor, "visitor.exclude", site_id)
        self.objections.add(site_id, visitor_id)
        return show_objection(site_id, visitor_id, is_excluded=True)

    def include_visitor(self, actor: Principal, site_id: str, body: Json) -> Json:
        """Store a visitor again who takes an objection back; one who made none is no error."""
        self.find_administered(actor, site_id)
        visitor_id = fill_form(Objection, body).visitor_id
        self.audit.note(actor, "visitor.include", site_id)
        self.objections.withdraw(site_id, visitor_id)
        return show_objection(site_id, visitor_id, is_excluded=False)

    def delete_site(self, actor: Principal, site_id: str) -> Json:
        """Delete a site: hits and reports are refused within a minute, its tokens leave it, and
        the runs of `maintain` delete its data. For those who administer the whole deployment."""
        authorize(actor, EVERY_SITE, "administer")
        site = self.find_administered(actor, site_id)
        self.audit.note(actor, "site.delete", site_id)
        self.documents.put("deleted", site_id, {"at": self.now_ms(), "shards": site.shards})
        self.tokens.leave(site_id)
        self.sites.delete(site_id)
        return {"id": site_id, "deleted": True}

    def list_sites(self, actor: Principal, parameters: Parameters = ()) -> Json:
        """What a dashboard needs to know of the sites that the actor may read, by id."""
        known = access.visible_sites(actor, self.sites.all())
        return {
            **known,
            **make_page("sites", known["sites"], lambda site: str(site["id"]), parameters),
        }

    def list_tokens(self, actor: Principal, parameters: Parameters = ()) -> Json:
        """Tokens of sites that the actor administers, by name; share links have their own list."""
        self._administers_any(actor)
        found = [token for token in self.tokens.all() if self._may_administer(actor, token)]
        shown = [show_token(token) for token in found if token.principal.role != "share"]
        return make_page("tokens", shown, name_key, parameters)

    def create_token(self, actor: Principal, body: Json) -> Json:
        """A new token, with its secret, which is told this once and stored nowhere."""
        self._administers_any(actor)
        form = fill_form(NewToken, body)
        for site_id in form.sites:
            if site_id == EVERY_SITE:
                authorize(actor, EVERY_SITE, "administer")
            else:
                self.find_administered(actor, site_id)
        self._check_future(form.expires_at)
        principal = Principal(form.role, tuple(form.sites), form.name)
        return self._issue_token(actor, "token.create", "", principal, form.expires_at or 0)

    def revoke_token(self, actor: Principal, token_id: str) -> Json:
        """Revoke a token; it stops to work within a minute everywhere."""
        self._administers_any(actor)
        token = self.tokens.by_id(token_id)
        if (
            token is None
            or token.principal.role == "share"
            or not self._may_administer(actor, token)
        ):
            raise Refusal(404, "not_found", "There is no such token.", "id")
        self.audit.note(actor, "token.revoke", token=token_id, name=token.principal.name)
        self.tokens.revoke(token_id)
        return {"id": token_id, "revoked": True}

    def list_shares(self, actor: Principal, site_id: str, parameters: Parameters = ()) -> Json:
        """The share links of a site, by name."""
        self.find_administered(actor, site_id)
        shown = [show_token(token) for token in self.tokens.all() if is_share_of(token, site_id)]
        return make_page("shares", shown, name_key, parameters)

    def create_share(self, actor: Principal, site_id: str, body: Json) -> Json:
        """A new share link of a site. Its secret belongs behind the dashboard's `#share=`."""
        self.find_administered(actor, site_id)
        form = fill_form(NewShare, body)
        self._check_future(form.expires_at)
        principal = Principal("share", (site_id,), form.name, tuple(form.filters))
        return self._issue_token(actor, "share.create", site_id, principal, form.expires_at or 0)

    def revoke_share(self, actor: Principal, site_id: str, share_id: str) -> Json:
        """Revoke a share link; it stops to work within a minute everywhere."""
        self.find_administered(actor, site_id)
        token = self.tokens.by_id(share_id)
        if token is None or not is_share_of(token, site_id):
            raise Refusal(404, "not_found", "There is no such share link.", "id")
        self.audit.note(actor, "share.revoke", site_id, share=share_id, name=token.principal.name)
        self.tokens.revoke(share_id)
        return {"id": share_id, "revoked": True}

    def log(self, actor: Principal, parameters: Parameters) -> Json:
        """Entries of the audit log, the newest first. Parameters: `site` (without it entries of
        all sites and of the deployment), `before` (epoch ms), `limit` (1-1000, default 100)."""
        asked = fill_form(LogQuestion, dict(parameters))
        if asked.site == EVERY_SITE:
            authorize(actor, EVERY_SITE, "administer")
        else:
            self.find_administered(actor, asked.site)
        entries = self.audit.before(asked.before)
        wanted = (entry for entry in entries if asked.site in (EVERY_SITE, entry["site"]))
        return {"entries": list(islice(wanted, asked.limit))}

    def find_administered(self, actor: Principal, site_id: str) -> Site:
        """The site as it is now, if the actor administers it; 403 also where there is none."""
        authorize(actor, site_id, "administer")
        site = self.sites.get_fresh(site_id)
        if site is None:
            raise access.refuse_access()
        return site

    def find_readable(self, actor: Principal, site_id: str) -> Site:
        """The site, if the actor may read it; 403 also where there is none."""
        return access.readable_site(actor, [("site", site_id)], self.sites.get)

    def _change_settings(self, actor: Principal, before: Site, body: Json) -> Json:
        after = hash_addresses(replace(before, **fill_form(SiteChange, body).settings()))
        if after.shards < before.shards:
            raise Refusal(400, "bad_request", "The number of shards only grows.", "shards")
        new = [name for name in after.hostnames if name not in before.hostnames]
        check_hostnames(actor, after, new, self.sites.all())
        changed = {
            n: _shorten_for_log(v) for n, v in asdict(after).items() if v != getattr(before, n)
        }
        self.audit.note(actor, "site.change", before.id, changed=changed)
        if not self.sites.swap(before, after):
            raise Refusal(409, "conflict", "The site was changed meanwhile, try again.", "site")
        return asdict(after)

    def _issue_token(
        self, actor: Principal, action: str, site_id: str, principal: Principal, expires_at: int
    ) -> Json:
        secret = access.new_secret()
        named = {"name": principal.name, "role": principal.role, "sites": list(principal.sites)}
        self.audit.note(actor, action, site_id, **named)
        token = self.tokens.add(access.token_hash(secret), principal, expires_at)
        return {**show_token(token), "secret": secret}

    def _administers_any(self, actor: Principal) -> None:
        if not any(is_allowed(actor, site, "administer") for site in actor.sites):
            raise access.refuse_access()

    def _may_administer(self, actor: Principal, token: Token) -> bool:
        return all(is_allowed(actor, site, "administer") for site in token.principal.sites)

    def _check_future(self, expires_at: int | None) -> None:
        if expires_at is not None and expires_at <= self.now_ms():
            raise Refusal(400, "bad_request", "expires_at must lie in the future.", "expires_at")


def _shorten_for_log(value: object) -> object:
    """A setting as the log keeps it: of a list, which may name visitors, only its length."""
    return len(value) if isinstance(value, tuple) else value


def _refuse_known_id() -> Refusal:
    return Refusal(409, "conflict", "There is a site of this id.", "id")


def _refuse_leaving_id() -> Refusal:
    return Refusal(409, "conflict", "The data of this id is still being deleted.", "id")
