"""Companies in which all kinds of access occur."""

from __future__ import annotations

from sandbox.company import Company


def everything() -> Company:
    """A company with each kind of access in each system that serves it.

    There are groups within groups within groups, an application that roles of both levels open,
    a suspended person with access, somebody who is authorized twice to the same in ZITADEL, and
    machines that may call an API and others that may not.
    """
    company = Company.made_up(groups=9)
    access, groups = company.access, list(company.groups.values())
    company.join(groups[6], groups[7])  # which is in the first
    portal = next(each for each in access.applications.values() if each.name == "Portal")
    portal.allowed = [*(portal.allowed or ()), *access.roles_of("organization", "person")[:1]]
    company.save(portal)
    admin, _, auditor, *_ = access.roles_of("tenant", "person")
    access.assign(auditor, access.holders_of(admin)[0].holder)
    company.suspend(list(company.people.values())[4])
    return company
