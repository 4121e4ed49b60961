"""Singer tap for ZITADEL: organizations, users, projects, grants, authorizations, events."""
